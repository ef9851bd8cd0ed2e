"""The index of words on SQLite stays whole: FTS5 lost entries with `detail = none` under `secure-delete`.

Deleting rows from such an index (each verdict makes an entry anew) took others of the same words with it: of a hundred
stored comments some were no longer found, and no error said so (SQLite 3.46.1). With the columns kept in the index it
does not happen; `tests/records/test_search_whole.py` has what broke it. The words are kept beside the index and were
never lost, so that the new one is made of them here, some twenty seconds for a million comments.
"""

from __future__ import annotations

import sqlite3

from alembic import op

revision = "0057"
down_revision = "0056"

contracts = False  # earlier programs ask and write alike

_MAKE = """
CREATE VIRTUAL TABLE search_words USING fts5(
    words, detail = '{detail}', columnsize = 0,
    tokenize = "unicode61 remove_diacritics 0 categories 'L* N* M* S* P*'"
)
"""


def upgrade() -> None:
    """Makes the index of SQLite anew; PostgreSQL's is whole."""
    _made_with("column")


def downgrade() -> None:
    """The index as it was."""
    _made_with("none")


def _made_with(detail: str) -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    op.execute("CREATE TEMPORARY TABLE search_words_kept AS SELECT id, c0 FROM search_words_content")
    op.execute("DROP TABLE search_words")
    op.execute(_MAKE.format(detail=detail))
    if sqlite3.sqlite_version_info >= (3, 42):  # what is erased leaves its words in no segment of the index
        op.execute("INSERT INTO search_words(search_words, rank) VALUES ('secure-delete', 1)")
    op.execute("INSERT INTO search_words (rowid, words) SELECT id, c0 FROM search_words_kept ORDER BY id")
    op.execute("DROP TABLE search_words_kept")

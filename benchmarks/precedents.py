"""Past cases like the one at hand, at two sizes of house: `python benchmarks/precedents.py [--sizes 10000,100000]`.

Every comment but a tenth, which waits, was decided and is found by three words that spoke for its decision, drawn from
two thousand as words are (the commonest is in a third of all comments). Measured is what the page of a case asks (the
words' index alone, and all of `review.similar.similar_to`): median and 95th percentile in milliseconds, on SQLite and,
where the wheel is installed, on PostgreSQL. What has to stay flat: the last size beside the first.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from _house import BATCH, NAMES, fill, print_table, timed, url_of
from sqlalchemy import Row, Table, insert, select, text, update

from moderation.errors import ChaffinchError
from records import cases, comments, telling_words
from records.database import Database
from records.ids import new_id
from records.tables import cases as cases_table
from records.tables import comments as comments_table
from records.tables import decisions as decisions_table
from records.tables import label_records as labels_table
from records.tables import likenesses as likenesses_table
from records.tables import telling_words as words_table
from records.tables import verdicts as verdicts_table
from records.unit_of_work import Unit
from review import similar
from review.alike import bands_in

WORDS = [f"词{number}" for number in range(2_000)]
WEIGHTS = [1 / (rank + 1) for rank in range(len(WORDS))]
OF_ONE = 3
OWN = 24
"""Characters of what waits that nothing else has, so that no near-duplicate stands before."""


def main() -> None:
    """Prints a table of milliseconds."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", default="10000,100000", help="comments")
    parser.add_argument("--databases", default="sqlite,postgresql")
    asked = parser.parse_args()
    found: list[dict[str, Any]] = []
    for name in asked.databases.split(","):
        for size in map(int, asked.sizes.split(",")):
            found += list(_measured(name, size))
    print_table(found)


def _measured(name: str, size: int) -> Iterator[dict[str, Any]]:
    chance = random.Random(11)
    with tempfile.TemporaryDirectory(prefix="chaffinch-bench-") as folder:
        database = Database(url_of(name, Path(folder)))
        database.migrate()
        fill(database, size)
        _decide(database, chance)
        with database.reading() as look:
            query = select(cases_table.c.id).where(cases_table.c.state == "open").limit(400)
            waiting = list(look.execute(query).scalars())
        told = {"database": name, "comments": size}
        yield {**told, "what": "words alone", **timed(_sharing(database, chance))}
        yield {**told, "what": "past cases", **timed(_similar(database, waiting))}
        database.close()


def _decide(database: Database, chance: random.Random) -> None:
    """A verdict, bands and words of every comment that has no open case, and reasons for those that have one."""
    with database.reading() as look:
        told = (decisions_table.c.comment_id, decisions_table.c.id, comments_table.c.text, comments_table.c.created_at)
        query = select(*told)
        rows = look.execute(query.join(comments_table, comments_table.c.id == decisions_table.c.comment_id)).all()
        waits = set(look.execute(select(cases_table.c.comment_id)).scalars())
    for first in range(0, len(rows), BATCH):
        made: dict[Table, list[dict[str, Any]]] = defaultdict(list)
        with database.unit() as unit:
            for row in rows[first : first + BATCH]:
                spoke = chance.choices(WORDS, WEIGHTS, k=OF_ONE)
                if row.comment_id in waits:
                    own = "".join(chr(chance.randint(0x4E00, 0x8FFF)) for _ in range(OWN))
                    _give_reasons(unit, row.comment_id, row.id, "，".join([*spoke, own]), spoke)
                else:
                    _settle(made, row, spoke, chance)
            for table, some in made.items():
                unit.execute(insert(table), some)
            unit.commit()
    if database.dialect == "postgresql":
        with database.unit() as unit:
            for name in ("telling_words", "likenesses", "verdicts", "comments", "decisions", "cases"):
                unit.execute(text(f"ANALYZE {name}"))
            unit.commit()


def _give_reasons(unit: Unit, comment_id: str, decision_id: str, said: str, spoke: list[str]) -> None:
    """The comment says its words, and the decision points at them."""
    spans = [{"start": said.index(word), "end": said.index(word) + len(word)} for word in spoke]
    reason = {"code": NAMES[0], "source": "model", "outcome": "review", "message": {"zh": "像", "en": "like"},
              "ground": "g", "rule_id": None, "spans": spans}  # fmt: skip
    unit.execute(update(comments_table).where(comments_table.c.id == comment_id).values(text=said))
    unit.execute(update(decisions_table).where(decisions_table.c.id == decision_id).values(reasons=[reason]))


def _settle(made: dict[Table, list[dict[str, Any]]], row: Row[Any], spoke: list[str], chance: random.Random) -> None:
    """The rows of a decided comment, the case before the verdict before the label."""
    now, label = row.created_at, chance.choice(NAMES)
    about = {"comment_id": row.comment_id, "decision_id": row.id}
    case_id, verdict_id = new_id(), new_id()
    made[cases_table].append({
        "id": case_id, **about, "queue": "forum", "label": label, "why": label, "priority": 0.5, "lang": "zh",
        "purpose": "decide", "reach": 1, "weight": 1.0, "due_at": now, "turn_at": now, "state": "closed",
        "opened_by": "decision", "created_at": now, "closed_at": now,
    })  # fmt: skip
    made[verdicts_table].append({
        "id": verdict_id, "case_id": case_id, **about, "moderator": "mei", "verdict": "reject", "labels": [label],
        "overturned": False, "purpose": "decide", "created_at": now,
    })  # fmt: skip
    made[labels_table].append({
        "id": new_id(), "verdict_id": verdict_id, **about, "revision": 1, "verdict": "reject", "overturned": False,
        "labels": {name: int(name == label) for name in NAMES}, "asked": 1, "decided_at": now,
    })  # fmt: skip
    for number in {similar.number_of(word) for word in spoke}:
        made[words_table].append({"word": number, "comment_id": row.comment_id})
    for band in set(bands_in(row.text)):
        made[likenesses_table].append({"band": band, "comment_id": row.comment_id})


def _sharing(database: Database, chance: random.Random) -> Callable[[int], None]:
    def ask(_: int) -> None:
        sought = {similar.number_of(word) for word in chance.choices(WORDS, WEIGHTS, k=similar.MOST_WORDS)}
        with database.reading() as look:
            telling_words.sharing(look, sought, but=[], newest=similar.NEWEST_OF_A_WORD)

    return ask


def _similar(database: Database, waiting: list[str]) -> Callable[[int], None]:
    def ask(at: int) -> None:
        with database.reading() as look:
            case = cases.get(look, waiting[at % len(waiting)])
            similar.similar_to(look, case, comments.get(look, case.comment_id))

    return ask


if __name__ == "__main__":
    try:
        main()
    except ChaffinchError as error:
        sys.exit(str(error))

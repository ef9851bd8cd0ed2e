"""Comments that no rule should hit, for `rules lint`: a file, a snapshot, or those that come with Chaffinch."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from chaffinch.settings import Settings
from moderation.errors import ConfigError, Fault

MOST = 20_000
"""So many are read: enough to tell a share of a thousandth."""

EACH = 5
"""Of the corpus that comes with Chaffinch every fifth row is read where nobody names a source: a second or two."""

CORPUS = Path(__file__).resolve().parents[1] / "data" / "starter"
LANGUAGES = ("zh", "en")


def harmless_comments(source: str | None, settings: Settings) -> tuple[str, ...]:
    """At most `MOST` texts; none where nobody names a source and the corpus is not there.

    Raises `NotFoundError` for a snapshot that is not there, `ConfigError` for a file with no row that can be read.
    """
    if source is None:
        return tuple(islice(_of_corpus(settings), 0, MOST * EACH, EACH))
    if Path(source).is_file():
        return _of_file(Path(source))
    return tuple(_of_snapshot(source, settings))


def _of_corpus(settings: Settings) -> Iterator[str]:
    from chaffinch.wiring import taxonomy_of
    from data.starter import Written, read_file

    labels = taxonomy_of(settings).names
    for path in (each for lang in LANGUAGES for each in sorted((CORPUS / lang).glob("*.tsv"))):
        for row in read_file(path, f"{path.parent.name}/{path.name}", labels):
            if isinstance(row, Written) and not row.labels:
                yield row.text


def _of_file(path: Path) -> tuple[str, ...]:
    """The texts of a JSONL file; a row that names labels is not harmless."""
    with path.open("rb") as lines:
        found = tuple(islice((text for line in lines for text in _text_of(line)), MOST))
    if not found:
        told = Fault(str(path), 'has no line as {"text": "..."}; write one comment a line')
        raise ConfigError("There is nothing harmless to try the rules on.", [told])
    return found


def _text_of(line: bytes) -> Iterator[str]:
    try:
        row = json.loads(line)
    except ValueError:
        return
    if isinstance(row, dict) and isinstance(row.get("text"), str) and not row.get("labels"):
        yield row["text"]


def _of_snapshot(snapshot: str, settings: Settings) -> Iterator[str]:
    """Everyday comments of a snapshot."""
    from data.snapshot import find

    found = find(snapshot, settings.home / "snapshots")
    left = MOST
    for side in ("train", "validation", "test"):
        rows = found.split(side)
        texts = [text for text, everyday in zip(rows.texts, rows.everyday, strict=True) if everyday][:left]
        left -= len(texts)
        yield from texts

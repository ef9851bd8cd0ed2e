"""Label records as files that `data` reads as source `moderators`: `labels-2026-03.jsonl`, one a month (UTC).

Each file is written aside and put in its place whole, once the ledger's entry of it stands, so that a reader never sees
a part and a killed export is simply run again. A month is written anew only where it differs: that is how a verdict
taken back, an edit decided anew and an erased comment also leave the files of earlier exports. Lines stand in the order
of their verdicts; a comment has one, its latest.

A comment that was rejected on a ground that no label names has none: of the labels nobody said anything.

Where several people were asked blind to each other a line also has how many (`asked`) and the share of them who said
just this (`agreement`); where people were unsure, how many (`hesitated`); where the moderator marked the words that
matter it has their `span`, code points of the text. What these say of the label is weighed in `data/label_records.py`.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from filelock import FileLock

from records import labels, ledger
from records.database import Database
from records.labels import LabelledText
from records.ledger import Actor, Entry
from records.unit_of_work import Unit
from registry.files import naming

_AT_ONCE = timedelta(0)
_TICK = timedelta(microseconds=1)

PREFIX, SUFFIX = "labels-", ".jsonl"

OWNER_ALONE = 0o600
"""The mode of these files, which hold texts."""


@dataclass(frozen=True, slots=True)
class Order:
    """Who has texts written to files, and why; `os_user` is whom the machine knows them as."""

    by: Actor
    why: str
    os_user: str | None = None


@dataclass(frozen=True, slots=True)
class _Draft:
    """A month's file before it has its name, and the records in it."""

    aside: Path
    path: Path
    ids: list[str]


@dataclass(frozen=True, slots=True)
class Exported:
    """How many records stand in the files now, the files that were written anew or removed, and all that there are."""

    records: int
    changed: tuple[Path, ...]
    files: tuple[Path, ...]


def export_labels(
    database: Database, folder: Path, order: Order, *, now: datetime, settled: timedelta = _AT_ONCE
) -> Exported:
    """Brings the files of `folder` in line with the verdicts. Raises `PartUnavailableError`, `OSError`.

    The entry that says who had it done, and why, is committed before any file has its name or is removed. Their owner
    alone reads the files, also those that earlier exports left open to others.

    Verdicts younger than `settled`, which may still be taken back (`review.verdicts.SETTLED_AFTER`), are left for the
    next time, and their comments are without a record until then.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / ".lock"):
        _remove_leftovers(folder)
        try:
            drafts, exported = _drafted(database, folder, now - settled if settled else None)
            if exported.changed:
                with database.unit(os_user=order.os_user) as unit:
                    _note(unit, exported, order, now)
                    unit.commit()
                _name(database, drafts, exported, now)
            for path in exported.files:
                path.chmod(OWNER_ALONE)
        finally:
            _remove_leftovers(folder)
        return exported


def _drafted(database: Database, folder: Path, last: datetime | None) -> tuple[list[_Draft], Exported]:
    """`last` is the moment up to which verdicts are exported; None for all there are, whatever clock they had."""
    records, drafts, kept = 0, list[_Draft](), list[Path]()
    for since, end in _months(database):
        until = end if last is None else min(end, last + _TICK)
        if until <= since:
            continue
        path = folder / f"{PREFIX}{since:%Y-%m}{SUFFIX}"
        count, draft = _draft(database, path, since, until)
        records += count
        drafts += [draft] if draft else []
        kept += [path] if count else []
    gone = sorted(set(folder.glob(f"{PREFIX}*{SUFFIX}")) - set(kept))
    return drafts, Exported(records, tuple(dict.fromkeys([*(each.path for each in drafts), *gone])), tuple(kept))


def _note(unit: Unit, exported: Exported, order: Order, now: datetime) -> None:
    """The entry that says that texts are written to files."""
    facts = {"records": exported.records, "files": [path.name for path in exported.changed]}
    ledger.append(unit, Entry("labels.exported", order.by, "labels", "labels", order.why, "", facts=facts), now=now)


def _name(database: Database, drafts: list[_Draft], exported: Exported, now: datetime) -> None:
    for draft in drafts:
        draft.aside.replace(draft.path)
        _mark(database, draft.ids, now)
    for path in set(exported.changed) - {each.path for each in drafts}:
        path.unlink()


def line_of(item: LabelledText) -> str:
    """One record as JSON, without the line's end."""
    record = item.record
    by_several = {} if record.agreement is None else {"asked": record.asked, "agreement": round(record.agreement, 4)}
    unsure = {"hesitated": item.hesitated} if item.hesitated else {}
    words = {} if item.span is None else {"span": {"start": item.span.start, "end": item.span.end}}
    return json.dumps(
        {
            "id": record.comment_id,
            "text": item.text,
            "lang": item.lang,
            "labels": dict(record.labels),
            "group": item.group,
            "decision_id": record.decision_id,
            "verdict": record.verdict.value,
            "overturned": record.overturned,
            "confidence": record.confidence,
            "decided_at": record.decided_at.isoformat(timespec="microseconds"),
            **by_several,
            **unsure,
            **words,
        },
        ensure_ascii=False,
    )


def _months(database: Database) -> Iterator[tuple[datetime, datetime]]:
    with database.reading() as look:
        ends = labels.decided_between(look)
    if ends is None:
        return
    since, last = ends[0].replace(day=1, hour=0, minute=0, second=0, microsecond=0), ends[1]
    while since <= last:
        until = datetime(since.year + since.month // 12, since.month % 12 + 1, 1, tzinfo=UTC)
        yield since, until
        since = until


def _draft(database: Database, path: Path, since: datetime, until: datetime) -> tuple[int, _Draft | None]:
    """How many records the month has, and what its file is to be where it is not that already."""
    aside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    digest, ids = hashlib.sha256(), list[str]()
    with naming(path), database.reading() as look, open(aside, "xb", opener=_for_owner) as file:
        for item in labels.labelled_texts(look, since=since, until=until):
            line = (line_of(item) + "\n").encode()
            file.write(line)
            digest.update(line)
            ids.append(item.record.id)
        file.flush()
        os.fsync(file.fileno())
    if not ids or _has(path, digest.digest()):
        aside.unlink()
        return len(ids), None
    return len(ids), _Draft(aside, path, ids)


def _for_owner(name: str, flags: int) -> int:
    return os.open(name, flags, OWNER_ALONE)


def _has(path: Path, digest: bytes) -> bool:
    if not path.exists():
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest() == digest


def _mark(database: Database, ids: list[str], now: datetime) -> None:
    for start in range(0, len(ids), 500):
        with database.unit() as unit:
            labels.mark_exported(unit, ids[start : start + 500], now=now)
            unit.commit()


def _remove_leftovers(folder: Path) -> None:
    """What an export that failed, or was killed, left aside."""
    for path in folder.glob(f".{PREFIX}*"):
        path.unlink(missing_ok=True)

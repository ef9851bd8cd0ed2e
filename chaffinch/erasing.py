"""Erasing an author everywhere: both columns meet here, since texts also stand in label files and data sets.

The order lets whoever is cut off begin again: files are searched by the texts, so the texts in the database go after
them; label files are made of the database, so they come last; and data sets are looked through once more, in case one
was being built meanwhile out of the old label files.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chaffinch.settings import Settings
from chaffinch.wiring import key_folder
from data.erasing import Gone, erase_texts, losses_ahead
from governance import erased_files, erasure
from governance.erasure import Order, Report
from governance.retention import load_retention
from records.erasing import texts_of
from records.ledger import Actor
from records.personal import open_keyring
from records.quoted_elsewhere import Quoted
from review.labels_export import Order as LabelsOrder
from review.labels_export import export_labels

if TYPE_CHECKING:
    from records.database import Database

READ = frozenset((".jsonl", ".json", ".html", ".md", ".csv", ".txt", ".log", ".tsv"))
"""Files below the home that people and commands write texts into."""

ERASED = "an author was erased"
"""Why label files are written anew, as the entry says."""

LARGEST = 512 * 1024 * 1024
SHORTEST = 6
"""Code points that a text needs to be told from everyday words in a file."""

Progress = Callable[[str, float | None], None]


@dataclass(frozen=True, slots=True)
class Everywhere:
    """What was erased from the records, from data sets, and which files still hold words of the author."""

    report: Report
    gone: tuple[Gone, ...]
    label_files: tuple[Path, ...]
    mentions: tuple[Path, ...]

    @property
    def document(self) -> dict[str, Any]:
        """For programs."""
        return {
            "erased": self.report.counts,
            "lists_kept": list(self.report.kept),
            "kept": _kept(self.report),
            "held": self.report.held,
            "appeals_without_words": list(self.report.appeals),
            "inspections": [
                {"id": each.id, "authority": each.authority, "reference": each.reference, "decisions": many}
                for each, many in self.report.touched
            ],
            "data_sets": [gone.facts for gone in self.gone],
            "label_files": [path.name for path in self.label_files],
            "files_that_mention": [str(path) for path in self.mentions],
            "named_by_others": {
                "comments": [{"id": each.id, "comment_id": each.external_id} for each in self.report.named.comments],
                "all": self.report.named.is_whole and not self.report.named.waiting,
                "names_looked_for": self.report.named.looked,
                "not_searched_yet": self.report.named.waiting,
            },
            "quoted_by_others": _quoted(self.report.quoted),
            "entry": self.report.entry_id,
        }


def erase_everywhere(
    settings: Settings, database: Database, order: Order, *, now: datetime, progress: Progress
) -> Everywhere:
    """Erases the author. Raises `InvalidInputError` without a name or a reason, before anything is gone."""
    order = replace(order, days=load_retention(settings.configs).standing.days)
    keyring = open_keyring(database, key_folder(settings), now=now)
    erasure.refuse_held(database, keyring, order, now=now)
    with database.reading() as look:
        who, _ = erasure.check(look, order)
        texts = texts_of(look, keyring, order.author)
    progress("data sets", None)
    gone = _sweep(settings, database, texts, by=who, now=now, os_user=order.os_user)
    progress("records", None)
    report = erasure.erase(database, keyring, order, now=now, progress=lambda done: progress(f"records: {done}", None))
    progress("label files", None)
    labels = settings.home / "labels"
    changed: tuple[Path, ...] = ()
    if labels.is_dir():
        changed = export_labels(database, labels, LabelsOrder(who, ERASED, order.os_user), now=now).changed
    gone += _sweep(settings, database, texts, by=who, now=now, os_user=order.os_user)
    mentions = tuple(mentioning(settings.home, texts))
    outside = {"data_sets": [each.facts for each in gone], "label_files": [path.name for path in changed]}
    if gone or changed:
        with database.unit(os_user=order.os_user) as unit:
            erasure.note_outside(unit, order, report, outside, now=now)
            unit.commit()
    return Everywhere(report, tuple(gone), tuple(changed), mentions)


def _kept(report: Report) -> dict[str, Any] | None:
    """What stays of an account that is held, with the words for the person; None where nothing does."""
    if report.words is None or report.stands.until is None:
        return None
    stands = report.stands
    until = stands.until.isoformat() if stands.until else None
    words = {"zh": report.words.zh, "en": report.words.en}
    return {"measures": list(stands.measures), "lists": list(stands.lists), "until": until, "words": words}


def _quoted(found: Quoted) -> dict[str, Any]:
    """Comments of others that quoted them, by number: out of which it was taken, and which hold their words still."""
    return {
        "left": [{"id": each.id, "comment_id": each.external_id} for each in found.left],
        "changed": [{"id": name, "comment_id": number} for name, number in found.changed],
        "all": found.is_whole and not found.waiting and not found.too_many,
        "texts_looked_for": found.looked,
        "texts_too_short": found.too_short,
        "texts_not_looked_for": found.too_many,
        "not_searched_yet": found.waiting,
    }


def mentioning(home: Path, texts: Collection[str]) -> Iterator[Path]:
    """Files below the home in which one of the texts stands, as it is or as JSON or HTML has it."""
    wanted = [spelt for text in texts if len(text) >= SHORTEST for spelt in _spellings(text)]
    for path in sorted(home.rglob("*")) if wanted else ():
        if path.suffix in READ and path.is_file() and path.stat().st_size <= LARGEST:
            content = path.read_bytes()
            if any(each in content for each in wanted):
                yield path


def _sweep(
    settings: Settings, database: Database, texts: Collection[str], *, by: Actor, now: datetime, os_user: str | None
) -> list[Gone]:
    """Takes the texts out of data sets; what the gate would take for another exam is told to the ledger before."""
    frozen = settings.home / "frozen"
    if ahead := losses_ahead(frozen, texts):
        with database.unit(os_user=os_user) as unit:
            erased_files.note_ahead(unit, [each.facts for each in ahead], by=by, now=now)
            unit.commit()
    return erase_texts(settings.home / "snapshots", frozen, texts, now=now)


def _spellings(text: str) -> set[bytes]:
    import html
    import json

    quoted = (json.dumps(text, ensure_ascii=flag)[1:-1] for flag in (True, False))
    return {each.encode("utf-8", "surrogatepass") for each in (text, html.escape(text), *quoted)}

"""Where the rows of a backtest come from, and the page that shows its result."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, ValidationError

from chaffinch.pages import page
from moderation.comment import DEFAULT_SURFACE
from moderation.decision import Outcome
from moderation.errors import Fault
from moderation.language import UNKNOWN
from moderation.replay import Replayed, Sent
from moderation.rules import RuleContext
from moderation.rules.backtest import Backtest, BacktestRow, RuleFigures, Sample, SetFigures
from moderation.spans import merged
from moderation.toml import faults_of

if TYPE_CHECKING:
    from chaffinch.settings import Settings
    from data.snapshot import Snapshot

STDIN = "-"
DECISIONS = "decisions"
"""The name of the stored decisions among sources of rows."""

BESIDE_LINES = (
    "a row of a file says what its author wrote: surface, verified, account_age_days, credit, features, and "
    "created_at, author_id, thread_id, from which counts over other comments are made"
)
BESIDE_DECISIONS = (
    "stored decisions keep surface and language, and when, by whom and in which thread, from which counts over other "
    "comments are made, but not what the platform said of the account"
)
BESIDE_SNAPSHOT = "a snapshot keeps text, language and labels alone"

FIRST_YEAR, LAST_YEAR = 1971, 2100
"""Within these the windows' seconds fit their columns."""

_DAY = re.compile(r"\s*\d{4}-\d\d-\d\d\s*")

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
"""Some editors begin a UTF-8 file with it; it is no part of the first row."""

SHOWN_BROKEN = 20
_BATCH = 1000


@dataclass
class Rows:
    """Rows to come, how many where that is known, and, once they were read, the faults of those that are none."""

    rows: Iterable[BacktestRow]
    beside: str
    total: int | None = None
    are_own: bool = False
    """Whether people wrote them to this house: their texts are told where somebody answers for it."""
    faults: list[Fault] = field(default_factory=list)
    """The first ones; `broken` counts all."""
    broken: int = 0


@contextmanager
def opened_rows(source: str, settings: Settings) -> Iterator[Rows]:
    """The rows of a JSONL file, of standard input (`-`), of the stored decisions (`decisions`), or of a snapshot.

    Raises `NotFoundError` where there is no such thing.
    """
    if source == STDIN:
        yield _of_lines(sys.stdin.buffer)
    elif source == DECISIONS:
        with _of_decisions(settings) as rows:
            yield rows
    elif Path(source).is_file():
        with Path(source).open("rb") as lines:
            yield _of_lines(lines)
    else:
        from data.snapshot import find  # the offline column's libraries: only for who names a snapshot

        snapshot = find(source, settings.home / "snapshots")
        manifest = snapshot.manifest
        yield Rows(_of_snapshot(snapshot), BESIDE_SNAPSHOT, manifest.counts.rows, are_own=manifest.holds_own)


def _of_lines(lines: Iterable[bytes]) -> Rows:
    """JSON lines; a broken one stops nothing, and is told, also where it is no UTF-8. Blank ones are nothing."""
    found = Rows((), BESIDE_LINES)

    def read() -> Iterator[BacktestRow]:
        for number, line in enumerate(lines, 1):
            written = (line.removeprefix(BYTE_ORDER_MARK) if number == 1 else line).strip()
            if not written:
                continue
            try:
                row = Line.model_validate_json(written).as_row(number)
            except ValidationError as error:
                found.broken += 1
                found.faults = [*found.faults, *faults_of(error, f"line {number}")][:SHOWN_BROKEN]
            else:
                yield row

    found.rows = read()
    return found


def _with_time_of_day(written: object) -> object:
    """Raises `ValueError` for a day alone: all its comments would be of one moment, and so a burst."""
    if isinstance(written, str) and _DAY.fullmatch(written):
        raise ValueError("has no time of day; write 2026-03-01T12:00:00Z, or leave it out")
    return written


def _in_our_time(moment: datetime) -> datetime:
    """Where no zone is written, UTC: only what lies between two comments matters. Raises `ValueError`."""
    if not FIRST_YEAR <= moment.year < LAST_YEAR:
        raise ValueError(f"is not between {FIRST_YEAR} and {LAST_YEAR}; write 2026-03-01T12:00:00Z, or seconds")
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


Moment = Annotated[datetime, BeforeValidator(_with_time_of_day), AfterValidator(_in_our_time)]


class Line(BaseModel):
    """One row as JSON; fields that are not named here are ignored, since such files come from many places.

    docs/reference/rules.md says what each means.
    """

    text: str
    id: str | int | None = None
    lang: str = UNKNOWN
    surface: str = DEFAULT_SURFACE
    labels: dict[str, bool] | list[str] = Field(default_factory=dict)
    otherwise: Outcome = Outcome.PASS
    verified: bool | None = None
    account_age_days: float | None = None
    credit: float | None = None
    features: dict[str, float] = Field(default_factory=dict)
    created_at: Moment | None = None
    author_id: str | int | None = None
    thread_id: str | int | None = None

    def as_row(self, number: int) -> BacktestRow:
        """The row; its number in the file is its id where it has none."""
        known = self.labels if isinstance(self.labels, dict) else dict.fromkeys(self.labels, True)
        context = RuleContext(self.surface, self.lang, self.verified, self.account_age_days, self.credit, self.features)
        name = str(number if self.id is None else self.id)
        return BacktestRow(name, self.text, known, context, self.otherwise, self._sent)

    @property
    def _sent(self) -> Sent:
        author, thread = (None if name is None else str(name) for name in (self.author_id, self.thread_id))
        return Sent(self.created_at.timestamp() if self.created_at else None, author, thread)


def _of_snapshot(snapshot: Snapshot) -> Iterator[BacktestRow]:
    """Every row of every side; the files are mapped into memory, a batch at a time is read."""
    from datasets import load_from_disk

    from data.snapshot import DATASET

    for side in load_from_disk(str(snapshot.path / DATASET)).values():
        for batch in side.iter(batch_size=_BATCH):
            for name, text, lang, labels in zip(
                batch["id"], batch["text"], batch["lang"], batch["labels"], strict=True
            ):
                known = {label: said == 1 for label, said in zip(snapshot.labels, labels, strict=True) if said >= 0}
                yield BacktestRow(name, text, known, RuleContext(surface="", language=lang))


@contextmanager
def _of_decisions(settings: Settings) -> Iterator[Rows]:
    from chaffinch.wiring import open_database
    from governance.rule_backtests import row_of
    from records.judged import count, judged_texts

    database = open_database(settings)
    try:
        with database.reading() as look:
            yield Rows(map(row_of, judged_texts(look)), BESIDE_DECISIONS, count(look), are_own=True)
    finally:
        database.close()


def as_json(result: Backtest) -> dict[str, Any]:
    """The result for programs."""
    return {
        "rows": result.rows,
        "too_long": result.too_long,
        "unreadable": result.unreadable,
        "partial": result.is_partial,
        "beside": result.beside,
        "replayed": asdict(result.replayed) if result.replayed else None,
        "draft": _set_json(result.draft),
        "today": _set_json(result.today) if result.today else None,
        "changes": [
            {"today": before.value, "draft": after.value, "rows": number}
            for (before, after), number in result.changes.most_common()
        ],
        "samples": {kind.value: [asdict(one) for one in samples] for kind, samples in result.samples.items()},
    }


def _set_json(figures: SetFigures) -> dict[str, Any]:
    rules = [
        asdict(rule)
        | {"hits": None if rule.is_unjudged else rule.hits}
        | {"precision": asdict(rule.precision), "recall": asdict(rule.recall)}
        for rule in figures.by_hits
    ]
    outcomes = {outcome.value: figures.outcomes[outcome] for outcome in Outcome}
    return {"version": figures.version, "outcomes": outcomes, "rules": rules}


def as_html(result: Backtest) -> str:
    """One page that needs nothing beside itself. Every text is escaped."""
    return page(
        "backtest.html",
        {"share": _percent, "pieces": pieces, "shortfall": shortfall, "counted": counted},
        result=result,
    )


def shortfall(rule: RuleFigures, rows: int) -> str:
    """Of a rule with conditions: on how many rows it could be judged, and what the others do not say."""
    lacking = ", ".join(f"{name} ({number} rows do not say it)" for name, number in rule.lacking.items())
    judged = "not judged here" if rule.is_unjudged else f"judged on {rule.judged} of {rows} rows"
    return f"{judged}: it asks for {lacking}"


def counted(replayed: Replayed) -> str:
    """Of how many rows counts over other comments were made, and what the others do not say."""
    lacking = {
        "have no created_at": replayed.without_time,
        "stand behind a later one and are not judged by them (sort the rows by created_at)": replayed.late,
        "have no author_id": replayed.without_author,
        "have no thread_id": replayed.without_thread,
    }
    told = "".join(f"; {number} {what}" for what, number in lacking.items() if number)
    return f"Counts over many comments were replayed: {replayed.counted} rows were counted{told}."


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.2%}"


def pieces(sample: Sample) -> list[tuple[str, bool]]:
    """The sample's text in pieces, and whether each was found by a rule."""
    cut: list[tuple[str, bool]] = []
    at = 0
    for span in merged(sample.spans):
        cut += [(sample.text[at : span.start], False), (span.of(sample.text), True)]
        at = span.end
    return [(text, found) for text, found in (*cut, (sample.text[at:], False)) if text]

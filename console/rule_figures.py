"""Figures beside each rule of the table: hits by day, what people's verdicts say of it, and how old it is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from console.rule_view import COUNTED_DAYS, RuleLine, document_of
from governance.rules import content_of
from governance.what_decides import shipped_packs
from moderation.rules import RuleState
from moderation.rules.backtest import Share
from records import rule_backtests, rule_hits, rule_verdicts, rules
from records.rule_verdicts import RuleJudged
from records.unit_of_work import Reading
from review.agreement import ENOUGH

JUDGED_DAYS = 90
"""Days over which verdicts are counted."""

SPARK = 14
"""Height of the small chart."""

_BAR = 6

HEAD = (
    "rule", "title", "label", "state", "where", "does", "hits", "changes", "right", "wrong", "precision",
    "precision_low", "precision_high", "judged", "overturned", "owner", "since", "first", "expires",
)  # fmt: skip

Key = tuple[str, RuleState]


@dataclass(frozen=True, slots=True)
class LineFigures:
    """Of a live rule `precision` and `overturns` come from verdicts; of one in the shadow from its backtest.

    `days` are its hits, today's last. `first` is when it was first written, `since` when it became what it is; of a
    rule in a pack that was changed here both are when the file was last written, and `hit_on` is the first day of its
    hits where that was before: a file is written anew by every installation, and hits are counted by whole days. A pack
    as shipped was written by whoever installed it: of its rules only that day is told.
    """

    days: tuple[int, ...]
    precision: Share
    overturns: Share
    since: datetime | None
    first: datetime | None
    hit_on: date | None = None

    @property
    def is_enough(self) -> bool:
        """Whether people judged enough of it."""
        return self.precision.rows >= ENOUGH

    @property
    def spark(self) -> str:
        """The days as bars: the path of an SVG of `SPARK` by six for each day."""
        most = max(self.days, default=0)
        tops = [round(SPARK - SPARK * number / most, 1) if most else SPARK for number in self.days]
        return "".join(f"M{at * _BAR} {SPARK}V{top}h{_BAR - 1}V{SPARK}z" for at, top in enumerate(tops) if top < SPARK)

    @property
    def width(self) -> int:
        """Of that chart."""
        return _BAR * len(self.days)


def figures_of(look: Reading, lines: Sequence[RuleLine], packs: Path, *, now: datetime) -> dict[Key, LineFigures]:
    """By rule and state."""
    today = now.astimezone(UTC).date()
    hits = _by_day(look, today)
    judged = rule_verdicts.of_rules(look, since=now - timedelta(days=JUDGED_DAYS))
    tried = _tried(look, lines)
    firsts, shipped = rules.first_written(look), shipped_packs(look, packs.parent)
    return {
        (line.id, line.state): LineFigures(
            days=hits.get((line.id, line.state.value), ()),
            precision=_precision(line, judged, tried),
            overturns=_overturns(line, judged),
            since=line.since or _written(packs, line, shipped),
            first=firsts.get(line.id) or _written(packs, line, shipped),
            hit_on=_hit_on(line, _written(packs, line, shipped), hits.get((line.id, line.state.value), ()), today),
        )
        for line in lines
    }


def rows_of(lines: Iterable[RuleLine], figures: Mapping[Key, LineFigures]) -> list[tuple[object, ...]]:
    """For spreadsheets, in the order of `HEAD`; a share that is not known is empty."""
    return [_row(line, figures[line.id, line.state]) for line in lines]


def _row(line: RuleLine, found: LineFigures) -> tuple[object, ...]:
    low, high = found.precision.interval or ("", "")
    share, counted = found.precision.share, line.counted
    return (
        line.id, line.rule.title.en, line.rule.label, line.state.value, line.pack or f"database@{line.version}",
        line.rule.action.value, counted.hits if counted else "", counted.changes if counted else "",
        found.precision.hits, found.precision.rows - found.precision.hits, "" if share is None else share, low, high,
        found.overturns.rows, found.overturns.hits, line.rule.owner,
        found.hit_on.isoformat() if found.hit_on else _moment(found.since), _moment(found.first),
        line.rule.expires.isoformat() if line.rule.expires else "",
    )  # fmt: skip


def _moment(at: datetime | None) -> str:
    return at.isoformat(timespec="seconds") if at else ""


def _by_day(look: Reading, today: date) -> dict[tuple[str, str], tuple[int, ...]]:
    first = today - timedelta(days=COUNTED_DAYS - 1)
    found: dict[tuple[str, str], list[int]] = {}
    for each in rule_hits.by_day(look, since=first):
        days = found.setdefault((each.rule_id, each.state), [0] * COUNTED_DAYS)
        if each.day <= today:
            days[(each.day - first).days] += each.counted.hits
    return {key: tuple(days) for key, days in found.items()}


def _tried(look: Reading, lines: Sequence[RuleLine]) -> dict[str, Share]:
    """Of rules in the shadow: right and wrong in the last backtest of just what they say."""
    contents = {line.id: content_of(document_of(line)) for line in lines if line.state is RuleState.SHADOW}
    found = {}
    for rule_id, content in contents.items():
        record = rule_backtests.newest(look, rule_id, content, done=True)
        if record and record.kept:
            _, right, wrong, *_ = record.kept["draft"]["rules"][rule_id]
            found[rule_id] = Share(right, right + wrong)
    return found


def _precision(line: RuleLine, judged: Mapping[str, RuleJudged], tried: Mapping[str, Share]) -> Share:
    if line.state is RuleState.SHADOW:
        return tried.get(line.id, Share(0, 0))
    told = judged.get(line.id) if line.state is RuleState.LIVE else None
    return Share(told.right, told.right + told.wrong) if told else Share(0, 0)


def _overturns(line: RuleLine, judged: Mapping[str, RuleJudged]) -> Share:
    told = judged.get(line.id) if line.state is RuleState.LIVE else None
    return Share(told.overturned, told.judged) if told else Share(0, 0)


def _hit_on(line: RuleLine, written: datetime | None, days: Sequence[int], today: date) -> date | None:
    """The first day of its hits, of a pack's rule; None where its file was written before the end of that day."""
    ago = next((len(days) - 1 - at for at, number in enumerate(days) if number), None)
    if ago is None or line.since is not None:
        return None
    day = today - timedelta(days=ago)
    return day if written is None or day < written.date() else None


def _written(packs: Path, line: RuleLine, shipped: Collection[str]) -> datetime | None:
    """When the pack's file was last written; None for one as shipped, and where it is gone since."""
    try:
        written = (packs / line.pack).stat().st_mtime if line.pack and line.pack not in shipped else None
    except OSError:
        return None
    return None if written is None else datetime.fromtimestamp(written, UTC)

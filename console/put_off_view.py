"""What each person puts off, for whoever leads them: shares with intervals, and what they have more of than others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from console.people import display_name
from moderation.rules.backtest import Share
from records import put_off
from records.put_off import PutOff
from records.unit_of_work import Reading
from review.agreement import ENOUGH

HEAD = (
    "moderator", "handed_out", "decided",
    *(f"{kind}{end}" for kind in ("skipped", "escalated", "unsure") for end in ("", "_share", "_low", "_high")),
    "handed_over", "most_label", "most_share", "most_low", "most_high", "others_share",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Most:
    """The label of which somebody decided a larger share than colleagues did; of both enough to be said."""

    label: str
    theirs: Share
    others: Share


@dataclass(frozen=True, slots=True)
class PutOffLine:
    """A row: one person, the shares of what was handed to them, and the label that stands out."""

    name: str
    told: PutOff
    skipped: Share
    escalated: Share
    unsure: Share
    most: Most | None


def put_off_lines(look: Reading, *, since: datetime) -> list[PutOffLine]:
    """Everybody who was handed a case since then; who puts most off first, where there are cases enough to say so."""
    every = put_off.by_moderator(look, since=since)
    lines = [_line(look, one, [other for other in every if other is not one]) for one in every]
    return sorted(lines, key=_rank)


def put_off_rows(lines: Sequence[PutOffLine]) -> list[tuple[object, ...]]:
    """The same for a spreadsheet; a share of few is left empty."""
    return [
        (
            line.name, line.told.handed_out, line.told.decided,
            *(each for share in (line.skipped, line.escalated, line.unsure) for each in (share.hits, *_figures(share))),
            line.told.handed_over, *_most(line.most),
        )
        for line in lines
    ]  # fmt: skip


def _line(look: Reading, one: PutOff, others: Sequence[PutOff]) -> PutOffLine:
    whole = one.handed_out
    skipped, escalated, unsure = (Share(hits, whole) for hits in (one.skipped, one.escalated, one.unsure))
    name = display_name(look, one.moderator)
    return PutOffLine(name, one, skipped, escalated, unsure, _standing_out(one, others))


def _rank(line: PutOffLine) -> tuple[bool, float, str]:
    whole = line.told.handed_out
    put = line.told.skipped + line.told.escalated + line.told.unsure
    return whole < ENOUGH, -put / max(whole, 1), line.name


def _standing_out(one: PutOff, others: Sequence[PutOff]) -> Most | None:
    """None where the interval of no label lies beyond that of all others together."""
    theirs: Counter[str | None] = sum((Counter(other.by_label) for other in others), Counter())
    if min(one.decided, theirs.total()) < ENOUGH:
        return None
    found = [
        Most(label, Share(count, one.decided), Share(theirs[label], theirs.total()))
        for label, count in one.by_label.items()
        if label is not None
    ]
    beyond = [each for each in found if _low(each.theirs) > _high(each.others)]
    return max(beyond, key=lambda each: _low(each.theirs) - _high(each.others), default=None)


def _low(share: Share) -> float:
    return share.interval[0] if share.interval else 0.0


def _high(share: Share) -> float:
    return share.interval[1] if share.interval else 1.0


def _figures(share: Share) -> tuple[object, ...]:
    return (share.share, *(share.interval or (None, None))) if share.rows >= ENOUGH else (None, None, None)


def _most(most: Most | None) -> tuple[object, ...]:
    if most is None:
        return (None,) * 5
    return (most.label, *_figures(most.theirs), most.others.share)

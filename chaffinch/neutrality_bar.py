"""Whether a neutrality audit is one that counts for a duty: a house may look with any bar, over any span and groups.

An audit is made quiet by a smaller alpha, a span without what was done, fewer groups, or a model that is not asked.
The profile fixes what counts (`[neutrality]`). What an audit was made by stands in the ledger, and is read from there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from chaffinch.duty_words import say
from governance import neutrality as auditing
from governance.duties import LeastAudit, load_profile, names
from governance.neutrality import Axis, Basis, Standing
from moderation.taxonomy import Words
from records import ledger
from records.leaning import between
from records.unit_of_work import Reading

LEFT_OUT = "left_out"
LOOKED_BACK = timedelta(days=190)
"""Axes of audits of the last half year have to be there again."""
ROWS_LEFT = 0.5
"""Of the rows that named an axis before: fewer are another look."""


def every_bar(configs: Path) -> list[LeastAudit]:
    """What the profiles of a house ask for, each once."""
    found: list[LeastAudit] = []
    for name in names(configs):
        asked = load_profile(configs, name).neutrality
        found += [] if asked in found else [asked]
    return found


def short_of_any(look: Reading, audit: Standing, bars: Sequence[LeastAudit]) -> tuple[Words, ...]:
    """What it is short of by any of these, each once."""
    told = {each.en: each for bar in bars for each in short_of(look, audit, bar)}
    return tuple(told.values())


def short_of(look: Reading, audit: Standing, least: LeastAudit) -> list[Words]:
    """Why this audit does not count; nothing where it does."""
    if audit.basis is None:
        return [say("disclosure.short_unknown")]
    found = list(_short_alone(look, audit, audit.basis, least))
    if lost := _lost(look, audit, audit.basis, least):
        found.append(say("disclosure.short_axes", axes=", ".join(lost), days=LOOKED_BACK.days))
    return found


def _short_alone(look: Reading, audit: Standing, basis: Basis, least: LeastAudit) -> Iterator[Words]:
    """By what it was itself, whatever others were."""
    if basis.alpha < least.alpha:
        yield say("disclosure.short_alpha", alpha=f"{basis.alpha:g}", least=f"{least.alpha:g}")
    if basis.difference > least.difference or basis.pairs > least.pairs:
        yield say(
            "disclosure.short_limits", difference=f"{basis.difference:g}", pairs=basis.pairs,
            most=f"{least.difference:g}", most_pairs=least.pairs,
        )  # fmt: skip
    if basis.swap == LEFT_OUT:
        yield say("disclosure.short_swap")
    yield from _short_span(look, datetime.fromisoformat(audit.at), basis, least)
    if audit.decided and audit.comments < least.share * audit.decided:
        yield say("disclosure.short_share", share=audit.comments / audit.decided, least=least.share)


def _short_span(look: Reading, at: datetime, basis: Basis, least: LeastAudit) -> Iterator[Words]:
    if at - basis.until > timedelta(days=least.newest_days):
        yield say("disclosure.short_newest", until=basis.until, at=at, days=least.newest_days)
    first = at - timedelta(days=least.span_days)
    if basis.since > first and (left := between(look, first, basis.since)):
        yield say("disclosure.short_span", since=basis.since, days=least.span_days, n=left)


def _lost(look: Reading, audit: Standing, basis: Basis, least: LeastAudit) -> list[str]:
    """Axes that an audit of the last half year had which counted, and that are gone here or grew thin."""
    lost: set[str] = set()
    for earlier in _earlier(look, audit.at):
        if earlier.basis is None or next(_short_alone(look, earlier, earlier.basis, least), None) is not None:
            continue
        lost |= {axis for axis, had in earlier.basis.axes.items() if _is_thin(basis.axes.get(axis), had)}
    return sorted(lost)


def _is_thin(here: Axis | None, had: Axis) -> bool:
    return here is None or here.groups < had.groups or here.rows < ROWS_LEFT * had.rows


def _earlier(look: Reading, at: str) -> Iterator[Standing]:
    made = datetime.fromisoformat(at)
    for moment in ledger.audits(look, limit=auditing.MOST):
        if timedelta(0) < made - datetime.fromisoformat(moment) <= LOOKED_BACK:
            found = auditing.standing(look, moment)
            if found is not None:
                yield found

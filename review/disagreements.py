"""Comments about which people decided apart, blind to each other, and which nobody is asked about any more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from records import cases, knowing, opinions, verdicts
from records.opinions import Opinion
from records.unit_of_work import Reading
from records.values import Judgement, Purpose, VerdictRecord
from review.quality import said


@dataclass(frozen=True, slots=True)
class Apart:
    """A decision about which two or three people gave different answers, the first first."""

    decision_id: str
    comment_id: str
    given: tuple[Opinion, ...]


def since(look: Reading, moment: datetime, *, limit: int) -> list[Apart]:
    """The newest decisions of which a second person said something else since then, the newest first.

    None about which a third person or anybody else is asked just now: what they say settles it.
    """
    found = [_apart(list(group)) for _, group in groupby(opinions.on_checked(look, since=moment), _by_decision)]
    differ = sorted((each for each in found if each is not None), key=_by_decision, reverse=True)
    waits = _waiting(look, [each.comment_id for each in differ])
    return [each for each in differ if each.comment_id not in waits][:limit]


def given_on(look: Reading, decision_id: str) -> list[VerdictRecord]:
    """What people said of one decision; nothing where they agreed, or somebody is asked just now."""
    given = verdicts.opinions_on(look, decision_id)
    is_checked = any(each.purpose is Purpose.OPINION for each in given)
    if not is_checked or len({said(each) for each in given}) < 2 or _waiting(look, [given[0].comment_id]):
        return []
    return given


def holds_already(look: Reading, comment_id: str, judgement: Judgement) -> bool:
    """Whether the verdict that holds about the comment says just that."""
    held = verdicts.holding_of(look, comment_id)
    codes = {*judgement.labels, *filter(None, (judgement.ground,))}
    return held is not None and said(held) == (judgement.verdict.value, frozenset(codes))


def _waiting(look: Reading, comment_ids: Sequence[str]) -> set[str]:
    return knowing.asked_about(look, comment_ids) | cases.undecided_among(look, comment_ids)


def _apart(given: Sequence[Opinion]) -> Apart | None:
    if len({(each.verdict, frozenset(each.labels)) for each in given}) < 2:
        return None
    return Apart(given[0].decision_id, given[0].comment_id, tuple(given))


def _by_decision(each: Opinion | Apart) -> str:
    return each.decision_id

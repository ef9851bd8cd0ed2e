"""Whether recommendations lean: not only whether each has words, but who recommends whom how often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from chaffinch.duty_checks import accounts
from chaffinch.duty_checks.accounts import SAID
from chaffinch.duty_checks.rehearsal import AUTHOR, ONE, OTHER, fault, stored
from chaffinch.duty_words import say
from chaffinch.installation import Installation
from governance import account_measures
from governance.duties import Found
from moderation.decision import Outcome
from moderation.errors import ConflictError, InvalidInputError
from moderation.taxonomy import Words
from records import accountability
from records.unit_of_work import Unit

LOOKS_BACK = timedelta(days=90)
ENOUGH = 20
"""Recommendations below which a share says nothing."""

MOST_OF_AN_AUTHOR = 1 / 3
"""Of all recommendations, those of one author."""

MOST_OF_A_PAIR = 1 / 2
"""Of what one person or key recommends, those of one author."""


def recommendations(place: Installation) -> Found:
    """7, 2022 12: each says why on a ground of the catalogue, stands once, and none puts one author forward alone."""
    found = accounts.recommendations(place)
    if not found.holds:
        return found
    if wrong := fault(place, _refused):
        return place.off("general.report", wrong=wrong)
    with place.reading() as look:
        pairs = accountability.recommended(look, since=place.now - LOOKS_BACK)
    whole, by, of = pairs.total(), Counter[str](), Counter[str]()
    for (who, author), number in pairs.items():
        by[who] += number
        of[author] += number
    if whole >= ENOUGH and of and (top := of.most_common(1)[0])[1] > whole * MOST_OF_AN_AUTHOR:
        return place.off("recommending.of_one", n=top[1], whole=whole, author=_page_of(place, top[0]))
    for (who, author), number in pairs.most_common():
        if by[who] >= ENOUGH and number > by[who] * MOST_OF_A_PAIR:
            return place.off(
                "recommending.of_one_by_one", n=number, who=who, whole=by[who], author=_page_of(place, author)
            )
    share = max(by.values(), default=0) / whole if whole else 0.0
    return place.held("recommending.even", whole=whole, people=len(by), authors=len(of), share=round(100 * share))


def _page_of(place: Installation, author: str) -> str:
    with place.reading() as look:
        return f"/console/comments/{accountability.recommended_of(look, author)}/standing"


def _refused(place: Installation, unit: Unit) -> Iterator[Words]:
    """What is paid for by its ground, and a second one of the same comment."""
    stored(place, unit, Outcome.PASS, known_as=AUTHOR)
    if _goes(place, unit, "contract", by=ONE):
        yield say("recommending.refused_1")
    if not _goes(place, unit, "editorial", by=ONE):
        yield say("recommending.refused_2")
    if _goes(place, unit, "quality", by=OTHER):
        yield say("recommending.refused_3")


def _goes(place: Installation, unit: Unit, ground: str, *, by: str) -> bool:
    try:
        account_measures.recommend(
            unit, AUTHOR, reason=SAID, ground=ground, by=by, policies=place.policies, now=place.now
        )
    except (InvalidInputError, ConflictError):
        return False
    return True

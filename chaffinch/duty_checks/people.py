"""Whether there are people enough, and two where two are asked."""

from __future__ import annotations

from datetime import timedelta

from chaffinch.duty_words import say
from chaffinch.installation import Installation
from console.permissions import Action, may
from governance import hands, staffing_measured
from governance import staffing as planning
from governance.approvals import MAY_APPROVE
from governance.duties import Found
from governance.staffing_values import Wish
from moderation.taxonomy import Words
from records import accountability, transparency, users
from records.house_values import UserRecord
from records.unit_of_work import Reading

LOOKS_BACK = 28
"""Days."""

YESES_BACK = 90
"""Days."""

MOST_ALONE = 100
"""Comments over which one person may give a verdict at once, at the very most."""


def staffing(place: Installation) -> Found:
    """5(7): so many can decide as the busiest hour takes at once, by Erlang's formula over what was measured here."""
    with place.reading() as look:
        able = [user for user in active(look) if may(user.role, Action.DECIDE) and not user.trainee]
        plan = planning.plan(staffing_measured.measure(look, now=place.now, days=LOOKS_BACK), Wish())
    need = max(plan.busiest, 1)
    if len(able) < need:
        todo = "chaffinch users create NAME --role moderator"
        return place.off("people.staffing_2", need=need, n=len(able), todo=todo)
    return place.held("people.staffing_1", n=len(able), days=plan.days, busiest=plan.busiest)


def two_people(place: Installation) -> Found:
    """7, 8: measures over many and what shuts an account out take two, two are there, and none went without.

    Where that they are two is one person's own word, since nobody else is there who could vouch, it says so.
    """
    alone = place.settings.bulk_alone
    if alone > MOST_ALONE:
        return place.off("people.two_people_2", alone=alone, most_alone=MOST_ALONE)
    with place.reading() as look:
        without = accountability.bulk_alone(look, MOST_ALONE)
    if without:
        return place.off("people.two_people_3", n=len(without), without=without[-1])
    if wrong := _shut_out(place):
        return place.off(wrong)
    return _are_two(place)


def _are_two(place: Installation) -> Found:
    """Whether those whose yes counts are more than one person, and on whose word."""
    with place.reading() as look:
        able = [user.id for user in active(look) if user.role in MAY_APPROVE]
        people, proved = hands.people_behind(look, able), hands.people_behind(look, able, proved=True)
        here = hands.house(look)
        words = sorted({word for each in able for word in here.words(each)})
        _, yes = transparency.yeses(look, place.now - timedelta(days=YESES_BACK), place.now)
    if len(able) < 2:
        todo = "chaffinch users create NAME --role senior"
        return place.off("people.two_people_4", n=len(able), todo=todo)
    if people < 2:
        return place.off("people.two_people_5", n=len(able))
    told = {"alone": place.settings.bulk_alone, "n": people}
    if proved < 2:
        return place.held("people.two_people_6", **told, words=", ".join(words), yes=yes)
    if yes:
        return place.held("people.two_people_7", **told, yes=yes)
    return place.held("people.two_people_1", **told)


def _shut_out(place: Installation) -> Words | None:
    """What one person alone shut an account out with; None where nobody did."""
    if place.policy is None:
        return None
    longest = place.policy.two_people.longest_days
    if longest is None:
        return say("people.shut_out_1", name=place.policy.name)
    with place.reading() as look:
        taken, listed = accountability.shut_out_alone(look, longest)
    if taken:
        return say("people.shut_out_2", n=len(taken), taken=taken[0])
    if listed:
        todo = "set CHAFFINCH_BLACKLIST_TWO to true, and look at /console/lists"
        return say("people.shut_out_3", n=len(listed), todo=todo)
    return None


def active(look: Reading) -> list[UserRecord]:
    """Everybody who can log in."""
    found: list[UserRecord] = []
    cursor = None
    while True:
        page = users.page(look, cursor=cursor)
        found += [user for user in page.items if user.disabled_at is None]
        cursor = page.next_cursor
        if cursor is None:
            return found

"""Accounts: who may log in, as what; made and changed by administrators, with every session to be ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from starlette.responses import Response

from console.pages.rules import titles
from console.passwords import MAX_LENGTH, MIN_LENGTH, hash_password
from console.permissions import Role
from console.preferences import LOCALES
from console.refusals import RefusalError
from console.rendering import render
from console.skill_words import skill_titles
from console.visit import Visit
from console.vouch_view import to_vouch
from governance import accounts, hands, invitations, skills
from governance.accounts import NewAccount
from governance.approvals import MAY_ACT
from governance.hands import Held, House
from governance.invitations import Place
from governance.skills import Given
from moderation.errors import ConflictError, ForbiddenError, InvalidInputError
from records import sessions, users
from records.house_values import UserRecord
from records.unit_of_work import Unit

_MOST = 200
TWO = 2


@dataclass(frozen=True, slots=True)
class AccountLine:
    """A person, with how many sessions they have and when they logged in last.

    `held`: who made the account, set its password or invited its owner, and may be who uses it: it is no second person
    for what the same hand asked. None where it is in no hand, or somebody vouched for it.
    """

    user: UserRecord
    sessions: int
    last: datetime | None
    held: Held | None = None
    is_invited: bool = False
    """Whether its owner set the password, by an invitation."""
    same: tuple[str, ...] = ()
    """Which of network and browser the link was opened from that it was made at."""
    vouched_by: str = ""
    on_word_of: tuple[str, ...] = ()
    """On whose own word alone it is another person's."""


def show(visit: Visit) -> Response:
    """GET /accounts."""
    return _page(visit)


def create(visit: Visit) -> Response:
    """POST /accounts."""
    form = visit.form
    try:
        account = NewAccount(
            name=accounts.checked_name(form.one("name")),
            password_hash=hash_password(form.as_typed("password")),
            role=form.one("role"),
            display_name=form.one("display_name")[: accounts.MAX_NAME] or None,
            locale=form.one("locale") if form.one("locale") in LOCALES else LOCALES[0],
        )
        with visit.parts.database.unit() as unit:
            made = accounts.create(unit, account, by=visit.me.name, now=visit.now)
            unit.commit()
    except InvalidInputError:
        return _page(visit, "accounts.unusable", status=422)
    except ConflictError:
        return _page(visit, "accounts.taken", status=409)
    return _page(visit, done="create", about=made)


def change(visit: Visit) -> Response:
    """POST /accounts/{user_id}: what the button says."""
    act = _ACTS.get(visit.form.one("act"))
    if act is None:
        raise RefusalError("error.invalid", 422)
    try:
        with visit.parts.database.unit() as unit:
            changed = act(unit, visit)
            unit.commit()
    except InvalidInputError:
        problem = "accounts.skills_unusable" if act is _skills else "accounts.unusable"
        return _page(visit, problem, status=422)
    except ForbiddenError:
        return _page(visit, "accounts.own", status=409)
    return _page(visit, done=visit.form.one("act"), about=changed)


def invite(visit: Visit) -> Response:
    """POST /accounts/{user_id}/invite: a link by which they set a password of their own; it is shown this once."""
    try:
        with visit.parts.database.unit() as unit:
            place = Place(visit.address, visit.browser)
            link = invitations.invite(unit, _who(visit), by=visit.me.name, now=visit.now, place=place)
            about = users.get(unit, _who(visit))
            unit.commit()
    except ForbiddenError:
        return _page(visit, "accounts.own", status=409)
    except ConflictError:
        return _page(visit, "accounts.not_invited", status=409)
    return _page(visit, done="invite", about=about, link=link)


def _role(unit: Unit, visit: Visit) -> UserRecord:
    return accounts.set_role(unit, _who(visit), visit.form.one("role"), by=visit.me.name, now=visit.now)


def _password(unit: Unit, visit: Visit) -> UserRecord:
    hashed = hash_password(visit.form.as_typed("password"))
    return accounts.set_password(unit, _who(visit), hashed, by=visit.me.name, now=visit.now)


def _disable(unit: Unit, visit: Visit) -> UserRecord:
    return accounts.disable(unit, _who(visit), by=visit.me.name, now=visit.now)


def _enable(unit: Unit, visit: Visit) -> UserRecord:
    return accounts.enable(unit, _who(visit), by=visit.me.name, now=visit.now)


def _end(unit: Unit, visit: Visit) -> UserRecord:
    return accounts.end_sessions(unit, _who(visit), by=visit.me.name, now=visit.now)


def _skills(unit: Unit, visit: Visit) -> UserRecord:
    form = visit.form
    languages = tuple(form.one("languages").replace(",", " ").replace("，", " ").lower().split())
    given = Given(languages, form.all("labels"), form.all("skills"))
    return skills.of_person(
        unit,
        _who(visit),
        skills.checked(given, visit.parts.taxonomy, visit.parts.skills),
        by=visit.me.name,
        now=visit.now,
    )


_ACTS: dict[str, Callable[[Unit, Visit], UserRecord]] = {
    "role": _role,
    "password": _password,
    "disable": _disable,
    "enable": _enable,
    "end": _end,
    "skills": _skills,
}


def _told(line: AccountLine, here: House) -> AccountLine:
    """With how it became its owner's, and on whose word."""
    user_id = line.user.id
    entry, vouched = here.made.get(("account.password", user_id)), here.vouched(user_id)
    return replace(
        line,
        is_invited=hands.is_its_owners(entry),
        same=invitations.same_place(entry),
        vouched_by=hands.actor_of(vouched) if vouched else "",
        on_word_of=tuple(sorted(here.words(user_id))),
    )


def _who(visit: Visit) -> str:
    return visit.path_values["user_id"]


def _page(
    visit: Visit, problem: str = "", *, done: str = "", about: UserRecord | None = None, link: str = "",
    status: int = 200,
) -> Response:  # fmt: skip
    with visit.parts.database.reading() as look:
        page = users.page(look, limit=_MOST, cursor=visit.query.get("cursor") or None)
        alive, last = sessions.alive(look, now=visit.now, idle=visit.parts.session_idle), sessions.last_of_each(look)
        held, here = hands.of_accounts(look, [user.id for user in page.items]), hands.house(look)
        able = [user.id for user in users.active(look, sorted(MAY_ACT))]
        is_alone = hands.people_behind(look, able) < TWO
        waiting = to_vouch(look, visit)
    lines = [
        _told(AccountLine(user, alive.get(user.id, 0), last.get(user.id), held.get(user.id)), here)
        for user in page.items
    ]
    return render(
        visit,
        "accounts.html",
        status=status,
        lines=lines,
        is_alone=is_alone,
        to_vouch=waiting,
        next_cursor=page.next_cursor,
        roles=[role.value for role in Role],
        locales=LOCALES,
        least=MIN_LENGTH,
        most=MAX_LENGTH,
        labels=titles(visit),
        skills=skill_titles(visit),
        problem=problem,
        done=done,
        about=about,
        invitation=link,
        invited_days=invitations.FOR.days,
    )

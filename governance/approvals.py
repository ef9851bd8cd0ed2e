"""Four eyes: what needs two people is asked by one and answered by another, once, in the ledger.

One mechanism for everything that needs two people. What an approval sets off is the business of who asked
(`governance/four_eyes.py` knows the kinds): it is done in the same unit of work, so that nothing is approved and left
undone. A key answers for the person it is named after, who is the same person as the user of that name.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from governance import hands, said_about
from governance.apart import account_behind, hands_behind, on_word
from governance.hands import every_name, names_of, typed_by
from governance.wording import seen
from moderation.errors import ConflictError, Fault, ForbiddenError, InvalidInputError, NotFoundError
from records import approvals, keys, ledger, retold, users
from records.entry_words import ABOUT_PEOPLE, OF_HOUSE
from records.house_values import (
    ENTRY_APPEALED,
    MEASURE_APPEALED,
    MEASURE_UNFOUNDED,
    ApprovalRecord,
    ApprovalState,
    UserRecord,
)
from records.known_as import KEY
from records.unit_of_work import Reading, Unit

MAX_NAME = 64
MAX_WORDS = 2000

OF_AUTHORS = frozenset({MEASURE_APPEALED, ENTRY_APPEALED, MEASURE_UNFOUNDED})
"""Kinds of questions that nobody of the house asks: whoever is measured or listed does, by whichever key or page, or
what became of the comment for which they are."""

ASKED_FROM = "asked_by_os_user"
"""The fact of a question that was typed: by whose account of the operating system."""

ON_WORD = "on_word_of"
"""The fact of a yes that two people gave by somebody's own word alone (`governance/vouching.py`): whose."""

LOOKS_ALONE = "inspector"
"""The role that sees everything and changes nothing."""

MAY_APPROVE = frozenset({"senior", "lead", "admin"})
"""Roles whose answer counts, where people log in at all."""

MAY_ACT = frozenset({"moderator", "senior", "lead", "data_scientist", "admin"})
"""Roles that change anything at all."""

LOOK_AFTER = frozenset({"lead", "admin"})
"""Roles that look after the house: what is handed out of it, and who may use it."""


class NotSecondError(ForbiddenError):
    """Somebody is no second person for a question; `why` is one of the words that pages have a sentence for."""

    def __init__(self, why: str, detail: str) -> None:
        self.why = why
        super().__init__(detail)


@dataclass(frozen=True, slots=True)
class ByKey:
    """Somebody who is known by their API key alone, whose shown part is `prefix`."""

    prefix: str


def person(look: Reading, name: str, *, needs: Collection[str] = MAY_ACT, typed: bool = False) -> str:
    """Who acts, as a record names them. Raises `InvalidInputError` for no name, `ForbiddenError` for who may not.

    What is typed on a command line (a unit says so; of a look `typed` does) is done in the name of somebody who has an
    account with a role of `needs`, once there are accounts; pages and keys ask at their own door.
    """
    told, known = _named(look, name)
    if typed or (isinstance(look, Unit) and look.os_user is not None):
        _check_account(look, told, known, needs)
    return known.name if known else told


def _named(look: Reading, name: str) -> tuple[str, UserRecord | None]:
    """The name as it is told, and who of this house has it. Raises as `person` for none, and for who is barred."""
    told = name.strip()
    if not (0 < len(told) <= MAX_NAME and told.isprintable()):
        raise InvalidInputError("Nobody is named.", [Fault("by", f"give a name of 1 to {MAX_NAME} characters")])
    if told.casefold().startswith(KEY):
        raise InvalidInputError("Nobody is named.", [Fault("by", "a key speaks for itself, over HTTP; give a name")])
    return told, _not_barred(look, told)


def _check_account(look: Reading, name: str, known: UserRecord | None, needs: Collection[str]) -> None:
    """A command line believes the name that it is told, so it has to be one of those who are known here.

    Raises `ForbiddenError`. A fresh installation, which has no accounts, takes any name.
    """
    if known is None:
        names = [each.name for each in users.active(look, sorted(MAY_ACT))]
        if not names:
            return
        near = difflib.get_close_matches(name.casefold(), names, n=3, cutoff=0.5)
        meant = f" Did you mean {' or '.join(near)}?" if near else ""
        raise ForbiddenError(
            f"Nobody here has an account named {name}.{meant} What is typed is done in the name of an account: "
            "chaffinch users list names them."
        )
    if known.role not in needs:
        raise ForbiddenError(f"{known.name} is {known.role} and may not do this: it takes {', '.join(sorted(needs))}.")


def asker(look: Reading, by: str | ByKey, *, needs: Collection[str] = MAY_ACT) -> str:
    """Who asks or does something, as records name them: a person by name, a key by its prefix. Raises as `actor`."""
    found = actor(look, by, needs=needs)
    return f"{KEY}{found.id}" if found.kind == "key" else found.id


def actor(look: Reading, by: str | ByKey, *, needs: Collection[str] = MAY_ACT) -> ledger.Actor:
    """Who acts, as the ledger names them: a person by name, or a key, which speaks for whom it is named after.

    Raises as `person`; a key of somebody may do what they may.
    """
    if not isinstance(by, ByKey):
        return ledger.Actor("user", person(look, by, needs=needs))
    key = keys.by_prefix(look, by.prefix)
    known = None if key is None else _not_barred(look, key.name)
    if known is not None:
        _check_account(look, known.name, known, needs)
    return ledger.Actor("key", by.prefix)


def _not_barred(look: Reading, name: str) -> UserRecord | None:
    """The user of that name, if there is one. Raises `ForbiddenError` for one who may change nothing."""
    known = users.by_name(look, name)
    if known and known.disabled_at:
        raise ForbiddenError(f"{known.name} was disabled and changes nothing any more.")
    if known and known.role == LOOKS_ALONE:
        raise ForbiddenError(
            f"{known.name} is an inspector: inspectors read what they were granted and change nothing."
        )
    return known


def words(where: str, said: str) -> str:
    """A reason in words. Raises `InvalidInputError` where none is given: nothing is changed without one."""
    told = seen(said)
    if not 0 < len(told) <= MAX_WORDS:
        raise InvalidInputError("A reason is missing.", [Fault(where, f"say it in 1 to {MAX_WORDS} characters")])
    return told


def ask(
    unit: Unit, kind: str, subject_id: str, *, facts: Mapping[str, Any], by: str, why: str, now: datetime
) -> ApprovalRecord:
    """Asks for a second person. Raises `ConflictError` where one is asked already, or whoever asks has too many open.

    Facts that say already from whose account it was asked keep that: a question that goes on is its first asker's.
    """
    told = facts if unit.os_user is None else {ASKED_FROM: unit.os_user, **facts}
    _check_lasting(unit, kind, "why", why)
    if kind not in OF_AUTHORS:
        _check_open(unit, by)
    asked = approvals.ask(unit, kind, subject_id, facts=told, asked_by=by, why=why, now=now)
    ledger.append(unit, _entry(unit, "approval.asked", asked, by, why), now=now)
    return asked


def _check_lasting(look: Reading, kind: str, where: str, said: str) -> None:
    """Words of questions that entries hold as they are name nobody (`records/entry_words.py`)."""
    if kind not in ABOUT_PEOPLE | OF_HOUSE:
        said_about.check_lasting(look, where, said)


def _check_open(look: Reading, by: str) -> None:
    """Nobody fills the queue of what others have to answer. Raises `ConflictError` for who has too many open."""
    most, mine = look.queues.open_questions, every_name(look, by)
    if sum(each.asked_by in mine and each.kind not in OF_AUTHORS for each in approvals.waiting(look)) >= most:
        raise ConflictError(
            f"{by} has {most} questions to a second person open, by all names and keys of theirs, and asks no more "
            "until some are answered or withdrawn (`chaffinch approvals list`, `withdraw`; DELETE /v1/approvals/ID)."
        )


def question(look: Reading, approval_id: str, kind: str, about: str) -> ApprovalRecord:
    """The question of this kind; `about` says in words what it asks. Raises `NotFoundError`, for another kind too."""
    asked = approvals.get(look, approval_id)
    if asked.kind != kind:
        raise NotFoundError(f"This question is not about {about}.")
    return asked


def why_not(look: Reading, name: str, asked: ApprovalRecord) -> str:
    """Why somebody who is logged in is no second person for it (`NotSecondError.why`); empty where they may be."""
    try:
        if is_same_person(look, name, asked.asked_by):
            return "asked"
        _check_apart(look, name, asked)
        _check_may_answer(look, name)
    except NotSecondError as error:
        return error.why
    return ""


def answer(
    unit: Unit, approval_id: str, *, by: str | ByKey, approve: bool, note: str | None, now: datetime
) -> ApprovalRecord:
    """The answer of a second person. Said by whoever asked, a no is no answer: their question is withdrawn.

    Raises `ForbiddenError` for who asked (by name, or in the same hand), for a key or an account that is younger than
    the question, and for who may not answer; `ConflictError` where it is answered, `NotFoundError`.
    """
    who = f"{KEY}{by.prefix}" if isinstance(by, ByKey) else _answering(unit, by)
    asked = approvals.get(unit, approval_id)
    _check_lasting(unit, asked.kind, "note", note or "")
    withdraws = not approve and may_withdraw(unit, who, asked)
    if not withdraws:
        _check_second(unit, by, who, asked)
    state = ApprovalState.APPROVED if approve else ApprovalState.WITHDRAWN if withdraws else ApprovalState.REFUSED
    words = on_word(unit, who, asked.asked_by) if state is ApprovalState.APPROVED else ()
    answered = approvals.answer(unit, approval_id, state, by=who, note=note, now=now)
    entry = _entry(unit, f"approval.{state}", answered, who, note or "")
    ledger.append(unit, replace(entry, facts={**entry.facts, **({ON_WORD: list(words)} if words else {})}), now=now)
    return answered


def may_withdraw(look: Reading, who: str, asked: ApprovalRecord) -> bool:
    """Whether it is their own question, and no author's appeal that they passed on."""
    return asked.kind not in OF_AUTHORS and is_same_person(look, who, asked.asked_by)


def _check_second(unit: Unit, by: str | ByKey, who: str, asked: ApprovalRecord) -> None:
    if is_same_person(unit, who, asked.asked_by):
        raise NotSecondError("asked", f"{who} asked for this: somebody else has to answer.")
    _check_terminal(unit, asked)
    _check_apart(unit, by, asked)
    _check_may_answer(unit, _owner(unit, by) if isinstance(by, ByKey) else who)


def _answering(look: Reading, name: str) -> str:
    """Who answers; whether they may is asked once it is known that they are not who asked."""
    told, known = _named(look, name)
    return known.name if known else told


def check_may_approve(look: Reading, by: str | ByKey) -> None:
    """Raises `ForbiddenError` for a user whose role may approve nothing; who has no account is asked elsewhere."""
    known = users.by_name(look, by) if isinstance(by, str) else None
    if known is not None and known.role not in MAY_APPROVE:
        raise ForbiddenError(f"{known.name} may not do this: it takes a user who is {', '.join(sorted(MAY_APPROVE))}.")


def _check_terminal(unit: Unit, asked: ApprovalRecord) -> None:
    """A command line believes the name that it is told, so two names from one account of the machine are no two people.

    Nor is who asked where people log in, or with a key, and types the answer in another's name without their password.
    Raises `ForbiddenError`.
    """
    if unit.os_user is None:
        return
    if (
        unit.proved is None
        and ASKED_FROM not in asked.facts
        and any(each.password_hash for each in users.active(unit, sorted(MAY_APPROVE)))
    ):
        raise NotSecondError(
            "prove",
            "This was asked in the console, or with a key, by somebody who may have this command line too, which "
            "believes names. So the second person answers where they prove who they are: in the console under "
            f"Approvals, with a key of their own by POST /v1/approvals/{asked.id}, or with --password-stdin.",
        )
    if asked.facts.get(ASKED_FROM) == unit.os_user:
        raise NotSecondError(
            "one_hand",
            f"The user {unit.os_user} of the operating system asked for this, and is who answers now. The command line "
            "believes names, so the second person answers where they prove who they are: in the console under "
            f"Approvals, or with a key of their own by POST /v1/approvals/{asked.id}.",
        )


_LETS_IN = (*hands.GIVES, "account.role", "account.enabled")
"""Entries after which somebody may answer who could not before; of the last two those that were typed."""


def _check_apart(look: Reading, by: str | ByKey, asked: ApprovalRecord) -> None:
    """Who asks can make a key or an account as well: neither gives a second person's answer.

    Raises `NotSecondError` for what was made for the answer, and for what one hand made that asked or made who asked.
    """
    if isinstance(by, ByKey):
        _check_key(look, by, asked)
    who = f"{KEY}{by.prefix}" if isinstance(by, ByKey) else by
    known = account_behind(look, who)
    for kind in _LETS_IN if known else ():
        entry = ledger.last(look, kind, known.id) if known else None
        let_in = entry if kind in hands.GIVES or typed_by(entry) else None
        if known and let_in and let_in.created_at > asked.created_at:
            raise NotSecondError(
                "made_since",
                f"The account {known.name} was made, let in, or given its password (by somebody, or by an invitation) "
                f"after this was asked ({kind}), and gives no second person's answer to it. Somebody whose account was "
                "there before answers, or refuses it, and it is asked again.",
            )
    _check_hands(look, who, asked)


def _check_hands(look: Reading, who: str, asked: ApprovalRecord) -> None:
    """Raises `NotSecondError` where one person may have both sides in hand, unless the house lets them.

    As it was when this was asked: what somebody vouched for later counts for what is asked after that.
    """
    typed, here = asked.facts.get(ASKED_FROM), hands.house(look, until=asked.created_at)
    asking = hands_behind(look, asked.asked_by, here) | ({hands.of_machine(typed)} if typed else set())
    both = sorted(each for each in hands_behind(look, who, here) if each in asking)
    if both and not look.queues.one_hand:
        raise NotSecondError(
            "one_hand",
            f"{_in_whose(both)}, and asked for this or made who asked: one person may hold both. Somebody answers "
            "whose account is in no hand but its owner's: who set a password of their own by an invitation, and for "
            "whom another person of the house vouched before this was asked (Accounts in the console: Invite by a "
            "link, then Vouch); and it is asked again. (A developer alone: `one_hand = true` under [two_people] of "
            "the policy that holds here.)",
        )


def _in_whose(both: Sequence[str]) -> str:
    """Who made what answers, or who asked: somebody of this house before a user of the machine."""
    person = next((each for each in both if not each.startswith(hands.TERMINAL)), None)
    if person is not None:
        return f"{person} made or invited in the console the account that answers or the one that asked"
    typed = both[0].removeprefix(hands.TERMINAL)
    return f"The user {typed} of the operating system made who answers, or set its password, on a command line"


def _check_key(look: Reading, by: ByKey, asked: ApprovalRecord) -> None:
    key, entry = keys.by_prefix(look, by.prefix), ledger.last(look, "key.created", by.prefix)
    if key is None:
        return
    told = json.loads(entry.body)["facts"] if entry else {}
    if told.get("name", key.name) != key.name:
        raise NotSecondError(
            "altered",
            f"The key {by.prefix} was made for {told['name']} and bears the name of {key.name} now: somebody altered "
            "the table of keys. Nothing is answered with it; run chaffinch audit verify, and revoke it.",
        )
    made_at = entry.created_at if entry else key.created_at
    if made_at > asked.created_at:
        raise NotSecondError(
            "made_since",
            f"The key {by.prefix} of {key.name} was made after this was asked, and gives no second person's answer to "
            f"it. {_ELSEWHERE}",
        )
    if asked.facts.get(ASKED_FROM) and asked.facts[ASKED_FROM] == typed_by(entry):
        raise NotSecondError(
            "one_hand",
            f"The key {by.prefix} of {key.name} was made by the user {asked.facts[ASKED_FROM]} of the operating "
            f"system, at whose account this was asked: one person may hold both. {_ELSEWHERE}",
        )


_ELSEWHERE = (
    "The second person answers where they prove who they are: in the console under Approvals, or with a key that "
    "another account of the machine made before."
)


def is_same_person(look: Reading, one: str, other: str) -> bool:
    """Whether two names in records are one person's: Mia and mia are, and so is a key that is named Mia."""
    return not names_of(look, one).isdisjoint(names_of(look, other))


def is_one_hand(look: Reading, one: str, other: str) -> bool:
    """Whether two names in records are one person's, or may be: one has the other's account in hand, or a third both.

    What counts people asks this; `is_same_person` says whose a record is.
    """
    if is_same_person(look, one, other):
        return True
    here = hands.house(look)
    return not look.queues.one_hand and not hands_behind(look, one, here).isdisjoint(hands_behind(look, other, here))


def _check_may_answer(look: Reading, who: str) -> None:
    """Where people log in, a second person is one of them; an installation of one person alone has no accounts."""
    if not users.page(look, limit=1).items:
        return
    known = users.by_name(look, who)
    if known is None or known.role not in MAY_APPROVE:
        raise NotSecondError(
            "role",
            f"{who} may not approve: it takes a user who is {', '.join(sorted(MAY_APPROVE))}, or a key of that name.",
        )


def _owner(look: Reading, by: ByKey) -> str:
    """Whom a key is named after; its scope was asked at the door. Raises `ForbiddenError` where it is nobody's."""
    key = keys.by_prefix(look, by.prefix)
    if key is None:
        raise ForbiddenError(
            "This server runs open and cannot tell who answers: log in to its console, or create a key with scope "
            "'admin' (`chaffinch keys create NAME --scope admin`)."
        )
    _not_barred(look, key.name)
    return key.name


def named(who: str) -> ledger.Actor:
    """Whom a record names, as the ledger does: a key by what stands behind `key:`, anybody else a user."""
    return ledger.Actor("key", who.removeprefix(KEY)) if who.startswith(KEY) else ledger.Actor("user", who)


def _entry(look: Reading, kind: str, approval: ApprovalRecord, who: str, why: str) -> ledger.Entry:
    """Of a key it says whose it is, as a key's name is no part of its prefix."""
    key = keys.by_prefix(look, who.removeprefix(KEY)) if who.startswith(KEY) else None
    named_after = {retold.KEY_OF: key.name} if key else {}
    return ledger.Entry(
        kind=kind,
        actor=named(who),
        subject_kind="approval",
        subject_id=approval.id,
        reason=why,
        ground="four eyes",
        facts={"kind": approval.kind, "about": approval.subject_id, **approval.facts, **named_after},
    )

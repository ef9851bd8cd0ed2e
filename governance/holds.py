"""Legal holds: what an authority or a court asked to keep is not erased (GDPR 17(3)(b, e), PIPL 47).

    ask        who asks for what on which ground, until when; two people of the house set it
    answer     the second person's word
    lift       one who looks after the house, with a reason; the time of a hold ends it by itself
    withstand  that an erasure was asked for that a hold stood against

A hold keeps what is there; it opens nothing to anybody. While it waits for the second person it holds already, for
three days at the most, since what is gone by then comes back by no answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from governance import approvals, grounds
from governance.approvals import ByKey
from governance.law import Act
from moderation.errors import ConflictError, Fault, InvalidInputError, NotFoundError
from moderation.taxonomy import Words
from records import comments, holds, inspections, ledger
from records.holds import HoldKind, HoldRecord, HoldState
from records.house_values import ApprovalRecord, ApprovalState
from records.ledger import Actor
from records.personal import Keyring
from records.unit_of_work import Reading, Unit

ASKED = "hold.set"
"""The kind of a question whether something is held."""

MAX_NAME = 200
LONGEST = timedelta(days=3650)
_CLOCK = Actor("system", "holds")


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants held, for whom. `target`: a pseudonym, the platform's id of a comment, a request's id.

    One of `until` and `review_at` is needed: a hold ends, or somebody looks whether it still has to stand.
    """

    kind: HoldKind
    target: str
    authority: str
    reference: str
    ground: str
    by: str | ByKey
    why: str
    until: datetime | None = None
    review_at: datetime | None = None
    tell: bool = False


def ask(unit: Unit, keyring: Keyring, wish: Wish, *, now: datetime) -> HoldRecord:
    """Asks a second person for it; the caller commits. Raises `InvalidInputError` with every fault."""
    who, why = approvals.asker(unit, wish.by, needs=approvals.LOOK_AFTER), approvals.words("why", wish.why)
    if faults := list(_faults(unit, wish, now)):
        raise InvalidInputError("The hold cannot be asked for.", faults)
    indexes = keyring.indexes("author", wish.target) if wish.kind is HoldKind.AUTHOR else ()
    values = {
        "kind": wish.kind.value,
        "comment_id": _comment(unit, wish),
        "inspection_id": wish.target if wish.kind is HoldKind.INSPECTION else None,
        "authority": wish.authority.strip(),
        "reference": wish.reference.strip(),
        "ground": wish.ground.strip(),
        "tell": wish.tell,
        "until": wish.until,
        "review_at": wish.review_at,
        "asked_by": who,
    }
    made = holds.record(unit, values, indexes, now=now)
    newest = keyring.index("author", wish.target) if indexes else None
    whom = {} if newest is None or made.salt is None else {
        "author_commitment": holds.author_commitment(made.salt, newest)
    }  # fmt: skip
    _note(unit, "hold.asked", made, approvals.named(who), why, now, whom)
    approvals.ask(unit, ASKED, made.id, facts=_facts(made), by=who, why=why, now=now)
    return made


def answer(unit: Unit, approval_id: str, *, by: str | ByKey, approve: bool, note: str, now: datetime) -> ApprovalRecord:
    """A second person's word; approved, it holds until its end. Raises as `approvals.answer`."""
    asked = approvals.question(unit, approval_id, ASKED, "a hold")
    answered = approvals.answer(unit, approval_id, by=by, approve=approve, note=approvals.words("note", note), now=now)
    is_yes = answered.state is ApprovalState.APPROVED
    state = HoldState.IN_FORCE if is_yes else HoldState.DECLINED
    values = {"state": state.value, "approved_by": answered.answered_by, "set_at": now if is_yes else None}
    moved = holds.move(unit, asked.subject_id, HoldState.WAITING, **values)
    if moved is None:
        raise ConflictError("This hold is no longer waiting.")
    kind = "hold.set" if is_yes else "hold.declined"
    _note(unit, kind, moved, approvals.named(answered.answered_by or ""), answered.note or "", now)
    return answered


def lift(unit: Unit, hold_id: str, *, by: str | ByKey, why: str, now: datetime) -> HoldRecord:
    """It holds no more. Raises `ConflictError` where it does not stand, `InvalidInputError` without a reason."""
    who, reason = approvals.asker(unit, by, needs=approvals.LOOK_AFTER), approvals.words("why", why)
    before = holds.get(unit, hold_id)
    if before.state is HoldState.IN_FORCE and not before.stands(now):
        raise ConflictError("This hold is over: its time ended it.")
    values = {"state": HoldState.LIFTED.value, "ended_at": now, "ended_by": who, "ended_why": reason}
    lifted = holds.move(unit, hold_id, HoldState.IN_FORCE, **values)
    if lifted is None:
        raise ConflictError(f"This hold is {before.state}: there is nothing to lift.")
    _note(unit, "hold.lifted", lifted, approvals.named(who), reason, now)
    return lifted


def settle(unit: Unit, now: datetime) -> int:
    """Writes down that holds are over whose time has come; how many. The caller commits."""
    count = 0
    for each in holds.over(unit, now=now):
        values = {"state": HoldState.ENDED.value, "ended_at": now}
        ended = holds.move(unit, each.id, HoldState.IN_FORCE, **values)
        if ended is not None:
            count += 1
            _note(unit, "hold.ended", ended, _CLOCK, "its time is over", now)
    return count


def withstand(unit: Unit, hold: HoldRecord, who: Actor, why: str, *, now: datetime) -> None:
    """That somebody ordered an erasure which this stands against: it is not forgotten when the hold is over."""
    if hold.withstood_at == now:
        return
    _note(unit, "hold.withstood", holds.withstood(unit, hold.id, now=now), who, why, now)


def refusal(found: Sequence[HoldRecord], *, in_part: bool = False) -> str:
    """Why nothing is erased, and what to do; `in_part`: what is held are single comments, and not the account."""
    told = "; ".join(_named(each) for each in found)
    rest = " What is not held goes with chaffinch erase --but-held." if in_part else ""
    tell = (
        "Tell the person that it is kept, and on which ground."
        if all(each.tell for each in found)
        else "Do not tell the person what is held: the ground does not allow it."
    )
    return (
        f"Nothing was erased: it has to be kept by {told}.{rest} It goes once the hold is over, or a lead lifts it "
        f"(chaffinch hold lift {found[0].id}); then ask again. {tell}"
    )


def for_the_person(hold: HoldRecord) -> dict[str, Any]:
    """What the person is told of a hold whose ground allows it."""
    until = hold.until.isoformat() if hold.until else None
    words = told(hold)
    return {"authority": hold.authority, "ground": hold.ground, "until": until, "zh": words.zh, "en": words.en}


def told(hold: HoldRecord) -> Words:
    """In words for the person."""
    until_zh = f"至 {hold.until:%Y-%m-%d}（UTC）" if hold.until else "直至解除"
    until_en = f"until {hold.until:%Y-%m-%d} (UTC)" if hold.until else "until it is lifted"
    return Words(
        zh=(
            f"应{hold.authority}要求（{hold.ground}），您的部分内容须保存{until_zh}，期间不予删除"
            "（《个人信息保护法》第四十七条，GDPR 第十七条第三款）。"
        ),
        en=(
            f"{hold.authority} asked that some of what is held of you is kept ({hold.ground}), {until_en}; it is not "
            "erased before (PIPL art. 47, GDPR art. 17(3))."
        ),
    )


def is_overdue(hold: HoldRecord, now: datetime) -> bool:
    """Whether somebody should have looked by now whether it still has to stand."""
    return hold.stands(now) and hold.review_at is not None and hold.review_at <= now


def _named(hold: HoldRecord) -> str:
    end = f"until {hold.until:%Y-%m-%d %H:%M} UTC" if hold.until else "until it is lifted"
    waits = ", which waits for a second person" if hold.state is HoldState.WAITING else ""
    return f"the hold {hold.id} for {hold.authority} {hold.reference} ({hold.ground}), {end}{waits}"


def _comment(look: Reading, wish: Wish) -> str | None:
    if wish.kind is not HoldKind.COMMENT:
        return None
    return comments.known_ids(look, [wish.target]).get(wish.target)


def _faults(look: Reading, wish: Wish, now: datetime) -> Iterator[Fault]:
    for name in ("authority", "reference", "ground"):
        if not 0 < len(getattr(wish, name).strip()) <= MAX_NAME:
            yield Fault(name, f"say it in 1 to {MAX_NAME} characters")
    yield from grounds.faults(look, wish.ground, Act.ORDER, where="ground", free=True)
    if wish.until is None and wish.review_at is None:
        yield Fault("until", "say until when it holds, or when somebody looks whether it still has to (review)")
    for name in ("until", "review_at"):
        moment = getattr(wish, name)
        if moment is not None and not now < moment <= now + LONGEST:
            yield Fault(name, "name a moment that is to come, within ten years")
    for name in ("why", "authority", "reference", "ground"):
        if wish.kind is HoldKind.AUTHOR and wish.target and wish.target in getattr(wish, name):
            yield Fault(name, "it names the author, whom the entry commits to already: leave the name out")
    if fault := _target_fault(look, wish):
        yield Fault("target", fault)


def _target_fault(look: Reading, wish: Wish) -> str | None:
    if wish.kind is HoldKind.AUTHOR:
        return None if 0 < len(wish.target) <= MAX_NAME else f"give the pseudonym, of 1 to {MAX_NAME} characters"
    if wish.kind is HoldKind.INSPECTION:
        try:
            inspections.get(look, wish.target)
        except NotFoundError as error:
            return str(error)
        return None
    comment_id = _comment(look, wish)
    if comment_id is None:
        return "no comment of this id was ever stored"
    return "its text is gone already" if comments.get(look, comment_id).erased_at else None


def _facts(hold: HoldRecord) -> dict[str, Any]:
    return {
        "held": hold.kind.value,
        "comment_id": hold.comment_id,
        "inspection_id": hold.inspection_id,
        "authority": hold.authority,
        "reference": hold.reference,
        "ground": hold.ground,
        "tell": hold.tell,
        "until": hold.until.isoformat() if hold.until else None,
        "review_at": hold.review_at.isoformat() if hold.review_at else None,
    }


def _note(
    unit: Unit, kind: str, hold: HoldRecord, who: Actor, why: str, now: datetime, more: dict[str, Any] | None = None
) -> None:
    facts = {name: value for name, value in _facts(hold).items() if name != "ground"} | (more or {})
    ledger.append(unit, ledger.Entry(kind, who, "hold", hold.id, why, hold.ground, facts=facts), now=now)

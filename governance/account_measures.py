"""Measures on accounts, comments and threads that people take by name: with a length, a reason, a ground, and an end.

* **Nothing without a reason and a ground**, in words for the person; the schema refuses it as well.
* **The ladder proposes, a person decides**: which step comes next is the policy's (`[ladder]`), by how many measures an
  account had; who takes another says so by naming it.
* **Two people** for closing an account, for whatever is done to many at once, and for what `[two_people]` of any policy
  says under which the target was judged (`governance/two_people.py`): long suspensions, threads, many in a row.
* **On a thread** it is carried out in scoring, as on an account: closed, before a person, without links, or slow.
* **On who reports**: a warning, then for a time none of their reports is looked at (`governance/misuse.py`).
* **One offence is measured once**, and the same stands once on the same (`governance/once.py`). It is a comment of the
  account's own (`governance/causes.py`).
* **Ends by itself** where it has a length, is lifted by a person with a reason, and where the comment for which it was
  taken is restored on appeal. What is over is told to the platform.
* **What two agreed on, two take back** (`lift` asks a second person; it holds until they agree). One person alone frees
  by an appeal, where whoever took it has no say.
* **Nobody takes back, replaces or agrees to lift** what somebody did about a comment that an entry of theirs let pass
  (`another.check_measure`).
* A comment's *verdict* is given in its case; `refuse` and `delete` here are for what is decided outside of one, and
  make the comment's decision a block all the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from governance import (
    account_notices,
    another,
    approvals,
    events,
    measure_wishes,
    once,
    recommendable,
    returns,
    said_about,
    settled,
    two_people,
)
from governance.approvals import ByKey
from governance.measure_wishes import Wish
from governance.wording import seen
from moderation.decision import Outcome
from moderation.errors import ConflictError, Fault, InvalidInputError
from moderation.policy import Policy
from records import approvals as questions
from records import comments, complaints, credit, decisions, ledger, measures, reporters, verdicts
from records.house_values import MEASURE_LIFTED, ApprovalRecord, ApprovalState
from records.ids import new_id
from records.known_as import KEY
from records.ledger import MACHINE, Actor
from records.measures import NewMeasure
from records.personal import Keyring
from records.public_values import AppealRecord
from records.retold import MEASURE_ENTRY
from records.standing_values import MeasureRecord, MeasureState, TargetKind
from records.unit_of_work import Reading, Unit
from records.values import VerdictKind

CLOSING = "account.close"
BULK = "measures.bulk"
ALONE = "measure.take"
LIFTING = MEASURE_LIFTED
"""Kinds of questions to a second person."""

RECOMMEND = measures.RECOMMEND
MOST_AT_ONCE = 200


def take(
    unit: Unit, keyring: Keyring, wish: Wish, policy: Policy, *, by: str | ByKey, policies: Mapping[str, Policy],
    now: datetime,
) -> MeasureRecord:  # fmt: skip
    """Takes it: in force at once, or waiting for a second person. The caller commits.

    `policy` is the one that was named: its ladder and its words. `policies` are all in force; whether a second person
    is needed is said by each under which the target was judged.

    Raises `InvalidInputError` with every fault, `ForbiddenError` for who may change nothing, `NotFoundError` for a
    comment that was never stored, `ConflictError` where it stands already, or was measured (`governance/once.py`),
    `SettledError` where a person found that the comment stays (`governance/settled.py`), `NotAnotherError` as `lift`.
    """
    actor = approvals.actor(unit, by, needs=approvals.MAY_APPROVE)
    wished = measure_wishes.measure_of(unit, keyring, wish, _who(actor), now, policy=policy)
    new = measure_wishes.checked(unit, wished, wish, policy, now)
    another.check_replacing(unit, new.replaces, new.asked_by)
    made = measures.add(
        unit,
        new,
        waits=two_people.needs_two(unit, new, keyring, wish.target_id, policies, named=policy, now=now),
        now=now,
    )
    if made.state is MeasureState.WAITING:
        kind, about = (CLOSING, str(made.author_id)) if two_people.closes(new) else (ALONE, made.id)
        asked = _ask(unit, kind, about, [made], actor, now)
        made = replace(made, approval_id=asked.id)
        _note(unit, "measure.waits", made, actor, made.reason_en, now)
        return made
    _carry_out(unit, made, actor, now)
    return made


def take_many(
    unit: Unit, keyring: Keyring, wishes: Sequence[Wish], policy: Policy, *, by: str | ByKey, now: datetime
) -> list[MeasureRecord]:
    """The same for many at once, all waiting for one answer of a second person.

    Raises as `take`; faults name the target by its place.
    """
    if not 1 <= len(wishes) <= MOST_AT_ONCE:
        raise InvalidInputError("Nothing was done.", [Fault("/targets", f"name 1 to {MOST_AT_ONCE}")])
    actor = approvals.actor(unit, by, needs=approvals.MAY_APPROVE)
    in_order = sorted(range(len(wishes)), key=lambda at: wishes[at].target_id)  # so that no two wait for each other
    who = _who(actor)
    named = {
        at: measure_wishes.measure_of(unit, keyring, wishes[at], who, now, policy=policy, cause=f"/targets/{at}/cause")
        for at in in_order
    }
    news = [named[at] for at in range(len(wishes))]
    if faults := list(_named_twice(news)):
        raise InvalidInputError("Nothing was done.", faults)
    once.lock(unit, news)
    made: list[MeasureRecord] = []
    for at, (new, wish) in enumerate(zip(news, wishes, strict=True)):
        try:
            checked = measure_wishes.checked(unit, new, wish, policy, now)
            another.check_replacing(unit, checked.replaces, who)
            made.append(measures.add(unit, checked, waits=True, now=now))
        except once.MeasuredAlreadyError as error:
            for first, each in enumerate(made):
                if each.id == error.measure_id:
                    raise InvalidInputError("Nothing was done.", [_twice(at, first)]) from None
            raise ConflictError(f"Of target {at + 1}: {error}") from None
    asked = _ask(unit, BULK, new_id(), made, actor, now)
    made = [replace(each, approval_id=asked.id) for each in made]
    for each in made:
        _note(unit, "measure.waits", each, actor, each.reason_en, now)
    return made


def _named_twice(news: Sequence[NewMeasure]) -> Iterator[Fault]:
    """Targets that stand there before, for the same comment or for none."""
    places: dict[tuple[str | None, ...], int] = {}
    for at, new in enumerate(news):
        first = places.setdefault((*once.target_of(new), new.cause_id), at)
        if first != at:
            yield _twice(at, first)


def _twice(at: int, first: int) -> Fault:
    return Fault(f"/targets/{at}", f"is named twice: it stands at /targets/{first} already. Name it once")


def recommend(  # noqa: PLR0913 - what a recommendation says, and by what it is checked
    unit: Unit, comment_id: str, *, reason: Mapping[str, str], ground: str, by: str | ByKey,
    policies: Mapping[str, Policy] = MappingProxyType({}), keyring: Keyring | None = None, now: datetime,
) -> MeasureRecord:  # fmt: skip
    """That a comment is put forward, with why (2022 art. 12: recommending counts as interference).

    `comment_id` is the platform's; `policies` say which grounds there are, `keyring` finds accounts that are named in
    the reason. Raises `InvalidInputError`,
    `ForbiddenError`, `NotFoundError`, and `ConflictError` for a comment that is not shown, is recommended already, or
    is of an account that is held.
    """
    actor = approvals.actor(unit, by, needs=approvals.MAY_APPROVE)
    if faults := list(measure_wishes.word_faults(reason, ground)):
        raise InvalidInputError("Nothing is recommended without a reason.", faults)
    told = dict.fromkeys(seen(each) for each in reason.values())
    if named := [fault for each in told for fault in said_about.faults(unit, keyring, "/reason", each)]:
        raise InvalidInputError("Nothing is recommended for a reason that names somebody.", named)
    about = measure_wishes.comment_id_of(unit, comment_id, "/comment_id")
    if faults := list(recommendable.ground_faults(unit, about, seen(ground), policies)):
        raise InvalidInputError("Nothing is recommended on that ground.", faults)
    new = NewMeasure(
        RECOMMEND, TargetKind.COMMENT, *measure_wishes.in_both(reason), seen(ground), _who(actor),
        comment_id=about,
    )  # fmt: skip
    recommendable.check_shown(unit, about)
    recommendable.check_account(unit, about, now=now)
    recommendable.check_once(unit, new)
    made = measures.add(unit, new, waits=False, now=now)
    _note(unit, RECOMMEND, made, actor, made.reason_en, now)
    return made


def lift(
    unit: Unit, measure_id: str, *, why: str, by: str | ByKey, keyring: Keyring | None = None, now: datetime
) -> MeasureRecord:  # fmt: skip
    """Takes one back, in force or, of one's own asking, waiting. `keyring` finds accounts that are named in `why`.

    One that two people agreed on stays in force until a second person agrees to lift it as well (`LIFTING`).
    Raises `InvalidInputError` for words of no use, or that name somebody, `ConflictError`, `NotFoundError`, and
    `NotAnotherError` where it was taken about a comment that an entry of theirs let pass.
    """
    actor, reason = approvals.actor(unit, by, needs=approvals.MAY_APPROVE), approvals.words("/reason", why)
    said_about.check(unit, keyring, "/reason", reason)
    there = measures.get(unit, measure_id)
    if there.state is MeasureState.WAITING and there.approval_id:
        return _withdraw(unit, there, there.approval_id, by, reason, now)
    if there.comment_id is not None:
        comments.lock(unit, there.comment_id)  # the comment before what is about it, as everywhere
    made = measures.get(unit, measure_id, lock=True)
    if made.state not in (MeasureState.WAITING, MeasureState.IN_FORCE):
        raise ConflictError(f"This measure is {made.state} already.")
    another.check_measure(unit, made, _who(actor))
    if two_people.took_two(unit, made):
        facts = {"measure": made.measure, "target": made.target_kind.value, "count": 1, "ground": made.ground}
        approvals.ask(unit, LIFTING, made.id, facts=facts, by=_who(actor), why=reason, now=now)
        return made
    return _end(unit, made, MeasureState.LIFTED, actor, reason, now)


def lifting_asked(look: Reading, made: MeasureRecord) -> str | None:
    """The question that waits whether it is lifted; None where none does."""
    asked = questions.about(look, LIFTING, made.id, state=ApprovalState.WAITING) if made.approval_id else ()
    return asked[0].id if asked else None


def answer_lifting(
    unit: Unit, approval_id: str, *, by: str | ByKey, approve: bool, note: str, now: datetime
) -> MeasureRecord:
    """A second person's word whether what two agreed on is lifted, in the name and for the reason of who asked.

    Raises `ForbiddenError` for who asked and who may not answer, `ConflictError` where it is over,
    `InvalidInputError` without a note.
    """
    asked = approvals.question(unit, approval_id, LIFTING, "lifting a measure")
    there, said = measures.get(unit, asked.subject_id), approvals.words("note", note)
    if there.comment_id is not None:
        comments.lock(unit, there.comment_id)
    record = approvals.answer(unit, approval_id, by=by, approve=approve, note=said, now=now)
    made = measures.get(unit, asked.subject_id, lock=True)
    if record.state is not ApprovalState.APPROVED:
        return made
    if made.state is not MeasureState.IN_FORCE:
        raise ConflictError(f"This measure is {made.state} already.")
    another.check_measure(unit, made, asked.asked_by, str(record.answered_by))
    return _end(unit, made, MeasureState.LIFTED, approvals.named(asked.asked_by), asked.why, now)


def _withdraw(
    unit: Unit, made: MeasureRecord, approval_id: str, by: str | ByKey, why: str, now: datetime
) -> MeasureRecord:  # fmt: skip
    """What waits alone for an answer is taken back with its question, by whoever asked. Raises `ConflictError`."""
    asked, one = questions.get(unit, approval_id), measures.of_approval(unit, approval_id)
    if len(one) > 1 or not approvals.may_withdraw(unit, approvals.asker(unit, by), asked):
        raise ConflictError(
            f"This measure waits for a second person, who can say no to it; {asked.asked_by}, who asked, withdraws the "
            f"question for all that it asks: DELETE /v1/approvals/{approval_id}, or under Approvals in the console."
        )
    return answer(unit, approval_id, by=by, approve=False, note=why, now=now)[0]


def answer(
    unit: Unit, approval_id: str, *, by: str | ByKey, approve: bool, note: str, now: datetime
) -> list[MeasureRecord]:
    """What a second person said, carried out: all of them hold from now on, or none.

    Raises `ForbiddenError` for who asked and who may not answer, `ConflictError`, `InvalidInputError` without a note.
    """
    said = approvals.words("note", note)
    once.lock(unit, measures.of_approval(unit, approval_id))
    record = approvals.answer(unit, approval_id, by=by, approve=approve, note=said, now=now)
    actor = approvals.actor(unit, by, needs=approvals.MAY_APPROVE)
    waiting = [one for one in measures.of_approval(unit, approval_id) if one.state is MeasureState.WAITING]
    if record.state is not ApprovalState.APPROVED:
        return [_end(unit, one, _NOT_DONE[record.state], actor, said, now) for one in waiting]
    for one in waiting:
        another.check_replacing(unit, one.replaces, one.asked_by, _who(actor))
    begun = [_begin(unit, one, now) for one in waiting]
    for one in begun:
        _carry_out(unit, one, actor, now)
    return begun


_NOT_DONE = {ApprovalState.REFUSED: MeasureState.REFUSED, ApprovalState.WITHDRAWN: MeasureState.WITHDRAWN}


def _begin(unit: Unit, waits: MeasureRecord, now: datetime) -> MeasureRecord:
    """It holds from now on. Raises `ConflictError` where the same holds already, `SettledError` as `take`."""
    if (about := waits.comment_id or waits.cause_id) is not None:
        settled.check_measure(unit, about, waits.asked_by)
    once.check(unit, waits, now=now)
    return measures.begin(unit, waits, now=now)


def expire(unit: Unit, *, now: datetime, limit: int = 200) -> int:
    """Ends those whose time is over; how many. The caller commits."""
    due = measures.due(unit, now=now, limit=limit)
    for one in due:
        with suppress(ConflictError):  # another worker, or a person, was first
            _end(unit, one, MeasureState.ENDED, MACHINE, "its time was over", now)
    return len(due)


def end_by_itself(unit: Unit, made: MeasureRecord, why: str, *, now: datetime) -> MeasureRecord:
    """Ends one without anybody's word. Raises `ConflictError` where it is over."""
    return _end(unit, made, MeasureState.ENDED, MACHINE, why, now)


def restore(unit: Unit, appeal: AppealRecord, now: datetime) -> None:
    """What an overturned appeal gives back beside the comment: measures taken for it, and credit (`appeals.Also`)."""
    for one in measures.caused_by(unit, appeal.comment_id):
        if one.measure != RECOMMEND and one.state is MeasureState.IN_FORCE:
            _end(unit, one, MeasureState.LIFTED, MACHINE, "the comment was restored on appeal", now)
    credit.mark(unit, [appeal.comment_id])


def overturn(unit: Unit, made: MeasureRecord, *, by: str | ByKey, why: str, now: datetime) -> MeasureRecord:
    """Lifts one that somebody else looked at anew for whom it is about (`account_appeals`). Raises as `lift`."""
    another.check_measure(unit, made, approvals.asker(unit, by))
    return _end(unit, made, MeasureState.LIFTED, approvals.actor(unit, by, needs=approvals.MAY_APPROVE), why, now)


def _ask(
    unit: Unit, kind: str, subject_id: str, made: Sequence[MeasureRecord], actor: Actor, now: datetime
) -> ApprovalRecord:
    first = made[0]
    facts = {"measure": first.measure, "target": first.target_kind.value, "count": len(made), "ground": first.ground}
    asked = approvals.ask(unit, kind, subject_id, facts=facts, by=_who(actor), why=first.reason_zh, now=now)
    measures.set_approval(unit, [each.id for each in made], asked.id)
    return asked


def _carry_out(unit: Unit, made: MeasureRecord, actor: Actor, now: datetime) -> None:
    """What follows once it holds: what it replaces ends; the comment's decision, the ledger, the platform."""
    _replace(unit, made, actor, now)
    if made.comment_id is not None and made.measure in measures.STOPPING:
        comments.lock(unit, made.comment_id)
        decisions.set_final(
            unit, decisions.latest_of(unit, made.comment_id).id, outcome=Outcome.BLOCK, overturned=None
        )  # fmt: skip
        credit.mark(unit, [made.comment_id])
        for one in measures.caused_by(unit, made.comment_id):
            if one.measure == RECOMMEND and one.state is MeasureState.IN_FORCE:
                end_by_itself(unit, one, f"the comment was measured: {made.measure}", now=now)
    _note(unit, "measure.taken", made, actor, made.reason_en, now)
    if made.measure == "close":
        returns.look_around(unit, made.author_id, now=now)
    events.measure_taken(unit, made, target_id=_platforms_id(unit, made), complaint_id=_told_by(unit, made), now=now)


def _replace(unit: Unit, made: MeasureRecord, actor: Actor, now: datetime) -> None:
    """Ends the measure in whose place it stands; one that is over since is left as it is."""
    old = None if made.replaces is None else measures.get(unit, made.replaces, lock=True)
    if old is not None and old.state is MeasureState.IN_FORCE:
        _end(unit, old, MeasureState.REPLACED, actor, f"measure {made.id} took its place", now)


def _end(
    unit: Unit, made: MeasureRecord, state: MeasureState, actor: Actor, why: str, now: datetime
) -> MeasureRecord:  # fmt: skip
    by = None if actor == MACHINE else _who(actor)
    ended = measures.end(unit, made, state, by=by, why=why, now=now)
    questions.overtake(unit, made.id, now=now)  # an appeal against what is over
    _note(unit, MEASURE_ENTRY[state], ended, actor, why, now)
    if made.state is MeasureState.IN_FORCE:
        if made.comment_id is not None and made.measure in measures.STOPPING:
            _restore_final(unit, made.comment_id)
        complaint_id = _told_by(unit, ended)
        events.measure_ended(unit, ended, target_id=_platforms_id(unit, ended), complaint_id=complaint_id, now=now)
    return ended


def _restore_final(unit: Unit, comment_id: str) -> None:
    """What a verdict made of the comment holds again, or the machine's answer."""
    latest = decisions.latest_of(unit, comment_id)
    held = verdicts.holding_for(unit, latest.id)
    outcome = None if held is None else Outcome.BLOCK if held.verdict is VerdictKind.REJECT else Outcome.PASS
    decisions.set_final(unit, latest.id, outcome=outcome, overturned=held.overturned if held else None)
    credit.mark(unit, [comment_id])


def _platforms_id(look: Reading, made: MeasureRecord) -> str | None:
    """As an event may name the target: accounts have no name there, since it would be a pseudonym."""
    if made.comment_id is not None:
        return comments.get(look, made.comment_id).external_id
    return made.thread_id


def _told_by(look: Reading, made: MeasureRecord) -> str | None:
    """The newest report of whoever is measured for reporting: by it the platform that sent it knows whom to tell."""
    index = None if made.reporter_id is None else reporters.index_of(look, made.reporter_id)
    return None if index is None else complaints.newest_of(look, index)


def _who(actor: Actor) -> str:
    return f"{KEY}{actor.id}" if actor.kind == "key" else actor.id


def _note(unit: Unit, kind: str, made: MeasureRecord, actor: Actor, reason: str, now: datetime) -> None:
    facts: dict[str, Any] = {
        "measure_id": made.id,
        "measure": made.measure,
        "days": made.days,
        "closes": [each.value for each in made.closes],
        "per_hour": made.per_hour,
        "cause_id": made.cause_id,
        "approval_id": made.approval_id,
        "policy": made.policy,
        "replaces": made.replaces,
        **({} if made.role is None else {"role": made.role}),
        "ends_at": account_notices.moment(made.ends_at),
        "reason_zh": made.reason_zh,
    }
    about = made.comment_id or made.cause_id
    entry = ledger.Entry(
        kind, actor, made.target_kind.value, made.subject_id or "erased", reason, made.ground,
        versions=decisions.latest_of(unit, about).decision.versions if about else None, facts=facts,
    )  # fmt: skip
    ledger.append(unit, entry, now=now)
    if about is not None and actor != MACHINE:
        another.bar_about(unit, [about], now)

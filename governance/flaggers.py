"""Trusted flaggers: organisations whose notices come first (DSA, article 22).

    mark       who, on which award, in which fields, from when until when; two people of the house set it
    answer     the second person's word
    withdraw   one who looks after the house, with a reason; the time of a mark ends it by itself
    notice_of  whether a report is a flagger's, in its field, and what it is promised

A coordinator of a state awards the status and may revoke it; this house notes that, and decides nothing of it. A
flagger is known as every reporter is: by the pseudonym that the platform tells, or by the API key with which they give
notice, as a keyed hash. Their notices come before all others in the queue of complaints, after what threatens life,
and within a promise of their own (`[flaggers]` of `configs/complaints.toml`), about what was decided under a policy
that asks for it. A notice outside of the fields of the award is a report like any. What is found weighs no more for
who said it: a person decides as about every comment.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from governance import approvals, said_about
from governance.approvals import ByKey
from governance.complaint_rules import ComplaintRules
from governance.like_names import is_named
from governance.wording import seen
from moderation.errors import ConflictError, Fault, InvalidInputError
from moderation.taxonomy import Taxonomy
from records import flaggers, keys, ledger, reporters
from records.house_values import ApprovalRecord, ApprovalState
from records.ledger import Actor
from records.personal import Keyring
from records.public_values import FlaggerRecord, FlaggerState
from records.unit_of_work import Reading, Unit

ASKED = "flagger.mark"
"""The kind of a question whether somebody is a trusted flagger."""

KEY, PLATFORM = "key", "platform"
SOURCES = (PLATFORM, KEY)
"""By what a flagger is known: a pseudonym that the platform tells, or the API key with which they give notice."""

GROUND = "DSA 22"
MAX_NAME = 200
LONGEST = timedelta(days=3650)
AWARDING = frozenset({
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV",
    "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK", "IS", "LI", "NO",
})  # fmt: skip
"""Whose Digital Services Coordinator can award the status (DSA 22(2)): members of the EU and the EEA, by ISO 3166-1."""
_CLOCK = Actor("system", "flaggers")


@dataclass(frozen=True, slots=True)
class Marking:
    """Whom somebody wants marked, and on which award. `value` is a pseudonym, or the prefix of an API key."""

    source: str
    value: str
    name: str
    authority: str
    country: str
    reference: str
    by: str | ByKey
    reason: str
    expertise: tuple[str, ...] = ()
    valid_from: datetime | None = None
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """A trusted flagger's notice, and within which time it is answered."""

    flagger: FlaggerRecord
    within: timedelta


def mark(
    unit: Unit, keyring: Keyring, wish: Marking, *, fields: Collection[str], now: datetime
) -> FlaggerRecord:  # fmt: skip
    """Asks a second person for it; the caller commits. `fields` are the labels, grounds and kinds that there are.

    Raises `InvalidInputError` with every fault, `ConflictError` for who is marked already or waits to be.
    """
    who, reason = approvals.asker(unit, wish.by, needs=approvals.LOOK_AFTER), approvals.words("reason", wish.reason)
    if faults := [*_faults(unit, wish, fields, now), *_named(unit, keyring, wish, reason)]:
        raise InvalidInputError("Nobody was marked.", faults)
    indexes = keyring.indexes(f"reporter {wish.source}", wish.value.strip())
    reporter_id = reporters.id_for(unit, wish.source, indexes, now=now)
    if (there := flaggers.open_of(unit, reporter_id, now=now)) is not None:
        raise ConflictError(f"They are marked already, or wait to be: {there.id} ({there.state}); withdraw that first.")
    values = {
        "reporter_id": reporter_id,
        "name": seen(wish.name),
        "authority": seen(wish.authority),
        "country": wish.country,
        "reference": seen(wish.reference),
        "expertise": list(dict.fromkeys(wish.expertise)),
        "valid_from": wish.valid_from or now,
        "valid_until": wish.valid_until,
        "asked_by": who,
        "reason": reason,
    }
    made = flaggers.record(unit, values, now=now)
    _note(unit, "flagger.asked", made, approvals.named(who), reason, now)
    approvals.ask(unit, ASKED, made.id, facts=_facts(made), by=who, why=reason, now=now)
    return made


def answer(unit: Unit, approval_id: str, *, by: str | ByKey, approve: bool, note: str, now: datetime) -> ApprovalRecord:
    """A second person's word; approved, their notices come first. Raises as `approvals.answer`."""
    asked = approvals.question(unit, approval_id, ASKED, "a trusted flagger")
    answered = approvals.answer(unit, approval_id, by=by, approve=approve, note=approvals.words("note", note), now=now)
    is_yes = answered.state is ApprovalState.APPROVED
    state = FlaggerState.IN_FORCE if is_yes else FlaggerState.DECLINED
    values = {"state": state, "approved_by": answered.answered_by, "set_at": now if is_yes else None}
    moved = flaggers.move(unit, asked.subject_id, FlaggerState.WAITING, **values)
    if moved is None:
        raise ConflictError("This mark is no longer waiting.")
    kind = "flagger.marked" if is_yes else "flagger.declined"
    _note(unit, kind, moved, approvals.named(answered.answered_by or ""), answered.note or "", now)
    return answered


def withdraw(unit: Unit, flagger_id: str, *, by: str | ByKey, why: str, now: datetime) -> FlaggerRecord:
    """Their notices are reports like any from now on; what waits keeps its place.

    Raises `ConflictError` where it does not stand, `InvalidInputError` without a reason, `NotFoundError`.
    """
    who, reason = approvals.asker(unit, by, needs=approvals.LOOK_AFTER), approvals.words("reason", why)
    before = flaggers.get(unit, flagger_id)
    if before.valid_until is not None and before.valid_until <= now:
        raise ConflictError("This mark is over: its time ended it.")
    values = {"state": FlaggerState.WITHDRAWN, "ended_at": now, "ended_by": who, "ended_why": reason}
    gone = flaggers.move(unit, flagger_id, FlaggerState.IN_FORCE, **values)
    if gone is None:
        raise ConflictError(f"This mark is {before.state}: there is nothing to withdraw.")
    _note(unit, "flagger.withdrawn", gone, approvals.named(who), reason, now)
    return gone


def settle(unit: Unit, now: datetime) -> int:
    """Writes down that marks are over whose time has come; how many. The caller commits."""
    count = 0
    for each in flaggers.over(unit, now=now):
        ended = flaggers.move(unit, each.id, FlaggerState.IN_FORCE, state=FlaggerState.ENDED, ended_at=now)
        if ended is not None:
            count += 1
            _note(unit, "flagger.ended", ended, _CLOCK, "its time is over", now)
    return count


def notice_of(
    look: Reading,
    reporter: Sequence[str],
    rules: ComplaintRules,
    *,
    kind: str,
    about: Collection[str],
    policy: str,
    now: datetime,
) -> Notice | None:
    """The flagger's notice that a report is; None for everybody else, and outside of what the award is for.

    `about` are the labels and grounds of which the comment is suspected, `policy` the one under which it was decided.
    """
    within = rules.flaggers.within(policy)
    found = None if within is None else flaggers.standing_for(look, reporter, now=now)
    if found is None or within is None:
        return None
    in_field = not found.expertise or bool({kind, *about} & set(found.expertise))
    return Notice(found, within) if in_field else None


def fields_of(taxonomy: Taxonomy, rules: ComplaintRules) -> tuple[str, ...]:
    """In what a flagger may be expert: labels, other grounds, and kinds of reports."""
    grounds = (each.name for each in taxonomy.grounds)
    return tuple(dict.fromkeys((*taxonomy.names, *grounds, *rules.kinds)))


def is_key_of_one(look: Reading, keyring: Keyring, prefix: str, *, now: datetime) -> bool:
    """Whether the key is a flagger's, who then reports under it."""
    return flaggers.standing_for(look, keyring.indexes(f"reporter {KEY}", prefix), now=now) is not None


def _faults(look: Reading, wish: Marking, fields: Collection[str], now: datetime) -> Iterator[Fault]:
    if wish.source not in SOURCES:
        yield Fault("source", f"must be one of {', '.join(SOURCES)}")
    elif not 0 < len(wish.value.strip()) <= MAX_NAME:
        yield Fault("value", f"give a pseudonym or the prefix of a key, of 1 to {MAX_NAME} characters")
    elif wish.source == KEY and keys.by_prefix(look, wish.value.strip()) is None:
        yield Fault("value", "there is no key with this prefix: `chaffinch keys list` shows them")
    for name in ("name", "authority", "reference"):
        if not 0 < len(seen(getattr(wish, name))) <= MAX_NAME:
            yield Fault(name, f"say it in 1 to {MAX_NAME} characters")
    if wish.country not in AWARDING:
        yield Fault("country", "give the two capital letters of the authority's country, a member of the EU or the EEA "
                    "(a trusted flagger's status is awarded there): DE, FR, and GR for Greece")  # fmt: skip
    if odd := [name for name in wish.expertise if name not in fields]:
        yield Fault("expertise", f"there is no {odd[0]}; there are: {', '.join(fields)}")
    begins = wish.valid_from or now
    if wish.valid_until is not None and not max(now, begins) < wish.valid_until:
        yield Fault("valid_until", "name a day to come, after the first one")
    if not now - LONGEST <= begins <= now + LONGEST or (wish.valid_until or begins) > now + LONGEST:
        yield Fault("valid_from", "name days within ten years")


def _named(look: Reading, keyring: Keyring, wish: Marking, reason: str) -> Iterator[Fault]:
    """Who is named in the reason, which outlives their erasure."""
    if wish.source == PLATFORM and is_named(reason, wish.value):
        yield said_about.SaidFault("reason", f"names the account; {said_about.INSTEAD}", "account")
    else:
        yield from said_about.faults(look, keyring, "reason", reason)


def _facts(record: FlaggerRecord) -> dict[str, Any]:
    """What the ledger tells of it: the organisation and its award, which are public; not by what it is known here."""
    return {
        "name": record.name,
        "authority": record.authority,
        "country": record.country,
        "reference": record.reference,
        "expertise": list(record.expertise),
        "valid_from": record.valid_from.isoformat(),
        "valid_until": record.valid_until.isoformat() if record.valid_until else None,
        "reporter_id": record.reporter_id,
    }


def _note(unit: Unit, kind: str, record: FlaggerRecord, who: Actor, why: str, now: datetime) -> None:
    entry = ledger.Entry(kind, who, "trusted_flagger", record.id, why, GROUND, facts=_facts(record))
    ledger.append(unit, entry, now=now)

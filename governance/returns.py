"""Who may have come back under another name (2017 art. 9): what an account shares with one that is held.

Platforms state links by which accounts hang together (identity, telephone, device, network); each arrives as a value
and is kept as a keyed hash alone. What an account shares with a closed or blacklisted one is weighed when it states it,
when the other is closed or listed later, and when the other states it once it is held. So is what an account that comes
while another is suspended shares with that one, as long as the suspension runs: who was there before evades nothing.

From `ENOUGH` bits on it is a finding, with its evidence (kinds, counts and weights; no value, no hash). A person
decides; nothing is closed by it, and what they decided about a pair is not asked again. `return_weights.py` weighs.

An answer changes what others of the account weigh, and makes room: findings are written by one unit at a time
(`records.returns.take_turns`), which asks for no other row from then on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache, partial

from governance import approvals
from governance.approvals import ByKey
from governance.return_weights import ENOUGH, STRONG, evidence
from records import author_links, ledger, link_crowds, returns
from records.authors import Link
from records.known_as import KEY
from records.ledger import MACHINE
from records.link_crowds import Value
from records.personal import Keyring
from records.returns import Found
from records.standing_values import ReturnRecord, ReturnState
from records.unit_of_work import Reading, Unit

Pair = tuple[str, str, Sequence[Value]]
"""Who came, whose account it may be, and which values both have."""

MOST_ASKED = 5
"""Findings about one account that wait, from which on only a stronger one is noted: a farm's next account is one
question, not as many as the farm had accounts. Each that a person answers makes room for the next."""


def look(
    unit: Unit, keyring: Keyring, author_id: str, links: Sequence[Link], *, now: datetime
) -> list[ReturnRecord]:  # fmt: skip
    """Findings about an account that just stated these links, new ones and those that wait; the caller commits.

    Where the account is held itself, they are about those that came after it: a platform may close an account first and
    state its links later. Values are compared under every key there is, so that a key that was rotated hides nobody.
    """
    values = [(link.kind, tuple(link.indexes(keyring))) for link in links]
    pairs = [*_held_beside(unit, author_id, values, now), *_later(unit, author_id, values, now)]
    return _note_all(unit, pairs, now)


def look_around(unit: Unit, author_id: str | None, *, now: datetime) -> None:
    """Finds accounts that came after one that is closed or listed just now, when the caller commits.

    At the end, since the same unit may close or list others.
    """
    if author_id is not None:
        unit.last(lambda: _look_around(unit, author_id, now))


def _look_around(unit: Unit, author_id: str, now: datetime) -> None:
    since = author_links.came(unit, author_id)
    if since is not None:
        _note_all(unit, _since(unit, author_id, author_links.values_of(unit, author_id), since), now)


def _later(unit: Unit, author_id: str, values: Sequence[Value], now: datetime) -> list[Pair]:
    """Of who came after this account, where it is barred, or while it is suspended."""
    if author_links.is_barred_now(unit, author_id, now=now):
        since = author_links.came(unit, author_id)
    else:
        since = author_links.suspended_since(unit, author_id, now=now)
    return [] if since is None else _since(unit, author_id, values, since)


def _since(look: Reading, author_id: str, values: Sequence[Value], since: datetime) -> list[Pair]:
    sharing = _sharing(values, partial(author_links.later_with, look, author_id, since=since))
    return [(other, author_id, told) for other, told in sharing]


def _sharing(values: Sequence[Value], who: Callable[..., list[str]]) -> list[tuple[str, list[Value]]]:
    """Which accounts share which of these values; of those that share a network alone none, for it is never enough."""
    shared: dict[str, list[Value]] = defaultdict(list)
    for value in sorted(values, key=lambda one: one[0] not in STRONG):
        among = None if value[0] in STRONG else list(shared)
        for other in who(value, among=among) if among is None or among else ():
            shared[other].append(value)
    return sorted(shared.items())


def decide(
    unit: Unit, finding_id: str, *, is_same: bool, by: str | ByKey, note: str, now: datetime
) -> ReturnRecord:  # fmt: skip
    """What a person says of it; of the account nothing follows by itself.

    What it shares with others that are held is weighed again, so that the next for which there was no room is asked.
    Raises `InvalidInputError` without a note, `ForbiddenError` for who may change nothing, `ConflictError` where
    somebody decided before, `NotFoundError`.
    """
    actor, said = approvals.actor(unit, by, needs=approvals.MAY_APPROVE), approvals.words("note", note)
    who = by if isinstance(by, str) else f"{KEY}{by.prefix}"
    state = ReturnState.CONFIRMED if is_same else ReturnState.DISMISSED
    returns.take_turns(unit)
    decided = returns.decide(unit, finding_id, state, by=who, note=said, now=now)
    ledger.append(unit, _entry(f"return.{state}", actor, decided, said), now=now)
    values = author_links.values_of(unit, decided.author_id)
    _note_all(unit, _held_beside(unit, decided.author_id, values, now), now)
    return decided


def _held_beside(look: Reading, author_id: str, values: Sequence[Value], now: datetime) -> list[Pair]:
    """What an account shares with those that are held."""
    sharing = _sharing(values, partial(author_links.held_with, look, author_id, now=now))
    return [(author_id, against, told) for against, told in sharing]


def _weighed(look: Reading, pairs: Sequence[Pair], now: datetime) -> list[Found]:
    """What is enough for a person to be asked: who, whose account it may be, the evidence; the strongest first."""
    crowd_of = cache(partial(link_crowds.crowd_of, look, now=now))
    found = []
    for author_id, against, shared in pairs:
        told = [evidence(value[0], crowd_of(value), author_id, against) for value in shared]
        told.sort(key=lambda one: (-one["weight"], one["kind"]))
        found.append(Found(author_id, against, told, round(sum(one["weight"] for one in told), 3)))
    return sorted((each for each in found if each.score >= ENOUGH), key=lambda each: (-each.score, each.against))


def _note_all(unit: Unit, pairs: Sequence[Pair], now: datetime) -> list[ReturnRecord]:
    if not pairs:
        return []
    returns.take_turns(unit)
    return [noted for each in _weighed(unit, pairs, now) if (noted := _note(unit, each, now)) is not None]


def _note(unit: Unit, found: Found, now: datetime) -> ReturnRecord | None:
    """The finding, new or brought up to date; None where as strong ones about the account wait already."""
    told = returns.of_author(unit, found.author_id)
    before = next((each for each in told if each.against == found.against), None)
    waiting = [each.score for each in told if each.state is ReturnState.WAITING]
    if before is None and len(waiting) >= MOST_ASKED and found.score <= max(waiting):
        return None
    record, is_new = returns.note(unit, found, now=now)
    if is_new:
        ledger.append(
            unit, _entry("return.found", MACHINE, record, "shares enough with an account that is held"), now=now
        )
    elif before is not None and (before.evidence, before.score) != (record.evidence, record.score):
        ledger.append(unit, _entry("return.weighed", MACHINE, record, "others share it now, or no more"), now=now)
    return record


def _entry(kind: str, actor: ledger.Actor, record: ReturnRecord, reason: str) -> ledger.Entry:
    facts = {
        "finding_id": record.id,
        "against": record.against,
        "score": record.score,
        "evidence": list(record.evidence),
        **({"told": True} if kind == "return.found" else {}),
    }
    return ledger.Entry(kind, actor, "author", record.author_id, reason, "re-registration", facts=facts)

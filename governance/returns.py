"""Who may have come back under another name (2017 art. 9): what an account shares with one that is held.

Platforms state links by which accounts hang together (identity, telephone, device, network); each arrives as a value
and is kept as a keyed hash alone. What an account shares with a closed or blacklisted one is weighed when it states it,
when the other is closed or listed later, and when the other states it once it is held. So is what an account that comes
while another is suspended shares with that one, as long as the suspension runs: who was there before evades nothing.

* **by kind**: an identity says more than a telephone, that more than a device; a network says next to nothing;
* **by how common it is**: of a value that n accounts have, one of the n - 1 others is meant, so each doubling takes a
  bit away. A campus network is no evidence, nor is a device that stands in an internet café.

From `ENOUGH` bits on it is a finding, with its evidence (kinds, counts and weights; no value, no hash). A person
decides; nothing is closed by it, and what they decided about a pair is not asked again.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from governance import approvals
from governance.approvals import ByKey
from records import author_links, ledger, returns
from records.author_links import Shared
from records.authors import Link
from records.known_as import KEY
from records.ledger import MACHINE
from records.personal import Keyring
from records.returns import Found
from records.standing_values import ReturnRecord, ReturnState
from records.unit_of_work import Unit

WEIGHTS: Mapping[str, float] = {"identity": 20.0, "phone": 14.0, "device": 12.0, "network": 4.0}
"""Bits that a value says which two accounts alone have."""

ENOUGH = 10.0
"""Bits from which a person is asked: an identity, a telephone of few, a device of very few; never a network alone."""


def weight(kind: str, accounts: int) -> float:
    """Bits of evidence in a value that so many accounts have, the two in question too; 0 at the least."""
    return max(0.0, WEIGHTS[kind] - math.log2(max(1, accounts - 1)))


def look(
    unit: Unit, keyring: Keyring, author_id: str, links: Sequence[Link], *, now: datetime
) -> list[ReturnRecord]:  # fmt: skip
    """Findings about an account that just stated these links, new ones and those that wait; the caller commits.

    Where the account is held itself, they are about those that came after it: a platform may close an account first and
    state its links later. Values are compared under every key there is, so that a key that was rotated hides nobody.
    """
    values = [(link.kind, link.indexes(keyring)) for link in links]
    shared: dict[str, list[Shared]] = defaultdict(list)
    for kind, indexes in values:
        for each in author_links.shared_with_held(unit, author_id, kind, indexes, now=now):
            shared[each.against].append(each)
    found = [_weighed(author_id, against, told) for against, told in sorted(shared.items())]
    later = _later(unit, author_id, values) if author_links.is_held(unit, author_id, now=now) else []
    if not later and (since := author_links.suspended_since(unit, author_id, now=now)):
        later = _later(unit, author_id, values, since=since)
    return [_note(unit, each, now) for each in (*found, *later) if each.score >= ENOUGH]


def look_around(unit: Unit, author_id: str | None, *, now: datetime) -> list[ReturnRecord]:
    """Findings about accounts that came after one that is closed or listed just now; the caller commits."""
    if author_id is None:
        return []
    found = _later(unit, author_id, author_links.values_of(unit, author_id))
    return [_note(unit, each, now) for each in found if each.score >= ENOUGH]


def _later(
    unit: Unit, author_id: str, values: Sequence[author_links.Value], *, since: datetime | None = None
) -> list[Found]:  # fmt: skip
    shared: dict[str, list[Shared]] = defaultdict(list)
    for other, each in author_links.shared_by_later(unit, author_id, values, since=since):
        shared[other].append(each)
    return [_weighed(other, author_id, told) for other, told in sorted(shared.items())]


def decide(
    unit: Unit, finding_id: str, *, is_same: bool, by: str | ByKey, note: str, now: datetime
) -> ReturnRecord:  # fmt: skip
    """What a person says of it; nothing follows by itself.

    Raises `InvalidInputError` without a note, `ForbiddenError` for who may change nothing, `ConflictError` where
    somebody decided before, `NotFoundError`.
    """
    actor, said = approvals.actor(unit, by, needs=approvals.MAY_APPROVE), approvals.words("note", note)
    who = by if isinstance(by, str) else f"{KEY}{by.prefix}"
    state = ReturnState.CONFIRMED if is_same else ReturnState.DISMISSED
    decided = returns.decide(unit, finding_id, state, by=who, note=said, now=now)
    ledger.append(unit, _entry(f"return.{state}", actor, decided, said), now=now)
    return decided


def _weighed(author_id: str, against: str, shared: Sequence[Shared]) -> Found:
    bits_of = [(weight(each.kind, each.accounts), each) for each in shared]
    weighed = sorted(bits_of, key=lambda one: (-one[0], one[1].kind))
    evidence = [{"kind": each.kind, "accounts": each.accounts, "weight": round(bits, 3)} for bits, each in weighed]
    return Found(author_id, against, evidence, round(sum(bits for bits, _ in weighed), 3))


def _note(unit: Unit, found: Found, now: datetime) -> ReturnRecord:
    before = next((each for each in returns.of_author(unit, found.author_id) if each.against == found.against), None)
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

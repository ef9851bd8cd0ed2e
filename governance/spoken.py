"""Who said something of a comment already, by whatever way: whoever is asked about it anew is none of them.

* A **verdict**: who gave it. One over many: also who asked a second person for it, and who answered, yes or no.
* A **measure** on the comment, or on an account for it: who took it, lifted it, asked a second person whether it is
  taken, stays or is lifted, or answered that.
* What people had decided before and the system carried out on it, whatever its words are: a measure on its thread or
  its account, an entry of a list, an emergency. Likewise.
* What they had **allowed** by an entry of a list, and the system let pass for it. Likewise. So have they of what shows
  a thing that they allowed later, or asked to allow: they had judged it, before or after the comment was decided.

A rule, a policy and a model are about no comment in particular: who made one, or agreed to it, said nothing of this
one. A question that was withdrawn by who asked it counts for nothing, as a verdict does that is taken back in seconds.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator

from governance import shown_things
from governance.approvals import OF_AUTHORS
from moderation.lists import named_by
from moderation.threads import measure_of
from records import acted, approvals, bulk, decisions, emergencies, ledger, lists, verdicts
from records import measures as taken
from records.bulk import MemberState
from records.columns import as_bytes
from records.emergencies import EmergencyRecord
from records.house_values import OVER_MANY, ApprovalRecord, ApprovalState, LedgerEntry, ListEntryRecord
from records.known_as import KEY
from records.standing_values import MeasureRecord, MeasureState
from records.unit_of_work import Reading
from records.values import DecisionRecord, VerdictRecord


def of_comment(look: Reading, comment_id: str) -> set[str]:
    """Everybody who did, as records name them: users' ids, names, and keys."""
    given = {each.moderator for each in verdicts.of_comment(look, comment_id)}
    over_many = _answered(approvals.about_any(look, bulk.of_comment(look, comment_id)))
    by_measures = of_measures(look, taken.ever_caused_by(look, comment_id))
    later = of_entries(look, shown_things.allowed_of(look, comment_id))
    return given | over_many | by_measures | later | _before_it(look, decisions.latest_of(look, comment_id))


def about(look: Reading, asked: ApprovalRecord) -> list[str]:
    """The comments of which whoever asks or answers this question says something."""
    many = bulk.members(look, asked.subject_id, states=tuple(MemberState), limit=bulk.MOST)
    one = taken.find(look, asked.subject_id)
    made = [*taken.of_approval(look, asked.id), *([one] if one else [])]
    of_measures_ = (each.comment_id or each.cause_id for each in made)
    return [*(each.comment_id for each in many), *sorted(_ids(of_measures_))]


def agreed_to(look: Reading, asked_about: str) -> set[str]:
    """Who said yes as the second person to what was asked about this."""
    return _ids(each.answered_by for each in _agreed(approvals.about_any(look, [asked_about])))


def took_measures(look: Reading, comment_id: str) -> set[str]:
    """Who took a measure on the comment, or on an account for it, or agreed to one, whether it holds or not."""
    made = taken.ever_caused_by(look, comment_id)
    asked = approvals.about_any(look, (), named=_ids(each.approval_id for each in made))
    return {each.asked_by for each in made} | _answered(_agreed(asked))


def of_verdicts(look: Reading, given: Collection[VerdictRecord]) -> set[str]:
    """Whose word these verdicts are: who gave them, and who agreed to those that were given over many."""
    asked = approvals.about_any(look, bulk.of_verdicts(look, [each.id for each in given]))
    agreed = (each for each in _agreed(asked) if each.kind == OVER_MANY)
    return {each.moderator for each in given} | _answered(agreed)


def of_measures(look: Reading, made: Collection[MeasureRecord]) -> set[str]:
    """Who took these, lifted one, or was asked whether it is taken, stays or is lifted, and answered."""
    asked = approvals.about_any(look, [each.id for each in made], named=_ids(each.approval_id for each in made))
    return _ids(each.asked_by for each in made) | _ids(each.ended_by for each in made) | _answered(asked)


def of_entries(look: Reading, listed: Collection[ListEntryRecord]) -> set[str]:
    """Who put these on a list, looked at one or took it off, or was asked whether it counts or stays, and answered."""
    asked = approvals.about_any(look, [each.id for each in listed], named=_ids(each.approval_id for each in listed))
    said = {who for each in listed for who in (each.author, each.reviewed_by, each.removed_by)}
    looked = {_actor(entry) for each in listed for entry in ledger.of_kind(look, each.id, lists.KEPT)}
    return _ids(said) | looked | _answered(asked)


def of_favour(look: Reading, comment_id: str) -> set[str]:
    """Who said something of the entries that allow a part of the comment: of those that spared it something.

    And of those that had no part in its decision, since they came later: what they will spare they were made for.
    """
    allowed = decisions.latest_of(look, comment_id).decision.allowed
    named = [each.id for each in allowed.entries] if allowed else []
    sparing = _listed(look, named) if allowed and allowed.spared else []
    later = [each for each in shown_things.allowed_of(look, comment_id) if each.id not in named]
    return of_entries(look, [*sparing, *later])


def against(look: Reading, comment_id: str) -> set[str]:
    """Who took or asked for a measure for the comment, or had decided before what stopped it; not who withdrew that."""
    made = [
        each
        for each in taken.ever_caused_by(look, comment_id)
        if each.measure != taken.RECOMMEND and each.state is not MeasureState.WITHDRAWN
    ]
    agreed = _agreed(approvals.about_any(look, (), named=_ids(each.approval_id for each in made)))
    decided = decisions.latest_of(look, comment_id)
    listed = _listed(look, filter(None, map(named_by, decided.decision.reasons)))
    return {each.asked_by for each in made} | _answered(agreed) | of_entries(look, listed) | _carried_out(look, decided)


def _before_it(look: Reading, decided: DecisionRecord) -> set[str]:
    """Who had decided before what the system carried out in this decision."""
    return of_entries(look, _entries(look, decided)) | _carried_out(look, decided)


def _carried_out(look: Reading, decided: DecisionRecord) -> set[str]:
    """Who had taken the measures, and begun the emergencies, that the decision carried out."""
    told = acted.one(look, decided.id)
    named = [found for each in decided.decision.reasons if (found := measure_of(each)) is not None]
    measures = [held for each in named if (held := taken.find(look, each)) is not None]
    measures += [each for each in (told.placed, told.held) if each is not None]
    emergency = [each for each in (told.emergency,) if each is not None]
    began = [*emergency, *emergencies.behind(look, decided.id)]
    return of_measures(look, measures) | _of_emergencies(began)


def _entries(look: Reading, decided: DecisionRecord) -> list[ListEntryRecord]:
    """The entries that had a part in a decision, about whatever they are: what they stopped, or what they allowed."""
    stopping = filter(None, map(named_by, decided.decision.reasons))
    allowed = decided.decision.allowed
    return _listed(look, [*stopping, *(each.id for each in (allowed.entries if allowed else ()))])


def _listed(look: Reading, entry_ids: Iterable[str]) -> list[ListEntryRecord]:
    found = (lists.find_by_id(look, each) for each in dict.fromkeys(entry_ids))
    return [each for each in found if each is not None]


def _actor(entry: LedgerEntry) -> str:
    """Who did what an entry tells, as records name them."""
    actor = json.loads(as_bytes(entry.body))["actor"]
    return f"{KEY}{actor['id']}" if actor["kind"] == "key" else str(actor["id"])


def _of_emergencies(began: Iterable[EmergencyRecord]) -> set[str]:
    return {who for each in began for who in (each.asked_by, each.approved_by)}


def _agreed(asked: Iterable[ApprovalRecord]) -> Iterator[ApprovalRecord]:
    return (each for each in asked if each.state is ApprovalState.APPROVED)


def _answered(asked: Iterable[ApprovalRecord]) -> set[str]:
    """Who asked these questions, but for those that the public and the machine ask, and who answered them."""
    some = [each for each in asked if each.state is not ApprovalState.WITHDRAWN]
    asking = {each.asked_by for each in some if each.kind not in OF_AUTHORS}
    return asking | _ids(each.answered_by for each in some)


def _ids(some: Iterable[str | None]) -> set[str]:
    return {each for each in some if each is not None}

"""How accounts stand: measures, credit, the blacklist, who came back, and what is put forward."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from types import MappingProxyType

from chaffinch.duty_checks.deciding import WORDS, engine_of, policy_off
from chaffinch.duty_checks.rehearsal import (
    AUTHOR,
    FORUM,
    ONE,
    WHY,
    agreed,
    agrees_alone,
    answered,
    fault,
    ground,
    in_force,
    stored,
)
from chaffinch.duty_words import say
from chaffinch.installation import Installation
from governance import account_measures as taking
from governance import credit as counting
from governance import lists as listing
from governance import returns
from governance.duties import Found
from governance.lists import Listing
from governance.measure_wishes import Wish
from moderation.accounts import account_reasons, credit_of
from moderation.comment import Author, Comment, Context
from moderation.decision import Outcome
from moderation.errors import InvalidInputError
from moderation.lists import ACCOUNT, ListAction, Lists
from moderation.policy import Policy
from moderation.standing import CreditEvent, CreditKind, Function, Standing
from moderation.taxonomy import Words
from records import accountability, authors, entry_words, leaning, ledger, lists
from records import credit as counted
from records import decisions as judged
from records import measures as kept
from records.authors import Link, Statement
from records.ledger import MACHINE
from records.standing_values import MeasureRecord, MeasureState, ReturnRecord, TargetKind
from records.storing import store_decisions
from records.unit_of_work import Unit

SAID = {"zh": "这是一次演练", "en": WHY}
IDENTITY = "rehearsed-identity-7f3a91"
NETWORK = "rehearsed-network-7f3a91"
DEVICE = "rehearsed-device-7f3a91"
MERELY_MADE = 8
"""Accounts that nobody uses, on one device: by their number a café's, and no crowd."""

GRACE = timedelta(hours=1)
"""How far the worker may be behind before somebody has to look."""

OLDEST_FINDING = timedelta(days=7)
"""How long a finding about who came back may wait for a person."""

MINUTE = timedelta(minutes=1)
MANY = 100
_MARKS = 1000

TRIED: tuple[tuple[str, TargetKind], ...] = (
    ("warn", TargetKind.AUTHOR),
    ("refuse", TargetKind.COMMENT),
    ("delete", TargetKind.COMMENT),
    ("restrict", TargetKind.AUTHOR),
    ("suspend", TargetKind.AUTHOR),
    ("close", TargetKind.AUTHOR),
)
"""The measures of article 8."""


def measures(place: Installation) -> Found:
    """8: each of the six is taken with a reason, written down, holds, and ends by itself; the ladder proposes."""
    if place.policy is None or place.policy.ladder is None:
        return place.off(policy_off(place, "[ladder] with its steps"))
    with place.reading() as look:
        over = kept.due(look, now=place.now - GRACE, limit=MANY)
        taken = accountability.measures_taken(look)
    if over:
        return place.off("accounts.measures_2", n=len(over))
    if wrong := fault(place, _measured):
        return place.off("general.report", wrong=wrong)
    return place.held("accounts.measures_1", n=len(TRIED), taken=taken)


def _measured(place: Installation, unit: Unit) -> Iterator[Words]:
    policy = _policy(place)
    proposed = _take(place, unit, None, author=f"{AUTHOR}-first")
    if policy.ladder is None or proposed.measure != policy.ladder.steps[0].measure:
        yield say("accounts.measured_2")
    stored(place, unit, Outcome.PASS, known_as=AUTHOR)
    for measure, kind in TRIED:
        cause = f"{AUTHOR}-{measure}" if kind is TargetKind.AUTHOR else None  # one comment is measured once
        if cause is not None:
            stored(place, unit, Outcome.PASS, known_as=cause)
        made = _take(place, unit, measure, kind, cause=cause)
        if made.state is MeasureState.WAITING:
            asked_about = str(made.author_id) if measure == "close" else made.id
            if agrees_alone(place, unit, asked_about):
                yield say("accounts.measured_6", measure=measure)
            agreed(place, unit, asked_about)
        elif measure == "close":
            yield say("accounts.measured_7")
        if not _is_written(unit, kept.get(unit, made.id)):
            yield say("accounts.measured_5", measure=measure)
    standing = authors.known(unit, place.keyring, AUTHOR).standing
    if {each.measure for each in standing.measures} != {"restrict", "suspend", "close"}:
        yield say("accounts.measured_3")
    if not _refused(place, standing):
        yield say("accounts.measured_4")
    yield from _ended(place, unit)
    yield from _undone(place, unit)
    try:
        _take(place, unit, "warn", author=f"{AUTHOR}-silent", said={"zh": " ", "en": ""})
    except InvalidInputError:
        return
    yield say("accounts.measured_1")


def _ended(place: Installation, unit: Unit) -> Iterator[Words]:
    short = in_force(
        place, unit, _take(place, unit, "suspend", author=f"{AUTHOR}-short", days=MINUTE / timedelta(days=1))
    )
    while taking.expire(unit, now=place.now + 2 * MINUTE):
        pass
    if kept.get(unit, short.id).state is not MeasureState.ENDED:
        yield say("accounts.ended_1")


def _undone(place: Installation, unit: Unit) -> Iterator[Words]:
    """What two people agreed on holds though one of them takes it back."""
    author_id = authors.id_of(unit, place.keyring, AUTHOR)
    held = kept.of_account(unit, str(author_id), MeasureState.IN_FORCE)
    for closing in (each for each in held if each.measure == "close"):
        if taking.lift(unit, closing.id, why=WHY, by=ONE, now=place.now).state is not MeasureState.IN_FORCE:
            yield say("accounts.measured_8")


def _take(  # noqa: PLR0913 - the fields of a wish
    place: Installation,
    unit: Unit,
    measure: str | None,
    kind: TargetKind = TargetKind.AUTHOR,
    *,
    author: str = AUTHOR,
    said: Mapping[str, str] = MappingProxyType(SAID),
    days: float | None = None,
    cause: str | None = None,
) -> MeasureRecord:
    closes = (Function.LINKS,) if measure == "restrict" else ()
    wish = Wish(kind, author, said, ground(place), measure, days=days, closes=closes, cause=cause)
    return taking.take(unit, place.keyring, wish, _policy(place), by=ONE, policies=place.policies, now=place.now)


def _is_written(unit: Unit, made: MeasureRecord) -> bool:
    entry = ledger.last(unit, "measure.taken", str(made.subject_id))
    if entry is None:
        return False
    body = entry_words.restored(unit, {entry.id: json.loads(entry.body)})[entry.id]
    told = (body["facts"]["measure_id"], body["ground"])
    return told == (made.id, made.ground) and body["reason"] == WHY


def recommendations(place: Installation) -> Found:
    """2022 12: what is put forward stands in the ledger with why, as the audit of neutrality needs it."""
    with place.reading() as look:
        count, silent = accountability.unreasoned(look, (leaning.RECOMMENDED,))
    if silent:
        return place.off("accounts.recommendations_2", n=len(silent), silent=silent[0])
    if wrong := fault(place, _recommended):
        return place.off("general.report", wrong=wrong)
    return place.held("accounts.recommendations_1", count=count)


def _recommended(place: Installation, unit: Unit) -> Iterator[Words]:
    comment = stored(place, unit, Outcome.PASS, known_as=AUTHOR).comment_id
    made = taking.recommend(unit, AUTHOR, reason=SAID, ground=ground(place), by=ONE, now=place.now)
    _, silent = accountability.unreasoned(unit, (leaning.RECOMMENDED,))
    if ledger.last(unit, leaning.RECOMMENDED, comment) is None or silent:
        yield say("accounts.recommended_1")
    second = timedelta(seconds=1)
    found = [each for each in leaning.decided(unit, place.now - second, place.now + second) if each.recommended]
    if comment not in [each.comment_id for each in found]:
        yield say("accounts.recommended_2")
    taking.lift(unit, made.id, why=WHY, by=ONE, now=place.now)
    for said, named in (({"zh": "", "en": " "}, ground(place)), (SAID, " ")):
        try:
            taking.recommend(unit, AUTHOR, reason=said, ground=named, by=ONE, now=place.now)
        except InvalidInputError:
            continue
        yield say("accounts.recommended_3")


def credit(place: Installation) -> Found:
    """9: what is stopped costs credit, what is overturned gives it back, levels open and close functions."""
    policy = place.policy
    if policy is None or policy.credit is None:
        return place.off(policy_off(place, "[credit] with its levels"))
    with place.reading() as look:
        is_behind = accountability.credit_behind(look, place.now - GRACE)
        events = accountability.credit_counted(look)
    if is_behind:
        return place.off("accounts.credit_2")
    if wrong := fault(place, _credited):
        return place.off("accounts.credit_3", wrong=wrong, name=policy.name)
    return place.held("accounts.credit_1", events=events)


def _credited(place: Installation, unit: Unit) -> Iterator[Words]:
    policy = _policy(place)
    while counted.take_marked(unit, limit=_MARKS):  # others' marks are counted by the worker, not here
        pass
    item = answered(place, Outcome.BLOCK, policy=policy.reference)
    [made] = store_decisions(unit, [item], keyring=place.keyring, now=place.now)
    counting.mark_stored(unit, [item], [made], place.policies)
    before = _score(place, unit, policy)
    counting.count(unit, place.keyring, place.policies, now=place.now)
    if not _score(place, unit, policy) < before:
        yield say("accounts.credited_1")
    judged.set_final(unit, made.decision_id, outcome=Outcome.PASS, overturned=True)
    counted.mark(unit, [made.comment_id])
    counting.count(unit, place.keyring, place.policies, now=place.now)
    if _score(place, unit, policy) != before:
        yield say("accounts.credited_2")
    fallen = Standing(events=(CreditEvent(CreditKind.REJECTED, place.now),) * MANY)
    if not _refused(place, fallen, comments_1h=MANY * MANY):
        yield say("accounts.credited_3")
    if _refused(place, Standing()):
        yield say("accounts.credited_4")


def _score(place: Installation, unit: Unit, policy: Policy) -> float:
    if policy.credit is None:
        raise LookupError(policy.name)
    account = authors.id_of(unit, place.keyring, AUTHOR)
    return counting.explain(unit, account, policy.credit, now=place.now).score


def _refused(place: Installation, standing: Standing, *, comments_1h: int = 1) -> bool:
    """Whether the policy says anything against a comment with a link on a live surface, for its account alone."""
    policy = _policy(place)
    comment = Comment(WORDS, author=Author(AUTHOR, verified=True, standing=standing), context=Context("live"))
    score = credit_of(policy, comment, now=place.now)
    reasons = account_reasons(
        policy, comment, credit=score, comments_1h=comments_1h, has_contact=lambda: True, now=place.now
    )  # fmt: skip
    return bool(reasons)


def blacklist(place: Installation) -> Found:
    """9: an account is listed by two people, refused, looked at again in time, and free once that is over."""
    with place.reading() as look:
        unseen = accountability.unreviewed_accounts(look, now=place.now)
        count = accountability.accounts_listed(look, now=place.now)
    if unseen.late:
        return place.off("accounts.blacklist_2", late=unseen.late, since=unseen.since)
    if wrong := fault(place, _blacklisted):
        return place.off("general.report", wrong=wrong)
    return place.held("accounts.blacklist_1", count=count)


def _blacklisted(place: Installation, unit: Unit) -> Iterator[Words]:
    day = timedelta(days=1)
    wish = Listing(
        ACCOUNT, AUTHOR, ListAction.BLOCK, WHY, WHY, ONE, review_at=place.now + day, expires_at=place.now + 2 * day
    )
    added = listing.add(unit, wish, taxonomy=place.taxonomy, keyring=place.keyring, now=place.now, asks=True)
    if _is_refused(place, unit) or agrees_alone(place, unit, added.id):
        yield say("accounts.blacklisted_1")
    agreed(place, unit, added.id)
    if not _is_refused(place, unit):
        yield say("accounts.blacklisted_2")
    due = accountability.unreviewed_accounts(unit, now=place.now + 1.5 * day)
    if not due.late or due.since is None or due.since > place.now + day:
        yield say("accounts.blacklisted_3")
    if added.id in {each.id for each in lists.holding(unit, now=place.now + 2 * day)}:
        yield say("accounts.blacklisted_4")


def _is_refused(place: Installation, unit: Unit) -> bool:
    policy = _policy(place)
    entries = Lists(lists.holding(unit, now=place.now), hashed=place.keyring.indexes)
    comment = Comment(WORDS, author=Author(AUTHOR, verified=True), context=Context(FORUM))
    return engine_of(place, policy, lists=entries).judge(comment, policy=policy.name).outcome is Outcome.BLOCK


def registering_anew(place: Installation) -> Found:
    """9: who shares a closed account's identity is found, by keyed hashes alone, and a person decides."""
    with place.reading() as look:
        waiting = accountability.returns_waiting(look, before=place.now - OLDEST_FINDING)
    if waiting.late:
        return place.off("accounts.registering_anew_2", late=waiting.late, since=waiting.since)
    if wrong := fault(place, _came_back):
        return place.off("general.report", wrong=wrong)
    return place.held("accounts.registering_anew_1", waiting=waiting.waiting)


def _came_back(place: Installation, unit: Unit) -> Iterator[Words]:
    identity, network, device = Link("identity", IDENTITY), Link("network", NETWORK), Link("device", DEVICE)
    _state(place, unit, AUTHOR, identity, network, device)
    for number in range(MERELY_MADE):
        _state(place, unit, f"{AUTHOR}-made-{number}", device)
    closed = _take(place, unit, "close")
    agreed(place, unit, str(closed.author_id))
    found = _state(place, unit, f"{AUTHOR}-anew", identity)
    if [closed.author_id] != [each.against for each in found]:
        yield say("accounts.came_back_1")
    if any(IDENTITY in str(each) for each in found) or any(
        IDENTITY in each for each in identity.indexes(place.keyring)
    ):
        yield say("accounts.came_back_2")
    if authors.known(unit, place.keyring, f"{AUTHOR}-anew").standing.measures:
        yield say("accounts.came_back_3")
    if _state(place, unit, f"{AUTHOR}-neighbour", network):
        yield say("accounts.came_back_4")
    if [closed.author_id] != [each.against for each in _state(place, unit, f"{AUTHOR}-farmed", device)]:
        yield say("accounts.came_back_5")


def _state(place: Installation, unit: Unit, author: str, *links: Link) -> list[ReturnRecord]:
    stated = authors.state(unit, place.keyring, author, Statement(links=links), actor=MACHINE, now=place.now)
    return returns.look(unit, place.keyring, stated.id, links, now=place.now)


def _policy(place: Installation) -> Policy:
    """The profile's. Raises `LookupError` where it was taken away."""
    if place.policy is None:
        raise LookupError(
            f"there is no policy '{place.policy_name}': put configs/policies/{place.policy_name}.toml back"
        )
    return place.policy

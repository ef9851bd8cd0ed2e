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
    stored,
)
from chaffinch.installation import Installation
from governance import account_measures as taking
from governance import credit as counting
from governance import lists as listing
from governance import returns
from governance.account_measures import Wish
from governance.duties import Found
from governance.lists import Listing
from moderation.accounts import account_reasons, credit_of
from moderation.comment import Author, Comment, Context
from moderation.decision import Outcome
from moderation.errors import InvalidInputError
from moderation.lists import ACCOUNT, ListAction, Lists
from moderation.policy import Policy
from moderation.standing import CreditEvent, CreditKind, Function, Standing
from records import accountability, authors, leaning, ledger, lists
from records import credit as counted
from records import decisions as judged
from records import measures as kept
from records.authors import Link, Statement
from records.ledger import MACHINE
from records.standing_values import MeasureRecord, MeasureState, ReturnRecord, TargetKind
from records.storing import store_decisions
from records.unit_of_work import Unit

SAID = {"zh": "这是一次演练", "en": WHY}
GROUND = "a rehearsed ground"
IDENTITY = "rehearsed-identity-7f3a91"
NETWORK = "rehearsed-network-7f3a91"

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
        return place.off(f"{len(over)} measures hold though their time is over: start chaffinch worker")
    if wrong := fault(place, _measured):
        return place.off(f"{wrong}: report it")
    return place.held(f"a rehearsal took each of {len(TRIED)} measures, with record and end; {taken} were taken here")


def _measured(place: Installation, unit: Unit) -> Iterator[str]:
    policy = _policy(place)
    proposed = _take(place, unit, None, author=f"{AUTHOR}-first")
    if policy.ladder is None or proposed.measure != policy.ladder.steps[0].measure:
        yield "an account that had no measure is not proposed the ladder's first"
    stored(place, unit, Outcome.PASS, known_as=AUTHOR)
    for measure, kind in TRIED:
        made = _take(place, unit, measure, kind)
        if made.state is MeasureState.WAITING:
            asked_about = str(made.author_id) if measure == "close" else made.id
            if agrees_alone(place, unit, asked_about):
                yield f"one person alone took '{measure}', which needs two"
            agreed(place, unit, asked_about)
        elif measure == "close":
            yield "one person alone closed an account"
        if not _is_written(unit, kept.get(unit, made.id)):
            yield f"'{measure}' was taken and does not stand in the ledger with reason and ground"
    standing = authors.known(unit, place.keyring, AUTHOR).standing
    if {each.measure for each in standing.measures} != {"restrict", "suspend", "close"}:
        yield "a measure that was taken does not hold its account"
    if not _refused(place, standing):
        yield "an account that is closed may comment"
    yield from _ended(place, unit)
    try:
        _take(place, unit, "warn", said={"zh": " ", "en": ""})
    except InvalidInputError:
        return
    yield "a measure was taken without a reason"


def _ended(place: Installation, unit: Unit) -> Iterator[str]:
    short = _take(place, unit, "suspend", days=MINUTE / timedelta(days=1))
    while taking.expire(unit, now=place.now + 2 * MINUTE):
        pass
    if kept.get(unit, short.id).state is not MeasureState.ENDED:
        yield "a measure does not end when its time is over"


def _take(
    place: Installation,
    unit: Unit,
    measure: str | None,
    kind: TargetKind = TargetKind.AUTHOR,
    *,
    author: str = AUTHOR,
    said: Mapping[str, str] = MappingProxyType(SAID),
    days: float | None = None,
) -> MeasureRecord:
    closes = (Function.LINKS,) if measure == "restrict" else ()
    wish = Wish(kind, author, said, GROUND, measure, days=days, closes=closes)
    return taking.take(unit, place.keyring, wish, _policy(place), by=ONE, policies=place.policies, now=place.now)


def _is_written(unit: Unit, made: MeasureRecord) -> bool:
    entry = ledger.last(unit, "measure.taken", str(made.subject_id))
    if entry is None:
        return False
    body = json.loads(entry.body)
    told = (body["facts"]["measure_id"], body["ground"])
    return told == (made.id, GROUND) and body["reason"] == WHY


def recommendations(place: Installation) -> Found:
    """2022 12: what is put forward stands in the ledger with why, as the audit of neutrality needs it."""
    with place.reading() as look:
        count, silent = accountability.unreasoned(look, (leaning.RECOMMENDED,))
    if silent:
        return place.off(f"{len(silent)} recommendations say no reason or ground, the newest {silent[0]}: report it")
    if wrong := fault(place, _recommended):
        return place.off(f"{wrong}: report it")
    return place.held(f"a rehearsed recommendation is in the ledger and the audit; {count} were made here, all say why")


def _recommended(place: Installation, unit: Unit) -> Iterator[str]:
    comment = stored(place, unit, Outcome.PASS, known_as=AUTHOR).comment_id
    taking.recommend(unit, AUTHOR, reason=SAID, ground=GROUND, by=ONE, now=place.now)
    _, silent = accountability.unreasoned(unit, (leaning.RECOMMENDED,))
    if ledger.last(unit, leaning.RECOMMENDED, comment) is None or silent:
        yield "a recommendation does not stand in the ledger with reason and ground"
    second = timedelta(seconds=1)
    found = [each for each in leaning.decided(unit, place.now - second, place.now + second) if each.recommended]
    if comment not in [each.comment_id for each in found]:
        yield "the audit of neutrality does not see what is recommended"
    for said, ground in (({"zh": "", "en": " "}, GROUND), (SAID, " ")):
        try:
            taking.recommend(unit, AUTHOR, reason=said, ground=ground, by=ONE, now=place.now)
        except InvalidInputError:
            continue
        yield "a comment was recommended without reason or ground"


def credit(place: Installation) -> Found:
    """9: what is stopped costs credit, what is overturned gives it back, levels open and close functions."""
    policy = place.policy
    if policy is None or policy.credit is None:
        return place.off(policy_off(place, "[credit] with its levels"))
    with place.reading() as look:
        is_behind = accountability.credit_behind(look, place.now - GRACE)
        events = accountability.credit_counted(look)
    if is_behind:
        return place.off("credit waits to be counted for more than an hour: start chaffinch worker")
    if wrong := fault(place, _credited):
        return place.off(f"{wrong}: mend [credit] in configs/policies/{policy.name}.toml")
    return place.held(f"a stopped comment costs credit, an overturned one none; {events} things count here")


def _credited(place: Installation, unit: Unit) -> Iterator[str]:
    policy = _policy(place)
    while counted.take_marked(unit, limit=_MARKS):  # others' marks are counted by the worker, not here
        pass
    item = answered(place, Outcome.BLOCK, policy=policy.reference)
    [made] = store_decisions(unit, [item], keyring=place.keyring, now=place.now)
    counting.mark_stored(unit, [item], [made], place.policies)
    before = _score(place, unit, policy)
    counting.count(unit, place.keyring, place.policies, now=place.now)
    if not _score(place, unit, policy) < before:
        yield "a comment that is stopped costs no credit"
    judged.set_final(unit, made.decision_id, outcome=Outcome.PASS, overturned=True)
    counted.mark(unit, [made.comment_id])
    counting.count(unit, place.keyring, place.policies, now=place.now)
    if _score(place, unit, policy) != before:
        yield "what was overturned still costs credit"
    fallen = Standing(events=(CreditEvent(CreditKind.REJECTED, place.now),) * MANY)
    if not _refused(place, fallen, comments_1h=MANY * MANY):
        yield "no level of credit closes anything to an account that often breaks rules"
    if _refused(place, Standing()):
        yield "an account that did nothing is refused for its credit"


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
        return place.off(
            f"{unseen.late} listed accounts had to be looked at again, the first by {unseen.since:%Y-%m-%d}: "
            "chaffinch blacklist review"
        )
    if wrong := fault(place, _blacklisted):
        return place.off(f"{wrong}: report it")
    return place.held(
        f"a rehearsed entry holds by two people, is due for review, and ends; {count} accounts are listed"
    )


def _blacklisted(place: Installation, unit: Unit) -> Iterator[str]:
    day = timedelta(days=1)
    wish = Listing(
        ACCOUNT, AUTHOR, ListAction.BLOCK, WHY, WHY, ONE, review_at=place.now + day, expires_at=place.now + 2 * day
    )
    added = listing.add(unit, wish, taxonomy=place.taxonomy, keyring=place.keyring, now=place.now, asks=True)
    if _is_refused(place, unit) or agrees_alone(place, unit, added.id):
        yield "one person alone put an account on the blacklist"
    agreed(place, unit, added.id)
    if not _is_refused(place, unit):
        yield "a listed account may comment"
    due = accountability.unreviewed_accounts(unit, now=place.now + 1.5 * day)
    if not due.late or due.since is None or due.since > place.now + day:
        yield "nobody is told that an entry has to be looked at again"
    if added.id in {each.id for each in lists.holding(unit, now=place.now + 2 * day)}:
        yield "an entry holds though its time is over"


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
        return place.off(
            f"{waiting.late} findings about who came back wait since {waiting.since:%Y-%m-%d}: decide them in "
            "/console/measures"
        )
    if wrong := fault(place, _came_back):
        return place.off(f"{wrong}: report it")
    return place.held(f"who registers anew in a rehearsal is found and not closed; {waiting.waiting} findings wait")


def _came_back(place: Installation, unit: Unit) -> Iterator[str]:
    identity, network = Link("identity", IDENTITY), Link("network", NETWORK)
    _state(place, unit, AUTHOR, identity, network)
    closed = _take(place, unit, "close")
    agreed(place, unit, str(closed.author_id))
    found = _state(place, unit, f"{AUTHOR}-anew", identity)
    if [closed.author_id] != [each.against for each in found]:
        yield "who shares the identity of a closed account is not found"
    if any(IDENTITY in str(each) for each in found) or any(
        IDENTITY in each for each in identity.indexes(place.keyring)
    ):
        yield "an identity is kept as it is"
    if authors.known(unit, place.keyring, f"{AUTHOR}-anew").standing.measures:
        yield "an account was closed by a finding alone"
    if _state(place, unit, f"{AUTHOR}-neighbour", network):
        yield "a shared network alone accuses an account"


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

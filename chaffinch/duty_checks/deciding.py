"""What the engine decides under the profile's policy, and what the records say that it decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from chaffinch.duty_words import say
from chaffinch.installation import Installation
from governance import in_force, measures
from governance.duties import Found
from moderation.comment import Author, Comment, Context
from moderation.decision import Outcome, Versions
from moderation.emergency import Emergency
from moderation.errors import InvalidInputError, PartUnavailableError
from moderation.lists import NO_LISTS, Lists
from moderation.normaliser import Normalised
from moderation.pipeline import Engine
from moderation.policy import By, Policy, When
from moderation.ports import Scored, Thresholds
from moderation.rules import RuleSet
from moderation.spans import Span
from moderation.taxonomy import Words
from records import accountability, guards
from records.accountability import Decided
from records.values import Purpose, VerdictKind, VerdictRecord
from registry.scorers import NoneScorer

NEWS = "news"
WORDS = "今天天气很好，出门走走"
"""A harmless comment: whatever is done about it is done by the policy."""

MEASURES = (measures.REQUESTED, "measure.taken", "recommend")
"""Entries of the ledger that have to stand on a reason and a ground."""

REASONED = ("decisions", "emergencies", "ledger", "list_entries", "measures", "verdicts")
"""Tables whose triggers and CHECKs refuse what has no reason, or the removal of one."""

LATELY = timedelta(days=7)
"""How far back it is looked at what was really decided: a break that was mended is forgotten after that."""

_REHEARSED = Versions("none", "0", "none", "rehearsal", "rehearsal@0", "0", "0")


def verification(place: Installation) -> Found:
    """5(1): the unverified are refused with the reason, a platform that does not say is told so; nobody went around."""
    policy = place.policy
    if policy is None or not policy.require_verified:
        return place.off(policy_off(place, "require_verified = true"))
    engine = engine_of(place, policy)
    refused = engine.judge(Comment(WORDS, author=Author("a", verified=False)), policy=policy.name)
    codes = [reason.code for reason in refused.reasons]
    if refused.outcome is not Outcome.BLOCK or "identity_unverified" not in codes:
        return place.off("deciding.verification_2", outcome=refused.outcome, reference=policy.reference)
    try:
        engine.judge(Comment(WORDS, author=Author("a")), policy=policy.name)
    except InvalidInputError as error:
        if [fault.where for fault in error.faults] == ["/author/verified"]:
            return _asked_of_all(place, policy)
    return place.off("deciding.verification_1", reference=policy.reference)


def _asked_of_all(place: Installation, policy: Policy) -> Found:
    """Whether what lately passed on news did so under policies that ask whether authors are verified."""
    around = [each for each in _lately(place, _first_reviewed(policy)) if each.is_passed and not _asks(place, each)]
    if around:
        told = say("deciding.nobody_asked", policies=_policies(around))
        return place.off("deciding.asked_of_all_2", counted=_counted(around), told=told, bind=_bind(place))
    held = say("deciding.blocked_or_refused", reference=policy.reference)
    return place.held("deciding.asked_of_all_1", held=held, span=_span(), unnamed=_unnamed(place))


def _asks(place: Installation, each: Decided) -> bool:
    policy = place.policies.get(each.policy)
    return policy is not None and policy.require_verified


def before_publication(place: Installation) -> Found:
    """5(3): news is reviewed first; where model or rules do not answer the comment is held; none went through."""
    policy = place.policy
    if policy is None or policy.surface(NEWS).review is not When.PRE:
        return place.off(policy_off(place, 'news = { review = "pre", by = "machine" } under [surfaces]'))
    comment = Comment(WORDS, author=Author("a", verified=True), context=Context(surface=NEWS))
    for missing, engine in (
        ("deciding.the_model", engine_of(place, policy, model=False)),
        ("deciding.the_rules", engine_of(place, policy, rules=False)),
    ):
        outcome = engine.judge(comment, policy=policy.name).outcome
        if outcome is Outcome.PASS:
            return place.off("deciding.before_publication_3", missing=say(missing), reference=policy.reference)
    surfaces = _first_reviewed(policy)
    with place.reading() as look:
        count, undecided = accountability.passed_undecided(look, policy.name, surfaces)
    if undecided:
        return place.off(
            "deciding.before_publication_2", undecided=undecided, count=count, surfaces=", ".join(surfaces)
        )
    if (seen := _unseen(place, policy, surfaces)) is not None:
        return seen
    held = say("deciding.held_where_it_fails", reference=policy.reference, count=count)
    return place.held("deciding.before_publication_1", held=held, unnamed=_unnamed(place))


def _unseen(place: Installation, policy: Policy, surfaces: Sequence[str]) -> Found | None:
    """What lately went out on these surfaces before it was reviewed as the policy asks."""
    lately = _lately(place, surfaces)
    after = [each for each in lately if each.outcome is not Outcome.BLOCK and not _holds_back(place, each)]
    if after:
        told = say("deciding.reviewed_after", policies=_policies(after))
        return place.off("deciding.asked_of_all_2", counted=_counted(after), told=told, bind=_bind(place))
    alone = [each for each in lately if each.outcome is Outcome.PASS and _needs_a_person(policy, each)]
    if alone:
        told = say("deciding.without_the_person", policies=_policies(alone), reference=policy.reference)
        return place.off("deciding.asked_of_all_2", counted=_counted(alone), told=told, bind=_bind(place))
    return None


def _holds_back(place: Installation, each: Decided) -> bool:
    policy = place.policies.get(each.policy)
    return policy is not None and policy.surface(each.surface).review is When.PRE


def _needs_a_person(policy: Policy, each: Decided) -> bool:
    return policy.surface(each.surface).by is By.PERSON or not each.is_whole


def _first_reviewed(policy: Policy) -> list[str]:
    """Surfaces that the law wants seen first: those of the profile's policy, news whatever it says."""
    first = [name for name, each in policy.surfaces.items() if each.review is When.PRE]
    return first if NEWS in first else [NEWS, *first]


def _lately(place: Installation, surfaces: Sequence[str]) -> list[Decided]:
    with place.reading() as look:
        return accountability.decided(look, surfaces, since=place.now - LATELY)


def _span() -> Words:
    return say("deciding.lately", days=LATELY.days)


def _counted(found: Sequence[Decided]) -> Words:
    surfaces = ", ".join(sorted({each.surface for each in found}))
    return say("deciding.counted", count=sum(each.count for each in found), surfaces=surfaces, span=_span())


def _policies(found: Sequence[Decided]) -> str:
    return ", ".join(sorted({f"'{each.policy}'" for each in found}))


def _bind(place: Installation) -> Words:
    """What makes the profile's policy hold for a request that names none, and against one that names another."""
    return say("deciding.bind", policy=place.policy_name)


def _unnamed(place: Installation) -> Words:
    """By what a request is judged that names no policy, as the server wrote it; else as this command is set."""
    own = place.settings.policy
    with place.reading() as look:
        written = in_force.house_policy(look)
    if written is None:
        return say("deciding.unnamed_here", policy=own)
    name, at = written
    day = at.date().isoformat()
    return say("deciding.unnamed" if name == own else "deciding.unnamed_elsewhere", policy=name, day=day, own=own)


def reasons(place: Installation) -> Found:
    """7: no measure without reason and ground, neither taken nor takeable; no block that says nothing.

    What refuses one without is the schema, whatever program writes: so its guards are held against those of the code.
    """
    with place.reading() as look:
        odd = guards.odd(look, REASONED) if guards.are_known(look) else None
        taken, silent = accountability.unreasoned(look, MEASURES)
        blocks, wordless = accountability.blocked_without_reason(look)
    if silent:
        return place.off("deciding.reasons_2", n=len(silent), silent=silent[0])
    if wordless:
        return place.off("deciding.reasons_3", n=len(wordless), wordless=wordless[0])
    if odd is None:
        return place.off("deciding.reasons_6")
    if odd:
        return place.off("deciding.reasons_5", n=len(odd), odd=next(iter(odd)))
    if _takes_without_a_reason(place):
        return place.off("deciding.reasons_4")
    return place.held("deciding.reasons_1", taken=taken, blocks=blocks)


def _takes_without_a_reason(place: Installation) -> bool:
    verdict = VerdictRecord(
        "rehearsal", "rehearsal", "rehearsal", "rehearsal", "rehearsal", VerdictKind.REJECT, ("abuse",), "delete",
        Span(0, 1), None, None, False, None, place.now, Purpose.DECIDE,
    )  # fmt: skip
    for reason, ground in ((" ", "house rule 1"), ("abuse", "")):
        with place.rehearsing() as unit:
            try:
                measures.request_for_verdict(
                    unit, verdict, reason=reason, ground=ground, versions=_REHEARSED, now=place.now
                )  # fmt: skip
            except InvalidInputError:
                continue
            return True
    return False


class _Silent:
    """A model that does not answer."""

    name = "none"
    version = "0"

    def __init__(self, thresholds: Mapping[str, Thresholds]) -> None:
        self.thresholds = thresholds

    def score(self, texts: Sequence[Normalised]) -> list[Scored]:
        """Raises `PartUnavailableError`."""
        raise PartUnavailableError("model", f"{len(texts)} texts were not scored: this is a rehearsal.")

    def explain(self, text: Normalised, label: str) -> tuple[Span, ...]:
        """Nothing."""
        del text, label
        return ()


def engine_of(
    place: Installation,
    policy: Policy,
    *,
    model: bool = True,
    rules: bool = True,
    lists: Lists = NO_LISTS,
    emergencies: tuple[Emergency, ...] = (),
) -> Engine:
    """No rule and no model but what is asked: what is decided is the policy's doing, and that of what is given."""
    standing = NoneScorer(place.taxonomy)
    scorer = standing if model else _Silent(standing.thresholds)
    ruleset = RuleSet([], "rehearsal") if rules else None
    return Engine(place.taxonomy, ruleset, {policy.name: policy}, scorer, lists, emergencies)


def policy_off(place: Installation, setting: str) -> Words:
    """That the profile's policy does not ask for it, and what to write there."""
    return say("general.off", policy=place.policy_name, setting=setting)

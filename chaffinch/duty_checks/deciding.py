"""What the engine decides under the profile's policy, and what the records say that it decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chaffinch.installation import Installation
from governance import measures
from governance.duties import Found
from moderation.comment import Author, Comment, Context
from moderation.decision import Outcome, Versions
from moderation.emergency import Emergency
from moderation.errors import InvalidInputError, PartUnavailableError
from moderation.lists import NO_LISTS, Lists
from moderation.normaliser import Normalised
from moderation.pipeline import Engine
from moderation.policy import Policy, When
from moderation.ports import Scored, Thresholds
from moderation.rules import RuleSet
from moderation.spans import Span
from records import accountability
from records.values import Purpose, VerdictKind, VerdictRecord
from registry.scorers import NoneScorer

NEWS = "news"
WORDS = "今天天气很好，出门走走"
"""A harmless comment: whatever is done about it is done by the policy."""

MEASURES = (measures.REQUESTED, "measure.taken", "recommend")
"""Entries of the ledger that have to stand on a reason and a ground."""

_REHEARSED = Versions("none", "0", "none", "rehearsal", "rehearsal@0", "0", "0")


def verification(place: Installation) -> Found:
    """5(1): the unverified are refused with the reason, and a platform that does not say is told so."""
    policy = place.policy
    if policy is None or not policy.require_verified:
        return place.off(policy_off(place, "require_verified = true"))
    engine = engine_of(place, policy)
    refused = engine.judge(Comment(WORDS, author=Author("a", verified=False)), policy=policy.name)
    codes = [reason.code for reason in refused.reasons]
    if refused.outcome is not Outcome.BLOCK or "identity_unverified" not in codes:
        return place.off(f"an unverified author is answered {refused.outcome} under {policy.reference}: report it")
    try:
        engine.judge(Comment(WORDS, author=Author("a")), policy=policy.name)
    except InvalidInputError as error:
        if [fault.where for fault in error.faults] == ["/author/verified"]:
            return place.held(f"under {policy.reference} the unverified are blocked, and not saying is refused")
    return place.off(f"{policy.reference} takes comments that do not say whether their author is verified: report it")


def before_publication(place: Installation) -> Found:
    """5(3): news is reviewed first; where model or rules do not answer the comment is held; none went through."""
    policy = place.policy
    if policy is None or policy.surface(NEWS).review is not When.PRE:
        return place.off(policy_off(place, 'news = { review = "pre", by = "machine" } under [surfaces]'))
    comment = Comment(WORDS, author=Author("a", verified=True), context=Context(surface=NEWS))
    for missing, engine in (
        ("the model", engine_of(place, policy, model=False)),
        ("the rules", engine_of(place, policy, rules=False)),
    ):
        outcome = engine.judge(comment, policy=policy.name).outcome
        if outcome is Outcome.PASS:
            return place.off(f"without {missing} a comment on news passes under {policy.reference}: report it")
    surfaces = [name for name, each in policy.surfaces.items() if each.review is When.PRE]
    with place.reading() as look:
        count, undecided = accountability.passed_undecided(look, policy.name, surfaces)
    if undecided:
        return place.off(f"{undecided} of {count} comments on {', '.join(surfaces)} passed undecided: look them up")
    return place.held(f"{policy.reference} holds news where a part fails; of {count} decided there none passed so")


def reasons(place: Installation) -> Found:
    """7: no measure without reason and ground, neither taken nor takeable; no block that says nothing."""
    with place.reading() as look:
        taken, silent = accountability.unreasoned(look, MEASURES)
        blocks, wordless = accountability.blocked_without_reason(look)
    if silent:
        return place.off(
            f"{len(silent)} measures in the ledger say no reason or ground, the newest {silent[0]}: report it"
        )
    if wordless:
        return place.off(f"{len(wordless)} blocked decisions say no reason, the newest {wordless[0]}: report it")
    if _takes_without_a_reason(place):
        return place.off("a measure without a reason was taken: report it")
    return place.held(f"{taken} measures and {blocks} blocks all say why, and one without a reason is refused")


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


def policy_off(place: Installation, setting: str) -> str:
    """That the profile's policy does not ask for it, and what to write there."""
    return (
        f"policy '{place.policy_name}' does not ask for it: set {setting} in configs/policies/{place.policy_name}.toml"
    )

"""The way of one comment: read this first.

    comment -> normalise -> lists, rules -> model -> policy -> decision

`Engine` holds one consistent set of parts. It is immutable: a new model, rule set or policy makes a new engine, one
reference is swapped, and so no answer mixes two versions.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from moderation import threads
from moderation.accounts import account_reasons, credit_of
from moderation.behaviour import Seen
from moderation.comment import MAX_TEXT, Comment
from moderation.contacts import Contact, ContactKind, find_contacts
from moderation.decision import (
    Allowed,
    Decision,
    InAttachment,
    LabelScore,
    Outcome,
    Reason,
    RuleEffect,
    Source,
    Versions,
)
from moderation.emergency import Emergency, Found, Stricter, holds_back, running, stricter
from moderation.errors import Fault, InvalidInputError, PartUnavailableError
from moderation.judged_before import STAYS, heed
from moderation.language import detect
from moderation.lists import NO_LISTS, FindContacts, Listed, ListHit, Lists, list_reason, spared_by
from moderation.normaliser import VERSION as NORMALISER
from moderation.normaliser import Normalised, normalise
from moderation.policy import (
    Policy,
    When,
    check_author,
    label_outcome,
    label_scores,
    rule_effects,
    rule_reasons,
    severest,
    standing_reasons,
)
from moderation.ports import NO_TIER, AtOnce, Scored, Scorer, Watch
from moderation.rules import Hit, RuleContext, RuleSet
from moderation.taxonomy import Taxonomy
from moderation.threads import thread_reasons

MOST_WATCHED = 16
"""Contacts of one comment that are counted over many comments; lists and rules see all. Links are shared by strangers
and are not counted, so they take nobody's place."""

_LOG = logging.getLogger(__name__)
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Reading:
    """A comment as read: its text and its attachments' words normalised, its language, what lists and rules found.

    `captions` are those words by the place of the attachment, from 0.

    `seen` is what it means beside the other comments of the last hour; None where nobody watches. `account` is what the
    account's own state says, and its thread's. `unjudged` are the attachments that nothing could judge.
    """

    comment: Comment
    policy: Policy
    text: Normalised
    captions: Mapping[int, Normalised]
    language: str
    hits: tuple[Hit, ...]
    shadow_hits: tuple[Hit, ...] = ()
    listed: tuple[ListHit, ...] = ()
    seen: Seen | None = None
    account: tuple[Reason, ...] = ()
    unjudged: tuple[int, ...] = ()
    missing: tuple[str, ...] = ()
    allowed: Allowed | None = None

    @property
    def parts(self) -> tuple[Normalised, ...]:
        """Everything a model has to score for this comment; the text comes first."""
        return (self.text, *self.captions.values())


@dataclass(frozen=True, slots=True)
class Engine:
    """One set of parts that answer together. `rules` or `lists` is None where they could not be loaded.

    `emergencies` are those that were running when it was made; each ends by itself.
    """

    taxonomy: Taxonomy
    rules: RuleSet | None
    policies: Mapping[str, Policy]
    scorer: Scorer
    lists: Lists | None = NO_LISTS
    emergencies: tuple[Emergency, ...] = ()

    def judge(self, comment: Comment, *, policy: str = "default") -> Decision:
        """The decision on one comment. Raises `InvalidInputError` where it cannot be judged at all."""
        return self.judge_many([self.read(comment, policy=policy)])[0]

    def read(self, comment: Comment, *, policy: str = "default", watch: Watch | None = None) -> Reading:
        """Checks, normalises and runs the rules. Raises `InvalidInputError` with every fault.

        Without `watch` nothing is known of other comments, and no rule that asks for counts over them hits.
        """
        chosen = self._policy(policy)
        if wrong := chosen.surface_fault(comment.context.surface):
            raise InvalidInputError("The comment cannot be judged.", [Fault("/context/surface", wrong)])
        check_author(chosen, comment)
        text = normalise(checked(comment.text))
        if text.is_empty:
            raise InvalidInputError("The comment cannot be judged.", [Fault("/content/text", "has no visible text")])
        captions = _captions(comment)
        language = comment.lang or detect(text.canonical.text)
        listed = Listed(self.lists or NO_LISTS, comment, text, find_contacts, captions)
        kinds = self.rules.contact_kinds if self.rules else ()
        seen = watch(comment, text, watched(text, listed, kinds)) if watch else None
        whole = Reading(comment, chosen, text, captions, language, hits=(), seen=seen, missing=self._missing)
        now = datetime.now(UTC)
        found = self._looked(whole, listed, now)
        if not listed.allowing or self.lists is None:
            return found
        in_full = Listed(self.lists.without_allowed, comment, text, find_contacts, captions)
        spared = spared_by(_words_aside(found), _words_aside(self._looked(whole, in_full, now)))
        return replace(found, allowed=Allowed(listed.allowing, spared))

    def _looked(self, reading: Reading, listed: Listed, now: datetime) -> Reading:
        """The reading with what lists, rules, the account and the thread say, as far as the lists let them see."""
        comment, chosen, seen = reading.comment, reading.policy, reading.seen

        def has_contact() -> bool:
            return any(listed.contacts(part) for part in reading.parts)

        credit = credit_of(chosen, comment, now=now)
        context = rule_context(comment, reading.language, seen, listed.contacts, credit)
        hits = self._hits(reading.text, reading.captions, context, listed)
        failed = () if hits is not None else ("rules",)
        return replace(
            reading,
            hits=tuple(hit for hit in hits or () if not hit.is_shadow),
            shadow_hits=tuple(hit for hit in hits or () if hit.is_shadow),
            listed=listed.hits,
            account=(
                *thread_reasons(comment, has_contact=has_contact, now=now),
                *account_reasons(
                    chosen,
                    comment,
                    credit=credit,
                    comments_1h=seen.features.get("comments_1h", 0) if seen else 0,
                    has_contact=has_contact,
                    now=now,
                ),
            ),
            unjudged=tuple(
                index
                for index, item in enumerate(comment.attachments)
                if index not in reading.captions and not listed.is_judged(item.sha256)
            ),
            missing=(*reading.missing, *failed),
        )

    def judge_many(self, readings: Sequence[Reading]) -> list[Decision]:
        """Scores all readings as one batch and decides each; a model that fails is named as missing."""
        parts = [part for reading in readings for part in reading.parts]
        try:
            scored: Sequence[Scored | None] = self.scorer.score(parts)
        except PartUnavailableError:
            scored = [None] * len(parts)
        decisions, at = [], 0
        for reading in readings:
            mine = scored[at : at + len(reading.parts)]
            at += len(reading.parts)
            decisions.append(self.decide(reading, [item for item in mine if item is not None]))
        return decisions

    def judge_at_once(self, reading: Reading) -> Decision | None:
        """The decision where the model is sure in microseconds; None where it has to be asked in earnest.

        Raises `PartUnavailableError` and whatever else a model raises.
        """
        at_once: AtOnce | None = getattr(self.scorer, "at_once", None)
        scored = at_once(reading.parts) if at_once else None
        return None if scored is None else self.decide(reading, scored)

    def decide_without_model(self, reading: Reading) -> Decision:
        """The policy's answer where the model gave none in time.

        A fast tier that can still be asked says what it sees, and stops nothing alone: who it would block, a person
        looks at.
        """
        if self.scorer.name == NO_TIER:  # a house of rules and people asks no model, however late it is
            return self.judge_many([reading])[0]
        fast: Scorer | None = getattr(self.scorer, "fast", None)
        try:
            scored = fast.score(reading.parts) if fast is not None else ()
        except Exception as error:  # whatever a model raises
            _LOG.error("fast_tier_failed: %s", type(error).__name__)
            scored = ()
        return self.decide(reading, scored, is_half=True)

    def decide(self, reading: Reading, scored: Sequence[Scored], *, is_half: bool = False) -> Decision:
        """The policy's answer. `scored` follows `reading.parts`, or is empty where the model did not answer.

        `is_half`: it was not the whole model that answered, which is missing and blocks nothing.
        """
        missing = reading.missing if scored and not is_half else (*reading.missing, "model")
        found = _words_aside(reading, missing=missing, by_model=all(item.tier != NO_TIER for item in scored))
        held = self._stricter(reading, self._labels(reading.policy, scored), found)
        reasons = [
            *found,
            *held.reasons,
            *(
                self._model_reason(reading, label, scored, most=Outcome.REVIEW if is_half else Outcome.BLOCK)
                for label in held.labels
                if label_outcome(label) is not Outcome.PASS
            ),
        ]
        reasons = heed(reading.comment.before, reasons, otherwise=reading.policy.ground(STAYS))
        outcome = severest(reasons)
        return Decision(
            outcome=outcome,
            labels=held.labels,
            reasons=tuple(sorted(reasons, key=lambda reason: -reason.outcome.severity)),
            measures=reading.policy.measures.get(outcome, ()),
            language=reading.language,
            versions=self._versions(reading.policy, scored),
            missing=missing,
            effects=tuple(self._effects(reading, reasons)),
            emergencies=held.effects,
            allowed=reading.allowed,
        )

    def is_held(self, comment: Comment, policy: str) -> bool:
        """Whether a comment that nobody can answer about is held: on a surface that is seen before publication."""
        chosen = self.policies.get(policy)
        before = chosen is not None and chosen.surface(comment.context.surface).review is When.PRE
        if threads.holds_back(comment, now=datetime.now(UTC)):
            return True
        return before or holds_back(running(self.emergencies, comment, clock=time.monotonic()))

    def _stricter(self, reading: Reading, labels: tuple[LabelScore, ...], found: Sequence[Reason]) -> Stricter:
        """What emergencies make of it."""
        if not self.emergencies:
            return Stricter(labels)
        covering = running(self.emergencies, reading.comment, clock=time.monotonic())
        if not covering:
            return Stricter(labels)
        count = reading.seen.features.get("comments_1m") if reading.seen else None
        return stricter(covering, Found(labels, tuple(reason.outcome for reason in found), count))

    def _effects(self, reading: Reading, reasons: Sequence[Reason]) -> list[RuleEffect]:
        """What rules came to; on most comments none hits."""
        hits = (*reading.hits, *reading.shadow_hits)
        return rule_effects(hits, reasons, self.rules.replacing) if hits and self.rules else []

    def _policy(self, name: str) -> Policy:
        if name not in self.policies:
            detail = f"there is no such policy; known policies: {', '.join(sorted(self.policies))}"
            raise InvalidInputError("The comment cannot be judged.", [Fault("/policy", detail)])
        return self.policies[name]

    @property
    def _missing(self) -> tuple[str, ...]:
        there = {"rules": self.rules, "lists": self.lists}
        return tuple(name for name, part in there.items() if part is None)

    def _hits(
        self, text: Normalised, captions: Mapping[int, Normalised], context: RuleContext, listed: Listed
    ) -> tuple[Hit, ...] | None:
        """Hits in the text, then hits in captions, each of which says in which attachment's.

        None where the rules failed on this comment: they are then missing from its decision, and the fallback decides.
        """
        if self.rules is None:
            return ()
        try:
            return tuple(
                replace(hit, attachment=place)
                for place, part in ((None, text), *captions.items())
                for hit in self.rules.find_all(part, context)
                if not listed.spares(hit, part)
            )
        except Exception as error:  # rules are people's, in any language: one that fails must not fail the answer
            _LOG.error("rules_failed: %s", type(error).__name__)
            return None

    def _labels(self, policy: Policy, scored: Sequence[Scored]) -> tuple[LabelScore, ...]:
        """The largest score of text and captions for each label; zero where no model answered."""
        columns = zip(*(item.scores for item in scored), strict=True)
        scores = [max(column) for column in columns] if scored else [0.0] * len(self.taxonomy.names)
        return label_scores(policy, self.taxonomy, scores, self.scorer.thresholds)

    def _model_reason(self, reading: Reading, label: LabelScore, scored: Sequence[Scored], *, most: Outcome) -> Reason:
        """`scored` follows `reading.parts`: the text and captions that are suspected by themselves are explained."""
        at = self.taxonomy.names.index(label.name)
        suspected = [label_outcome(replace(label, score=item.scores[at])) is not Outcome.PASS for item in scored]
        in_text, *in_captions = suspected or [True]
        return Reason(
            code=label.name,
            source=Source.MODEL,
            outcome=min(label_outcome(label), most, key=lambda outcome: outcome.severity),
            message=self.taxonomy.label(label.name).message.as_dict(),
            ground=reading.policy.ground(label.name),
            spans=self.scorer.explain(reading.text, label.name) if in_text else (),
            attachments=tuple(
                InAttachment(index, tuple(self.scorer.explain(caption, label.name)))
                for (index, caption), is_suspected in zip(reading.captions.items(), in_captions, strict=False)
                if is_suspected
            ),
        )

    @property
    def _ruleset(self) -> str:
        """The version of the rules, and of the lists where there are any."""
        rules = self.rules.version if self.rules else "none"
        return f"{rules}+{self.lists.version}" if self.lists else rules

    def _versions(self, policy: Policy, scored: Sequence[Scored]) -> Versions:
        return Versions(
            model=self.scorer.name,
            model_version=self.scorer.version,
            tier=scored[0].tier if scored else NO_TIER,
            ruleset=self._ruleset,
            policy=policy.reference,
            normaliser=NORMALISER,
            taxonomy=self.taxonomy.version,
        )


def _words_aside(reading: Reading, *, missing: Sequence[str] = (), by_model: bool = True) -> list[Reason]:
    """Every reason but the model's."""
    return [
        *standing_reasons(
            reading.policy, reading.comment, missing=missing, unjudged=reading.unjudged, by_model=by_model
        ),
        *reading.account,
        *(list_reason(hit) for hit in reading.listed),
        *rule_reasons(reading.hits),
    ]


def _captions(comment: Comment) -> dict[int, Normalised]:
    """The words of its attachments that say anything; what is invisible is as if nothing had been said."""
    read = {place: normalise(each.alt[:MAX_TEXT]) for place, each in enumerate(comment.attachments) if each.alt}
    return {place: caption for place, caption in read.items() if not caption.is_empty}


def watched(text: Normalised, listed: Listed, kinds: Collection[str]) -> Sequence[Contact]:
    """The contacts that are compared with other comments' and kept: those that lists and rules use first.

    `kinds` are those that some rule asks for.
    """
    used = listed.used_first(text, kinds)
    return [contact for contact in used if contact.kind is not ContactKind.URL][:MOST_WATCHED]


def rule_context(
    comment: Comment, language: str, seen: Seen | None, contacts: FindContacts, credit: float | None = None
) -> RuleContext:
    """What rules may ask beside the text, as far as the comment and those before it tell."""
    born = comment.author.created_at
    return RuleContext(
        surface=comment.context.surface,
        language=language,
        verified=comment.author.verified,
        account_age_days=None if born is None else (datetime.now(born.tzinfo or UTC) - born) / timedelta(days=1),
        credit=credit,
        features=seen.features if seen else {},
        find_contacts=contacts,
    )


def checked(text: str) -> str:
    """`text`, unless it is no comment: empty, too long, or holding what no database and no JSON can carry."""
    detail = ""
    if not text or len(text) > MAX_TEXT:
        detail = f"has {len(text)} code points; a comment has 1 to {MAX_TEXT}"
    elif "\x00" in text:
        detail = "holds a NUL character; remove it"
    elif _LONE_SURROGATE.search(text):
        detail = "holds a lone surrogate; send valid Unicode"
    if detail:
        raise InvalidInputError("The comment cannot be judged.", [Fault("/content/text", detail)])
    return text

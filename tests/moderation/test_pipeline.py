from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from moderation.behaviour import Observation, Seen
from moderation.comment import MAX_TEXT, Attachment, Author, Comment, Context
from moderation.contacts import Contact
from moderation.decision import Decision, Outcome, Source
from moderation.errors import InvalidInputError
from moderation.lists import ListAction, ListEntry, Lists
from moderation.normaliser import Normalised
from moderation.pipeline import MOST_WATCHED, Engine
from moderation.policy import Policy, load_policies
from moderation.ports import Scored, Scorer
from moderation.rule_packs import load_rules
from moderation.rules import Conditions, Range, Rule, RuleSet, RuleState
from moderation.taxonomy import load_taxonomy
from tests.fakes import LABELS, BrokenScorer, KeywordScorer

TAXONOMY = load_taxonomy()
POLICIES = load_policies(TAXONOMY)
RULES = load_rules(TAXONOMY, today=date(2026, 11, 25))
WORDS = KeywordScorer({"博彩": ("gambling", 0.95), "优惠": ("advertising", 0.5)})
VERIFIED = Author(verified=True)


def judge(text: str, *, policy: str = "default", scorer: Scorer = WORDS, rules: Any = RULES, **fields: Any) -> Decision:
    policies = {**POLICIES, "person": with_person(POLICIES["cn"])}
    return Engine(TAXONOMY, rules, policies, scorer).judge(Comment(text, **fields), policy=policy)


def with_person(policy: Policy) -> Policy:
    table = policy.model_dump()
    table["surfaces"]["news"]["by"] = "person"
    return Policy.model_validate({**table, "name": "person"})


def codes(decision: Decision) -> list[str]:
    return [reason.code for reason in decision.reasons]


def test_a_clean_comment_passes_without_a_reason() -> None:
    decision = judge("今天天气真好")
    assert (Outcome.PASS, (), ()) == (decision.outcome, decision.reasons, decision.measures)


def test_a_sure_score_blocks_and_shows_the_words_as_sent() -> None:
    text = "来玩博\u200b彩"
    decision = judge(text)
    assert (Outcome.BLOCK, ("refuse",)) == (decision.outcome, decision.measures)
    assert ["博\u200b彩"] == [span.of(text) for span in decision.reasons[0].spans]


def test_an_unsure_score_goes_to_a_person() -> None:
    assert Outcome.REVIEW is judge("店里有优惠").outcome


def test_a_rule_moves_the_decision_and_never_a_score() -> None:
    decision = judge("时时彩带单回血，加薇x8827k")
    assert Outcome.REVIEW is decision.outcome
    assert [0.01] * len(LABELS) == [label.score for label in decision.labels]
    told = [reason.rule_id for reason in decision.reasons]
    assert {"gambling.recruit.zh", "advertising.contact", "gambling.lure.zh"} == set(told)


def test_every_answer_lists_every_label_in_the_taxonomy_s_order() -> None:
    assert list(LABELS) == [label.name for label in judge("你好").labels]


def test_every_decision_names_the_versions_that_had_a_part_in_it() -> None:
    versions = judge("你好").versions
    assert ("keywords", "7", "fast", RULES.version, "default@2", "4", "1") == (
        versions.model,
        versions.model_version,
        versions.tier,
        versions.ruleset,
        versions.policy,
        versions.normaliser,
        versions.taxonomy,
    )


@pytest.mark.parametrize(
    ("expected", "policy", "surface"),
    [
        (Outcome.PASS, "default", "forum"),
        (Outcome.PASS, "default", "news"),
        (Outcome.REVIEW, "cn", "news"),
        (Outcome.REVIEW, "cn", "forum"),
    ],
)
def test_a_model_that_fails_is_answered_by_the_policy_and_named(expected: Outcome, policy: str, surface: str) -> None:
    decision = judge("你好", scorer=BrokenScorer(), policy=policy, author=VERIFIED, context=Context(surface=surface))
    assert (expected, ("model",), True) == (decision.outcome, decision.missing, decision.degraded)


class HalfScorer(BrokenScorer):
    """A model whose first tier can be asked while the second cannot."""

    def __init__(self, fast: Scorer) -> None:
        super().__init__()
        self.fast = fast


def late(text: str, scorer: Scorer, *, policy: str = "default", **fields: Any) -> Decision:
    engine = Engine(TAXONOMY, RULES, POLICIES, scorer)
    return engine.decide_without_model(engine.read(Comment(text, **fields), policy=policy))


def test_a_late_model_leaves_its_first_tiers_word_and_whom_that_would_block_a_person_looks_at() -> None:
    assert Outcome.BLOCK is judge("博彩").outcome
    decision = late("博彩", HalfScorer(WORDS))
    assert (Outcome.REVIEW, ("model",), True) == (decision.outcome, decision.missing, decision.degraded)
    assert [("gambling", Outcome.REVIEW)] == [
        (reason.code, reason.outcome) for reason in decision.reasons if reason.source is Source.MODEL
    ]
    assert 0.95 == next(label.score for label in decision.labels if label.name == "gambling")


def test_what_the_first_tier_sees_nothing_in_is_decided_as_the_policy_says() -> None:
    assert Outcome.PASS is late("今天天气真好", HalfScorer(WORDS)).outcome
    held = late("今天天气真好", HalfScorer(WORDS), policy="cn", context=Context(surface="news"), author=VERIFIED)
    assert Outcome.REVIEW is held.outcome
    assert late("今天天气真好", HalfScorer(WORDS)).degraded


@pytest.mark.parametrize("scorer", [WORDS, HalfScorer(BrokenScorer())], ids=["one tier", "both silent"])
def test_without_a_first_tier_that_answers_the_policy_alone_decides(scorer: Scorer) -> None:
    decision = late("博彩", scorer)
    assert (("model",), "none") == (decision.missing, decision.versions.tier)
    assert not any(label.score for label in decision.labels)


def test_rules_that_could_not_be_loaded_hold_a_comment_on_news() -> None:
    decision = judge("你好", rules=None, policy="cn", author=VERIFIED, context=Context(surface="news"))
    assert (Outcome.REVIEW, ("rules",)) == (decision.outcome, decision.missing)


def test_a_machine_s_pass_counts_on_news_where_the_policy_says_so() -> None:
    assert Outcome.PASS is judge("你好", policy="cn", author=VERIFIED, context=Context(surface="news")).outcome


def test_a_person_looks_at_every_comment_where_the_policy_says_so() -> None:
    decision = judge("你好", policy="person", author=VERIFIED, context=Context(surface="news"))
    assert (Outcome.REVIEW, ["person_required"]) == (decision.outcome, codes(decision))


class Nobody(KeywordScorer):
    """Rules and people alone, as `CHAFFINCH_MODEL=none` asks."""

    def score(self, texts: Sequence[Normalised]) -> list[Scored]:
        return [Scored((0.0,) * len(LABELS), "none") for _ in texts]


@pytest.mark.parametrize(("expected", "surface"), [(Outcome.REVIEW, "news"), (Outcome.PASS, "forum")])
def test_without_a_model_nothing_passes_unseen_on_news(expected: Outcome, surface: str) -> None:
    decision = judge("你好", policy="cn", scorer=Nobody({}), author=VERIFIED, context=Context(surface=surface))
    assert expected is decision.outcome


def test_a_house_without_a_model_misses_none_however_late_it_is() -> None:
    nobody = Nobody({})
    nobody.name = "none"
    on = Engine(TAXONOMY, RULES, POLICIES, nobody)
    assert () == on.decide_without_model(on.read(Comment(text="你好"))).missing


@pytest.mark.parametrize("surface", ["News", " news "])
def test_a_surface_is_known_whatever_its_case(surface: str) -> None:
    decision = judge("你好", policy="person", author=VERIFIED, context=Context(surface=surface))
    assert Outcome.REVIEW is decision.outcome


def test_waiting_for_a_person_does_not_soften_a_block() -> None:
    decision = judge("来玩博彩", policy="person", author=VERIFIED, context=Context(surface="news"))
    assert (Outcome.BLOCK, ["gambling", "person_required"]) == (decision.outcome, codes(decision))


def test_an_unverified_author_is_refused_under_cn() -> None:
    decision = judge("你好", policy="cn", author=Author(verified=False))
    assert (Outcome.BLOCK, ["identity_unverified"]) == (decision.outcome, codes(decision))
    assert "cn-2017:5(1)" == decision.reasons[0].ground


def test_cn_needs_to_know_whether_the_author_is_verified() -> None:
    with pytest.raises(InvalidInputError) as error:
        judge("你好", policy="cn")
    assert ["/author/verified"] == [fault.where for fault in error.value.faults]


@pytest.mark.parametrize(("expected", "surface"), [(Outcome.REVIEW, "news"), (Outcome.REVIEW, "forum")])
def test_an_attachment_nobody_could_judge_is_held_under_cn(expected: Outcome, surface: str) -> None:
    picture = (Attachment("image", "0" * 64),)
    decision = judge("你好", policy="cn", author=VERIFIED, attachments=picture, context=Context(surface=surface))
    assert (expected, ["attachment_unjudged"]) == (decision.outcome, codes(decision))


def test_an_attachment_nobody_could_judge_passes_by_default() -> None:
    assert Outcome.PASS is judge("你好", attachments=(Attachment("image", "0" * 64),)).outcome


def test_the_words_of_an_attachment_are_judged_and_carry_no_span() -> None:
    decision = judge("看图", attachments=(Attachment("image", "0" * 64, alt="博彩，时时彩带单回血加群"),))
    assert Outcome.BLOCK is decision.outcome
    assert {()} == {reason.spans for reason in decision.reasons}


def test_an_unknown_surface_is_treated_as_a_forum_where_none_is_reviewed_before_publication() -> None:
    assert Outcome.PASS is judge("你好", context=Context(surface="moon")).outcome


@pytest.mark.parametrize("slip", ["newz", "新闻"])
def test_a_surface_that_may_be_a_slip_for_the_news_is_refused(slip: str) -> None:
    with pytest.raises(InvalidInputError, match="policy 'cn' has no such surface; it has forum, live, news"):
        judge("你好", policy="cn", author=VERIFIED, context=Context(surface=slip))


def test_an_unknown_policy_is_named_with_the_known_ones() -> None:
    with pytest.raises(InvalidInputError, match="known policies: cn, default, eu, person"):
        judge("你好", policy="mars")


@pytest.mark.parametrize("text", ["", "\u200b\u200b", "  ", "x" * (MAX_TEXT + 1), "a\x00b", "\ud83d"])
def test_what_is_no_comment_is_refused_at_its_place(text: str) -> None:
    with pytest.raises(InvalidInputError) as error:
        judge(text)
    assert ["/content/text"] == [fault.where for fault in error.value.faults]


def test_the_longest_comment_is_judged() -> None:
    assert Outcome.PASS is judge("好" * MAX_TEXT).outcome


def test_many_comments_are_decided_like_each_alone() -> None:
    engine = Engine(TAXONOMY, RULES, POLICIES, WORDS)
    picture = (Attachment("image", "0" * 64, alt="优惠"),)
    comments = [Comment("你好"), Comment("看", attachments=picture), Comment("博彩")]
    alone = [engine.judge(comment) for comment in comments]
    assert alone == engine.judge_many([engine.read(comment) for comment in comments])


def test_a_rule_in_the_shadow_is_told_apart_and_decides_nothing() -> None:
    shadow = Rule("s.one", "fraud", {}, Outcome.BLOCK, "g", state=RuleState.SHADOW, terms=("刷单",))
    engine = Engine(TAXONOMY, RuleSet([shadow], "t"), POLICIES, WORDS)
    reading = engine.read(Comment("刷单日结"))
    assert ((), ["s.one"]) == (reading.hits, [hit.rule.id for hit in reading.shadow_hits])
    assert Outcome.PASS is engine.judge(Comment("刷单日结")).outcome


def a_word(name: str, action: Outcome, term: str = "刷单", state: RuleState = RuleState.LIVE) -> Rule:
    return Rule(name, "fraud", {}, action, "g", state=state, terms=(term,))


REVIEW, BLOCK, SHADOW = Outcome.REVIEW, Outcome.BLOCK, RuleState.SHADOW


@pytest.mark.parametrize(
    ("expected", "rules"),
    [
        ([], [a_word("a.b", BLOCK, "别的")]),
        ([("a.b", "live", True, True)], [a_word("a.b", REVIEW)]),
        ([("a.b", "shadow", True, True)], [a_word("a.b", REVIEW, state=SHADOW)]),
        ([("a.b", "live", True, False), ("a.c", "live", True, False)], [a_word("a.b", BLOCK), a_word("a.c", BLOCK)]),
        ([("a.b", "live", True, True), ("a.c", "live", True, False)], [a_word("a.b", BLOCK), a_word("a.c", REVIEW)]),
        (
            [("a.b", "live", True, True), ("a.c", "shadow", True, False)],
            [a_word("a.b", BLOCK), a_word("a.c", REVIEW, state=SHADOW)],
        ),
        (
            [("a.b", "live", True, True), ("a.b", "shadow", True, True)],
            [a_word("a.b", BLOCK), a_word("a.b", REVIEW, state=SHADOW)],
        ),
        (
            [("a.b", "live", True, True), ("a.b", "shadow", False, True)],
            [a_word("a.b", BLOCK), a_word("a.b", BLOCK, "日结刷单", state=SHADOW)],
        ),
        (
            [("a.b", "live", True, False), ("a.c", "live", True, False)],
            [a_word("a.b", BLOCK), a_word("a.c", BLOCK), a_word("a.b", BLOCK, "日结刷单", state=SHADOW)],
        ),
    ],
)
def test_of_each_rule_it_is_told_whether_it_changes_the_decision_or_would(
    expected: list[tuple[str, str, bool, bool]], rules: list[Rule]
) -> None:
    effects = judge("刷单日结", rules=RuleSet(rules, "t")).effects
    assert expected == [(each.rule_id, each.state, each.hit, each.changes) for each in effects]


def test_a_rule_changes_nothing_that_the_model_says_already() -> None:
    for action, changes in ((BLOCK, False), (REVIEW, False)):
        (effect,) = judge("博彩刷单", rules=RuleSet([a_word("a.b", action)], "t")).effects
        assert changes is effect.changes


def test_a_rule_that_hits_text_and_caption_is_told_once() -> None:
    picture = Attachment("image", "0" * 64, alt="刷单")
    assert 1 == len(judge("刷单", rules=RuleSet([a_word("a.b", BLOCK)], "t"), attachments=(picture,)).effects)


def test_what_is_compared_with_other_comments_is_bounded_and_what_lists_and_rules_use_comes_first() -> None:
    told: list[Sequence[Contact]] = []

    def watch(_comment: Comment, _text: Normalised, contacts: Sequence[Contact]) -> Seen:
        told.append(contacts)
        return Seen(Observation(0.0))

    denied = ListEntry("one", "qq", "24681357", ListAction.BLOCK, "g")
    lists = Lists([denied], hashed=lambda _, value: (value,))
    rules = RuleSet([Rule("a.b", "fraud", {}, Outcome.REVIEW, "g", contacts=("wechat",))], "t")
    links = " ".join(f"site{number}.com" for number in range(50))
    mails = " ".join(f"b{number}@good.com" for number in range(50))
    Engine(TAXONOMY, rules, POLICIES, WORDS, lists).read(
        Comment(f"{links} {mails} 微信 abcde1 QQ 24681357"), watch=watch
    )
    (contacts,) = told
    assert (MOST_WATCHED, ["24681357", "abcde1", "b0@good.com"]) == (len(contacts), [c.value for c in contacts[:3]])


def test_rules_hear_where_a_comment_stands_and_who_wrote_it() -> None:
    new = Conditions(surfaces=("live",), languages=("zh",), verified=False, account_age_days=Range(below=7))
    rules = RuleSet([Rule("r.new", "fraud", {}, Outcome.BLOCK, "g", terms=("刷单",), when=new)], "t")
    live = Context(surface="Live")
    fresh = Author(verified=False, created_at=datetime.now(UTC) - timedelta(days=3))
    old = Author(verified=False, created_at=datetime.now(UTC) - timedelta(days=30))
    outcomes = [judge("刷单日结", rules=rules, author=who, context=live).outcome for who in (fresh, old, Author())]
    assert [Outcome.BLOCK, Outcome.PASS, Outcome.PASS] == outcomes


class FailingRules(RuleSet):
    """Rules with a mistake that nobody foresaw."""

    def find_all(self, text: Normalised, context: Any = None) -> list[Any]:
        if "坏" in text.source:
            raise RuntimeError(f"of {text.source}")
        return super().find_all(text)


def test_rules_that_fail_on_a_comment_are_missing_from_its_decision_and_fail_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    rules = FailingRules([], "failing")
    assert (
        Outcome.REVIEW
        is judge("坏", rules=rules, policy="cn", author=VERIFIED, context=Context(surface="news")).outcome
    )
    decision = judge("坏 博彩", rules=rules)
    assert (("rules",), Outcome.BLOCK) == (decision.missing, decision.outcome)
    assert () == judge("好", rules=rules).missing
    assert ["rules_failed: RuntimeError"] * 2 == [record.getMessage() for record in caplog.records]

"""The shipped rules over the corpus's own harmless comments, hard negatives all: nobody innocent is blocked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from data.starter import Written, read_file
from moderation.decision import Outcome
from moderation.normaliser import normalise
from moderation.rule_packs import load_rules
from moderation.rules import RuleSet
from moderation.taxonomy import load_taxonomy

CORPUS = Path(__file__).resolve().parents[2] / "data" / "starter"
TAXONOMY = load_taxonomy()
REVIEWED = 0.0025
"""The share that may wait for a person: these were written to be mistaken, each for the label it stands beside."""


@cache
def packs() -> RuleSet:
    return load_rules(TAXONOMY, today=date(2026, 11, 30))


def harmless(language: str) -> Iterator[str]:
    for path in sorted((CORPUS / language).glob("*.tsv")):
        for row in read_file(path, path.name, TAXONOMY.names):
            if isinstance(row, Written) and not row.labels:
                yield row.text


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_harmless_comment_of_the_corpus_is_blocked_and_few_wait(language: str) -> None:
    texts = list(harmless(language))
    found = {text: {hit.rule.action for hit in packs().find(normalise(text))} for text in texts}
    assert len(texts) > 1000
    assert [] == [text for text, actions in found.items() if Outcome.BLOCK in actions]
    assert sum(map(bool, found.values())) <= REVIEWED * len(texts)


@pytest.mark.parametrize("text", [
    "下单快三天了还没发货，联系客服也没人理", "都快三年没联系了", "快三十岁的人了，第一次坐飞机",
    "注册快三个月了，第一次评论", "百家乐高积木下载说明书", "学校组织去看时时彩排，联系老师报名",
    "外围女观众也在欢呼", "网吧包夜价格", "宝宝看片加餐",
    "成人直播带货不违法吧", "床单被套四件套，驿站今天收四件套", "谁都不能随便查开房记录",
    "裸聊被录屏，他把截图发给我老婆了，天塌了", "推特首页全是福利姬，怎么屏蔽啊", "“楼凤”群主一审被判三年",
    "援交在法律上就是卖淫嫖娼",
])  # fmt: skip
def test_what_only_sounds_like_the_trade_is_left_alone(text: str) -> None:
    assert [] == [hit.rule.id for hit in packs().find(normalise(text))]


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("百家乐带你回血，绝非骗局，加群 vx", Outcome.REVIEW),
        ("百家乐稳赚 加群 #新闻", Outcome.REVIEW),
        ("百家乐稳赚，绝非骗局，vx：dafa8866", Outcome.REVIEW),
        ("百家乐带单回血，加薇bjl7712，警方备案", Outcome.REVIEW),
        ("刷单日结 佣金高 绝不被骗", Outcome.REVIEW),
        ("casino bonus sign up now, no scam", Outcome.REVIEW),
    ],
)
def test_the_trade_s_own_denials_excuse_nothing(text: str, outcome: Outcome) -> None:
    assert outcome is max((hit.rule.action for hit in packs().find(normalise(text))), key=lambda each: each.severity)


@pytest.mark.parametrize("text", [
    "刷单都是骗人的，佣金日结别信，当心被骗", "不要被骗：刷单佣金日结都是套路",
    "怎样防止被骗：刷单返佣日结先垫付的都别碰",
    "casino bonus sign up is a scam", "you were scammed? casino bonus sign up warning",
])  # fmt: skip
def test_who_warns_is_left_alone(text: str) -> None:
    assert [] == [hit.rule.id for hit in packs().find(normalise(text))]


def lines(name: str) -> list[str]:
    text = (Path(__file__).parent / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("# ")]


@pytest.mark.parametrize("text", lines("packs_offers.txt"))
def test_an_offer_waits_whatever_is_written_beside_it(text: str) -> None:
    assert {Outcome.REVIEW} == {hit.rule.action for hit in packs().find(normalise(text))}


@pytest.mark.parametrize("text", lines("packs_innocent.txt"))
def test_warnings_reports_news_and_questions_pass(text: str) -> None:
    assert [] == [hit.rule.id for hit in packs().find(normalise(text))]


@pytest.mark.parametrize("text", [
    "法院旁边的店开了。" + "今天天气不错，出门走走，路上人很多，大家都很开心。" * 3 + "时时彩稳赚进群",
    "昨天的新闻说要下雨。" + "今天天气不错，出门走走，路上人很多，大家都很开心。" * 3 + "高价收银行卡",
])  # fmt: skip
def test_a_word_far_away_that_warns_of_nothing_excuses_nothing(text: str) -> None:
    assert [] != packs().find(normalise(text))


def test_a_word_that_makes_another_of_a_find_speaks_for_that_find_alone() -> None:
    assert [] == packs().find(normalise("百家乐高积木下载说明书"))
    assert [] != packs().find(normalise("百家乐高积木下载说明书，时时彩稳赚进群"))


def test_no_shipped_rule_blocks() -> None:
    """Who warns of an advert, reports it or asks for help quotes the account too: no rule tells them apart."""
    assert [] == [rule.id for rule in packs().rules if rule.action is Outcome.BLOCK]


@pytest.mark.parametrize("text", [
    "有没有戒百家乐的互助群，我微信 lily8812", "老公天天玩百家乐，想求助心理医生，我的微信是 lily8812",
    "谨防上当：群里有人发“百家乐带单回血，加薇bjl7712”，千万别信", "这种“百家乐带单回血，加薇bjl7712”的广告能不能管管",
    "管理员，楼上发百家乐带单加薇bjl7712，请删掉", "裸聊的广告又来了，叫我加薇xx9912，烦死了",
])  # fmt: skip
def test_who_quotes_an_advert_waits_for_a_person_and_is_never_blocked(text: str) -> None:
    assert {Outcome.REVIEW} == {hit.rule.action for hit in packs().find(normalise(text))}

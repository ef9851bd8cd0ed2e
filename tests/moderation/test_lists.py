"""Lists: what is forbidden by name, and what an allowance allows, which is that one thing."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from moderation.comment import Attachment, Author, Comment
from moderation.contacts import ContactKind, contact_hash, find_contacts
from moderation.decision import Decision, InAttachment, Outcome, Source
from moderation.errors import InvalidInputError
from moderation.lists import KINDS, MESSAGES, ListAction, ListEntry, Lists, is_wider, listed_value
from moderation.pipeline import Engine
from moderation.policy import load_policies
from moderation.rules import Rule, RuleSet
from moderation.taxonomy import load_taxonomy
from tests.fakes import KeywordScorer

TAXONOMY = load_taxonomy()
POLICIES = load_policies(TAXONOMY)
KEY = b"k" * 32
PICTURE = "ab" * 32

LINKS = Rule("ads.link", "advertising", {}, Outcome.REVIEW, "g", contacts=("url", "wechat"))
WORDS = Rule("ads.word", "advertising", {}, Outcome.REVIEW, "g", terms=("taobao.com", "优惠券"))


def hashed(kind: str, value: str) -> tuple[str, ...]:
    return (contact_hash(kind, value, KEY),)  # type: ignore[arg-type]


def an_entry(kind: str, value: str, action: str = "block", label: str | None = None) -> ListEntry:
    bound = "author" if kind == "account" else kind
    key = value if kind in ("domain", "attachment") else hashed(bound, value)[0]
    return ListEntry(f"{kind}-{value}", kind, key, ListAction(action), "house rule 3", label)


def judge(
    text: str, *entries: ListEntry, rules: tuple[Rule, ...] = (), policy: str = "default", **fields: Any
) -> Decision:
    lists = Lists(entries, hashed=hashed)
    engine = Engine(TAXONOMY, RuleSet(rules, "r"), POLICIES, KeywordScorer({}), lists)
    return engine.judge(Comment(text, **fields), policy=policy)


def found(decision: Decision, text: str) -> list[tuple[str, list[str]]]:
    return [(reason.code, [span.of(text) for span in reason.spans]) for reason in decision.reasons]


DENIED = an_entry("domain", "evil.com")
ALLOWED = an_entry("domain", "taobao.com", "allow")


@pytest.mark.parametrize(
    "text",
    [
        "看 evil.com 这里",
        "看 https://www.evil.com/a?b=1 这里",
        "看ｅｖｉｌ。com这里",
        "写信 boss@evil.com 吧",
        "看 m.shop.evil.com/x",
    ],
)
def test_a_denied_domain_is_met_however_it_is_written(text: str) -> None:
    decision = judge(text, DENIED)
    assert (Outcome.BLOCK, ["listed_domain"]) == (decision.outcome, [reason.code for reason in decision.reasons])
    (reason,) = decision.reasons
    assert (Source.LIST, "house rule 3", MESSAGES["domain"]) == (reason.source, reason.ground, reason.message)
    assert "evil" in reason.spans[0].of(text) or "ｅｖｉｌ" in reason.spans[0].of(text)


HARMLESS = " ".join(f"https://site{number:03}.com/a" for number in range(300))
"""More links than anybody reads, each to another place."""


@pytest.mark.parametrize(
    ("entry", "last"),
    [
        (DENIED, "evil.com"),
        (DENIED, "https://good.com/" + "/".join(f"x{number}.org" for number in range(100)) + "/evil.com"),
        (an_entry("wechat", "zhang_san88"), "加微信 zhang_san88"),
    ],
)
def test_no_number_of_harmless_links_hides_a_denied_thing_from_the_lists(entry: ListEntry, last: str) -> None:
    assert Outcome.PASS is judge(HARMLESS, entry).outcome
    assert Outcome.BLOCK is judge(f"{HARMLESS} {last}", entry).outcome


def test_no_number_of_harmless_links_hides_a_contact_from_the_rules() -> None:
    rule = Rule("ads.wechat", "advertising", {}, Outcome.REVIEW, "g", contacts=("wechat",))
    assert () == judge(HARMLESS, rules=(rule,)).reasons
    text = f"{HARMLESS} 加微信 zhang_san88"
    assert [("advertising", ["zhang_san88"])] == found(judge(text, rules=(rule,)), text)


def test_of_a_denied_thing_that_stands_everywhere_the_first_spans_are_kept() -> None:
    text = " ".join(f"evil.com/{number:03}" for number in range(300))
    ((code, spans),) = found(judge(text, DENIED), text)
    assert ("listed_domain", [f"evil.com/{number:03}" for number in range(16)]) == (code, spans)


@pytest.mark.parametrize("piece", ["a", "a.", "a.b/", "-", "x0.org/", "..", "%2e"])
def test_no_path_hides_the_host_that_it_leads_to(piece: str) -> None:
    path = piece * (9_000 // len(piece))
    assert Outcome.PASS is judge(f"good.com/{path}/other.com", DENIED).outcome
    assert Outcome.BLOCK is judge(f"good.com/{path}/evil.com", DENIED).outcome


def test_a_domain_that_only_looks_like_a_denied_one_is_another() -> None:
    assert () == judge("看 notevil.com 和 evil.com.cn", DENIED).reasons


def test_an_entry_says_what_a_hit_does_and_which_label_it_bears() -> None:
    text = "看 evil.com"
    decision = judge(text, an_entry("domain", "evil.com", "review", "fraud"))
    assert (Outcome.REVIEW, [("fraud", ["evil.com"])]) == (decision.outcome, found(decision, text))


def test_a_denied_contact_is_met_through_disguise_and_told_once_with_every_span() -> None:
    text = "加薇❤信：zhang_san88"
    decision = judge(text, an_entry("wechat", "zhang_san88"))
    assert [("listed_contact", ["zhang_san88"])] == found(decision, text)


NUMBERED = ("手机13800138000", "微信13800138000", "vx-13800138000", "QQ 13800138000", "加q：13800138000",
            "line：+8613800138000", "telegram +86 138 0013 8000", "https://wa.me/8613800138000")  # fmt: skip


@pytest.mark.parametrize("text", NUMBERED)
@pytest.mark.parametrize(
    ("kind", "value"),
    [("phone", "+8613800138000"), ("wechat", "+8613800138000"), ("qq", "13800138000"), ("telegram", "+8613800138000")],
)
def test_a_denied_number_is_met_whichever_service_is_named(kind: str, value: str, text: str) -> None:
    assert "block" == judge(text, an_entry(kind, value)).outcome


@pytest.mark.parametrize(
    "text",
    [
        "微信：a13800138000",
        "QQ 1380013800",
        "手机13800138001",
        "13800138001@qq.com",
        "播放量13800138000",
        "单号SF13800138000",
        "1,3,8,0,0,1,3,8,0,0,0 找规律",
    ],
)
def test_another_account_is_no_denied_number(text: str) -> None:
    assert "pass" == judge(text, an_entry("phone", "+8613800138000"), an_entry("qq", "13800138000")).outcome


@pytest.mark.parametrize("text", ["345678912@qq.com", "写信到345678912艾特qq.com", "QQ：345678912"])
@pytest.mark.parametrize(("kind", "value"), [("qq", "345678912"), ("email", "345678912@qq.com")])
def test_a_denied_account_is_met_by_its_address_and_the_address_by_the_account(
    kind: str, value: str, text: str
) -> None:
    assert "block" == judge(text, an_entry(kind, value)).outcome


@pytest.mark.parametrize("text", ["13800138000@139.com", "13800138000@qq.com", "写信到 13800138000@163.com"])
@pytest.mark.parametrize(("kind", "value"), [("phone", "+8613800138000"), ("wechat", "+8613800138000")])
def test_a_denied_number_is_met_as_a_mail_address(kind: str, value: str, text: str) -> None:
    assert "block" == judge(text, an_entry(kind, value)).outcome


def test_a_denied_mail_address_is_met_by_the_number_that_it_is() -> None:
    assert "block" == judge("手机13800138000", an_entry("email", "13800138000@139.com")).outcome
    assert "pass" == judge("手机13800138000", an_entry("email", "zhang@139.com")).outcome


@pytest.mark.parametrize("written", ["service_2020", "official_88", "version88", "login8888", "update_88", "official"])
def test_an_account_can_be_listed_whatever_it_is_called(written: str) -> None:
    entry = an_entry("wechat", listed_value("wechat", written, find=find_contacts))
    assert "block" == judge(f"微信号：{written}", entry).outcome


def test_an_allowed_number_is_allowed_by_its_own_kind_alone() -> None:
    entries = an_entry("phone", "+8613800138000", "allow"), an_entry("qq", "13800138000")
    assert "block" == judge("微信13800138000", *entries).outcome
    assert "pass" == judge("手机13800138000", *entries).outcome


def test_a_denied_account_is_met_whatever_it_writes() -> None:
    entry = an_entry("account", "author-7")
    assert Outcome.BLOCK is judge("早上好", entry, author=Author(id="author-7")).outcome
    assert Outcome.PASS is judge("早上好", entry, author=Author(id="author-8")).outcome
    assert Outcome.PASS is judge("早上好", entry).outcome


@pytest.mark.parametrize("sha256", [PICTURE, PICTURE.upper()])
def test_a_denied_attachment_is_met_by_its_hash(sha256: str) -> None:
    decision = judge("看图", an_entry("attachment", PICTURE), attachments=(Attachment("image", sha256),))
    assert [("listed_attachment", [])] == found(decision, "看图")


def test_a_listed_file_and_a_listed_contact_in_its_words_say_in_which_attachment() -> None:
    other = Attachment("image", "1" * 64, alt="上 evil.com")
    decision = judge("看图", DENIED, an_entry("attachment", PICTURE), attachments=(other, Attachment("image", PICTURE)))
    places = {each.code: each.attachments for each in decision.reasons}
    assert (InAttachment(1),) == places["listed_attachment"]
    [(told,)] = [each.attachments for each in decision.reasons if each.code != "listed_attachment"]
    assert (0, ["evil.com"]) == (told.index, [(other.alt or "")[span.start : span.end] for span in told.spans])


def test_a_contact_in_the_words_of_an_attachment_carries_no_span_of_the_text() -> None:
    decision = judge("看图", DENIED, attachments=(Attachment("image", PICTURE, alt="上 evil.com"),))
    assert [("listed_domain", [])] == found(decision, "看图")


def test_an_allowed_domain_takes_its_own_link_out_of_the_rules_sight() -> None:
    text = "链接 https://item.taobao.com/item.htm?id=1"
    assert [("advertising", [text[3:]])] == found(judge(text, rules=(LINKS,)), text)
    assert () == judge(text, ALLOWED, rules=(LINKS, WORDS)).reasons


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("taobao.com 有优惠券", "ads.word"),
        ("taobao.com/优惠券", "ads.word"),
        ("taobao.com 加微信 zhang_san88", "ads.link"),
        ("taobao.com 和 pdd.com", "ads.link"),
        ("看 taobao.com/go?to=https%3A%2F%2Fpdd.com%2Fx", "ads.link"),
        ("看 taobao.com.cn.shop", "ads.link"),
    ],
)
def test_an_allowance_covers_nothing_around_the_domain(text: str, rule: str) -> None:
    assert rule in [reason.rule_id for reason in judge(text, ALLOWED, rules=(LINKS, WORDS)).reasons]


def test_a_denied_domain_in_the_path_of_an_allowed_one_is_met() -> None:
    assert Outcome.BLOCK is judge("看 taobao.com/go?to=https%3A%2F%2Fevil.com%2Fx", ALLOWED, DENIED).outcome


def test_an_allowed_domain_allows_no_account_at_it() -> None:
    telegram = Rule("ads.telegram", "advertising", {}, Outcome.REVIEW, "g", contacts=("telegram", "email"))
    allowed = (an_entry("domain", "t.me", "allow"), an_entry("domain", "qq.com", "allow"))
    for text in ("https://t.me/some_dealer", "写信到 dealer@qq.com"):
        assert ["ads.telegram"] == [reason.rule_id for reason in judge(text, *allowed, rules=(telegram,)).reasons]


def test_an_allowed_domain_in_other_letters_is_another_domain() -> None:
    text = "看 https://tаobao.com/x"  # the first а is Cyrillic
    assert ["ads.link"] == [reason.rule_id for reason in judge(text, ALLOWED, rules=(LINKS,)).reasons]


def test_a_contact_s_own_entry_counts_before_that_of_its_domain() -> None:
    page = an_entry("url", "evil.com/help", "allow")
    assert () == judge("看 evil.com/help", DENIED, page).reasons
    assert Outcome.BLOCK is judge("看 evil.com/other", DENIED, page).outcome


def test_an_allowed_contact_hides_itself_alone() -> None:
    allowed = an_entry("wechat", "kefu_001", "allow")
    assert () == judge("客服微信：kefu_001", allowed, rules=(LINKS,)).reasons
    assert Outcome.REVIEW is judge("客服微信：kefu_001，私聊微信：zhang_san88", allowed, rules=(LINKS,)).outcome


@pytest.mark.parametrize(
    ("action", "codes"), [(None, ["attachment_unjudged"]), ("allow", []), ("block", ["listed_attachment"])]
)
def test_a_listed_attachment_is_judged(action: str | None, codes: list[str]) -> None:
    entries = (an_entry("attachment", PICTURE, action),) if action else ()
    picture = (Attachment("image", PICTURE),)
    decision = judge("看图", *entries, policy="cn", author=Author(verified=True), attachments=picture)
    assert codes == [reason.code for reason in decision.reasons]


def test_many_finds_hide_nothing_behind_an_allowed_domain() -> None:
    text = "taobao.com " * 30 + "优惠券"
    assert ["ads.word"] == [reason.rule_id for reason in judge(text, ALLOWED, rules=(WORDS,)).reasons]


def test_decisions_name_the_lists_by_their_content() -> None:
    assert "r" == judge("你好").versions.ruleset
    one, same, other = (
        judge("你好", *entries).versions.ruleset for entries in ((DENIED, ALLOWED), (ALLOWED, DENIED), (DENIED,))
    )
    assert one == same != other


def test_lists_that_could_not_be_loaded_hold_a_comment_under_cn() -> None:
    engine = Engine(TAXONOMY, RuleSet((), "r"), POLICIES, KeywordScorer({}), None)
    decision = engine.judge(Comment("你好", author=Author(verified=True)), policy="cn")
    assert (Outcome.REVIEW, ("lists",)) == (decision.outcome, decision.missing)


@pytest.mark.parametrize(
    ("kind", "written", "value"),
    [
        ("domain", "https://www.Example.com:443/a", "example.com"),
        ("domain", "http://user@例子.com/", "xn--fsqu00a.com"),
        ("domain", "1.2.3.4", "1.2.3.4"),
        ("domain", "http://1.2.3.4:8080/a", "1.2.3.4"),
        ("attachment", PICTURE.upper(), PICTURE),
        ("account", " author-7 ", "author-7"),
        ("wechat", "Zhang_San88", "zhang_san88"),
        ("qq", "123456789", "123456789"),
        ("phone", "138 0013 8000", "+8613800138000"),
        ("telegram", "@Some_Dealer", "some_dealer"),
        ("telegram", "https://t.me/Some_Dealer", "some_dealer"),
        ("email", "Boss@Evil.com", "boss@evil.com"),
        ("url", "https://www.evil.com/a/", "evil.com/a"),
    ],
)
def test_what_is_listed_is_known_as_comments_are_read(kind: str, written: str, value: str) -> None:
    assert value == listed_value(kind, written, find=find_contacts)


@pytest.mark.parametrize(
    ("kind", "written", "said"),
    [
        ("domain", "github.io", "public suffix"),
        ("domain", "", "is empty: name what one owner registered, as in example.com"),
        ("wechat", " ", "is empty: write it as comments do"),
        ("domain", "1.2.3.999", "IPv4"),
        ("attachment", "abc", "64 hexadecimal"),
        ("account", "  ", "is empty: give the platform's pseudonym"),
        ("phone", "12", "not read as one contact"),
        ("person", "x", "kind: 'person': there is no such kind. It says what is listed, not why: domain"),
    ],
)
def test_what_cannot_be_listed_is_refused_with_what_to_write(kind: str, written: str, said: str) -> None:
    with pytest.raises(InvalidInputError, match=said):
        listed_value(kind, written, find=find_contacts)


@pytest.mark.parametrize(
    ("written", "wider"),
    [
        ("google.com", False),
        ("https://www.Google.com:443/", False),
        ("例子.com", False),
        ("1.2.3.4", False),
        ("docs.google.com", True),
        ("https://google.com/maps", True),
        ("boss@google.com", True),
        ("http://1.2.3.4/a", True),
    ],
)
def test_an_entry_about_more_than_was_written_is_known_as_wider(written: str, wider: bool) -> None:
    assert wider is is_wider("domain", written, listed_value("domain", written, find=find_contacts))


def test_a_denied_address_is_met_as_a_host_and_where_a_redirect_leads() -> None:
    denied = an_entry("domain", "1.2.3.4")
    for text in ("看 http://1.2.3.4/x", "看 https://good.com/?to=http://1.2.3.4/x"):
        assert Outcome.BLOCK is judge(text, denied).outcome
    assert Outcome.PASS is judge("看 http://1.2.3.40/x", denied).outcome


def test_every_kind_of_contact_can_be_listed() -> None:
    assert {*ContactKind, "domain", "account", "attachment"} == set(KINDS)


def test_no_value_of_a_contact_stands_in_an_entry() -> None:
    assert "zhang_san88" not in an_entry("wechat", "zhang_san88").key
    assert len(hashlib.sha256().hexdigest()) == len(an_entry("wechat", "zhang_san88").key)

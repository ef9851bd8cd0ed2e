"""A decision names what entries of lists took out of sight, and one person does not allow what two people stopped."""

from __future__ import annotations

from dataclasses import replace

import pytest

from moderation.answer import as_answer
from moderation.comment import Attachment, Author, Comment
from moderation.contacts import ContactKind, find_contacts
from moderation.decision import AllowingEntry, Decision, Outcome, Source, Spared
from moderation.lists import Lists, domains_of, listed_contact
from moderation.pipeline import Engine
from moderation.rules import RuleSet
from moderation.standing import Closed, Function, Held, Standing
from tests.fakes import KeywordScorer
from tests.moderation.test_lists import LINKS, PICTURE, POLICIES, TAXONOMY, WORDS, an_entry, found, hashed, judge

PARTNER = an_entry("wechat", "abc12345", "allow")
SITE = an_entry("domain", "taobao.com", "allow")
EVIL = replace(an_entry("domain", "evil.com"), by_two=True)


def test_a_decision_names_the_entry_that_took_an_advert_out_of_sight_and_what_it_spared() -> None:
    told = judge("加微信abc12345 低价刻章", PARTNER, rules=(LINKS,))
    assert told.outcome is Outcome.PASS
    assert told.allowed is not None
    assert (AllowingEntry(PARTNER.id, "wechat"),) == told.allowed.entries
    assert (Spared("advertising", Source.RULE, Outcome.REVIEW, "ads.link"),) == told.allowed.spared
    rival = judge("加微信abc12346 低价刻章", PARTNER, rules=(LINKS,))
    assert (Outcome.REVIEW, None) == (rival.outcome, rival.allowed)


def test_an_entry_that_spared_nothing_is_named_all_the_same() -> None:
    told = judge("看 https://taobao.com/x", SITE)
    assert told.allowed is not None
    assert (("domain", ()), Outcome.PASS) == ((told.allowed.entries[0].kind, told.allowed.spared), told.outcome)
    assert judge("天气不错", SITE, PARTNER, rules=(LINKS,)).allowed is None


def test_a_rule_that_found_nothing_but_an_allowed_host_is_spared_by_name() -> None:
    told = judge("看 https://taobao.com/x", SITE, rules=(WORDS,))
    assert told.allowed is not None
    assert ["ads.word"] == [each.rule_id for each in told.allowed.spared]


def test_what_stands_against_it_all_the_same_was_not_spared() -> None:
    told = judge("优惠券 看 https://taobao.com/x", SITE, rules=(WORDS,))
    assert told.allowed is not None
    assert (Outcome.REVIEW, ()) == (told.outcome, told.allowed.spared)


def test_an_allowed_contact_within_a_stopped_domain_spares_the_entry_of_it() -> None:
    one_s = replace(EVIL, by_two=False)
    told = judge("写信 boss@evil.com", one_s, an_entry("email", "boss@evil.com", "allow"))
    assert told.allowed is not None
    assert [(Source.LIST, f"list.{EVIL.id}")] == [(each.source, each.rule_id) for each in told.allowed.spared]


def test_an_allowed_file_and_a_closed_function_are_told_too() -> None:
    picture = Attachment("image", PICTURE)
    told = judge("看图", an_entry("attachment", PICTURE, "allow"), attachments=(picture,), policy="cn", author=WRITER)
    assert told.allowed is not None
    assert ["attachment_unjudged"] == [each.code for each in told.allowed.spared]
    closed = Held("restrict", "g", Closed(frozenset({Function.LINKS})))
    bound = replace(WRITER, standing=Standing((closed,), ()))
    told = judge("看 https://taobao.com/x", SITE, author=bound)
    assert told.allowed is not None
    assert ["links_closed"] == [each.code for each in told.allowed.spared]


WRITER = Author(id="a-1", verified=True)


def test_one_person_allows_nothing_of_a_domain_that_two_people_stopped() -> None:
    mail = an_entry("email", "boss@evil.com", "allow")
    text = "写信 boss@evil.com"
    assert [("listed_domain", ["boss@evil.com"])] == found(judge(text, EVIL, mail), text)
    assert judge(text, EVIL, mail).allowed is None
    unknowing = replace(mail, by_two=True)
    assert Outcome.BLOCK is judge(text, EVIL, unknowing).outcome, "they did not know of it"
    knowing = replace(mail, by_two=True, against=(EVIL.id,))
    told = judge(text, EVIL, knowing)
    assert (Outcome.PASS, [f"list.{EVIL.id}"]) == (told.outcome, spared_by(told))
    assert Outcome.BLOCK is judge(text, replace(EVIL, id="anew"), knowing).outcome, "another agreement, another yes"
    link = an_entry("url", "good.com/go?to=evil.com", "allow")
    assert Outcome.BLOCK is judge("看 https://good.com/go?to=evil.com", EVIL, link).outcome


PHONE = replace(an_entry("phone", "+8613912345678"), by_two=True)


@pytest.mark.parametrize("kind", ["wechat", "whatsapp"])
@pytest.mark.parametrize("action", ["allow", "review"])
def test_one_person_makes_no_number_milder_that_two_people_stopped(kind: str, action: str) -> None:
    value = listed_contact(ContactKind(kind), "13912345678", find=find_contacts).value
    milder, text = an_entry(kind, value, action), f"{kind}: 13912345678"
    assert Outcome.BLOCK is judge(text, PHONE, milder).outcome
    assert Outcome.BLOCK is judge(text, PHONE, replace(milder, by_two=True)).outcome, "they did not know of it"
    knowing = replace(milder, by_two=True, against=(PHONE.id,))
    expected = Outcome.PASS if action == "allow" else Outcome.REVIEW
    assert expected is judge(text, PHONE, knowing).outcome
    assert expected is judge(text, replace(PHONE, by_two=False), milder).outcome, "a contact's own entry says more"


def test_of_what_stops_a_contact_the_harsher_counts() -> None:
    mail, review = "写信 boss@evil.com", an_entry("email", "boss@evil.com", "review")
    assert Outcome.BLOCK is judge(mail, EVIL, review).outcome, "one person's review of a part takes no block back"
    link = "看 https://good.com/go?to=evil.com"
    assert Outcome.BLOCK is judge(link, EVIL, an_entry("domain", "good.com", "review")).outcome
    phones = an_entry("whatsapp", "+8613912345678"), an_entry("phone", "+8613912345678", "review")
    assert Outcome.BLOCK is judge("微信 13912345678", *phones).outcome


def spared_by(told: Decision) -> list[str | None]:
    return [each.rule_id for each in told.allowed.spared] if told.allowed else []


def test_what_two_agreed_on_is_part_of_what_lists_are() -> None:
    versions = {Lists([each], hashed=hashed).version for each in (EVIL, replace(EVIL, by_two=False))}
    assert 2 == len(versions)


def test_an_answer_has_a_place_for_it_and_else_none() -> None:
    told = as_answer(judge("加微信abc12345", PARTNER, rules=(LINKS,)), comment_id="c-1")
    assert told["allowed"] == {
        "entries": [{"id": PARTNER.id, "kind": "wechat"}],
        "spared": [{"code": "advertising", "source": "rule", "outcome": "review", "rule_id": "ads.link"}],
    }
    assert "allowed" not in as_answer(judge("天气不错", PARTNER), comment_id="c-1")
    assert "abc12345" not in repr(told).replace(PARTNER.id, "")


def test_a_comment_is_seen_twice_only_where_an_entry_took_something_out_of_sight() -> None:
    calls = []

    class Counted(RuleSet):
        def find_all(self, *args: object, **more: object) -> list:  # type: ignore[type-arg]
            calls.append(1)
            return super().find_all(*args, **more)  # type: ignore[arg-type]

    engine = Engine(TAXONOMY, Counted((LINKS,), "r"), POLICIES, KeywordScorer({}), Lists([PARTNER], hashed=hashed))
    engine.judge(Comment("天气不错"))
    assert 1 == len(calls)
    engine.judge(Comment("加微信abc12345"))
    assert 3 == len(calls)


@pytest.mark.parametrize(
    ("kind", "written", "domains"),
    [("url", "https://good.com/go?to=evil.com", ("good.com", "evil.com")), ("email", "a@evil.com", ("evil.com",)),
     ("wechat", "abc12345", ())],
)  # fmt: skip
def test_a_contact_knows_the_domains_that_it_is_part_of(kind: str, written: str, domains: tuple[str, ...]) -> None:
    assert domains == domains_of(listed_contact(ContactKind(kind), written, find=find_contacts))

"""Search and decide, and the stories of accounts and threads, without a browser."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from governance import appeals
from moderation.decision import Outcome, Source
from records import ledger, search
from records.storing import Stored
from records.values import VerdictKind
from tests.console.house import House, Visitor, csrf_in
from tests.records.factories import a_comment, a_decision, an_answer, put


def index(house: House) -> None:
    with house.database.unit() as unit:
        while search.catch_up(unit):
            pass
        unit.commit()


def ticked(house: House, visitor: Visitor, path: str, *stored: Stored, **form: object):  # noqa: ANN201
    token = csrf_in(visitor.page("/help"))
    rows = [f"{one.comment_id}:{one.decision_id}" for one in stored]
    told = {"csrf": token, "comment": rows, "reason": "found by search", **form}
    return visitor.post(path, told)


def measures(house: House, comment_id: str) -> list[str]:
    with house.database.reading() as look:
        return [entry.kind for entry in ledger.page(look, subject_id=comment_id).items if "measure" in entry.kind]


def test_words_and_filters_stand_in_the_address_and_find(house: House) -> None:
    house.comment("在家刷单日结三百", id="c1", surface="news")
    house.comment("今天的云真好看", id="c2")
    index(house)
    visitor = house.logged_in()
    page = visitor.page("/search?q=刷单&surface=news&outcome=review")
    assert "日结三百" in page
    assert "<mark>刷单</mark>" in page
    assert "云真好看" not in page
    assert "Nothing is like that." in visitor.page("/search?q=刷单&surface=live")
    assert "云真好看" in visitor.page("/search?outcome=pass")


def test_a_word_that_a_disguise_parts_is_marked_as_sent(house: House) -> None:
    house.comment("办证，加\u200b微\u200b信 abc", id="c1")
    house.comment("你可以来裸.聊", id="c2")
    index(house)
    visitor = house.logged_in()
    assert re.search(r"<mark>微.{0,80}信</mark>", visitor.page("/search?q=微信"), re.DOTALL)
    assert "<mark>裸.聊</mark>" in visitor.page("/search?q=裸聊")


@pytest.mark.parametrize("query", ["cursor=zzz", "cursor=WyJ4Il0"])
def test_a_cursor_that_we_did_not_make_is_a_sentence(house: House, query: str) -> None:
    assert house.logged_in().get(f"/search?{query}").status_code in (200, 422)


def test_what_is_typed_is_shown_and_never_run(house: House) -> None:
    page = house.logged_in().page('/search?q="><script>alert(1)</script>&label=<b>&lang="x&since=soon')
    assert "<script>alert" not in page


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("since=2026-13-99", "“2026-13-99” is no day"),
        ("until=soon", "“soon” is no day"),
        ("outcome=zzz", "No comment stands as “zzz”."),
        ("decided=nobody", "Nobody decides as “nobody”."),
        ("surface=moon", "There is no surface “moon”."),
        ("label=nice", "There is no label “nice”."),
        ("queue=moon", "There is no queue “moon”."),
        ("state=odd", "No case stands as “odd”."),
        ("asked=close", "No verdict asks for “close”."),
        ("q=%22", "has no letter, character or picture"),
        ("q=*", "has no letter, character or picture"),
        ("q=%E2%80%AE", "has no letter, character or picture"),
    ],
)
def test_what_nobody_can_mean_finds_nothing_and_is_said(house: House, query: str, said: str) -> None:
    house.comment("在家刷单日结三百", id="c1")
    index(house)
    visitor = house.logged_in()
    page = visitor.page(f"/search?{query}&lang=zh")
    assert said in page
    assert "Nothing was looked for" in page
    assert 'class="hit"' not in page
    assert 'id="decide"' not in page


def test_a_blank_field_is_no_word(house: House) -> None:
    house.comment("在家刷单日结三百", id="c1")
    index(house)
    assert "日结三百" in house.logged_in().page("/search?q=+&since=&outcome=")


def test_a_view_is_saved_shown_and_removed(house: House) -> None:
    visitor = house.logged_in()
    token = csrf_in(visitor.page("/search?q=刷单"))
    answer = visitor.post(
        "/search/views", {"csrf": token, "query": "q=刷单&csrf=1&x=2", "name": "jobs", "shared": "on"}
    )
    assert "/console/search?q=%E5%88%B7%E5%8D%95" == answer.headers["location"]
    assert ">jobs" in visitor.page("/search")
    assert "shared" in house.logged_in("wei").page("/search")
    scientist = house.logged_in("ida", "data_scientist")
    scientist.post(
        "/search/views", {"csrf": csrf_in(scientist.page("/search")), "query": "q=a", "name": "mine", "shared": "on"}
    )
    assert ">mine" not in visitor.page("/search")
    view_id = re.search(r"/search/views/([\w-]+)/remove", visitor.page("/search"))
    assert view_id
    visitor.post(f"/search/views/{view_id[1]}/remove", {"csrf": token})
    assert ">jobs" not in visitor.page("/search")


def test_what_is_found_is_decided_each_with_its_own_records(house: House) -> None:
    passed, waits = house.comment("云真好看", id="c1"), house.comment("刷单", id="c2")
    visitor = house.logged_in()
    answer = ticked(
        house, visitor, "/search/decide", passed, waits, verdict="reject", labels=["fraud"], measure="delete"
    )
    assert (200, True) == (answer.status_code, "Decided: 2." in answer.text)
    assert [VerdictKind.REJECT] == [one.verdict for one in house.verdicts(waits.case_id)]
    with house.database.reading() as look:
        hits = search.hits_of(look, [passed.comment_id, waits.comment_id])
    assert [("block", None)] * 2 == [(hit.decision.outcome.value, hit.case_id) for hit in hits]
    assert [["measure.requested"]] * 2 == [measures(house, one.comment_id) for one in (passed, waits)]


def test_a_decision_in_the_place_of_another_takes_its_measure_back(house: House) -> None:
    stored = house.comment("云真好看", id="c1", thread_id="t-1")
    visitor = house.logged_in()
    path = f"/comments/{stored.comment_id}/account"
    ticked(house, visitor, path, stored, verdict="reject", labels=["fraud"], measure="delete")
    assert "Asked: delete the comment" in visitor.page(path)
    answer = ticked(house, visitor, path, stored, verdict="approve", reason="it was about the sky")
    assert "Taken back: delete the comment" in answer.text
    assert ["measure.requested", "measure.withdrawn"] == measures(house, stored.comment_id)
    assert "it was about the sky" in visitor.page(f"/comments/{stored.comment_id}/thread")


def test_what_a_colleague_has_in_hand_is_left_and_said(house: House) -> None:
    held, free = house.comment("刷单", id="c1"), house.comment("下注", id="c2")
    house.logged_in("wei").page("/work")
    answer = ticked(house, house.logged_in(), "/search/decide", held, free, verdict="approve")
    assert 409 == answer.status_code
    assert "in hand" in answer.text
    assert 1 == len(house.verdicts(held.case_id)) + len(house.verdicts(free.case_id))


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"reason": " "}, "Say why"),
        ({"verdict": "reject"}, "Tick at least one label"),
        ({"comment": []}, "Nothing was ticked"),
        ({"comment": ["nowhere"]}, "not there any more"),
    ],
)
def test_a_form_that_cannot_be_meant_decides_nothing(house: House, form: dict[str, object], said: str) -> None:
    stored = house.comment("刷单")
    answer = ticked(house, house.logged_in(), "/search/decide", stored, **{"verdict": "approve", **form})
    assert (409, True) == (answer.status_code, said in answer.text)
    assert [] == house.verdicts(stored.case_id)


def test_no_address_holds_a_pseudonym_and_both_ids_are_found_by_a_form(house: House) -> None:
    stored = house.comment("刷单", id="c-1001")
    visitor = house.logged_in()
    token = csrf_in(visitor.page("/search"))
    account = visitor.post("/search/find", {"csrf": token, "what": "account", "value": "author-1"})
    assert f"/console/comments/{stored.comment_id}/account" == account.headers["location"]
    comment = visitor.post("/search/find", {"csrf": token, "what": "comment", "value": "c-1001"})
    assert f"/console/decisions/{stored.decision_id}" == comment.headers["location"]
    assert 404 == visitor.post("/search/find", {"csrf": token, "what": "account", "value": "nobody"}).status_code
    assert "author-1" not in visitor.page(f"/comments/{stored.comment_id}/account")


def test_what_others_said_is_not_told_while_a_case_is_in_hand(house: House) -> None:
    stored = house.comment("刷单", id="c1")
    visitor = house.logged_in()
    visitor.page("/work")
    page = visitor.page(f"/comments/{stored.comment_id}/account")
    assert "in your hands" in page
    assert 'name="comment"' not in page


def test_queue_state_and_language_are_chosen_and_kept_as_a_view(house: House) -> None:
    house.comment("在家刷单日结三百", id="c1", surface="news")
    house.comment("今天的云真好看", id="c2", surface="news")
    index(house)
    visitor = house.logged_in()
    page = visitor.page("/search?queue=news&state=waits")
    assert "日结三百" in page
    assert "云真好看" not in page
    assert '<option value="zh">Chinese</option>' in page
    assert '<option value="hi"' not in page, "nobody writes in it"
    assert '<option value="hi" selected>Hindi</option>' in visitor.page("/search?lang=hi")
    told = {"csrf": csrf_in(page), "query": "queue=news&state=waits&asked=delete", "name": "waiting news"}
    assert "queue=news&state=waits&asked=delete" in visitor.post("/search/views", told).headers["location"]


def test_no_state_tells_of_what_is_in_hand_and_asked_blind(house: House) -> None:
    house.comment("在家刷单日结三百", id="c1")
    index(house)
    visitor = house.logged_in()
    visitor.page("/work")
    assert "日结三百" in visitor.page("/search?q=刷单")
    for query in ("state=in_hand", "state=waits", "queue=forum", "state=decided", "asked=delete"):
        page = visitor.page(f"/search?q=刷单&{query}")
        assert "日结三百" not in page, query
        assert "of 1." not in page


def test_the_page_says_how_many_were_found(house: House) -> None:
    for n in range(27):
        house.comment(f"下注第{n}期")
    index(house)
    page = house.logged_in().page("/search?q=下注")
    assert "On this page 25 of 27." in page
    older = re.search(r'rel="next" href="/console([^"]+)"', page)
    assert older is not None
    assert "On this page 2 of 27." in house.logged_in().page(older[1].replace("&amp;", "&"))


def test_a_sum_tells_nothing_of_a_case_in_hand(house: House) -> None:
    house.comment("下注一")
    house.comment("下注二")
    index(house)
    mei = house.logged_in()
    mei.page("/work")
    assert "On this page 2 of 2." in mei.page("/search?q=下注")
    assert "On this page 1 of 1." in mei.page("/search?q=下注&outcome=review")


def test_ticks_and_the_reason_outlive_a_refusal(house: House) -> None:
    stored = house.comment("刷单")
    index(house)
    answer = ticked(
        house, house.logged_in("lea", "lead"), "/search/decide", stored, verdict="reject", reason="an offer"
    )
    assert 409 == answer.status_code
    assert f'value="{stored.comment_id}:{stored.decision_id}" form="decide" checked>' in answer.text
    assert 'data-submits aria-keyshortcuts="d Control+Enter"' in answer.text


def test_a_lead_looks_by_who_decided_and_others_by_themselves(house: House) -> None:
    for text in ("下注一", "下注二"):
        house.comment(text)
    mei, _ = house.logged_in("mei"), house.logged_in("wei")
    page = mei.page("/work").partition('<template id="ahead"')[0]
    assert 303 == mei.decide("approve", page=page).status_code
    house.clock.forward(seconds=13)
    index(house)
    lead, her = house.logged_in("lea", "lead"), house.people["mei"].id
    page = lead.page(f"/search?who={her}")
    assert "On this page 1 of 1." in page
    assert f'<option value="{her}" selected>mei</option>' in page
    assert "On this page 1 of 1." in mei.page("/search?who=me")
    assert f'href="/console/search?who={her}"' in lead.page("/lead")
    for odd in (house.people["wei"].id, "key:none", "x"):
        assert "You cannot look by the verdicts of" in mei.page(f"/search?who={odd}")
    assert "wei" not in mei.page("/search").partition("<main")[2]
    assert "There is no" not in lead.page("/search?who=key:none")


def test_what_a_rule_hit_is_found_from_its_page_and_kept_as_a_view(house: House) -> None:
    house.rule("ads.one", by="ben")
    stored = house.comment("下注一")
    index(house)
    lead = house.logged_in("lea", "lead")
    assert 'href="/console/search?rule=ads.one">what it hit</a>' in lead.page("/rules/ads.one")
    page = lead.page("/search?rule=ads.one")
    assert "Nothing is like that." in page
    assert 'name="rule" value="ads.one"' in page
    saved = lead.post(
        "/search/views", {"csrf": csrf_in(page), "name": "ads", "query": "rule=ads.one&who=me&surface=forum"}
    )
    assert saved.headers["location"].endswith("/search?surface=forum&who=me&rule=ads.one")
    assert stored.comment_id


def test_no_rule_tells_who_has_an_appeal_in_hand_what_the_machine_thought(house: House) -> None:
    decision = a_decision(Outcome.BLOCK, gambling=0.99)
    by_rule = replace(decision.reasons[0], source=Source.RULE, rule_id="ads.one")
    answered = an_answer(a_comment("下注一", known_as="c-1"), replace(decision, reasons=(by_rule,)))
    [stored] = put(house.database, house.keyring, answered, now=house.clock())
    index(house)
    lead = house.logged_in("lea", "lead")
    for query in ("rule=ads.one", "label=gambling", "outcome=block"):
        assert "of 1." in lead.page(f"/search?{query}")
    with house.database.unit() as unit:
        appeals.make(unit, stored.decision_id, "", house.parts.complaints, sender="t", now=house.clock())
        unit.commit()
    index(house)
    other = house.logged_in("ben", "lead")
    assert "下注一" in other.page("/work?queue=appeals")
    for query in ("rule=ads.one", "label=gambling"):
        page = other.page(f"/search?{query}")
        assert "下注一" not in page
        assert "of 1." not in page

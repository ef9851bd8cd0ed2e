"""Pages of measures: how an account stands, what is done next, what is taken back; findings for a person."""

from __future__ import annotations

import html
import re

import pytest

from governance import account_appeals, account_measures, returns
from governance.account_appeals import MEASURE
from governance.complaint_rules import shipped as shipped_rules
from governance.measure_wishes import Wish
from governance.notices import redress
from governance.notices import shipped as shipped_notices
from records import authors, looks, measures
from records.authors import Link, Statement
from records.house_queues import HouseQueues
from records.ledger import Actor
from records.measures import NewMeasure
from records.standing_values import MeasureRecord, MeasureState, TargetKind
from tests.console.house import House, Visitor, csrf_in
from tests.governance.public import report

FORM = {"measure": "suspend", "days": "3", "reason_zh": "多次发布广告", "reason_en": "ads", "ground": "rule 3"}


def asked(house: House, visitor: Visitor, **fields: str) -> tuple[int, str]:
    stored = house.comment("加微信", id="c-1", policy="cn")
    path = f"/comments/{stored.comment_id}/standing"
    page = visitor.get(path)
    assert 200 == page.status_code
    told = {"csrf": csrf_in(page.text), **FORM, "cause": stored.comment_id}
    answer = visitor.post(path, told | fields)
    return answer.status_code, answer.headers.get("location", answer.text)


def test_a_measure_is_taken_from_how_the_account_stands_and_taken_back(house: House) -> None:
    visitor = house.logged_in("sam", "senior")
    status, address = asked(house, visitor)
    assert 303 == status
    measure_id = address.rpartition("/")[2]
    page = visitor.get(f"/measures/{measure_id}").text
    assert "Your account may not comment." in html.unescape(page)
    assert "ads" in visitor.get("/measures").text
    lifting = {"csrf": csrf_in(page), "why": ""}
    assert 422 == visitor.post(f"/measures/{measure_id}/lift", lifting).status_code
    assert 303 == visitor.post(f"/measures/{measure_id}/lift", lifting | {"why": "a mistake"}).status_code
    with house.database.reading() as look:
        made = measures.get(look, measure_id)
    assert (MeasureState.LIFTED, "sam", "c-1") == (made.state, made.ended_by, "c-1" if made.cause_id else None)
    assert 409 == visitor.post(f"/measures/{measure_id}/lift", lifting | {"why": "again"}).status_code


def test_without_a_measure_it_is_the_ladder_s_step_and_what_is_wrong_is_said(house: House) -> None:
    visitor = house.logged_in("sam", "senior")
    status, address = asked(house, visitor, measure="", days="")
    assert 303 == status
    with house.database.reading() as look:
        assert "warn" == measures.get(look, address.rpartition("/")[2]).measure
    for fields in ({"reason_zh": "", "reason_en": ""}, {"days": "soon"}, {"measure": "restrict"}):
        status, page = asked(house, visitor, **fields)
        assert 422 == status
        assert "The measure cannot be taken as it stands" in page


def test_who_may_not_take_measures_sees_them_and_no_form(house: House) -> None:
    visitor = house.logged_in("ivy", "data_scientist")
    stored = house.comment("加微信", policy="cn")
    page = visitor.get(f"/comments/{stored.comment_id}/standing").text
    assert "ordinary" in page
    assert 'name="ground"' not in page


def test_closing_leads_to_a_question_that_says_what_it_does(house: House) -> None:
    visitor = house.logged_in("sam", "senior")
    status, address = asked(house, visitor, measure="close", days="")
    assert 303 == status
    page = visitor.get(f"/measures/{address.rpartition('/')[2]}").text
    (approval_id,) = set(re.findall(r"/approvals/([0-9a-f-]{36})", page))
    other = house.logged_in("lea", "lead")
    question = other.get(f"/approvals/{approval_id}").text
    assert "1 times: close the account. Ground: rule 3." in question
    account = re.search(r'href="/console(/comments/[0-9a-f-]+/standing)"', question)
    assert account is not None
    assert 200 == other.get(account.group(1)).status_code
    assert "no end" in question
    said = {"csrf": csrf_in(question), "answer": "approve", "note": "agreed"}
    assert 303 == other.post(f"/approvals/{approval_id}", said).status_code
    with house.database.reading() as look:
        assert MeasureState.IN_FORCE is measures.get(look, address.rpartition("/")[2]).state


def test_a_finding_is_shown_with_its_evidence_and_decided(house: House) -> None:
    links = (Link("identity", "card-7"),)
    why, now = {"zh": "广告", "en": "ads"}, house.clock()
    with house.database.unit() as unit:
        for name in ("bad", "new"):
            actor = Actor("key", "k")
            stated = authors.state(unit, house.keyring, name, Statement(links=links), actor=actor, now=now)
            found = returns.look(unit, house.keyring, stated.id, links, now=now)
            if name == "bad":
                wish = Wish(TargetKind.AUTHOR, name, why, "rule 3", "close")
                policy = house.parts.policies()["cn"]
                made = account_measures.take(unit, house.keyring, wish, policy, by="mia", policies={}, now=now)
                account_measures.answer(unit, str(made.approval_id), by="ben", approve=True, note="yes", now=now)
        unit.commit()
    visitor = house.logged_in("sam", "senior")
    assert f"/returns/{found[0].id}" in visitor.get("/measures").text
    page = visitor.get(f"/returns/{found[0].id}").text
    assert "20 bits" in page
    assert "card-7" not in page
    answer = {"csrf": csrf_in(page), "answer": "dismissed", "note": ""}
    assert 422 == visitor.post(f"/returns/{found[0].id}", answer).status_code
    assert 303 == visitor.post(f"/returns/{found[0].id}", answer | {"note": "brothers"}).status_code
    assert "brothers" in visitor.get(f"/returns/{found[0].id}").text


def test_a_reason_in_the_other_language_is_marked_and_the_form_offers_grounds_in_the_readers(house: House) -> None:
    told = redress(shipped_rules(), shipped_notices(), house.parts.taxonomy, house.parts.policies().values())
    house.database._queues = lambda: HouseQueues(redress=told)
    visitor = house.logged_in("sam", "senior")
    status, address = asked(house, visitor, reason_en="", ground="platform-rules:advertising")
    assert 303 == status
    table = visitor.page("/measures")
    assert "(given in Chinese) 多次发布广告" in table
    assert "Platform rules: advertising" in table
    assert "How to do better" in visitor.page(address.removeprefix("/console"))
    stored = house.comment("加微信", id="c-1", policy="cn")
    form = visitor.page(f"/comments/{stored.comment_id}/standing")
    assert '<option value="platform-rules:gambling">Platform rules: gambling</option>' in form
    assert '<option value="cn-2017:8">Provisions on post comment services (2017), article 8</option>' in form


@pytest.mark.parametrize(
    ("locale", "ground", "said"),
    [
        ("en", "cn-2017:99", "has no article 99: it has 13. This can stand on 5-9 (written cn-2017:NUMBER)."),
        ("zh", "cn-2017:99", "没有第99条，共13条。此处可以依据第5-9条"),
        ("zh", "cn-2017:13", "第13条不能作为此处的依据"),
        ("zh", "cn-2017:5(9)", "第5条没有第9项，共8项"),
        ("zh", "CN-2017:8", "请写 cn-2017:5"),
        ("zh", "platform-rules:privaci", "（相近的有：privacy）"),
        ("zh", "第三条", "不接受自拟的依据"),
    ],
)
def test_a_ground_that_nobody_can_look_up_is_refused_in_the_readers_language(
    house: House, locale: str, ground: str, said: str
) -> None:
    policies = house.parts.policies().values()
    told = redress(shipped_rules(), shipped_notices(), house.parts.taxonomy, policies, house="cn")
    house.database._queues = lambda: HouseQueues(redress=told)
    visitor = house.logged_in("sam", "senior")
    stored = house.comment("加微信", id="c-1", policy="cn")
    path = f"/comments/{stored.comment_id}/standing"
    token = {"csrf": csrf_in(visitor.page(path))}
    visitor.post("/preferences", token | {"locale": locale})
    answer = visitor.post(
        path, token | {"measure": "warn", "reason_zh": "多次发布广告", "ground": ground, "cause": "none"}
    )
    assert (422, True) == (answer.status_code, said in answer.text)


def test_the_list_says_of_whom_by_whom_who_agreed_and_is_filtered_and_a_file(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.pages.measure_list.ROWS", 2)
    handles: dict[str, str] = {}
    made: dict[str, MeasureRecord] = {}
    for number in range(3):
        author = f"author-{number}"
        handles[author] = house.comment("加微信", id=f"c-{number}", author=author).comment_id
        with house.database.unit() as unit:
            wish = Wish(TargetKind.AUTHOR, author, {"en": "spam"}, "spam", "close" if not number else "suspend")
            policy = house.parts.policies()["default"]
            made[author] = account_measures.take(
                unit, house.keyring, wish, policy, by="mia" if number else "joe", policies={}, now=house.clock()
            )
            if not number:
                asked = str(made[author].approval_id)
                account_measures.answer(unit, asked, by="ben", approve=True, note="yes", now=house.clock())
            unit.commit()
    visitor = house.logged_in("sam", "senior")
    page = visitor.page("/measures")
    assert 2 == page.count("suspend the author</a>")
    assert "cursor=" in page
    for author in ("author-1", "author-2"):
        assert f'/comments/{handles[author]}/account">account <code>{str(made[author].author_id)[-6:]}</code>' in page
        assert author not in page
    closed = visitor.page("/measures?measure=close&by=joe")
    assert (1, True) == (closed.count("close the account</a>"), "<td>ben</td>" in closed)
    own = visitor.page(f"/measures?state=all&about={made['author-2'].author_id}")
    assert 1 == own.count("suspend the author</a>")
    assert "Nothing here." in visitor.page("/measures?state=over")
    assert 404 == visitor.get("/measures?state=nonsense").status_code
    head, *rows = visitor.get("/measures/table/measures.csv?measure=close").text.splitlines()
    assert "agreed_by" in head
    assert (1, True) == (len(rows), ",ben," in rows[0])


def test_the_same_comment_is_measured_once_and_more_takes_the_place_of_it(house: House) -> None:
    visitor = house.logged_in("sam", "senior")
    _, address = asked(house, visitor, days="1")
    first = address.rpartition("/")[2]
    status, page = asked(house, visitor, days="9")
    assert (409, True) == (status, "This account was measured for this comment already" in page)
    assert f'/measures/{first}">See it' in page
    assert f'<option value="{first}" selected>' in page, "what stands is offered to be replaced"
    status, address = asked(house, visitor, days="2", replaces=first)
    assert 303 == status
    with house.database.reading() as look:
        assert MeasureState.REPLACED is measures.get(look, first).state
    assert "another took its place" in visitor.page(f"/measures/{first}")
    assert 409 == asked(house, visitor, days="2", replaces=first)[0]


def a_question_about_a_suspension(house: House, visitor: Visitor, **fields: str) -> str:
    _, address = asked(house, visitor, measure="suspend", days="", **fields)
    page = visitor.page(address.removeprefix("/console"))
    found: str = re.findall(r"/approvals/([0-9a-f-]{36})", page)[0]
    return found


def test_a_second_person_sees_what_it_is_for_and_what_was_before_it(house: House) -> None:
    """The comment, the ladder's step, earlier measures, credit; and whoever reads it leaves a trace."""
    house.comment("第一条", id="c-0", policy="cn")
    with house.database.unit() as unit:
        wish = Wish(TargetKind.AUTHOR, "author-1", {"en": "spam"}, "spam", "warn", cause="c-0")
        policy = house.parts.policies()["cn"]
        account_measures.take(unit, house.keyring, wish, policy, by="joe", policies={}, now=house.clock())
        unit.commit()
    house.clock.forward(days=1)
    approval_id = a_question_about_a_suspension(house, house.logged_in("sam", "senior"))
    page = html.unescape(house.logged_in("lea", "lead").page(f"/approvals/{approval_id}"))
    for part in ("加微信", "The ladder's next step is 2 of 5: restrict", "Measures before: 1",
                 "ordinary", "The comment it is for, now:"):  # fmt: skip
        assert part in page
    with house.database.reading() as look:
        assert "approval" in {each.page for each in looks.newest(look, limit=9)}


def test_the_comment_of_a_question_is_blurred_where_it_is_harsh(house: House) -> None:
    visitor = house.logged_in("sam", "senior")
    approval_id = a_question_about_a_suspension(house, visitor)
    other = house.logged_in("lea", "lead")
    assert "veiled" not in other.page(f"/approvals/{approval_id}")
    reported(house)
    page = other.page(f"/approvals/{approval_id}")
    assert (1, 1) == (page.count("quoted veiled"), page.count('id="reveal"'))


def reported(house: House) -> None:
    """A reader reports the comment as about minors."""
    report(house.database, house.keyring, about="c-1", kind="minors")


def test_a_second_person_is_told_that_a_yes_would_do_nothing(house: House) -> None:
    visitor = house.logged_in("sam", "senior")
    approval_id = a_question_about_a_suspension(house, visitor)
    with house.database.unit() as unit:
        made = measures.of_approval(unit, approval_id)[0]
        measures.add(unit, NewMeasure(
            "suspend", TargetKind.AUTHOR, "因", "why", "rule 3", "joe", author_id=made.author_id, cause_id=made.cause_id
        ), waits=False, now=house.clock())  # fmt: skip
        unit.commit()
    other = house.logged_in("lea", "lead")
    page = other.page(f"/approvals/{approval_id}")
    assert "The same holds already: a yes would do nothing" in page
    said = {"csrf": csrf_in(page), "answer": "approve", "note": "agreed"}
    assert 409 == other.post(f"/approvals/{approval_id}", said).status_code
    with house.database.reading() as look:
        assert MeasureState.WAITING is measures.get(look, made.id).state


def test_whoever_asked_withdraws_and_nobody_else(house: House) -> None:
    visitor, other = house.logged_in("sam", "senior"), house.logged_in("lea", "lead")
    approval_id = a_question_about_a_suspension(house, visitor)
    path = f"/approvals/{approval_id}"
    assert f"{path}/withdraw" not in other.page(path)
    said = {"csrf": csrf_in(other.page(path)), "why": "no"}
    assert 403 == other.post(f"{path}/withdraw", said).status_code
    said = {"csrf": csrf_in(visitor.page(path)), "why": ""}
    assert 422 == visitor.post(f"{path}/withdraw", said).status_code
    assert 303 == visitor.post(f"{path}/withdraw", said | {"why": "a mistake"}).status_code
    assert "withdrawn, by sam" in visitor.page(path)
    assert 409 == visitor.post(f"{path}/withdraw", said | {"why": "again"}).status_code


def test_a_question_about_a_comment_is_called_one_about_a_comment(house: House) -> None:
    house.comment("加微信", id="c-9", policy="cn")
    with house.database.unit() as unit:
        wishes = [Wish(TargetKind.COMMENT, "c-9", {"en": "spam"}, "spam", "delete")]
        policy = house.parts.policies()["cn"]
        account_measures.take_many(unit, house.keyring, wishes, policy, by="joe", now=house.clock())
        unit.commit()
    assert "comments: 1" in house.logged_in("lea", "lead").page("/approvals")


@pytest.mark.parametrize(("thread", "told"), [("news-2026-CANARY", "news-2026-CANARY"), ("t" * 30, "t" * 23 + "…")])
def test_a_thread_is_listed_by_the_beginning_of_its_id(house: House, thread: str, told: str) -> None:
    with house.database.unit() as unit:
        wish = Wish(TargetKind.THREAD, thread, {"en": "quarrels"}, "spam", "suspend", days=1)
        policy = house.parts.policies()["default"]
        account_measures.take(unit, house.keyring, wish, policy, by="joe", policies={}, now=house.clock())
        unit.commit()
    assert f"<code>{told}</code>" in house.logged_in("sam", "senior").page("/measures")


def blocked(house: House, text: str = "加微信领红包", name: str = "c-2") -> str:
    """Taken down by a colleague by name."""
    stored = house.comment(text, id=name, policy="cn")
    with house.database.unit() as unit:
        gone = Wish(TargetKind.COMMENT, name, {"en": "spam"}, "spam", "delete")
        policy = house.parts.policies()["cn"]
        account_measures.take(unit, house.keyring, gone, policy, by="joe", policies={}, now=house.clock())
        unit.commit()
    return stored.comment_id


def test_the_form_offers_what_was_found_against_the_rules_and_fills_nothing_in(house: House) -> None:
    found, visitor = blocked(house), house.logged_in("sam", "senior")
    stands = house.comment("今天天气好", id="b-1", policy="cn").comment_id
    path = f"/comments/{stands}/standing"
    page = visitor.page(path)
    offered = re.findall(r'name="cause" value="([^"]+)" required( checked)?', page)
    assert [(found, ""), ("none", "")] == offered, "the one whose page it is stands, and nothing is chosen"
    assert "加微信领红包" in page
    answer = visitor.post(path, {"csrf": csrf_in(page), **FORM})
    assert (422, True) == (answer.status_code, "Choose the comment for which the measure is taken" in answer.text)
    address = visitor.post(path, {"csrf": csrf_in(page), **FORM, "cause": found, "days": "20"}).headers["location"]
    with house.database.reading() as look:
        made = measures.get(look, address.rpartition("/")[2])
    assert (MeasureState.IN_FORCE, found) == (made.state, made.cause_id)
    told = html.unescape(visitor.page(f"/measures/{made.id}"))
    assert "It was taken for your comment c-2" in told
    assert '<p class="quoted" dir="auto" lang="zh">加微信领红包</p>' in told


def test_nobody_is_measured_for_a_comment_of_another_account(house: House) -> None:
    other = house.comment("别人的话", id="o-1", author="author-2").comment_id
    status, page = asked(house, house.logged_in("sam", "senior"), cause=other)
    assert (422, True) == (status, "measure" in page)


def test_a_comment_without_a_number_of_the_platform_can_be_named(house: House) -> None:
    mine = house.comment("没有编号").comment_id
    status, address = asked(house, house.logged_in("sam", "senior"), cause=mine)
    assert 303 == status
    with house.database.reading() as look:
        assert mine == measures.get(look, address.rpartition("/")[2]).cause_id


def test_the_page_of_an_appeal_shows_the_comment_and_is_no_form_for_who_took_it(house: House) -> None:
    found = blocked(house)
    house.comment("后来的一条", id="c-3", policy="cn")
    visitor, other = house.logged_in("sam", "senior"), house.logged_in("lea", "lead")
    _, address = asked(house, visitor, cause=found, days="9")
    with house.database.unit() as unit:
        appealed = account_appeals.make(
            unit, MEASURE, address.rpartition("/")[2], "why?", shipped_rules(), sender="shop", now=house.clock()
        )
        unit.commit()
    page = other.page(f"/approvals/{appealed.id}")
    for part in ("加微信领红包", f"/comments/{found}/standing", "c-2", "found to break a rule", 'name="answer"'):
        assert part in page
    assert "a yes would do nothing" not in page
    own = visitor.page(f"/approvals/{appealed.id}")
    assert ("You took this, agreed to it" in own, 'name="answer"' in own) == (True, False)


def test_lifting_what_two_agreed_on_is_a_question_that_the_page_leads_to(house: House) -> None:
    visitor, other = house.logged_in("sam", "senior"), house.logged_in("lea", "lead")
    _, address = asked(house, visitor, measure="close", days="")
    own = address.removeprefix("/console")
    [closing] = set(re.findall(r"/approvals/([0-9a-f-]{36})", visitor.page(own)))
    said = {"answer": "approve", "note": "agreed"}
    page = other.page(f"/approvals/{closing}")
    assert 303 == other.post(f"/approvals/{closing}", said | {"csrf": csrf_in(page)}).status_code
    page = visitor.page(own)
    assert "it holds until a second person agrees to lift it" in page
    assert 303 == visitor.post(f"{own}/lift", {"csrf": csrf_in(page), "why": "changed my mind"}).status_code
    page = visitor.page(own)
    [lifting] = set(re.findall(r"/approvals/([0-9a-f-]{36})", page))
    assert f"{own}/lift" not in page
    again = visitor.post(f"{own}/lift", {"csrf": csrf_in(page), "why": "once more"})
    assert (409, True) == (again.status_code, "A second person is asked already" in again.text)
    question = other.page(f"/approvals/{lifting}")
    assert "Approved, this is lifted now, in the name of who asked: close the account." in html.unescape(question)
    assert 303 == other.post(f"/approvals/{lifting}", said | {"csrf": csrf_in(question)}).status_code
    with house.database.reading() as look:
        assert MeasureState.LIFTED is measures.get(look, own.rpartition("/")[2]).state

"""The page of lists: what is shown of an entry, who adds and removes, and that hashes stay hashes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from records import ledger, lists
from records.house_values import ListEntryRecord
from tests.console.house import House, Visitor, csrf_in

ENTRY = {
    "kind": "domain",
    "value": "https://www.evil.com/a",
    "action": "block",
    "reason": "phishing",
    "source": "police",
    "ground": "fraud",
    "agreed": "evil.com",
}


def add(visitor: Visitor, **fields: str):  # noqa: ANN201
    return visitor.post("/lists", {"csrf": csrf_in(visitor.page("/lists"))} | ENTRY | fields)


def stored(house: House) -> list[ListEntryRecord]:
    with house.database.reading() as look:
        return list(lists.page(look).items)


def remove(visitor: Visitor, entry_id: str, why: str = "a mistake"):  # noqa: ANN201
    return visitor.post(f"/lists/{entry_id}/remove", {"csrf": csrf_in(visitor.page("/lists")), "why": why})


def test_an_entry_is_added_and_shown_with_reason_source_expiry_and_who(house: House) -> None:
    visitor = house.logged_in("mei", "senior")
    answer = add(visitor, until="2031-05-04", label="fraud", ground="law 7")
    assert "/console/lists?kind=domain" == answer.headers["location"]
    page = visitor.page("/lists")
    assert all(part in page for part in ("evil.com", "phishing", "police", "2031-05-04", "law 7", "Fraud", "mei"))
    (entry,) = stored(house)
    assert ("mei", "evil.com", "fraud") == (entry.author, entry.key, entry.label)


def test_an_entry_stands_on_the_ground_that_was_named_or_on_its_label_and_on_none_by_itself(house: House) -> None:
    visitor = house.logged_in("mei", "senior")
    refused = add(visitor, ground="")
    assert (422, []) == (refused.status_code, stored(house))
    assert "Ground: name a label, an article" in refused.text
    add(visitor, ground="", label="fraud", action="review")
    assert ["fraud"] == [entry.ground for entry in stored(house)]


def test_what_is_allowed_needs_no_ground_for_nobody_is_told_of_it(house: House) -> None:
    add(house.logged_in("mei", "senior"), ground="", action="allow")
    assert [("allow", "house rules")] == [(entry.action, entry.ground) for entry in stored(house)]


@pytest.mark.parametrize(
    ("value", "entry"),
    [
        ("docs.google.com", "google.com"),
        ("https://evil.com/a", "evil.com"),
        ("me@mail.evil.co.uk", "evil.co.uk"),
    ],
)
def test_what_is_wider_than_what_was_typed_is_asked_about_first(house: House, value: str, entry: str) -> None:
    visitor = house.logged_in("mei", "senior")
    for agreed in ("", "other.com"):
        asked = add(visitor, value=value, agreed=agreed, reason="forms that ask for passwords")
        assert (422, []) == (asked.status_code, stored(house))
        assert f"the entry would cover every host and page of {entry}" in asked.text
        assert all(part in asked.text for part in (f'value="{value}"', "forms that ask for passwords", "police"))
        assert f'name="agreed" value="{entry}"' in asked.text
    assert 303 == add(visitor, value=value, agreed=entry).status_code
    assert [entry] == [each.key for each in stored(house)]


@pytest.mark.parametrize("value", ["evil.com", "www.evil.com", "http://evil.com/", "203.0.113.9"])
def test_what_is_typed_in_full_is_not_asked_about(house: House, value: str) -> None:
    assert 303 == add(house.logged_in("mei", "senior"), value=value, agreed="").status_code


def test_a_mistake_is_told_before_it_is_asked_what_is_meant(house: House) -> None:
    visitor = house.logged_in("mei", "senior")
    refused = add(visitor, agreed="", source="")
    assert (422, True, False) == (
        refused.status_code, "Source: say where" in refused.text, 'name="agreed"' in refused.text,
    )  # fmt: skip
    add(visitor)
    listed = add(visitor, agreed="")
    assert (409, False) == (listed.status_code, 'name="agreed"' in listed.text)


def test_a_question_about_a_wider_entry_leaves_nothing_in_the_ledger_and_needs_the_token(house: House) -> None:
    visitor = house.logged_in("mei", "senior")
    add(visitor, agreed="")
    with house.database.reading() as look:
        assert [] == [entry for entry in ledger.page(look).items if entry.kind.startswith("list.")]
    assert 403 == visitor.post("/lists", ENTRY).status_code
    assert [] == stored(house)


def test_the_question_is_asked_in_the_reader_s_language(house: House) -> None:
    visitor = house.logged_in("mei", "senior")
    visitor.post("/preferences", {"csrf": csrf_in(visitor.page("/lists")), "locale": "zh"})
    assert "将整个 evil.com 列入名单" in add(visitor, agreed="").text


@pytest.mark.parametrize(
    ("kind", "value", "hidden"), [("wechat", "Zhang_San88", "zhang_san88"), ("account", "author-7f3a", "author-7f3a")]
)
def test_contacts_and_accounts_are_never_shown(house: House, kind: str, value: str, hidden: str) -> None:
    visitor = house.logged_in("mei", "senior")
    answers = [add(visitor, kind=kind, value=value), add(visitor, kind=kind, value=value)]
    assert [303, 409] == [answer.status_code for answer in answers]
    refused = add(visitor, kind=kind, value=value, reason="")
    page = visitor.page(f"/lists?kind={kind}")
    assert [] == [shown for shown in (answers[1].text, refused.text, page) if hidden in shown.casefold()]
    (entry,) = stored(house)
    assert f"hash {entry.key.partition(':')[2][:12]}…" in page
    assert entry.key not in page


def test_an_entry_is_removed_with_a_reason(house: House) -> None:
    visitor = house.logged_in("mei", "senior")
    add(visitor)
    (entry,) = stored(house)
    assert 422 == remove(visitor, entry.id, " ").status_code
    assert 303 == remove(visitor, entry.id).status_code
    assert [] == stored(house)
    late = remove(visitor, entry.id)
    assert (409, True) == (late.status_code, "Somebody else removed it already" in late.text)
    with house.database.reading() as look:
        written = [(told.kind, told.body) for told in ledger.page(look, subject_id=entry.id).items]
    assert ["list.waits", "list.removed"] == [kind for kind, _ in written]
    assert b"a mistake" in written[1][1]
    assert 404 == remove(visitor, "nix").status_code


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"reason": ""}, "Reason: say why"),
        ({"source": " "}, "Source: say where"),
        ({"kind": "wechat", "value": "no such thing at all"}, "What it is: it is not read"),
        ({"kind": "account", "value": "a", "action": "allow"}, "an account cannot be allowed"),
        ({"action": "sing"}, "Does: choose one"),
        ({"until": "tomorrow"}, "Until: give a day"),
        ({"until": "2001-01-01"}, "Until: give a day"),
        ({"label": "gossip"}, "Label: there is no such label"),
        ({"kind": "gossip"}, "there is no such kind"),
    ],
)
def test_an_entry_that_cannot_be_used_is_said_and_what_was_written_stays(
    house: House, fields: dict[str, str], said: str
) -> None:
    answer = add(house.logged_in("mei", "senior"), **fields)
    assert (422, True) == (answer.status_code, said in answer.text)
    assert ("police" in answer.text) is ("source" not in fields)
    assert [] == stored(house)


@pytest.mark.parametrize("role", ["moderator", "data_scientist"])
def test_who_may_only_look_is_offered_no_form(house: House, role: str) -> None:
    add(house.logged_in("lia", "lead"))
    visitor = house.logged_in("mei", role)
    page = visitor.page("/lists")
    assert ("evil.com" in page, '/remove"' in page, 'name="value"' in page) == (True, False, False)
    entry_id = stored(house)[0].id
    assert [403, 403] == [add(visitor).status_code, remove(visitor, entry_id).status_code]
    assert (403, False) == (review(visitor, entry_id, "").status_code, "/review" in page)


def test_entries_are_shown_by_kind_and_what_has_expired_is_said(house: House) -> None:
    visitor = house.logged_in("mei", "senior")
    add(visitor, until=(house.clock() + timedelta(days=2)).date().isoformat())
    add(visitor, kind="attachment", value="ab" * 32)
    house.clock.forward(hours=1)
    assert "expired" not in visitor.page("/lists")
    assert "evil.com" not in visitor.page("/lists?kind=attachment")
    assert "ab" * 32 in visitor.page("/lists?kind=attachment")


def test_entries_are_paged(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.pages.lists.ROWS", 2)
    visitor = house.logged_in("mei", "senior")
    for name in ("a1.com", "b2.com", "c3.com"):
        add(visitor, value=name)
    first = visitor.page("/lists?kind=domain")
    assert "c3.com" not in first
    place = first.partition("?kind=domain&amp;cursor=")[2].partition('"')[0]
    assert "c3.com" in visitor.page(f"/lists?kind=domain&cursor={place}")
    assert 422 == visitor.get("/lists?cursor=nonsense").status_code


def review(visitor: Visitor, entry_id: str, until: str, why: str = "still bad"):  # noqa: ANN201
    token = csrf_in(visitor.page("/lists"))
    return visitor.post(f"/lists/{entry_id}/review", {"csrf": token, "until": until, "why": why})


def in_days(house: House, days: int) -> str:
    return (house.clock() + timedelta(days=days)).date().isoformat()


def test_an_entry_is_looked_at_again_and_kept_in_the_console(house: House) -> None:
    visitor = house.logged_in("mei", "senior")
    add(visitor, until=in_days(house, 10))
    (entry,) = stored(house)
    assert "evil.com" in visitor.page("/lists?due=1")
    assert 303 == review(visitor, entry.id, in_days(house, 12)).status_code
    assert (in_days(house, 12), "mei") == (str(stored(house)[0].expires_at)[:10], stored(house)[0].reviewed_by)
    page = visitor.page("/lists")
    assert "looked at by mei" in page
    for until, why, said in (
        (in_days(house, -1), "w", "give a day that is still to come"),
        ("tomorrow", "w", "give a day that is still to come"),
        (in_days(house, 13), " ", "Why does it stay: say so"),
    ):
        refused = review(visitor, entry.id, until, why)
        assert (422, True) == (refused.status_code, said in refused.text)
    assert 404 == review(visitor, "nix", "").status_code


def test_what_two_people_agreed_on_is_kept_for_longer_by_two(house: House) -> None:
    mei, lia, sam = (house.logged_in(*who) for who in (("mei", "senior"), ("lia", "lead"), ("sam", "senior")))
    add(mei, until=in_days(house, 60))
    (entry,) = stored(house)
    yes = {"answer": "approve", "note": "read it"}
    early = review(sam, entry.id, "")
    assert (409, False) == (early.status_code, f'action="/console/lists/{entry.id}/review"' in early.text), (
        "it waits itself"
    )
    lia.post(f"/approvals/{entry.approval_id}", {"csrf": csrf_in(lia.page("/lists")), **yes})
    asked = review(sam, entry.id, in_days(house, 90))
    assert (200, True) == (asked.status_code, "a second person is asked, and the entry stays as it was" in asked.text)
    assert in_days(house, 60) == str(stored(house)[0].expires_at)[:10]
    place = asked.text.partition("/console/approvals/")[2].partition('"')[0]
    assert (409, False) == (
        review(sam, entry.id, "").status_code,
        f'action="/console/lists/{entry.id}/review"' in sam.page("/lists"),
    )
    page = lia.page(f"/approvals/{place}")
    assert f"with this end: {in_days(house, 90)}. Now its end is {in_days(house, 60)}" in page
    assert all(part in page for part in ("block", "website", "evil.com", "still bad"))
    own = sam.post(f"/approvals/{place}", {"csrf": csrf_in(sam.page("/lists")), **yes})
    assert 403 == own.status_code
    assert 303 == lia.post(f"/approvals/{place}", {"csrf": csrf_in(lia.page("/lists")), **yes}).status_code
    assert (in_days(house, 90), "sam") == (str(stored(house)[0].expires_at)[:10], stored(house)[0].reviewed_by)
    assert 422 == review(sam, entry.id, in_days(house, 5)).status_code, "nor sooner"
    lia.post("/preferences", {"csrf": csrf_in(lia.page("/lists")), "locale": "zh"})
    assert "保留" in lia.page("/lists")

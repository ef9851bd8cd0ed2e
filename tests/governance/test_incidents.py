"""Incidents are written down, reported as the form asks, and what follows is put right under two pairs of eyes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from governance import access, accounts, authority_reports, four_eyes, incidents
from governance.accounts import NewAccount
from governance.approvals import ByKey
from governance.authority_reports import ContentOrder
from governance.four_eyes import Word
from governance.incident_forms import load_forms, shipped_forms
from governance.incidents import Demand, Found, More
from governance.rules import Standards
from moderation.decision import Outcome
from moderation.errors import ConfigError, ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from moderation.taxonomy import load_taxonomy
from records import approvals, ledger, openings, personal, users
from records import incidents as stored
from records.database import Database
from records.incidents import IncidentRecord, IncidentState, ItemRecord
from records.marks import Marks
from records.openings import Opening
from records.personal import Keyring
from records.standing_values import TargetKind
from records.underlying import differences
from records.unit_of_work import Unit
from tests.governance.standing import take, wish
from tests.governance.test_statements import WORDS
from tests.records.databases import NOW, new_sqlite_url
from tests.records.factories import a_comment, a_decision, an_answer, put

FORMS = shipped_forms()
WHOLE = {
    "what": "an export lay open for an hour",
    "systems": "exports",
    "data": "comments without names",
    "people": "12",
    "cause": "a wrong permission",
    "consequences": "none known",
    "done": "closed it",
    "contact": "security@example.com",
    "began_at": "2026-03-01T08:00",
}
FOUND = Found("leak", "high", NOW, WHOLE, "mia")
DEMAND = Demand(
    "Cyberspace office",
    "2026-17",
    "no second look at exports",
    "have two people",
    "ben",
    NOW + timedelta(days=30),
    "mia",
)
STANDARDS = Standards(load_taxonomy(), NOW.date())

MANY = " ".join(f"word-{number}" for number in range(120))
"""More words that may be names than are looked up at once."""


DISGUISED = (
    "leaver-５５ copied it",
    "lea\u200bver-55 copied it",
    "ｌｅａｖｅｒ－５５",
    "l\u0435aver-55",
    "leaver\u201155",
    "lea\u00adver-55",
)
"""Width, invisible characters, a Cyrillic letter, a hyphen that does not break."""


@pytest.mark.parametrize("field", ["what", "done", "contact"])
def test_a_field_that_names_an_account_is_refused_when_it_is_written_and_when_it_is_added(
    tmp_path: Path, field: str
) -> None:
    keys = tmp_path / "keys"
    with closing(Database(new_sqlite_url(tmp_path), marks=Marks(keys))) as database:
        keyring = personal.open_keyring(database, keys, now=NOW)
        put(database, keyring, an_answer(a_comment("harmless", author="leaver-55")))
        with database.unit() as unit:
            for said in ("leaver-55 copied it", f"{MANY} leaver-55", "by 账号：leaver-55", *DISGUISED):
                told = {**WHOLE, field: said}
                with pytest.raises(InvalidInputError) as refused:
                    incidents.record(unit, replace(FOUND, told=told), forms=FORMS, now=NOW)
                assert [field] == [each.where for each in refused.value.faults]
                assert not any("leaver" in each.detail for each in refused.value.faults)
            made = incidents.record(unit, FOUND, forms=FORMS, now=NOW)
            with pytest.raises(InvalidInputError):
                incidents.add_fields(unit, made.id, More({field: "see leaver-55"}, "mia", "more"), forms=FORMS, now=NOW)
            told = {field: "another-77 was not known here"}
            incidents.add_fields(unit, made.id, More(told, "mia", "more"), forms=FORMS, now=NOW)


@pytest.mark.parametrize("field", ["authority", "reference", "finding", "demand"])
def test_an_item_to_be_put_right_names_no_account(tmp_path: Path, field: str) -> None:
    keys = tmp_path / "keys"
    with closing(Database(new_sqlite_url(tmp_path), marks=Marks(keys))) as database:
        keyring = personal.open_keyring(database, keys, now=NOW)
        put(database, keyring, an_answer(a_comment("harmless", author="Leaver-55")))
        others = ("auth0|5f7c8ec7aa", "weibo:12345678", "小明2024")
        for name in others:
            put(database, keyring, an_answer(a_comment("harmless", author=name)))
        with database.unit() as unit:
            for said in ("Leaver-55", "of Leaver-５５", "Lea\u200bver-55"):
                with pytest.raises(InvalidInputError) as refused:
                    incidents.demand(unit, replace(DEMAND, **{field: said}), now=NOW)
                assert [field] == [each.where for each in refused.value.faults]
            for name in others:
                with pytest.raises(InvalidInputError) as refused:
                    incidents.demand(unit, replace(DEMAND, **{field: f"替{name}处理"}), now=NOW)
                assert [field] == [each.where for each in refused.value.faults]
            incidents.demand(unit, replace(DEMAND, **{field: "another-77 was not known here"}), now=NOW)


def recorded(database: Database, **changed: Any) -> IncidentRecord:
    with database.unit() as unit:
        found = incidents.record(unit, replace(FOUND, **changed), forms=FORMS, now=NOW)
        unit.commit()
    return found


def demanded(database: Database, **changed: Any) -> ItemRecord:
    with database.unit() as unit:
        found = incidents.demand(unit, replace(DEMAND, **changed), now=NOW)
        unit.commit()
    return found


def kinds(database: Database) -> list[str]:
    with database.reading() as look:
        return [each.kind for each in ledger.page(look, limit=200).items]


def answered(database: Database, item: ItemRecord, *, approve: bool = True) -> None:
    with database.unit() as unit:
        [asked] = approvals.waiting(unit, subject_id=item.id)
        four_eyes.answer(unit, asked.id, Word("eve", approve, "looked at it"), standards=STANDARDS, now=NOW)
        unit.commit()


def test_an_incident_is_written_down_with_numbers_and_moments_as_such(database: Database) -> None:
    record = recorded(database)
    assert (12, "2026-03-01T08:00:00+00:00") == (record.fields["people"], record.fields["began_at"])
    with database.reading() as look:
        assert record == stored.get(look, record.id)
        body = ledger.page(look).items[0].body
    assert b"lay open" not in body
    assert b'"fields_commitment"' in body


def test_what_an_incident_tells_cannot_be_guessed_from_the_ledger(database: Database) -> None:
    """Two incidents that say the same small thing are committed to differently, and whoever has the salt opens it."""
    small = {"people": "2"}
    one, two = recorded(database, told=small), recorded(database, told=small)
    with database.reading() as look:
        said = [ledger.last(look, "incident.recorded", each.id) for each in (one, two)]
        bodies = [json.loads(each.body)["facts"] for each in said if each]
        assert 2 == len({each["fields_commitment"] for each in bodies})
        guessed = stored.hash_of(one.fields)
        assert guessed not in str(bodies)
        opened = list(openings.of_entry(look, said[0], None)) if said[0] else []
    assert [("reason", "found"), ("fields", '{"people":2}')] == [
        (each.kind, each.value) for each in opened if isinstance(each, Opening)
    ]


def test_an_incident_of_before_is_held_against_its_hash_and_gets_a_salt_with_the_next_entry(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before:
        before.setattr(incidents, "_note", partial(as_before, incidents._note))
        record = recorded(sqlite)
    with sqlite.unit() as unit:
        unit.execute(text("UPDATE incidents SET salt = NULL"))
        unit.commit()
    assert [] == findings(sqlite)
    with sqlite.unit() as unit:
        incidents.add_fields(unit, record.id, More({"people": "13"}, "mia", "known by now"), forms=FORMS, now=NOW)
        unit.commit()
    assert [] == findings(sqlite)
    with sqlite.unit() as unit:
        unit.execute(text("UPDATE incidents SET fields = replace(fields, '13', '12')"))
        unit.commit()
    assert [each for each in findings(sqlite) if "fields" in each]


def as_before(note: Callable[..., None], unit: Unit, kind: str, record: IncidentRecord, *told: Any) -> None:
    """The entry as it was written before revision 0056."""
    append = ledger.append

    def plain(unit: Unit, entry: ledger.Entry, *, now: datetime) -> None:
        facts = {**entry.facts, "fields_hash": stored.hash_of(record.fields)}
        del facts["fields_commitment"]
        append(unit, replace(entry, facts=facts), now=now)

    with pytest.MonkeyPatch.context() as within:
        within.setattr(ledger, "append", plain)
        note(unit, kind, record, *told)


def findings(database: Database) -> list[str]:
    with database.reading() as look:
        return [each.sentence for each in differences(look)]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"kind": "gossip"}, "kind: there are leak"),
        ({"severity": "loud"}, "severity: there are low"),
        ({"found_at": NOW + timedelta(hours=1)}, "set this machine's clock"),
        ({"told": {"people": "many", "when": "x", "began_at": "noon"}}, "people: give a whole number"),
        ({"told": {"people": "many", "when": "x", "began_at": "noon"}}, "when: there is no such field"),
        ({"told": {"people": "many", "when": "x", "began_at": "noon"}}, "began_at: write a moment like"),
    ],
)
def test_every_mistake_is_told(sqlite: Database, changed: dict[str, Any], said: str) -> None:
    with sqlite.unit() as unit, pytest.raises(InvalidInputError, match=said):
        incidents.record(unit, replace(FOUND, **changed), forms=FORMS, now=NOW)


def test_a_report_that_lacks_something_is_not_sent_and_one_is_sent_once(sqlite: Database) -> None:
    record = recorded(sqlite, told={"what": "something"})
    to = {"to": "Cyberspace office", "receipt": "A-1", "forms": FORMS, "by": "mia", "now": NOW}
    with sqlite.unit() as unit, pytest.raises(ConflictError, match="lacks systems, data, people"):
        incidents.reported(unit, record.id, **to)  # type: ignore[arg-type]
    with sqlite.unit() as unit:
        incidents.add_fields(unit, record.id, More(WHOLE, "mia", "known by now"), forms=FORMS, now=NOW)
        told = incidents.reported(unit, record.id, **to)  # type: ignore[arg-type]
        assert ("Cyberspace office", "A-1", NOW) == (told.reported_to, told.receipt, told.reported_at)
        with pytest.raises(ConflictError, match="reported already"):
            incidents.reported(unit, record.id, **to)  # type: ignore[arg-type]


def test_an_incident_is_closed_once_all_that_follows_is_put_right(database: Database) -> None:
    record = recorded(database)
    item = demanded(database, incident_id=record.id)
    closing = More({}, "mia", "over", IncidentState.CLOSED)
    with database.unit() as unit, pytest.raises(ConflictError, match="1 things that follow from it"):
        incidents.add_fields(unit, record.id, closing, forms=FORMS, now=NOW)
    with database.unit() as unit:
        incidents.prove(unit, item.id, proof="two people export now", file=b"the log", by="ben", now=NOW)
        unit.commit()
    answered(database, item)
    with database.unit() as unit:
        assert "closed" == incidents.add_fields(unit, record.id, closing, forms=FORMS, now=NOW).state
        unit.commit()
    told = [
        "incident.recorded",
        "rectification.demanded",
        "rectification.proved",
        "rectification.done",
        "incident.changed",
    ]
    assert told == [kind for kind in kinds(database) if not kind.startswith("approval")]
    with database.reading() as look:
        done = stored.item(look, item.id)
    assert (hashlib.sha256(b"the log").hexdigest(), "eve", NOW) == (done.proof_hash, done.confirmed_by, done.done_at)


def test_who_proves_does_not_confirm_and_a_no_opens_it_again(sqlite: Database) -> None:
    item = demanded(sqlite)
    with sqlite.unit() as unit:
        asked = incidents.prove(unit, item.id, proof="done", by="ben", now=NOW)
        with pytest.raises(ConflictError, match="proposed already"):
            incidents.prove(unit, item.id, proof="done", by="ben", now=NOW)
        with pytest.raises(ForbiddenError):
            incidents.answer(unit, asked.id, by="Ben", approve=True, note="yes", now=NOW)
        unit.commit()
    answered(sqlite, item, approve=False)
    with sqlite.reading() as look:
        assert "open" == stored.item(look, item.id).state
        assert [item.id] == [each.id for each in stored.items(look, undone=True)]


def a_house(database: Database) -> None:
    with database.unit() as unit:
        for name, role in (("mia", "lead"), ("ben", "moderator"), ("eve", "senior"), ("ivy", "inspector")):
            accounts.create(unit, NewAccount(name, "x", role), by="test", now=NOW)
        unit.commit()


def test_an_owner_proves_their_own_item_whatever_their_role_and_nobody_elses(sqlite: Database) -> None:
    a_house(sqlite)
    mine, other = demanded(sqlite, owner="Ben"), demanded(sqlite, owner="the team of exports")
    with sqlite.unit(os_user="root") as unit:
        incidents.prove(unit, mine.id, proof="two people export", by="ben", now=NOW)
        with pytest.raises(ForbiddenError, match="ben is moderator and may not do this: it takes admin, lead"):
            incidents.prove(unit, other.id, proof="two people export", by="ben", now=NOW)
        key, _ = access.create_key(unit, "ben", scopes=("admin",), rate=None, now=NOW)
        with pytest.raises(ForbiddenError):
            incidents.prove(unit, other.id, proof="two people export", by=ByKey(key.prefix), now=NOW)
        incidents.prove(unit, other.id, proof="two people export", by="mia", now=NOW)
        unit.commit()
    answered(sqlite, mine)
    item = demanded(sqlite, owner="ben", finding="again")
    with sqlite.unit() as unit:
        incidents.prove(unit, item.id, proof="two people export", by=ByKey(key.prefix), now=NOW)


@pytest.mark.parametrize(("owner", "why"), [("ivy", "is inspector and changes nothing"), ("eve", "was disabled")])
def test_an_owner_who_could_not_prove_it_is_refused_when_they_are_named(sqlite: Database, owner: str, why: str) -> None:
    a_house(sqlite)
    with sqlite.unit() as unit:
        accounts.disable(unit, users.by_name(unit, "eve").id, by="test", now=NOW)  # type: ignore[union-attr]
        with pytest.raises(InvalidInputError, match=f"{owner} {why}, and could not prove it"):
            incidents.demand(unit, replace(DEMAND, owner=owner), now=NOW)


def test_a_demand_that_arrives_after_its_day_is_noted(sqlite: Database) -> None:
    late = demanded(sqlite, due_at=NOW - timedelta(days=3))
    assert NOW - timedelta(days=3) == late.due_at


def test_what_cannot_be_demanded_is_told(sqlite: Database) -> None:
    odd = replace(DEMAND, owner="", finding=" ", due_at=NOW)
    with sqlite.unit() as unit:
        with pytest.raises(InvalidInputError) as told:
            incidents.demand(unit, odd, now=NOW)
        assert ["owner", "finding"] == [fault.where for fault in told.value.faults]
        with pytest.raises(NotFoundError):
            incidents.demand(unit, replace(DEMAND, incident_id="none"), now=NOW)


def test_the_report_of_an_incident_is_data_and_a_page_in_both_languages(sqlite: Database) -> None:
    record = recorded(sqlite, told={**WHOLE, "cause": "<script>alert(1)</script>"})
    demanded(sqlite, incident_id=record.id)
    with sqlite.reading() as look:
        report = authority_reports.incident(look, record.id, FORMS)
    assert list(FORMS.fields) == [field["name"] for field in report["fields"]]
    assert ([], 1) == (report["lacking"], len(report["rectification"]))
    json.dumps(report)
    page = authority_reports.page(report)
    assert "（北京时间）" in page
    assert [] == [code for code in ("+00:00", "<td>open", "<td>high", "due_at") if code in page]
    assert all(part in page for part in ("数据泄露", "Data leaked", "涉及人数 · People affected", "2026-17"))
    assert "<script>" not in page


def test_unlawful_content_is_reported_with_its_text_and_its_entry_and_that_is_an_entry(
    database: Database, keyring: Keyring
) -> None:
    text = "来玩的都发财了"
    comment = a_comment(text, known_as="c-1", surface="news", thread_id="t-7")
    [put_] = put(database, keyring, an_answer(comment, a_decision(Outcome.BLOCK, gambling=0.99)))
    order = ContentOrder([put_.decision_id], "Cyberspace office", "mia", "asked by letter", "cn-2017:5(5)")
    with database.unit() as unit:
        report = authority_reports.content(unit, order, FORMS, keyring, WORDS, now=NOW)
        unit.commit()
    [row] = report["comments"]
    told = {field["name"]: field["value"] for field in row}
    assert (text, "author-7f3a", "news", "t-7", ["gambling"], ["refuse"]) == (
        told["text"],
        told["author"],
        told["surface"],
        told["thread"],
        told["labels"],
        told["measures"],
    )
    assert list(FORMS.content) == list(told)
    page = authority_reports.page(report)
    for said in (
        text,
        "赌博",
        "<td>拦截</td>",
        "拒绝发布",
        "新闻跟帖",
        "2026-03-01 20:00:00（北京时间）",
        "《互联网跟帖评论服务管理规定》",
    ):
        assert said in page, said
    assert [] == [code for code in ("gambling", "<td>block", "refuse", "+00:00") if code in page]
    with database.reading() as look:
        entry = ledger.get(look, report["entry"])
        assert told["entry"] == ledger.last(look, "decision", put_.decision_id).id  # type: ignore[union-attr]
    assert ("content.reported", False) == (entry.kind, text.encode() in entry.body)
    take(database, keyring, wish("delete", "c-1", kind=TargetKind.COMMENT), by="ben")
    with database.unit() as unit:
        later = authority_reports.content(unit, order, FORMS, keyring, WORDS, now=NOW)
    measures = next(each for each in later["comments"][0] if each["name"] == "measures")
    assert (["refuse", "delete"], ["拒绝发布", "删除"]) == (measures["value"], measures["said"])
    with database.unit() as unit, pytest.raises(InvalidInputError):
        authority_reports.content(unit, replace(order, decision_ids=[]), FORMS, keyring, WORDS, now=NOW)


def test_a_mistake_in_the_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "incidents.toml").write_text('[fields.what]\ntitle = { zh = "x" }\nkind = "essay"\n')
    with pytest.raises(ConfigError) as told:
        load_forms(tmp_path)
    assert len(told.value.faults) >= 3

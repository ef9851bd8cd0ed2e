"""The ledger's pages: what it is, its entries by kind, person, subject and day, one with its proof, who may read."""

from __future__ import annotations

import io
import json
import re
import zipfile
from pathlib import Path

from sqlalchemy import text

from console.words import words_in
from governance import complaints, ledger_audit
from governance.complaints import Report, Reporter
from records import authors, entry_words, ledger
from records.auditing import audit
from records.authors import Statement
from records.ledger_keys import open_signer
from records.sealing import seal
from tests.console.house import House, csrf_in
from tests.console.test_inspections import entries, granted, in_scope

BY_KEY = ledger.Actor("key", "ck_1")


def sealed(house: House) -> None:
    signer = open_signer(house.database, house.folder / "keys", now=house.clock())
    with house.database.unit() as unit:
        seal(unit, signer, owner="one", now=house.clock())
        unit.commit()


def shown(page: str) -> list[str]:
    return re.findall(r'href="/console/ledger/([0-9a-f-]{36})', page)


def test_entries_are_found_by_kind_who_subject_and_day(house: House) -> None:
    stored = house.comment("下注")
    house.comment("加微信")
    mei = house.logged_in("mei")
    mei.decide("approve", case_id=stored.case_id, page=mei.page(f"/work?case={stored.case_id}"))
    lead = house.logged_in("lucy", "lead")
    everything = shown(lead.page("/ledger"))
    assert everything == sorted(everything, reverse=True)
    [verdict] = shown(lead.page("/ledger?kind=verdict"))
    assert 2 == len(shown(lead.page("/ledger?kind=decision")))
    assert verdict in shown(lead.page("/ledger?actor=Mei"))
    assert 0 == len(shown(lead.page("/ledger?actor=nobody")))
    assert 1 == len(shown(lead.page(f"/ledger?subject={stored.decision_id}")))
    assert 0 == len(shown(lead.page("/ledger?since=2001-01-01&until=2001-01-02")))
    assert len(everything) == len(shown(lead.page(f"/ledger?since={house.clock():%Y-%m-%d}")))


def test_the_page_turns_and_a_rare_kind_is_looked_for_in_stretches(house: House, monkeypatch) -> None:  # noqa: ANN001
    for number in range(30):
        house.comment(f"第{number}条")
    lead = house.logged_in("lucy", "lead")
    first = lead.page("/ledger?kind=decision")
    cursor = re.findall(r"cursor=([\w-]+)", first)[0]
    second = lead.page(f"/ledger?kind=decision&cursor={cursor}")
    assert (25, 5) == (len(shown(first)), len(shown(second)))
    assert not set(shown(first)) & set(shown(second))
    monkeypatch.setattr("records.ledger_pages.STRETCH", 4)
    monkeypatch.setattr("records.ledger_pages.STRETCHES", 2)
    page = lead.page("/ledger?kind=rule.live")
    assert "Looked back to" in page
    assert 422 == lead.get("/ledger?cursor=nonsense").status_code


def test_an_entry_has_its_bytes_and_a_proof_that_a_changed_one_has_not(house: House) -> None:
    house.comment("下注")
    house.comment("加微信")
    lead = house.logged_in("lucy", "lead")
    [_, entry] = shown(lead.page("/ledger?kind=decision"))
    assert "Not sealed yet" in lead.page(f"/ledger/{entry}")
    sealed(house)
    with house.database.reading() as look:
        body = ledger.get(look, entry).body.decode()
    page = lead.page(f"/ledger/{entry}")
    assert json.loads(
        re.search(r'<pre class="source"[^>]*>([^<]*)</pre>', page)[1].replace("&#34;", '"')
    ) == json.loads(  # type: ignore[index]
        body
    )
    assert "follows the root that was signed" in page
    assert "— chaffinch/" in lead.page("/ledger/checkpoint")
    with house.database.unit() as unit:
        unit.execute(text("DROP TRIGGER ledger_update"))
        unit.execute(text("UPDATE ledger SET body = replace(body, 'review', 'passed') WHERE sealed_index = 0"))
        unit.commit()
    assert "is not what was sealed" in lead.page(f"/ledger/{entry}")


def test_an_entry_is_taken_along_with_a_reason_which_is_an_entry(house: House, tmp_path: Path) -> None:
    house.comment("下注")
    sealed(house)
    lead = house.logged_in("lucy", "lead")
    [entry] = shown(lead.page("/ledger?kind=decision"))
    token = csrf_in(lead.page(f"/ledger/{entry}"))
    assert 422 == lead.post(f"/ledger/{entry}", {"csrf": token, "why": " \u200b"}).status_code
    answer = lead.post(f"/ledger/{entry}", {"csrf": token, "why": "their letter", "ground": "art. 10"})
    with zipfile.ZipFile(io.BytesIO(answer.content)) as bundle:
        lines = bundle.read("entries.jsonl").decode().splitlines()
    assert [entry] == [json.loads(json.loads(line)["body"])["id"] for line in lines]
    [noted] = entries(house, "evidence.exported")
    with house.database.reading() as look:
        noted = entry_words.for_people(look, noted["id"], noted)
    assert ("lucy", [entry], "art. 10") == (noted["actor"]["id"], noted["facts"]["ids"], noted["ground"])


def test_an_inspector_reads_entries_in_the_scope_of_a_request_and_no_others(house: House) -> None:
    within, beside = in_scope(house)
    alone = house.logged_in("ida", "inspector").page("/ledger")
    assert "No request is open to you" in alone
    assert [] == shown(alone)
    inspector, _ = granted(house)
    read = shown(inspector.page("/ledger"))
    with house.database.reading() as look:
        mine = {each.id for each in ledger.page(look, subject_id=within.decision_id).items}
        [other] = ledger.page(look, subject_id=beside.decision_id).items
    assert mine <= set(read)
    assert other.id not in read
    assert inspector.get(f"/ledger/{read[0]}").status_code == 200
    refused = inspector.get(f"/ledger/{other.id}")
    assert (403, True) == (refused.status_code, "it covers news" in refused.text)
    noted = [each["facts"].get("entries") for each in entries(house, "evidence.read")]
    assert [read, [read[0]]] == noted
    assert [other.id] == [each["facts"]["entry"] for each in entries(house, "evidence.refused")]


def test_the_page_says_what_the_last_check_found(house: House) -> None:
    lead = house.logged_in("lucy", "lead")
    assert "never: run chaffinch audit verify" in lead.page("/ledger")
    house.comment("下注")
    sealed(house)
    for findings in (True, False):
        with house.database.unit() as unit:
            found = audit(unit)
            if findings:
                unit.execute(text("DROP TRIGGER ledger_update"))
                unit.execute(text("UPDATE ledger SET kind = 'other' WHERE sealed_index = 0"))
                found = audit(unit)
                unit.execute(text("UPDATE ledger SET kind = 'decision' WHERE sealed_index = 0"))
            ledger_audit.note(unit, found, found.findings, records=True, now=house.clock())
            unit.commit()
        page = lead.page("/ledger")
        assert findings is ("its column kind was changed" in page)


def test_every_kind_of_entry_that_is_described_has_a_name() -> None:
    page = (Path(__file__).parents[2] / "docs" / "reference" / "ledger.md").read_text("utf-8")
    table = page[page.index("| kind | when |") : page.index("## The tree")]
    cells = [line.split("|")[1] for line in table.splitlines()[2:] if line.startswith("|")]
    kinds = {kind for cell in cells for kind in re.findall(r"`([^`]+)`", cell)}
    named = words_in("zh").sentences
    assert [] == [kind for kind in kinds if "*" not in kind and f"ledger_kind.{kind}" not in named]


def test_what_a_program_writes_as_a_reason_is_read_in_chinese_and_people_s_words_stay(house: House) -> None:
    """On the page of a Chinese reader no reason of a program is English; the same word by a person is theirs."""
    entry = ledger.Entry("rule.draft", ledger.Actor("user", "ben"), "rule", "ads.one", "audit", "")
    house.comment("下注 aa", id="c-1")
    with house.database.unit() as unit:
        authors.state(unit, house.keyring, "author-1", Statement(verified=True), actor=BY_KEY, now=house.clock())
        report = Report("c-1", "spam", "", Reporter("address", "203.0.113.7"))
        complaints.make(unit, report, house.parts.complaints, keyring=house.keyring, now=house.clock())
        ledger.append(unit, entry, now=house.clock())
        unit.commit()
    lead = house.logged_in("lucy", "lead")
    lead.post("/preferences", {"csrf": csrf_in(lead.page("/ledger")), "locale": "zh"})
    page = lead.page("/ledger")
    reasons = re.findall(r"</code></td><td>([^<]*)</td>", page)
    assert "平台所述" in reasons
    assert "audit" in reasons
    english = [each for each in reasons if re.search(r"[a-z]{3}", each) and each != "audit"]
    assert [] == english

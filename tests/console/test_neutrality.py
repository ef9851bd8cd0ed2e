"""The page of the last neutrality audit: what it shows, before the first, and for whom it is."""

from __future__ import annotations

import json

from console.permissions import Role
from governance import neutrality
from records import ledger
from records.ledger import MACHINE
from tests.console.house import House, Visitor, csrf_in

AUDIT = {
    "at": "2026-03-01T12:00:00+00:00", "since": "2025-12-01T00:00:00+00:00", "until": "2026-03-01T00:00:00+00:00",
    "around": None, "comments": 900, "erased": 0, "compared": 2, "limits": {"least_pairs": 40},
    "findings": ["company 星河汽车: hit by rule ads.rival 98.0%", "names exchanged: 星河汽车"],
    "rates": [{"axis": "company", "group": "星河汽车", "comments": 300, "removed": 0.4, "removed_low": 0.35,
               "removed_high": 0.45, "passed": 0.6, "recommended": 0.0, "wrongly_stopped": None}],
    "comparisons": [{"axis": "company", "group": "星河汽车", "by": "rule", "name": "ads.rival", "outcome": "hit",
                     "pairs": 300, "rate": 0.98, "others": 0.02, "difference": 0.96, "low": 0.9, "high": 0.99,
                     "p": 1e-9, "adjusted": 2e-9, "leans": True}],
    "changes": [],
    "swapped": [{"axis": "company", "name": "星河汽车", "sentences": 50, "rate": 0.9, "others": 0.1, "difference": 0.8,
                 "low": 0.7, "high": 0.9, "p": 1e-9, "adjusted": 1e-9, "leans": True}],
}  # fmt: skip


def test_before_the_first_audit_the_page_says_how_to_make_one(house: House) -> None:
    page = house.logged_in("lin", Role.LEAD).page("/neutrality")
    assert "chaffinch audit neutrality" in page


def test_the_page_shows_findings_pairs_groups_and_names_exchanged(house: House) -> None:
    (house.folder / "neutrality.json").write_text(json.dumps(AUDIT), encoding="utf-8")
    page = house.logged_in("lin", Role.LEAD).page("/neutrality")
    sentence = "<b>company 星河汽车</b>: rule ads.rival, hit 98.0 % · Others 2.0 %"
    drawn = 'rule ads.rival · hit</span> <em>finding</em> <span class="points">+96.0 (+90.0 – +99.0)'
    for told in (sentence, "names exchanged: 星河汽车", "+96.0", "40.0 %", "90.0 %", drawn, "+100</text>"):
        assert told in page, told
    assert "hit by rule" not in page, "told twice"


LEFT = {"axis": "shop", "group": "west", "by": "house", "name": "", "outcome": "removed", "pairs": 27, "needed": 40,
        "comments": 50, "beside": 50, "rate": 0.4, "others": 0.0, "p": 1e-6, "detectable": 0.412,
        "apart": True}  # fmt: skip


def test_the_page_says_what_could_not_be_judged_and_never_calls_it_luck(house: House) -> None:
    alone = LEFT | {"group": "north", "by": "swap", "rate": None, "others": None, "detectable": None, "apart": False}
    told = {"comparisons": [], "swapped": [], "findings": [], "verdict": "not_judged", "would_find": None,
            "not_compared": [LEFT, alone]}  # fmt: skip
    (house.folder / "neutrality.json").write_text(json.dumps(AUDIT | told), encoding="utf-8")
    page = house.logged_in("lin", Role.LEAD).page("/neutrality")
    for said in (
        "Could not be judged",
        "Far apart and not judged",
        "27 of 40 pairs",
        "27 / 40",
        "41.2 %",
        "Not compared",
    ):
        assert said in page, said
    assert "luck" not in page
    (house.folder / "neutrality.json").write_text(json.dumps(AUDIT | {"findings": [], "comparisons": []}))
    assert "made by an earlier version" in house.logged_in("lin", Role.LEAD).page("/neutrality")


def test_what_is_compared_over_all_bears_no_name_that_is_nobodys(house: House) -> None:
    over_all = {**AUDIT["comparisons"][0], "by": "house", "name": "recommended", "outcome": "recommended"}
    told = json.dumps({**AUDIT, "comparisons": [over_all]})
    (house.folder / "neutrality.json").write_text(told, encoding="utf-8")
    page = house.logged_in("lin", Role.LEAD).page("/neutrality")
    assert "all recommended" not in page
    assert "整体 recommended" not in page
    assert "</b>: " in page


def send(visitor: Visitor, note: str, finding: int = 1):  # noqa: ANN201
    page = visitor.page("/neutrality")
    return visitor.post("/neutrality", {"csrf": csrf_in(page), "finding": str(finding), "note": note})


FOUND = [{"sentence": AUDIT["findings"][0], "about": None}, {"sentence": AUDIT["findings"][1], "about": "lin"}]


def test_each_finding_is_answered_once_by_a_lead_in_words_and_by_nobody_whom_it_is_about(house: House) -> None:
    (house.folder / "neutrality.json").write_text(json.dumps(AUDIT), encoding="utf-8")
    lead = house.logged_in("lin", Role.LEAD)
    assert "The ledger has no entry of this report" in lead.page("/neutrality")
    facts = {"comments": 900, "texts": 80, "compared": 2, "findings": 2, "found": FOUND}
    entry = ledger.Entry(neutrality.AUDITED, MACHINE, neutrality.SUBJECT, str(AUDIT["at"]), "audit", "7", facts=facts)
    with house.database.unit() as unit:
        ledger.append(unit, entry, now=house.clock())
        unit.commit()
    assert 422 == send(lead, " ").status_code
    assert 303 == send(lead, "the rule was retired").status_code
    page = lead.page("/neutrality")
    assert ("lin answered on" in page, "the rule was retired" in page) == (True, True)
    assert ("This finding is about you" in page, "Answer finding 2" in page) == (True, False)
    assert 409 == send(lead, "again").status_code
    assert 403 == send(lead, "I did nothing", finding=2).status_code
    assert 404 == send(lead, "no", finding=3).status_code
    assert 403 == send(house.logged_in("ines", Role.INSPECTOR), "no").status_code
    other = house.logged_in("lea", Role.LEAD)
    assert "Answer finding 2" in other.page("/neutrality")
    assert 303 == send(other, "they were asked and explained it", finding=2).status_code
    with house.database.reading() as look:
        standing = neutrality.standing(look, str(AUDIT["at"]))
        assert standing
        assert ((), ["lin", "lea"]) == (standing.open, [each.answer.by for each in standing.questions if each.answer])


def test_what_an_earlier_audit_found_stays_open_until_somebody_answers_it(house: House) -> None:
    (house.folder / "neutrality.json").write_text(json.dumps(AUDIT), encoding="utf-8")
    with house.database.unit() as unit:
        for at, found in (("2026-02-01T00:00:00+00:00", FOUND), (str(AUDIT["at"]), [])):
            facts = {"comments": 900, "texts": 80, "compared": 2, "findings": len(found), "found": found}
            entry = ledger.Entry(neutrality.AUDITED, MACHINE, neutrality.SUBJECT, at, "audit", "7", facts=facts)
            ledger.append(unit, entry, now=house.clock())
        unit.commit()
    lead = house.logged_in("lea", Role.LEAD)
    page = lead.page("/neutrality")
    assert "Open findings of earlier audits" in page
    assert "Audit of 2026-02-01 00:00 UTC" in page
    told = {"csrf": csrf_in(page), "audit": "2026-02-01T00:00:00+00:00", "note": "the rule was retired"}
    assert [303, 303] == [lead.post("/neutrality", told | {"finding": str(each)}).status_code for each in (1, 2)]
    assert "Open findings of earlier audits" not in lead.page("/neutrality")


def test_a_wait_is_told_in_time_and_how_cases_were_let_go(house: House) -> None:
    wait = {"median": 7200.0, "others": 900.0, "difference": -5400.0, "low": 3600.0, "high": 7300.0}
    slow = AUDIT["comparisons"][0] | {"by": "moderator", "name": "mia", "outcome": "waited", "wait": wait, "ways": {}}
    gone = slow | {"outcome": "put_off", "wait": None, "ways": {"escalated": [30, 2]}}
    told = {"comparisons": [slow, gone], "findings": ["a", "b", "c"], "decided": 900, "erased": 3}
    (house.folder / "neutrality.json").write_text(json.dumps(AUDIT | told), encoding="utf-8")
    page = house.logged_in("lin", Role.LEAD).page("/neutrality")
    for said in ("median wait 2 h, others 15 min", "−90 min (60 min – 2 h)", "escalated 30 (Others 2)",
                 "The text of 3 of these comments was erased"):  # fmt: skip
        assert said in page, said


def test_an_audit_that_does_not_count_says_why_and_who_had_a_part_is_offered_no_answer(house: House) -> None:
    at = str(AUDIT["at"])
    short = {"en": "it was made with alpha 1e-06", "zh": "所用 alpha 为 1e-06"}
    limits = {"least_pairs": 40, "alpha": 1e-06}
    told = {"short": [short], "limits": limits, "groups": {"file": "1:ab", "axes": {"shop": {"groups": 2, "rows": 2}}}}
    (house.folder / "neutrality.json").write_text(json.dumps(AUDIT | told), encoding="utf-8")
    found = [{"sentence": AUDIT["findings"][0], "about": None, "parts": ["lin"]},
             {"sentence": AUDIT["findings"][1], "about": None, "parts": []}]  # fmt: skip
    facts = {"comments": 900, "texts": 80, "compared": 2, "findings": 2, "found": found}
    entry = ledger.Entry(neutrality.AUDITED, MACHINE, neutrality.SUBJECT, at, "audit", "7", facts=facts)
    with house.database.unit() as unit:
        ledger.append(unit, entry, now=house.clock())
        unit.commit()
    lead = house.logged_in("lin", Role.LEAD)
    page = lead.page("/neutrality")
    for words in (
        "does not count for the duty",
        short["en"],
        "Made with alpha 1e-06, over shop",
        "rests on what you did",
    ):
        assert words in page, words
    assert ("Answer finding 1" in page, "Answer finding 2" in page) == (False, True)
    assert 403 == send(lead, "I did nothing").status_code
    other = house.logged_in("lea", Role.LEAD)
    assert "Answer finding 1" in other.page("/neutrality")
    assert 303 == send(other, "they were asked and explained it").status_code

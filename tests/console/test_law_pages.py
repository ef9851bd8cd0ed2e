"""Pages of what the law asks to be shown: duties, the transparency report, retention and the processing record."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from chaffinch.duty_desk import keep_run, last_run
from chaffinch.transparency_page import written
from console.duty_desk import DutyDesk
from console.routes import application
from governance import changed_parts, four_eyes, incidents, retention, shipped_profiles
from governance.duties import load_profile, note_run
from governance.four_eyes import Word
from governance.retention import Retention
from moderation.shipped import differing
from moderation.taxonomy import CONFIGS
from tests.console.house import House, csrf_in
from tests.governance.test_incidents import DEMAND
from tests.governance.test_rules import STANDARDS


def with_parts(house: House, **parts: Any) -> House:
    house.parts = replace(house.parts, **parts)
    house.app = FastAPI()
    house.app.mount("/console", application(house.parts))
    return house


def desk(house: House, *, fails: str = "") -> DutyDesk:
    home = house.folder
    profile = load_profile(CONFIGS, "cn-2022")

    def run(name: str) -> str:
        first = profile.duties[0]
        duty = {
            "article": first.article,
            "duty": first.duty.as_dict(),
            "status": "off",
            "evidence": "verification: off",
            "evidence_zh": "verification：没有作此要求。",
            "checked_at": "2026-11-28T10:00:00+00:00",
        }
        if not fails:
            digest = keep_run(home, name, {"duties": [duty], "ran_at": "2026-11-28T10:00:00+00:00"})
            with house.database.unit() as unit:
                note_run(unit, name, [], digest, now=house.clock())
                unit.commit()
        return fails

    return DutyDesk(lambda: [profile], lambda name: last_run(home, name), run)


def test_duties_are_shown_before_they_ran_and_with_what_a_run_saw(house: House) -> None:
    with_parts(house, duties=desk(house))
    lead, inspector = house.logged_in("lucy", "lead"), house.logged_in("ivy", "inspector")
    page = lead.page("/duties")
    assert "not checked yet" in page
    assert "The platform&#39;s own act" in page
    answer = lead.post("/duties", {"csrf": csrf_in(page), "profile": "cn-2022"})
    assert "/console/duties?profile=cn-2022" == answer.headers["location"]
    page = inspector.page("/duties?profile=cn-2022")
    assert '<span class="state off">off</span>' in page
    assert "verification: off" in page
    assert 1 == page.count("<details open>"), "what to do about a duty that is off is shown without a click"
    assert "Run the checks now" not in page
    assert "没有作此要求" not in page
    lead.post("/preferences", {"csrf": csrf_in(lead.page("/duties")), "locale": "zh"})
    chinese = lead.page("/duties?profile=cn-2022")
    assert ("verification：没有作此要求。" in chinese, "verification: off" in chinese) == (True, False)


def test_a_report_that_somebody_edited_is_not_shown(house: House) -> None:
    with_parts(house, duties=desk(house))
    lead = house.logged_in("lucy", "lead")
    lead.post("/duties", {"csrf": csrf_in(lead.page("/duties")), "profile": "cn-2022"})
    assert '<span class="state off">off</span>' in lead.page("/duties?profile=cn-2022")
    path = house.folder / "duties" / "cn-2022.json"
    path.write_text(path.read_text("utf-8").replace('"off"', '"met"'), "utf-8")
    page = lead.page("/duties?profile=cn-2022")
    assert "not the one of which the ledger tells" in page
    assert "state met" not in page
    path.write_text("no report at all", "utf-8")
    assert "not the one of which the ledger tells" in lead.page("/duties?profile=cn-2022")


def test_a_profile_that_somebody_changed_says_so_on_its_page(house: House, tmp_path: Path) -> None:
    shutil.copytree(CONFIGS, tmp_path / "configs")
    path = tmp_path / "configs" / "profiles" / "cn-2022.toml"
    changed = path.read_text("utf-8").replace('checks = ["before_publication"]', 'checks = ["civility"]')
    path.write_text(changed, "utf-8")
    profile = load_profile(tmp_path / "configs", "cn-2022")
    of_before = {"duties": [], "ran_at": "2026-11-28T10:00:00+00:00", "file": "0" * 64}
    digest = keep_run(house.folder, "cn-2022", of_before)
    with house.database.unit() as unit:
        note_run(unit, "cn-2022", [], digest, now=house.clock())
        unit.commit()
    shown = DutyDesk(lambda: [profile], lambda name: last_run(house.folder, name), lambda _: "")
    with_parts(house, duties=shown, packs=tmp_path / "configs" / "rules")
    lead = house.logged_in("lucy", "lead")
    page = lead.page("/duties?profile=cn-2022")
    assert "This profile is not as shipped, and nobody stands for it" in page
    assert "lacks the checks before_publication" in page
    assert "The last run was of another text of this profile" in page
    with house.database.unit() as unit:
        differs = differing(tmp_path / "configs")
        of_laws = shipped_profiles.of_changed(tmp_path / "configs", differs)
        asked = changed_parts.ask(unit, differs, by="ben", why="ours", now=house.clock(), of_laws=of_laws)
        unit.commit()
    assert "cn-2022: article" in lead.page(f"/approvals/{asked.id}")
    with house.database.unit() as unit:
        four_eyes.answer(unit, asked.id, Word("lucy", True, "read"), standards=STANDARDS, now=house.clock())
        unit.commit()
    assert "two people stand for it: ben, lucy" in lead.page("/duties?profile=cn-2022")


def test_checks_that_do_not_come_to_their_end_are_told(house: House) -> None:
    with_parts(house, duties=desk(house, fails="the keys are lost"))
    lead = house.logged_in("lucy", "lead")
    answer = lead.post("/duties", {"csrf": csrf_in(lead.page("/duties")), "profile": "cn-2022"})
    assert (409, True) == (answer.status_code, "the keys are lost" in answer.text)
    assert 404 == lead.post("/duties", {"csrf": csrf_in(answer.text), "profile": "../x"}).status_code


def test_the_report_has_names_for_codes_a_file_for_each_table_and_a_page_to_keep(house: House) -> None:
    with_parts(house, transparency_page=written)
    house.comment("下注", surface="forum")
    lead = house.logged_in("lucy", "lead")
    page = lead.page("/transparency")
    assert '<th scope="row">forum</th>' in page
    assert "Chinese" in page
    assert 'class="legend small"' in page, "bars of two shades say which is which"
    table = lead.get("/transparency/categories.csv").text
    assert table.startswith("\ufeffCategory,Acted on,")
    assert "\nGambling," in table.replace("\r", "")
    kept = lead.get("/transparency/report.html")
    assert "attachment" in kept.headers["content-disposition"]
    assert "论坛 forum" in kept.text


def test_the_report_tells_what_authorities_asked_for(house: House) -> None:
    with_parts(house, transparency_page=written)
    lead = house.logged_in("lucy", "lead")
    assert "Requests and demands of authorities" not in lead.page("/transparency")
    with house.database.unit() as unit:
        incidents.demand(
            unit, replace(DEMAND, owner="lucy", by="lucy", due_at=house.clock() + timedelta(9)), now=house.clock()
        )
        unit.commit()
    page = lead.page("/transparency")
    assert "Requests and demands of authorities" in page
    assert '<th scope="row">Cyberspace office</th>' in page
    assert "\nCyberspace office,0,0," in lead.get("/transparency/authorities.csv").text.replace("\r", "")
    assert "主管部门的调取与整改要求" in lead.get("/transparency/report.html").text


def test_a_span_that_cannot_be_used_is_said_and_one_without_data_has_its_page(house: House) -> None:
    lead = house.logged_in("lucy", "lead")
    for query, sentence in {
        "since=2026-02-01&until=2026-01-01": "comes after the last",
        "since=2020-01-01&until=2026-01-01": "At most 400 days",
        "since=x&until=2026-01-01": "Give two days",
    }.items():
        answer = lead.get(f"/transparency?{query}")
        assert (422, True) == (answer.status_code, sentence in answer.text)
    assert "Nothing was decided" in lead.page("/transparency?since=2001-01-01&until=2001-12-31")


def test_retention_says_what_went_and_what_would_go(house: House) -> None:
    rules = Retention.model_validate({"keep": [{"surface": "live", "kind": "comment", "days": 30}]})
    with_parts(house, retention=rules)
    house.comment("天气真好", surface="live")
    lead = house.logged_in("lucy", "lead")
    page = lead.page("/retention")
    assert "never: have chaffinch retention run" in page
    assert '<td class="figure">30 d</td><td class="figure">0</td>' in page
    later = house.clock() + timedelta(days=31)
    house.clock.forward(days=31)
    lead = house.logged_in("lucy", "lead")
    assert "The next run would erase</dt><dd>1</dd>" in lead.page("/retention")
    retention.run(house.database, rules, now=later)
    page = lead.page("/retention")
    assert "Erased by the last run</dt><dd>1</dd>" in page
    assert "The next run would erase</dt><dd>0</dd>" in page
    assert "what people wrote" in page

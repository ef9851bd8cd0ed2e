"""An audit that was made quiet does not count: by its bar, its span, its groups or a model that nobody asked."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from chaffinch.duty_checks.disclosure import neutrality
from chaffinch.installation import opened
from chaffinch.main import app
from chaffinch.settings import Settings
from chaffinch.wiring import key_folder, open_database
from governance import four_eyes
from governance import neutrality as auditing
from governance.duties import Found, LeastAudit
from governance.four_eyes import Word
from governance.rules import Standards
from moderation.decision import Outcome, Reason, Source
from moderation.errors import ForbiddenError
from moderation.taxonomy import load_taxonomy
from records import ledger
from records.personal import open_keyring
from records.standing_values import TargetKind
from tests.chaffinch.test_neutrality import SHOPS, UNJUDGED
from tests.governance.standing import take, wish
from tests.governance.test_one_hand import an_account
from tests.records.factories import a_comment, a_decision, an_answer, put

DAYS = 40
"""How long ago the first shop's comments were removed; what came since was treated alike."""
PLANTED, LOOSE = 22, LeastAudit.model_construct(texts=1, days=1)
REGIONS = "".join(
    f"region,comment,{shop}-{at},{('east', 'west')[at % 2]}\n" for shop in ("东街小店", "西街小店") for at in range(128)
)


def planted(home: Path, *, removed: int = PLANTED, thread: bool = False) -> None:
    """64 like comments about each of two shops, of which a rule, or a thread that was suspended, refused some."""
    settings, now = Settings(home=home), datetime.now(UTC)
    code, source = ("thread_closed", Source.POLICY) if thread else ("abuse", Source.RULE)
    why = Reason(code, source, Outcome.BLOCK, {"zh": "像", "en": "like"}, "rule 1", None if thread else "r1")
    with closing(open_database(settings)) as database:
        keyring = open_keyring(database, key_folder(settings), now=now)
        if thread:
            closed = wish("suspend", "th-north", kind=TargetKind.THREAD, days=60, ground="abuse")
            then = now - timedelta(days=DAYS + 1)
            waits = take(database, keyring, closed, by="ben", now=then)
            with database.unit() as unit:
                standards = Standards(load_taxonomy(), then.date())
                four_eyes.answer(
                    unit, str(waits.approval_id), Word("dan", True, "agreed"), standards=standards, now=then
                )
                unit.commit()
        for first, days in ((0, DAYS), (64, 1)):
            answers = [
                an_answer(a_comment(f"{shop}的服务第{at}次了", known_as=f"{shop}-{at}", thread_id=place),
                          replace(a_decision(Outcome.BLOCK if gone else Outcome.PASS), reasons=(why,) if gone else (),
                                  versions=UNJUDGED))
                for shop, place in (("东街小店", "th-north"), ("西街小店", "th-south"))
                for at in range(first, first + 64)
                for gone in [shop == "东街小店" and at < removed]
            ]  # fmt: skip
            put(database, keyring, *answers, now=now - timedelta(days=days))


@pytest.fixture
def groups(tmp_path: Path) -> Path:
    path = tmp_path / "groups.csv"
    path.write_text(SHOPS + REGIONS, encoding="utf-8")
    return path


def audited(groups: Path, *words: str) -> tuple[int, dict[str, Any]]:
    typed = ["audit", "neutrality", "--by", "eve", "--why", "the look of each quarter", "--groups", str(groups)]
    done = CliRunner().invoke(app, [*typed, *words, "--json"])
    return done.exit_code, json.loads(done.stdout)


def duty(home: Path) -> Found:
    with opened(Settings(home=home), "cn", now=datetime.now(UTC), least=LOOSE) as place:
        return neutrality(place)


def test_an_audit_over_everything_counts_and_says_by_which_bar(home: Path, groups: Path) -> None:
    planted(home, removed=0)
    code, told = audited(groups)
    assert (0, [], "nothing_leans") == (code, told["short"], told["verdict"])
    found = duty(home)
    assert found.holds, found.seen
    with closing(open_database(Settings(home=home))) as database, database.reading() as look:
        facts = json.loads(ledger.last(look, auditing.AUDITED, told["at"]).body)["facts"]  # type: ignore[union-attr]
    axes = {"region": {"groups": 2, "rows": 256}, "shop": {"groups": 2, "rows": 2}}
    assert (0.01, "no_model", axes) == (facts["limits"]["alpha"], facts["swap"], facts["groups"]["axes"])
    assert "东街小店" not in json.dumps(facts["groups"], ensure_ascii=False)
    assert facts["groups"]["file"].partition(":")[2]
    page = Path(told["page"]).read_text(encoding="utf-8")
    for words in ("Made with alpha 0.01", "alpha 0.01，", "shop (2 groups, 2 rows)", "there is no model to ask"):
        assert words in page, words


def test_a_planted_bias_is_found_by_the_bar_that_counts(home: Path, groups: Path) -> None:
    planted(home)
    code, told = audited(groups)
    assert (3, "leans", []) == (code, told["verdict"], told["short"])
    assert "findings" in duty(home).seen


def test_no_way_of_making_it_quiet_is_met(home: Path, groups: Path) -> None:
    planted(home)
    newest = (datetime.now(UTC) - timedelta(days=9)).strftime("%Y-%m-%dT%H:%M:%S")
    few = groups.with_name("few.csv")
    few.write_text("".join(SHOPS.splitlines(keepends=True)[:1]) + "".join(REGIONS.splitlines(keepends=True)[:20]))
    ways = {
        ("--alpha", "0.000001"): "alpha 1e-06",
        ("--from", newest): "are older",
        ("--to", newest): "before it was made",
    }
    for words, why in ways.items():
        code, told = audited(groups, *words)
        assert (3, True) == (code, any(why in each["en"] for each in told["short"])), words
        found = duty(home)
        assert not found.holds, words
        page = Path(told["page"]).read_text(encoding="utf-8")
        assert ("Does not count for the duty" in page, "不计入职责" in page) == (True, True), words
        kept = json.loads((home / "neutrality" / "latest.json").read_text(encoding="utf-8"))
        assert told["short"] == kept["short"]
    code, told = audited(few)
    assert (3, True) == (code, any("belong to a group" in each["en"] for each in told["short"]))
    assert not duty(home).holds


def test_a_model_that_judged_and_is_not_asked_is_left_out_by_whichever_switch(home: Path, groups: Path) -> None:
    planted(home, removed=0)
    settings, now = Settings(home=home), datetime.now(UTC)
    with closing(open_database(settings)) as database:
        put(database, open_keyring(database, key_folder(settings), now=now), an_answer(a_comment("好")), now=now)
    for words in ((), ("--no-swap",)):
        code, told = audited(groups, *words)
        assert (3, "left_out") == (code, told["swap"])
        assert "was not asked with names exchanged" in duty(home).seen


def answer_all(home: Path, at: str, by: str) -> None:
    with closing(open_database(Settings(home=home))) as database, database.unit() as unit:
        standing = auditing.standing(unit, at)
        assert standing
        for each in standing.open:
            auditing.answer(unit, at, each.number, by=by, note="looked into", now=datetime.now(UTC))
        unit.commit()


def test_an_axis_that_was_audited_has_to_be_there_again(home: Path, groups: Path) -> None:
    planted(home)
    _, first = audited(groups)
    answer_all(home, first["at"], "ada")
    groups.write_text(SHOPS.splitlines(keepends=True)[0] + REGIONS, encoding="utf-8")
    code, told = audited(groups)
    assert (3, True) == (code, any("more groups on shop" in each["en"] for each in told["short"]))
    assert "more groups on shop" in duty(home).seen


def test_who_closed_the_thread_answers_no_finding_that_rests_on_it_nor_does_their_hand(
    home: Path, groups: Path
) -> None:
    planted(home, removed=60, thread=True)
    _, told = audited(groups)
    with closing(open_database(Settings(home=home))) as database:
        an_account(database, "ben", os_user="one-of-the-machine")
        an_account(database, "bea", os_user="one-of-the-machine")
        an_account(database, "ada")
        with database.reading() as look:
            standing = auditing.standing(look, told["at"])
        assert standing
        named = [each for each in standing.questions if each.about == "ben"]
        in_all = [each for each in standing.questions if "in all" in each.sentence]
        assert (True, True) == (bool(named), bool(in_all))
        assert {("ben", "dan")} == {tuple(sorted(each.parts)) for each in in_all}
        for by in ("ben", "bea"):
            for each in standing.questions:
                with database.unit() as unit, pytest.raises(ForbiddenError, match="somebody else looks into it"):
                    auditing.answer(unit, told["at"], each.number, by=by, note="fine", now=datetime.now(UTC))
    answer_all(home, told["at"], "ada")

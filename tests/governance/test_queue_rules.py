"""What queues promise and need, as it is written; and who is given what, set with an entry of the ledger."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from console.permissions import ALLOWED, Action
from governance import complaint_rules, queue_rules, skills
from governance.accounts import DECIDING
from governance.queue_rules import load_queue_rules
from governance.skills import Given
from moderation.decision import Outcome
from moderation.errors import ConfigError, ForbiddenError, InvalidInputError
from moderation.taxonomy import load_taxonomy
from records import cases, ledger, users
from records.database import Database
from records.house_queues import HouseQueues
from records.personal import Keyring
from records.turns import USUAL
from records.values import CaseState
from review import queue
from tests.records.databases import NOW
from tests.records.factories import a_comment, a_decision, an_answer, put

SKILL = '[skills.minors]\ntitle = { zh = "未", en = "M" }\nabout = { zh = "未", en = "M" }\n'


def written(folder: Path, text: str) -> queue_rules.QueueRules:
    (folder / queue_rules.FILE).write_text(text, encoding="utf-8")
    return load_queue_rules(folder, load_taxonomy())


def test_the_shipped_file_says_what_is_taken_for_granted_without_one() -> None:
    house = queue_rules.shipped().house(complaint_rules.shipped())
    assert USUAL == house.promises
    assert (HouseQueues().by_label, ()) == (house.by_label, house.skills)


def test_clocks_and_needs_are_as_written_and_the_public_s_come_from_its_own_file(tmp_path: Path) -> None:
    rules = written(
        tmp_path,
        f'{SKILL}labels = ["sexual"]\n[promises]\nelsewhere_minutes = 7\n[queues.live]\nminutes = 2\n'
        '[queues.appeals]\nskills = ["minors"]\nlanguages = ["zh"]\n',
    )
    house = rules.house(complaint_rules.shipped())
    told = [house.promises.of(name) for name in ("live", "elsewhere", "appeals", "complaints")]
    assert [timedelta(minutes=2), timedelta(minutes=7), timedelta(days=7), timedelta(hours=2)] == told
    assert (("minors",), ("zh",)) == (house.needs["appeals"].skills, house.needs["appeals"].languages)
    assert ({"sexual": ("minors",)}, ("minors",)) == (house.by_label, house.skills)


def test_every_mistake_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        written(
            tmp_path,
            f'{SKILL}labels = ["sexy"]\n[queues.complaints]\nminutes = 9\n[queues.live]\nskills = ["minor"]\n'
            'labels = ["gamblin"]\n',
        )
    told = str(caught.value.faults)
    for part in ("skills.minors.labels", "complaints.minutes", "queues.live.skills", "queues.live.labels", "gambling"):
        assert part in told


def test_skills_are_in_the_ledger_and_what_no_longer_fits_goes_back(sqlite: Database, keyring: Keyring) -> None:
    put(sqlite, keyring, an_answer(a_comment("a"), a_decision(Outcome.REVIEW, gambling=0.6)))
    with sqlite.unit() as unit:
        mei = users.create(unit, "mei", password_hash="x", role="moderator", now=NOW)
        [case] = queue.claim(unit, mei.id, now=NOW)
        skills.of_person(unit, mei.id, Given(labels=("gambling",)), by="ada", now=NOW)
        assert CaseState.CLAIMED is cases.get(unit, case.id).state
        skills.of_person(unit, mei.id, Given(labels=("hate",), skills=("law",)), by="ada", now=NOW)
        assert CaseState.OPEN is cases.get(unit, case.id).state
        assert (("hate",), ("law",), None) == (
            users.get(unit, mei.id).subjects,
            users.get(unit, mei.id).skills,
            users.get(unit, mei.id).languages,
        )
        assert ["account.skills"] * 2 == [entry.kind for entry in ledger.page(unit, subject_id=mei.id).items]
        with pytest.raises(ForbiddenError):
            skills.of_person(unit, mei.id, Given(), by="mei", now=NOW)


def test_what_is_unknown_is_refused_whole() -> None:
    given = Given(("zh", "Chinese"), ("gamblin",), ("law",))
    with pytest.raises(InvalidInputError) as caught:
        skills.checked(given, load_taxonomy(), ("minors",))
    assert ["--language", "--label", "--skill"] == [fault.where for fault in caught.value.faults]


def test_who_decides_is_the_same_for_the_pages_and_for_staffing() -> None:
    assert set(DECIDING) == {role.value for role in ALLOWED[Action.DECIDE]}

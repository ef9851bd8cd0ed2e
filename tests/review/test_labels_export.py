"""Labels out: whole files that follow the verdicts."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from moderation.decision import Outcome
from records import cases, comments, labels
from records.database import Database
from records.personal import Keyring
from records.values import Judgement, VerdictKind
from review import labels_export, queue
from review.labels_export import Exported, export_labels
from review.verdicts import give_verdict, reopen, undo
from tests.records.databases import NOW
from tests.records.factories import EXPORT, NAMES, a_comment, a_decision, an_answer, for_review, put

REJECT = Judgement(VerdictKind.REJECT, ("gambling",), confidence=0.9)
APPROVE = Judgement(VerdictKind.APPROVE)
APRIL = datetime(2026, 4, 1, tzinfo=UTC)


def decided(
    database: Database, keyring: Keyring, text: str, judgement: Judgement = REJECT, *, now: datetime = NOW
) -> str:
    """The comment's id, after a verdict."""
    put(database, keyring, for_review(text, known_as=text), now=now)
    with database.unit() as unit:
        [case] = queue.claim(unit, "mia", now=now)
        give_verdict(unit, NAMES, case.id, judgement, moderator="mia", token=None, now=now)
        unit.commit()
    return case.comment_id


def exported(database: Database, folder: Path) -> Exported:
    return export_labels(database, folder, EXPORT, now=NOW)


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_a_record_has_the_agreed_form(database: Database, keyring: Keyring, tmp_path: Path) -> None:
    comment_id = decided(database, keyring, "看牌加我")
    result = exported(database, tmp_path / "labels")
    assert (1, ["labels-2026-03.jsonl"]) == (result.records, [path.name for path in result.files])
    [record] = lines(result.files[0])
    with database.reading() as look:
        stored = labels.in_force(look, comment_id)
    assert stored is not None
    assert NOW == stored.exported_at
    assert {
        "id": comment_id,
        "text": "看牌加我",
        "lang": "zh",
        "labels": {**dict.fromkeys(NAMES, 0), "gambling": 1},
        "group": comment_id,
        "decision_id": stored.decision_id,
        "verdict": "reject",
        "overturned": False,
        "confidence": 0.9,
        "decided_at": "2026-03-01T12:00:00.000000+00:00",
    } == record
    assert list(NAMES) == list(record["labels"])  # type: ignore[call-overload]


def test_a_thread_is_the_group(database: Database, keyring: Keyring, tmp_path: Path) -> None:
    put(database, keyring, an_answer(a_comment("看牌", thread_id="t-9"), a_decision(Outcome.REVIEW, gambling=0.5)))
    with database.unit() as unit:
        [case] = queue.claim(unit, "mia", now=NOW)
        give_verdict(unit, NAMES, case.id, REJECT, moderator="mia", token=None, now=NOW)
        unit.commit()
    assert "t-9" == lines(exported(database, tmp_path).files[0])[0]["group"]


def test_months_have_their_files_in_the_order_of_verdicts(database: Database, keyring: Keyring, tmp_path: Path) -> None:
    texts = ["一", "二", "三"]
    for days, text in enumerate(texts):
        decided(database, keyring, text, now=APRIL + timedelta(days=days - 1))
    result = exported(database, tmp_path)
    found = {path.name: [line["text"] for line in lines(path)] for path in result.files}
    assert {"labels-2026-03.jsonl": ["一"], "labels-2026-04.jsonl": ["二", "三"]} == found


def test_exporting_again_changes_nothing(database: Database, keyring: Keyring, tmp_path: Path) -> None:
    decided(database, keyring, "一")
    first = exported(database, tmp_path)
    again = exported(database, tmp_path)
    assert (first.files, ()) == (again.files, again.changed)


def test_no_verdicts_make_no_file(database: Database, tmp_path: Path) -> None:
    assert Exported(0, (), ()) == exported(database, tmp_path)


def test_a_verdict_taken_back_leaves_the_files(database: Database, keyring: Keyring, tmp_path: Path) -> None:
    decided(database, keyring, "一")
    [path] = exported(database, tmp_path).files
    with database.unit() as unit:
        [case] = cases.page(unit).items
        undo(unit, case.id, moderator="mia", now=NOW)
        unit.commit()
    assert Exported(0, (path,), ()) == exported(database, tmp_path)
    assert not path.exists()


def test_the_latest_verdict_holds(database: Database, keyring: Keyring, tmp_path: Path) -> None:
    decided(database, keyring, "一")
    with database.unit() as unit:
        [case] = cases.page(unit).items
        again = reopen(unit, case.id, moderator="mia", reason="quotes a warning", now=APRIL)
        give_verdict(unit, NAMES, again.id, APPROVE, moderator="mia", token=None, now=APRIL)
        unit.commit()
    result = exported(database, tmp_path)
    assert ["labels-2026-04.jsonl"] == [path.name for path in result.files]
    [record] = lines(result.files[0])
    assert ("approve", True) == (record["verdict"], record["overturned"])


def test_the_text_is_the_one_that_was_judged(database: Database, keyring: Keyring, tmp_path: Path) -> None:
    decided(database, keyring, "旧")
    put(database, keyring, an_answer(a_comment("新", known_as="旧")))
    assert ["旧"] == [line["text"] for line in lines(exported(database, tmp_path).files[0])]


def test_an_erased_comment_leaves_the_files(database: Database, keyring: Keyring, tmp_path: Path) -> None:
    gone = decided(database, keyring, "一")
    decided(database, keyring, "二")
    exported(database, tmp_path)
    with database.unit() as unit:
        comments.erase(unit, gone, now=NOW)
        unit.commit()
    [path] = exported(database, tmp_path).files
    assert ["二"] == [line["text"] for line in lines(path)]
    assert "一" not in path.read_text("utf-8")


def test_a_killed_export_leaves_no_part_and_the_next_one_goes_on(
    sqlite: Database, keyring_of_sqlite: Keyring, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day, text in enumerate(["一", "二"]):
        decided(sqlite, keyring_of_sqlite, text, now=APRIL + timedelta(days=day - 1))

    def killed(path: Path, digest: bytes) -> bool:
        if path.name.endswith("04.jsonl"):
            raise KeyboardInterrupt
        return original(path, digest)

    original = labels_export._has
    folder = tmp_path / "labels"
    monkeypatch.setattr(labels_export, "_has", killed)
    with pytest.raises(KeyboardInterrupt):
        exported(sqlite, folder)
    monkeypatch.undo()
    assert [] == list(folder.glob("labels-*")), "nothing has its name before the entry stands"
    result = exported(sqlite, folder)
    both = ["labels-2026-03.jsonl", "labels-2026-04.jsonl"]
    assert (2, both) == (result.records, [path.name for path in result.changed])
    assert {".lock", "labels-2026-03.jsonl", "labels-2026-04.jsonl"} == {path.name for path in folder.iterdir()}

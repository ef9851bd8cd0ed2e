"""From a wrong label to a verdict and back: the next data set holds what a person said."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from chaffinch.commands import choosing, data, labels
from data.snapshot import find
from moderation.errors import NotFoundError
from moderation.taxonomy import load_taxonomy
from records import comments
from records.database import Database
from records.values import Judgement, VerdictKind
from records.waiting import SECOND_LOOK
from review.queue import claim
from review.verdicts import give_verdict
from tests.data.conftest import Workshop

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
WRONG = "代开发票加微信9号，甲扣扣000777，量大从优，代开发票"
CONFIG = """
name = "mine"
[split]
train = 1.0
validation = 0.0
test = 0.0
[duplicates]
merge_at = 1.0
together_at = 1.0
[[sources]]
name = "starter"
[[sources]]
name = "moderators"
optional = true
"""
app = typer.Typer()
data.add_to(app)
choosing.add_to(app)
labels.add_to(app)


@pytest.fixture
def shop(workshop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    """Forty adverts, of which one is called harmless, beside forty ordinary comments."""
    monkeypatch.setattr(data, "CHECKOUT", workshop.root / "checkout")
    monkeypatch.setenv("CHAFFINCH_HOME", str(workshop.places.home))
    clear = [f"代开发票加微信{at}号，{word}扣扣{at * 79:06d}，量大从优" for at, word in enumerate("甲乙丙丁戊己庚" * 4)]
    veiled = [f"{word}号那里什么票都能代开，找{at}" for at, word in enumerate("子丑寅卯辰巳" * 2)]
    talk = [f"今天{word}家的猫又上树了，第{at * 311}次拍下来给奶奶看" for at, word in enumerate("张王李赵刘陈杨黄" * 5)]
    rows = [f"advertising\tk\tvideo\tg{at}\t{text}" for at, text in enumerate([*clear, *veiled])]
    workshop.corpus("zh/advertising", rows)
    workshop.corpus("zh/everyday", [f"ok\tk\tvideo\th{at}\t{text}" for at, text in enumerate([*talk, WRONG])])
    (tmp_path / "mine.toml").write_text(CONFIG, encoding="utf-8")
    return workshop


def run(*words: str) -> str:
    result = CliRunner().invoke(app, ["data", *words], env={"COLUMNS": "200"})
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.stdout


def records(shop: Workshop) -> Database:
    database = Database(f"sqlite:///{shop.places.home / 'chaffinch.db'}")
    database.migrate()
    return database


def of(text: str, shop: Workshop) -> tuple[int, ...]:
    """What the newest snapshot says of the text."""
    rows = find("mine", shop.places.home / "snapshots").rows("train")
    return next(row.labels for row in rows if row.text == text)


def test_a_doubted_label_is_asked_about_and_corrected_by_the_answer(shop: Workshop, tmp_path: Path) -> None:
    names = load_taxonomy().names
    run("build", str(tmp_path / "mine.toml"))
    assert 0 == of(WRONG, shop)[names.index("advertising")]
    database = records(shop)

    told = json.loads(run("suspects", "mine", "--json", "--cases", "1"))

    first = json.loads(Path(told["file"]).read_text(encoding="utf-8").splitlines()[0])
    assert ("advertising", "no", WRONG) == (first["question"], first["given"], first["text"])
    assert 1 == told["cases"]
    with database.unit() as unit:
        [case] = claim(unit, "mia", now=NOW, queue=SECOND_LOOK)
        assert ("label_doubt", "corpus:" + first["id"]) == (case.why, comments.get(unit, case.comment_id).external_id)
        judgement = Judgement(VerdictKind.REJECT, ("advertising",))
        give_verdict(unit, names, case.id, judgement, moderator="mia", token=None, now=NOW)
        unit.commit()
    database.close()
    run("export-labels", "--by", "mia", "--why", "training")
    run("build", str(tmp_path / "mine.toml"))
    assert 1 == of(WRONG, shop)[names.index("advertising")]


def test_nobody_is_asked_twice_and_without_records_nobody_at_all(shop: Workshop, tmp_path: Path) -> None:
    run("build", str(tmp_path / "mine.toml"))
    assert "nobody was asked" in run("suspects", "mine")
    records(shop).close()

    first, again = (json.loads(run("suspects", "mine", "--json"))["cases"] for _ in range(2))

    assert first >= 1
    assert 0 == again


def test_a_source_is_looked_at_without_a_snapshot(shop: Workshop) -> None:
    told = json.loads(run("suspects", "starter", "--json"))

    assert (81, "advertising") == (told["rows"], told["asked"][0]["question"])


def test_a_name_of_nothing_says_what_there_is(shop: Workshop) -> None:
    with pytest.raises(NotFoundError, match=r"no snapshot 'moon'.*no source 'moon'"):
        run("suspects", "moon")

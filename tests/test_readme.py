"""What README and the how-to pages show can be typed, and answers as they say."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest
import typer
from starlette.testclient import TestClient

from chaffinch.main import app
from chaffinch.service import build_parts
from chaffinch.settings import Settings
from serving.app import create_app
from serving.parts import Options

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs" / "how-to").glob("*.md"))]
TYPED = re.compile(
    r"^ {4}(?:\$ )?(?:\.venv/bin/)?chaffinch (.+)$|`(?:\.venv/bin/)?chaffinch ([a-z][^`]*)`", re.MULTILINE
)
OPTIONS = Options(open_without_keys=True, deadline_ms=20_000, worker=False, access_log=False)


def shown() -> tuple[str, str]:
    """The body that README's curl sends, and the answer below it."""
    found = re.search(r"^    \$ curl .*? -d '(.+)'\n((?:    .+\n)+)", README, re.MULTILINE)
    assert found
    return found[1], found[2]


@pytest.fixture
def answer(tmp_path: Path) -> dict[str, Any]:
    settings = Settings(home=tmp_path, model="none", configs=ROOT / "configs")
    with TestClient(create_app(build_parts(settings, OPTIONS)), base_url="http://localhost") as client:
        got = client.post("/v1/score", content=shown()[0].encode(), headers={"content-type": "application/json"})
    assert 200 == got.status_code
    return dict(got.json())


def test_the_rules_alone_answer_readmes_example_as_it_is_shown(answer: dict[str, Any]) -> None:
    told = shown()[1]
    for name in ("decision", "measures"):
        value = re.search(rf'"{name}": ("[^"]+"|\[[^\]]*\])', told)
        assert value
        assert json.loads(value[1]) == answer[name]
    (code, source, rule, span, ground, message) = re.findall(
        r'\{"code": "(.+?)", "source": "(.+?)", "rule_id": "(.+?)", "spans": \[(\{.+?\}).*?'
        r'"ground": "(.+?)", "message": (\{.+?\})',
        told,
        re.DOTALL,
    )[0]
    (reason,) = [each for each in answer["reasons"] if each.get("rule_id") == rule]
    assert (code, source, ground) == (reason["code"], reason["source"], reason["ground"])
    assert ast.literal_eval(span) == {name: reason["spans"][0][name] for name in ("start", "end")}
    assert json.loads(message) == reason["message"]


def typed() -> list[tuple[str, str]]:
    """Every line that a page tells to type, behind `chaffinch`, without its remark."""
    return sorted(
        {
            (page.name, re.split(r"\s+[#|>&]", indented or inline)[0])
            for page in PAGES
            for indented, inline in TYPED.findall(page.read_text(encoding="utf-8"))
        }
    )


def test_the_pages_name_what_everybody_needs() -> None:
    named = {line.split()[0] for _, line in typed()}
    assert {"serve", "score", "doctor", "data", "train", "promote", "rollback", "keys", "users"} <= named


@pytest.mark.parametrize(("page", "line"), typed())
def test_a_command_that_a_page_shows_exists_with_its_options(page: str, line: str) -> None:
    command: Any = typer.main.get_command(app)
    words = line.split()
    while hasattr(command, "commands"):
        assert words, f"{page}: '{line}' is a group"
        assert words[0] in command.commands, f"{page}: '{line}' is no command"
        command = command.commands[words.pop(0)]
    known = {option for each in command.params for option in each.opts} | {"--help"}
    assert [] == [word for word in words if word.startswith("-") and word.split("=")[0] not in known]

"""What the three pages on moving show can be typed, and says what the files say."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from chaffinch.settings import CHECKOUT
from tests.serving.loaders import shipped_dropins
from tests.serving.processes import Server

HOW_TO = CHECKOUT / "docs" / "how-to"
PAGES = ("moving-from-perspective.md", "moving-from-openai-moderation.md", "moving-from-akismet.md")
SHOWN = "http://127.0.0.1:8700"


def page(name: str) -> str:
    return (HOW_TO / name).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "right"),
    [
        (PAGES[0], lambda printed: 0 <= float(printed) < 0.5),
        (PAGES[1], lambda printed: re.fullmatch(r"False 0\.\d+\n", printed)),
        (PAGES[2], lambda printed: printed.strip() == "0"),
    ],
)
def test_the_program_runs(server: Server, name: str, right: Callable[[str], object]) -> None:
    (program,) = re.findall(r"^```python\n(.+?)^```", page(name), re.MULTILINE | re.DOTALL)
    ran = subprocess.run(
        [sys.executable, "-c", program.replace(SHOWN, server.address)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "" == ran.stderr
    assert right(ran.stdout)


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl on this machine")
@pytest.mark.parametrize(
    ("name", "word"),
    [(PAGES[0], '"summaryScore"'), (PAGES[1], '"gambling":true'), (PAGES[2], "true")],
)
def test_the_command_runs(server: Server, tmp_path: Path, name: str, word: str) -> None:
    (command,) = re.findall(r"^    (curl .+\\\n.+)$", page(name), re.MULTILINE)
    ran = subprocess.run(
        ["sh", "-c", command.replace(SHOWN, server.address)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert word in ran.stdout


def test_the_tables_name_what_the_files_name() -> None:
    shipped = shipped_dropins()
    assert shipped.perspective
    assert shipped.openai
    assert [] == [name for name in shipped.perspective.attributes if name not in page(PAGES[0])]
    (languages,) = re.findall(r"served are (.+?)\.", page(PAGES[0]))
    assert list(shipped.perspective.languages) == re.findall(r"\b[a-z]{2}\b", languages)
    assert [] == [name for name in shipped.openai.categories if name not in page(PAGES[1])]

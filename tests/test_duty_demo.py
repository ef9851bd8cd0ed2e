"""docs/how-to/duties.md, "A demo without an `off`", typed as it stands: eight days of a real demo, the clock moved.

The steps' commands and servers run in processes of their own, on a clock that `libfaketime` puts forward by a day where
the steps wait for one. Nothing else is put in a place of another.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

import httpx
import pytest

from chaffinch.settings import CHECKOUT
from tests.chaffinch.test_duty_steps import PASSWORD, STEPS
from tests.console.house import Visitor, csrf_in
from tests.proofs import report
from tests.serving.processes import Server, command, environment, running

pytestmark = [
    pytest.mark.proof,
    pytest.mark.skipif(shutil.which("faketime") is None, reason="needs faketime (Debian's package of that name)"),
]

MADE = os.environ.get("CHAFFINCH_PROOF_HOME")
"""A home that `make demo` made already, which is copied: its step takes five minutes."""


@dataclass
class Demo:
    """A home, and the day on which its clock stands."""

    home: Path
    days: int = 0
    printed: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    """Of the invitations, as ada is shown them."""

    @property
    def settings(self) -> dict[str, str]:
        told = subprocess.run(["faketime", "-f", f"+{self.days}d", "env"], capture_output=True, text=True, check=True)
        moved = dict(
            line.split("=", 1) for line in told.stdout.splitlines() if line.startswith(("LD_PRELOAD=", "FAKETIME="))
        )
        still = {"FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1"}
        return {**moved, **still, "CHAFFINCH_MODEL": "chaffinch@champion"}

    def type(self, line: str) -> subprocess.CompletedProcess[str]:
        _, *words = shlex.split(line)
        asks = words[:2] == ["users", "create"]
        done = subprocess.run(
            command(*words, *(["--password-stdin"] if asks else [])), cwd=self.home.parent,
            env=environment(self.home, **self.settings) | {"PYTHONPATH": str(CHECKOUT), "COLUMNS": "200"},
            input=f"{PASSWORD}\n" if asks else "", capture_output=True, text=True, timeout=1800, check=False,
        )  # fmt: skip
        self.printed.append(f"$ {line}\n{done.stdout}{done.stderr}")
        return done

    @contextmanager
    def served(self) -> Iterator[Server]:
        with running(self.home, alone=True, **self.settings) as server:
            yield server
            assert 0 == server.stop()

    @contextmanager
    def visited(self, *names: str) -> Iterator[list[Visitor]]:
        """The console, with each of them logged in."""
        with self.served() as server:
            visitors = [
                Visitor(httpx.Client(base_url=server.address, timeout=60, follow_redirects=True)) for _ in names
            ]  # type: ignore[arg-type]
            for visitor, name in zip(visitors, names, strict=True):
                assert 303 == visitor.log_in(name, PASSWORD).status_code
            yield visitors
            for visitor in visitors:
                visitor.client.close()


def make_accounts(demo: Demo, line: str) -> None:
    with demo.visited("ada") as [ada]:
        for name in ("ben", "eve"):
            assert name in line
            assert "by a link" in line
            form = {"name": name, "display_name": "", "role": "senior", "locale": "en", "password": "typed by ada"}
            made = ada.post("/accounts", {"csrf": csrf_in(ada.page("/accounts")), **form})
            assert 200 == made.status_code
            assert 'class="said"' in made.text, made.text
            [path] = re.findall(
                rf'<code>{name}</code>.*?action="/console(/accounts/[\w-]+/invite)"', made.text, re.DOTALL
            )
            shown = ada.post(path, {"csrf": csrf_in(made.text)}).text
            demo.links += re.findall(r'href="/console(/invitation/[^"]+)"', shown)


def accept(demo: Demo, _: str) -> None:
    assert 2 == len(demo.links)
    with demo.served() as server, httpx.Client(base_url=server.address, timeout=60) as client:
        theirs = Visitor(client)  # type: ignore[arg-type]
        for link in demo.links:
            form = {"csrf": csrf_in(theirs.page(link)), "password": PASSWORD, "again": PASSWORD}
            assert 200 == theirs.post(link, form).status_code


def vouch_for(demo: Demo, name: str, *, by: str) -> None:
    with demo.visited(by) as [visitor]:
        page = visitor.page("/approvals")
        form = rf'action="/console(/accounts/[\w-]+/vouch)"(?=(?:(?!</form>).)*<code>{name}</code>)'
        [path] = re.findall(form, page, re.DOTALL)
        assert 303 == visitor.post(path, {"csrf": csrf_in(page)}).status_code


def sign(demo: Demo, _: str) -> None:
    with demo.visited("ben", "eve") as visitors:
        for visitor in visitors:
            links = set(re.findall(r"/console(/approvals/[\w-]+)\"", visitor.page("/approvals")))
            [(link, page)] = [(one, page) for one in links if 'name="answer"' in (page := visitor.page(one))]
            form = {"csrf": csrf_in(page), "answer": "approve", "note": "read the assessment"}
            assert 303 == visitor.post(link, form).status_code


def send(demo: Demo, line: str) -> None:
    """The loop of curl: a server a day, and the clock a day further where the loop waits for one."""
    loops = [(name, words.split()) for name, words in re.findall(r"for (\w+) in (.+?); do", line)]
    (outer, things), *inner = loops
    body = json.loads(f'"{re.findall(r"""-d "(.+?)" http""", line)[0]}"')
    assert line.endswith("sleep 86400; done")
    for thing in things:
        with demo.served() as server, server.client() as client:
            for told in product(*(words for _, words in inner)):
                said = body.replace(f"${{{outer}}}", thing)
                for (name, _), word in zip(inner, told, strict=True):
                    said = said.replace(f"${{{name}}}", word)
                post(client, json.loads(said))
        demo.days += 1


def post(client: httpx.Client, body: dict[str, object]) -> None:
    """As a platform does: a busy machine says 429 or 503 and stored nothing, and is asked again."""
    for _ in range(60):
        answer = client.post("/v1/score", json=body)
        if answer.status_code not in (429, 503):
            break
        time.sleep(1)
    assert 200 == answer.status_code, answer.text


def write(demo: Demo, line: str) -> None:
    _, words, how, name = shlex.split(line)
    with (demo.home.parent / name).open("a" if how == ">>" else "w", encoding="utf-8") as file:
        file.write(words.replace("\\n", "\n"))


def begin(demo: Demo, _: str) -> None:
    if MADE:
        shutil.copytree(MADE, demo.home)
    else:
        assert 0 == demo.type("chaffinch demo").returncode, demo.printed[-1]


BY_HAND = {
    "make demo": begin, "# ada logs in": make_accounts, "# ben and eve open the link": accept,
    "# ada says": lambda demo, _: vouch_for(demo, "ben", by="ada"),
    "# ben vouches for eve": lambda demo, _: vouch_for(demo, "eve", by="ben"),
    "# ben and eve log in": sign, "for ": send, "printf": write,
}  # fmt: skip
ELSEWHERE = ("export PATH", "chaffinch serve", "until curl", "make proof")
"""What stands for a step here: the environment, a server for each that asks one, the proofs of which this is one."""


def take(demo: Demo, line: str) -> None:
    by_hand = next((act for start, act in BY_HAND.items() if line.startswith(start)), None)
    if by_hand is not None:
        by_hand(demo, line)
    elif not line.startswith(ELSEWHERE):
        done = demo.type(line)
        assert 0 == done.returncode, demo.printed[-1]


def unproved(evidence: str) -> bool:
    """Whether a duty is off for want of a proof of this code alone, as where this file is run by itself."""
    return "never run" in evidence or "another code" in evidence


@pytest.mark.timeout(5400)
def test_a_demo_of_eight_days_has_no_duty_that_is_off(tmp_path: Path) -> None:
    demo = Demo(tmp_path / "home")
    *steps, last = STEPS
    for line in steps:
        take(demo, line)
    done = demo.type(f"{last} --json")
    duties = json.loads(done.stdout)["duties"]
    off = {each["article"]: each["evidence"] for each in duties if each["status"] == "off"}
    statuses = [(each["article"], each["status"]) for each in duties]
    report("duties-of-eight-days", days=demo.days, statuses=statuses, off=off)
    assert (15, 8) == (len(duties), demo.days)
    assert {} == {duty: told for duty, told in off.items() if not unproved(told)}
    assert done.returncode == (3 if off else 0)

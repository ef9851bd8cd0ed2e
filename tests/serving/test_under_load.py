"""What happens to a server at work: swaps of all it answers with, a stop, and hours of comments."""

from __future__ import annotations

import itertools
import math
import re
import shutil
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from records import epoch
from records.database import Database
from records.house_values import EpochPart
from registry.shared_weights import FOLDER
from tests.proofs import full, report
from tests.serving.asking import question
from tests.serving.bundles import put_champion
from tests.serving.crowds import Notebook, asking, wait_until
from tests.serving.processes import ROOT, Server, running, stored_at

CHAMPION = "chaffinch@champion"
TEXT = "今天的紫色河马很好看"
PACK = """[[rules]]
id = "ads.hippo"
title = {{ zh = "河马", en = "Hippo" }}
label = "advertising"
action = "review"
ground = "ground-{number}"
owner = "o"
why = "w"
terms = ["紫色河马"]
[rules.examples]
match = ["紫色河马"]
no_match = ["你好"]
"""
THRESHOLDS = "\n[thresholds.hate]\nreview = 0.5\nblock = 0.{number:04d}\n"


@dataclass
class Parts:
    """What a server answers with, each in versions that show in every answer: a score, a ground, a threshold."""

    home: Path
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def configs(self) -> Path:
        return self.home / "configs"

    @property
    def url(self) -> str:
        return f"sqlite:///{self.home / 'chaffinch.db'}"

    def lay_out(self) -> None:
        shutil.copytree(ROOT / "configs", self.configs)
        self.new_model()
        self._write_rules(0)
        self._write_policy(0)

    def new_model(self) -> None:
        number = next(self.numbers)
        share = (number % 900 + 50) / 1000  # every score of this model, to the last digit that is told
        put_champion(self.home, str(number), bias=math.log(share / (1 - share)))

    def new_rules(self) -> None:
        self._write_rules(next(self.numbers))
        self._tell(EpochPart.RULES)

    def new_policy(self) -> None:
        self._write_policy(next(self.numbers))
        self._tell(EpochPart.POLICY)

    def _write_rules(self, number: int) -> None:
        self._put("rules/hippo.toml", PACK.format(number=number))

    def _write_policy(self, number: int) -> None:
        shipped = (ROOT / "configs/policies/default.toml").read_text(encoding="utf-8")
        named = re.sub(r'^version = "\d+"', f'version = "v{number}"', shipped, count=1, flags=re.MULTILINE)
        told = named + THRESHOLDS.format(number=6000 + number)
        self._put("policies/default.toml", told)

    def _put(self, name: str, text: str) -> None:
        """By rename, as an editor or a deployment should: nobody reads half a file."""
        new = self.configs / f"{name}.new"
        new.write_text(text, encoding="utf-8")
        new.rename(self.configs / name)

    def _tell(self, part: EpochPart) -> None:
        with closing(Database(self.url)) as database, database.unit() as unit:
            epoch.bump(unit, part)
            unit.commit()

    @contextmanager
    def serving(self, *arguments: str) -> Iterator[Server]:
        more = {"CHAFFINCH_MODEL": CHAMPION, "CHAFFINCH_CONFIGS": str(self.configs)}
        with running(self.home, "--no-access-log", *arguments, **more) as server:
            yield server


@pytest.fixture
def parts(tmp_path: Path) -> Parts:
    made = Parts(tmp_path)
    made.lay_out()
    return made


def marks(answer: dict[str, Any]) -> dict[str, tuple[str, object]]:
    """What answered, as it names itself, and as its answer shows it."""
    hate = answer["labels"][-1]
    return {
        "model": (answer["model"]["version"], hate["score"]),
        "rules": (answer["ruleset"], next(r["ground"] for r in answer["reasons"] if r["rule_id"] == "ads.hippo")),
        "policy": (answer["policy"], hate["threshold"]),
    }


def swapped(parts: Parts, server: Server, *, swaps: int, clients: int) -> Notebook:
    """A crowd asks while model, rules and policy are changed in turn, and while the server is told to stop."""
    notes, changes = Notebook(), [parts.new_model, parts.new_rules, parts.new_policy]
    with asking(server, notes, "s", clients=clients, keep_answers=True, text=TEXT):
        wait_until(lambda: len(notes.answers) > 0)
        for change in itertools.islice(itertools.cycle(changes), swaps):
            seen = {str(marks(answer)) for answer in notes.answers}
            change()
            wait_until(lambda seen=seen: str(marks(notes.answers[-1])) not in seen)
        before = len(notes.answers)
        wait_until(lambda: len(notes.answers) > before + clients)
        assert 0 == server.stop()
    return notes


def check_mapped(parts: Parts, *, processes: int) -> None:
    """So many processes have mapped the weights that lie in the server's own folder."""
    (array,) = (parts.home / FOLDER).rglob("ngrams-*/array.npy")
    wait_until(lambda: mapping(array) == processes)


def mapping(path: Path) -> int:
    """How many processes of this machine have mapped the file."""
    found = 0
    for maps in Path("/proc").glob("[0-9]*/maps"):
        with suppress(OSError):  # a process that ended meanwhile, or another user's
            found += str(path) in maps.read_text(encoding="utf-8", errors="replace")
    return found


def check_no_mixture(notes: Notebook, *, swaps: int) -> None:
    found = [marks(answer) for answer in notes.answers]
    for part in ("model", "rules", "policy"):
        pairs = {each[part] for each in found}
        assert len(pairs) == len({name for name, _ in pairs}) == len({shown for _, shown in pairs}), pairs
    assert not any(answer["degraded"] for answer in notes.answers)
    assert len({str(each) for each in found}) > swaps


def check_all_answered_and_stored(parts: Parts, notes: Notebook, *, clients: int) -> None:
    """What was sent was answered, also at the stop; in the end nobody takes a client's connection any more."""
    assert [] == [answered.text for answered in notes.refused]
    assert set() == notes.unanswered
    assert clients == len(notes.turned_away)
    assert set(notes.answered.values()) == stored_at(parts.url).keys()


def test_swaps_and_a_stop_under_load_fail_no_request_and_mix_nothing(parts: Parts) -> None:
    with parts.serving() as server:
        check_mapped(parts, processes=1)
        notes = swapped(parts, server, swaps=3, clients=4)
    assert [] == list((parts.home / FOLDER).iterdir())
    check_no_mixture(notes, swaps=3)
    check_all_answered_and_stored(parts, notes, clients=4)


@pytest.mark.proof
@pytest.mark.timeout(3600)
def test_many_swaps_under_load_in_several_processes(parts: Parts) -> None:
    swaps = full(150)
    with parts.serving("--workers", "2", "--no-worker") as server:
        check_mapped(parts, processes=2)
        notes = swapped(parts, server, swaps=swaps, clients=32)
    assert [] == list((parts.home / FOLDER).iterdir())
    check_no_mixture(notes, swaps=swaps)
    check_all_answered_and_stored(parts, notes, clients=32)
    report("swaps", swaps=swaps, processes=2, clients=32, answered=len(notes.answers), refused=0, mixed=0)


def resident(server: Server) -> int:
    """Bytes."""
    status = Path(f"/proc/{server.process.pid}/status").read_text(encoding="utf-8")
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024


def comment(number: int) -> dict[str, Any]:
    """No two alike, from many accounts in many threads; some unsure, some that rules find."""
    text = ("今天的晚霞真好看", "这家店的面不错", "the match was great", "加微信看片", TEXT)[number % 5]
    return question(f"{text} {number}", author={"id": f"a-{number % 997}"}, context={"thread_id": f"t-{number % 101}"})


def soak(server: Server, *, enough: Callable[[int], bool], first: int = 0) -> int:
    """Comment after comment, from that number on, until it is enough; with which number it ended."""
    with server.client() as link:
        for number in itertools.count(first):
            if enough(number):
                return number
            assert 200 == link.post("/v1/score", json=comment(number)).status_code
    raise AssertionError


@pytest.mark.proof
def test_memory_does_not_grow_with_what_was_answered(parts: Parts) -> None:
    with parts.serving() as server:
        soak(server, enough=lambda number: number == 300)
        before = resident(server)
        soak(server, enough=lambda number: number == 600, first=300)  # others: what is kept by text would not grow else
        assert resident(server) < 1.05 * before


@pytest.mark.proof
@pytest.mark.timeout(7200)
def test_half_an_hour_leaves_memory_where_it_was(parts: Parts) -> None:
    """The first tenth fills windows and caches; what comes after it may not grow by more than a twentieth."""
    seconds, taken = full(1800), list[tuple[float, int]]()
    with parts.serving() as server:
        began = time.monotonic()

        def enough(number: int) -> bool:
            passed = time.monotonic() - began
            if number % 50 == 0:
                taken.append((passed, resident(server)))
            return passed > seconds

        answered = soak(server, enough=enough)
    early = statistics.median(size for at, size in taken if seconds * 0.1 < at <= seconds * 0.2)
    late = statistics.median(size for at, size in taken if at > seconds * 0.9)
    report("soak", seconds=seconds, answered=answered, early_mb=early / 2**20, late_mb=late / 2**20, grown=late / early)
    assert late < 1.05 * early

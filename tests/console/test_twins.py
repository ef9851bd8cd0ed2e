"""Blindness as a whole: a case that measures somebody is the twin of one that does not, field by field.

Two houses live through the same minutes. In one the comment waits for the first time; in the other somebody decided it,
or its answer is known, or it was drawn at random. Whoever has it in hand reads the same on every page, headers, links
and the order of attributes included, whatever field is added some day.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from governance import complaints
from governance.complaint_rules import shipped
from governance.complaints import Report, Reporter
from records import cases, decisions, ids, leases, verdicts
from records.cases import A_MOMENT
from records.ids import made_at
from records.storing import Stored
from records.values import Judgement, Purpose, VerdictKind
from records.waiting import ANYTHING
from review import chosen, gold, quality, queue
from review.chosen import Chosen, Why
from review.verdicts import SETTLED_AFTER, give_verdict
from tests.console.house import Clock, House, Visitor, build, case_in
from tests.console.test_search import index
from tests.fakes import KeywordScorer

TEXT = "加微信领取红包，名额有限先到先得，速来联系我们的客服小姐姐"
SHORT = "兼职刷单"

PAGES = ("/work", "/work/{case}/campaign", "/search?q={q}", "/search?surface=forum", "/comments/{id}/thread",
         "/comments/{id}/account", "/decisions/{decision}", "/queue", "/mine")  # fmt: skip

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
_OF_THE_HOUSE = re.compile(r"<div><dt>(Decided in 24 hours|Overturned)</dt><dd>\d+</dd></div>")
"""What colleagues decided today, all of them together: it is of no case."""

_TOKEN = re.compile(
    r'(name="csrf" value="|"csrf": "|name="lease" value="|"lease": "|name="revealed" value="|"revealed": ")[\w.-]+'
)


@pytest.fixture
def pair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[House, House]]:
    """The house with the ordinary case, and the one with its twin; their clocks stand still until they are moved.

    Ids are drawn by the clock that was read last.
    """
    moment = datetime.now(UTC)
    read_last, drawn = [moment], count()

    def told(clock: Clock) -> datetime:
        read_last[0] = moment + clock.skew
        return read_last[0]

    monkeypatch.setattr(Clock, "__call__", told)
    monkeypatch.setattr(ids, "_next_stamp", lambda: (int(read_last[0].timestamp() * 1000) << 12) + next(drawn))
    houses = []
    for name in ("ordinary", "measured"):
        (tmp_path / name).mkdir()
        houses.append(build(tmp_path / name))
    yield houses[0], houses[1]
    for house in houses:
        house.database.close()


def plain(page: str, opened: datetime | None = None) -> str:
    """The page with ids numbered in the order in which they come, and without secrets.

    With the second that each id tells, where it is to be told from when the comment came.
    """
    names: dict[str, str] = {}
    page = _OF_THE_HOUSE.sub("", page)

    def name(found: re.Match[str]) -> str:
        told = "" if opened is None else f"-after-{round((made_at(found[0]) - opened).total_seconds())}s"
        return names.setdefault(found[0], f"id-{len(names) + 1}{told}")

    return _TOKEN.sub(r"\1secret", _UUID.sub(name, page))


def read(
    visitor: Visitor, stored: Stored, text: str, *, but: tuple[str, ...] = (), opened: datetime | None = None
) -> dict[str, str]:
    """Every page by its address, with its headers before it."""
    case_id = case_in(visitor.page("/work"))
    out = {}
    for path in (each for each in PAGES if each not in but):
        address = path.format(q=text[:6], id=stored.comment_id, decision=stored.decision_id, case=case_id)
        answer = visitor.get(address)
        headers = [f"{name}: {value}" for name, value in answer.headers.items() if name not in ("content-length",)]
        out[path] = plain("\n".join([str(answer.status_code), *headers, answer.text]), opened)
    return out


def assert_twins(ordinary: dict[str, str], measured: dict[str, str]) -> None:
    told = []
    for path, page in ordinary.items():
        lines, others = page.split("\n"), measured[path].split("\n")
        told += [(path, one, other) for one, other in zip(lines, others, strict=False) if one != other][:4]
        told += [(path, len(lines), len(others))] if len(lines) != len(others) else []
    assert not told, "\n".join(map(str, told))


@dataclass(frozen=True)
class Scene:
    """What happens around the comment; the same in both houses."""

    text: str = TEXT
    reported: str = ""
    is_campaign: bool = False
    is_twice_alike: bool = False
    """Whoever has it in hand decided two copies of it alike before, and others wait."""


def arrive(house: House, scene: Scene) -> Stored:
    """Past cases, a thread around it, and the comment."""
    mei = house.logged_in("mei")
    house.person("ben")
    house.comment("约吗", id="p1", author="author-8")
    assert 303 == mei.decide("reject", labels="sexual").status_code
    house.clock.forward(minutes=2)
    house.comment("楼上说得对", id="n1", author="author-9", thread_id="t-1")
    stored = house.comment(scene.text, id="c1", thread_id="t-1")
    house.comment("沙发", id="n2", author="author-7", thread_id="t-1")
    if scene.is_campaign:
        house.campaign(stored, house.comment(scene.text, id="n3", author="author-6", policy="default"))
    if scene.is_twice_alike:
        twice_alike(house, stored, scene.text)
    if scene.reported:
        house.clock.forward(minutes=1)
        with house.database.unit() as unit:
            told = Report("c1", scene.reported, "look at this", Reporter("platform", "r-1"))
            complaints.make(unit, told, shipped(), keyring=house.keyring, now=house.clock())
            unit.commit()
    return stored


def twice_alike(house: House, stored: Stored, text: str) -> None:
    """Of a campaign to which the comment belongs, ben decided two others alike; two more wait."""
    copies = [house.comment(f"{text}{'！' * n}", id=f"w{n}", author=f"author-2{n}") for n in range(1, 5)]
    house.campaign(*copies, stored)
    for copy in copies[:2]:
        decided_once(house, copy, "ben", weighed=False)


def decided_once(house: House, stored: Stored, who: str = "mei", *, weighed: bool = True) -> None:
    """They reject it, so that a second person may be drawn."""
    with house.database.unit() as unit:
        case = leases.lease(unit, str(stored.case_id), house.people[who].id, expires_at=house.clock() + queue.LEASE)
        judgement = Judgement(VerdictKind.REJECT, ("advertising",))
        names = house.parts.taxonomy.names
        given = give_verdict(
            unit, names, case.id, judgement, moderator=house.people[who].id, token=None, now=house.clock()
        )
        if weighed:
            verdicts.weigh_from(unit, given.verdict.id, house.clock() + SETTLED_AFTER)
        unit.commit()


def asked_again(house: House) -> None:
    """A second person is to look at what was decided."""
    with house.database.unit() as unit:
        assert 1 == quality.weigh(unit, now=house.clock())
        unit.commit()


SCENES = {
    "plain": Scene(),
    "short": Scene(SHORT),
    "reported": Scene(reported="spam"),
    "harassment": Scene(reported="harassment"),
    "campaign": Scene(is_campaign=True),
    "twice alike": Scene(is_twice_alike=True),
}

OFFER = "Twice the same of one text."
"""What a page says to whoever decided two copies alike, one by one."""


@pytest.mark.parametrize("name", list(SCENES))
def test_a_second_look_is_the_twin_of_a_first_one(pair: tuple[House, House], name: str) -> None:
    told = []
    for house in pair:
        opened, stored = house.clock(), arrive(house, SCENES[name])
        if house is pair[1]:
            decided_once(house, stored)
        house.clock.forward(minutes=3)
        if house is pair[1]:
            asked_again(house)
        index(house)
        house.clock.forward(minutes=2)
        ben = house.logged_in("ben")
        case = house.case(case_in(ben.page("/work")))
        assert stored.comment_id == case.comment_id
        told.append((case.purpose, read(ben, stored, SCENES[name].text, opened=opened)))
    assert [Purpose.DECIDE, Purpose.OPINION] == [purpose for purpose, _ in told]
    assert SCENES[name].is_twice_alike is (OFFER in told[0][1]["/work"])
    assert_twins(told[0][1], told[1][1])


@pytest.mark.parametrize("is_twice_alike", [False, True], ids=["plain", "twice alike"])
def test_a_known_answer_is_the_twin_of_a_first_look(pair: tuple[House, House], is_twice_alike: bool) -> None:
    ordinary, measured = pair
    for house in pair:
        for who in ("mei", "ben", "li"):
            house.person(who)
    measured.clock.forward(days=-14)
    known = measured.comment(TEXT, id="c1", author="author-1")
    decided_once(measured, known)
    with measured.database.unit() as unit:
        gold.vouch(unit, str(known.case_id), why="a plain offer", author=measured.people["li"].id, now=measured.clock())
        unit.commit()
    measured.clock.forward(days=14)
    for house in pair:
        house.comment("下注日进斗金的平台", id="n1", author="author-9")
        house.clock.forward(minutes=20)
    with measured.database.unit() as unit:
        ben = measured.people["ben"].id
        case = gold.hand_out(unit, ben, ANYTHING, expires_at=measured.clock() + queue.LEASE, now=measured.clock())
        unit.commit()
    assert case is not None
    waited = measured.clock() - case.created_at
    assert timedelta(0) < waited <= timedelta(minutes=20)
    ordinary.clock.skew -= waited
    first = ordinary.comment(TEXT, id="c1", author="author-1")
    ordinary.clock.skew += waited
    if is_twice_alike:
        for house, stored in ((ordinary, first), (measured, known)):
            twice_alike(house, stored, TEXT)
    told = []
    with ordinary.database.unit() as unit:
        until = ordinary.clock() + queue.LEASE
        leases.lease(unit, str(first.case_id), ordinary.people["ben"].id, expires_at=until)
        unit.commit()
    for house, stored in ((ordinary, first), (measured, known)):
        index(house)
        visitor = house.logged_in("ben")
        about = house.case(case_in(visitor.page("/work")))
        assert stored.comment_id == about.comment_id
        assert timedelta(milliseconds=-1) < made_at(about.id) - about.created_at <= A_MOMENT, "as old as it says"
        told.append(read(visitor, stored, TEXT, but=("/search?surface=forum",)))
    assert is_twice_alike is (OFFER in told[0]["/work"])
    assert_twins(*told)


def drawn_case(house: House, stored: Stored) -> str:
    with house.database.reading() as look:
        [case] = cases.page(look, comment_id=stored.comment_id).items
    return case.id


@pytest.mark.parametrize("is_twice_alike", [False, True], ids=["plain", "twice alike"])
def test_what_is_drawn_at_random_is_the_same_whatever_the_machine_thinks(
    pair: tuple[House, House], is_twice_alike: bool
) -> None:
    told = []
    for house, scores in zip(pair, ({}, {"蠢货": ("abuse", 0.97)}), strict=True):
        house.person("ben")
        mei = house.logged_in("mei")
        house.comment("约吗", id="p1", author="author-8")
        assert 303 == mei.decide("reject", labels="abuse").status_code
        engine, house.engine = house.engine, replace(house.engine, scorer=KeywordScorer(scores))
        stored = house.comment("你这蠢货说得对", id="c1", author="author-1", thread_id="t-1")
        assert stored.case_id is None
        house.engine = engine
        if is_twice_alike:
            twice_alike(house, stored, TEXT)
        house.clock.forward(minutes=50)
        with house.database.unit() as unit:
            decision = decisions.get(unit, stored.decision_id).decision
            drawn = Chosen(stored.comment_id, stored.decision_id, decision, "forum", Why.RANDOM, in_turn=True)
            chosen.ask(unit, [drawn], now=house.clock())
            unit.commit()
        house.clock.forward(minutes=5)
        index(house)
        ben, case = house.logged_in("ben"), drawn_case(house, stored)
        with house.database.unit() as unit:
            leases.lease(unit, case, house.people["ben"].id, expires_at=house.clock() + queue.LEASE)
            unit.commit()
        case = house.case(case_in(ben.page("/work")))
        assert stored.comment_id == case.comment_id
        assert [] == house.verdicts(case.id)
        told.append(read(ben, stored, "你这蠢货"))
        assert is_twice_alike is (OFFER in told[-1]["/work"])
        assert is_twice_alike or not case_in(house.logged_in("eva").page("/work?label=abuse"))
    assert_twins(*told)

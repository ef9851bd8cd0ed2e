"""The house of the pictures, whole: the story, the affairs, models, and the address of every page."""

from __future__ import annotations

import json
import math
import os
import random
import shutil
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

from chaffinch.beside import NotDoneError, ask
from chaffinch.duty_desk import duty_desk
from chaffinch.settings import load_settings
from chaffinch.transparency_page import written
from governance import neutrality
from governance.retention import Retention
from governance.staffing_measured import Measured
from moderation.decision import Outcome
from moderation.shadow import Shadowed
from moderation.taxonomy import CONFIGS
from records import ledger, search, shadow
from records.flow import Scored
from records.ids import first_id_of
from records.ledger import MACHINE
from records.shadow import Beside
from review.exposure import Wellness
from review.quality import Quality
from tests.album import affairs, registry, story
from tests.console.house import House, build
from tests.console.test_neutrality import AUDIT
from tests.records.factories import a_decision

KEPT = Retention.model_validate(
    {
        "keep": [
            {"surface": surface, "kind": kind, "days": days}
            for surface, kind, days in (("forum", "comment", 365), ("news", "comment", 180), ("live", "danmaku", 30))
        ]
    }
)
WELLNESS = Wellness(worst_an_hour=30, in_a_row=5, break_after=timedelta(minutes=50))


@dataclass
class Scene:
    """A house with something on every page. `places`, `public`: addresses by the path in the tables of pages.

    `queries`: what is added to an address, by the picture's name.
    """

    house: House
    places: dict[str, str]
    public: dict[str, str]
    queries: dict[str, str]


def built(folder: Path) -> Scene:
    """The house, filled in some ten seconds. It sets this process's settings to its home."""
    home = folder / "house"
    home.mkdir(parents=True)
    models = registry.desk(folder / "registry")
    with patch.dict(os.environ, {"CHAFFINCH_HOME": str(home)}):
        settings = load_settings()
    house = build(
        home,
        models,
        duties=duty_desk(settings),
        transparency_page=written,
        retention=KEPT,
        quality=Quality(second_share=0.1, gold_share=0.05, random_a_day=24),
        wellness=WELLNESS,
    )
    for pack in (CONFIGS / "rules").glob("*.toml"):
        shutil.copy(pack, house.parts.packs)
    story.people(house)
    story.judge_with_words(house)
    story.weeks_of_work(house)
    places: dict[str, str] = {}
    for affair in (affairs.flood, affairs.contested, affairs.returned, affairs.campaign):
        places |= affair(house)
    waiting = story.morning(house)
    affairs.in_hand(house, waiting["主播闭嘴吧，"], "mei")
    affairs.in_hand(house, waiting["demo-12"], "yun")
    places |= affairs.together(house)
    for affair in (affairs.emergency, affairs.inspection, affairs.incident, affairs.endpoint, affairs.rules):
        places |= affair(house)
    affairs.assessment(house)
    agreed = affairs.agreed(house)
    affairs.listed(house)
    shadowed(house)
    audited(house)
    places |= affairs.of_the_ledger(house)
    story.index(house)
    places |= of_a_comment(house)
    affairs.known(house)
    dutiful(house)
    public = {
        **agreed,
        "/complaints/{receipt}": f"/complaints/{places['answered complaint']}",
        "/appeals/{receipt}": f"/appeals/{places['appeal']}",
    }
    places |= {"/models/{version}": "/models/3", "/models/{version}/mistakes": "/models/3/mistakes"}
    return Scene(house, places, public, {"public-contest": f"?reference={places['unanswered']}"})


def shadowed(house: House) -> None:
    """A challenger that answered what the champion answered, mostly alike."""
    now = house.clock()
    with house.database.unit() as unit:
        run = shadow.take(unit, "4" * 64, "3", "album", now=now)
        assert run is not None
        drawn = shadow.drawn(unit, run, oldest="", newest="g", share=1, limit=400)
        results = [
            Beside(each, Shadowed(_beside(each.decision.outcome, at), None, each.decision.labels), "fast")
            for at, each in enumerate(drawn)
        ]
        shadow.keep(unit, run, results, cursor=first_id_of(now), left_out=0, now=now)
        unit.commit()


def _beside(outcome: Outcome, at: int) -> Outcome:
    return {Outcome.REVIEW: (Outcome.PASS, Outcome.BLOCK)[at % 2]}.get(outcome, outcome) if at % 3 == 0 else outcome


def flow() -> Measured:
    """A house that is busiest in the evening: what takes weeks to measure is made up."""
    chance = random.Random(3)
    a_day = [20 + 100 * max(0.0, math.sin((hour - 3) / 24 * 2 * math.pi)) for hour in range(24)]
    times = [chance.lognormvariate(3.4, 0.8) for _ in range(400)]
    scored = [Scored(a_decision(Outcome.REVIEW, gambling=chance.uniform(0.26, 0.8)), None) for _ in range(400)]
    return Measured(28.0, {"forum": a_day}, {"forum": times}, scored)


def audited(house: House) -> None:
    """A neutrality audit with one finding, and the ledger's word that it was made here."""
    now = house.clock()
    told = {"at": now.isoformat(), "since": (now - timedelta(days=90)).isoformat(), "until": now.isoformat()}
    names = (("星河汽车", 0.31, 0.08, True), ("山海手机", 0.11, 0.12, False), ("北斗外卖", 0.09, 0.1, False))
    rates = [
        AUDIT["rates"][0]
        | {
            "group": name,
            "removed": rate,
            "removed_low": rate - 0.05,
            "removed_high": rate + 0.05,
            "passed": 1 - rate,
            "wrongly_stopped": 0.01,
        }
        for name, rate, _, _ in names
    ]
    pairs = [
        AUDIT["comparisons"][0]
        | {
            "group": name,
            "rate": rate,
            "others": other,
            "difference": rate - other,
            "low": rate - other - 0.06,
            "high": rate - other + 0.06,
            "adjusted": 0.0004 if leans else 0.7,
            "leans": leans,
        }
        for name, rate, other, leans in names
    ]
    swapped = [
        AUDIT["swapped"][0]
        | {"name": name, "rate": rate, "others": 0.1, "difference": rate - 0.1, "adjusted": 0.4, "leans": False}
        for name, rate, _, _ in names
    ]
    told |= {
        "rates": rates,
        "comparisons": pairs,
        "swapped": swapped,
        "compared": 3,
        "findings": ["company 星河汽车: hit by rule ads.rival 31.0%"],
    }
    house.parts.neutrality.write_text(json.dumps(AUDIT | told), encoding="utf-8")
    facts = {"comments": 900, "texts": 400, "compared": 3, "findings": 1}
    entry = ledger.Entry(neutrality.AUDITED, MACHINE, neutrality.SUBJECT, told["at"], "audit", "7", facts=facts)
    with house.database.unit() as unit:
        ledger.append(unit, entry, now=now)
        unit.commit()


def of_a_comment(house: House) -> dict[str, str]:
    """Pages about one comment, its account and its thread."""
    with house.database.reading() as look:
        one = search.find(look, search.Sought(words="加微信发我菜谱"), limit=20).hits[-1]
        seller = search.find(look, search.Sought(words="在家刷单"), limit=20).hits[-1]
    paths = ("/comments/{comment_id}/account", "/comments/{comment_id}/thread", "/comments/{comment_id}/standing")
    places = {path: path.format(comment_id=one.comment.id) for path in paths[1:2]}
    places |= {path: path.format(comment_id=seller.comment.id) for path in (paths[0], paths[2])}
    return places | {
        "/decisions/{decision_id}": f"/decisions/{one.decision.id}",
    }


def dutiful(house: House) -> None:
    """The duties' own checks, run over this home."""
    with patch.dict(os.environ, {"CHAFFINCH_HOME": str(house.folder)}):
        ask_for("duties", "--profile=cn-2022")


def ask_for(*command: str) -> None:
    try:
        ask(*command, patience=120)
    except NotDoneError:  # a duty that is off is told by its exit
        return

"""The house of the pictures, whole: the story, the affairs, models, and the address of every page."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from chaffinch.beside import NotDoneError, ask
from chaffinch.duty_desk import duty_desk
from chaffinch.settings import load_settings
from chaffinch.transparency_page import written
from moderation.decision import Outcome
from records import search
from tests.album import affairs, registry, story
from tests.console.house import House, build
from tests.console.test_neutrality import AUDIT
from tests.governance.test_shadow import beside


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
    house = build(home, models, duties=duty_desk(settings), transparency_page=written)
    story.people(house)
    story.judge_with_words(house)
    story.weeks_of_work(house)
    places: dict[str, str] = {}
    for affair in (affairs.flood, affairs.contested, affairs.returned, affairs.campaign):
        places |= affair(house)
    story.morning(house)
    places |= affairs.together(house)
    for affair in (affairs.emergency, affairs.inspection, affairs.incident, affairs.endpoint, affairs.rules):
        places |= affair(house)
    affairs.assessment(house)
    affairs.listed(house)
    shadowed(house)
    audited(house)
    places |= affairs.of_the_ledger(house)
    story.index(house)
    places |= of_a_comment(house)
    dutiful(house)
    public = {
        "/complaints/{receipt}": f"/complaints/{places['answered complaint']}",
        "/appeals/{receipt}": f"/appeals/{places['appeal']}",
    }
    places["/models/{version}"] = "/models/3"
    return Scene(house, places, public, {"public-contest": f"?reference={places['reference']}"})


def shadowed(house: House) -> None:
    """A challenger that answered what the champion answered, mostly alike."""
    with house.database.reading() as look:
        found = search.find(look, search.Sought(), limit=150).hits
    beside(house.database, {each.decision.id: _beside(each.decision.decision.outcome, at) for at, each in enumerate(found)})


def _beside(outcome: Outcome, at: int) -> Outcome:
    return Outcome.BLOCK if outcome is Outcome.REVIEW and at % 5 == 0 else outcome


def audited(house: House) -> None:
    told = AUDIT | {"at": f"{house.clock():%Y-%m-%dT%H:%M:%S+00:00}"}
    (house.folder / "neutrality.json").write_text(json.dumps(told), encoding="utf-8")


def of_a_comment(house: House) -> dict[str, str]:
    """Pages about one comment, its account and its thread."""
    with house.database.reading() as look:
        one = search.find(look, search.Sought(words="约饭"), limit=1).hits[0]
    here = f"/comments/{one.comment.id}"
    paths = ("/comments/{comment_id}/account", "/comments/{comment_id}/thread", "/comments/{comment_id}/standing")
    return {path: path.format(comment_id=one.comment.id) for path in paths} | {"/decisions/{decision_id}": f"/decisions/{one.decision.id}", "comment": here}


def dutiful(house: House) -> None:
    """The duties' own checks, run over this home."""
    with patch.dict(os.environ, {"CHAFFINCH_HOME": str(house.folder)}):
        ask_for("duties", "--profile=cn-2022")


def ask_for(*command: str) -> None:
    try:
        ask(*command, patience=120)
    except NotDoneError:  # a duty that is off is told by its exit
        return

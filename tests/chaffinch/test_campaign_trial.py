"""Made-up bursts through the code that runs in service: what is found, and whose hand is said to be behind it."""

from __future__ import annotations

import pytest

from chaffinch.campaign_trial import document, try_out
from chaffinch.campaign_worlds import HARDER, KINDS, TRUTH, Texts, make, texts_of
from chaffinch.settings import CHECKOUT
from moderation.behaviour.hands import Hand
from moderation.taxonomy import load_taxonomy


@pytest.fixture(scope="module")
def texts() -> Texts:
    whole = texts_of(CHECKOUT / "data" / "starter", load_taxonomy().names)
    assert min(len(whole.everyday), len(whole.adverts), len(whole.insults)) > 500
    return whole


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_makes_the_same_world_and_another_another(texts: Texts, kind: str) -> None:
    world = make(kind, 1, texts, seed=1)
    assert world == make(kind, 1, texts, seed=1)
    assert world != make(kind, 1, texts, seed=2)
    assert any(each.is_burst for each in world.posted) == (TRUTH[kind] is not None)
    assert [*world.posted] == sorted(world.posted, key=lambda each: each.after)


def test_a_ring_is_found_and_named_and_a_thread_that_is_read_by_many_is_nothing(texts: Texts) -> None:
    told: list[int] = []
    found = document(try_out(texts, worlds=1, seed=1, kinds=("ring", "hot"), told=lambda done, _: told.append(done)))
    ring, hot = found["kinds"]
    assert ([1, 2], 1, 0) == (told, ring["found"]["hits"], hot["found"]["hits"])
    assert {"one_hand": 1, "many_people": 0, "unclear": 0} == ring["said"]
    assert 1.0 == found["precision"]["share"]


def test_puppets_under_one_article_are_found_and_people_who_quote_it_are_not(texts: Texts) -> None:
    trial = try_out(texts, worlds=2, seed=1, kinds=("puppets", "quoting"), told=lambda *_: None)
    puppets, quoting = trial.tried
    assert (2, 2, 0) == (puppets.found, puppets.said[Hand.ONE], quoting.found)
    assert 1.0 == trial.precision.share


@pytest.mark.proof
@pytest.mark.timeout(3600)
def test_people_on_the_devices_of_one_room_are_not_told_from_puppets(texts: Texts) -> None:
    """The harder case: what can be seen is the same, so a person decides. Should this fail, say so in the docs."""
    (classroom,) = try_out(texts, worlds=20, seed=1, kinds=HARDER, told=lambda *_: None).tried
    assert classroom.said[Hand.ONE] >= 1


@pytest.mark.proof
@pytest.mark.timeout(3600)
def test_twenty_worlds_of_each_kind(texts: Texts) -> None:
    trial = try_out(texts, worlds=20, seed=1, told=lambda *_: None)
    by_kind = {each.kind: each for each in trial.tried}
    words = dict(trial.words)
    assert by_kind["ring"].found >= 18
    assert by_kind["meme"].said[Hand.ONE] == 0
    assert by_kind["brigade"].said[Hand.ONE] == 0
    assert by_kind["puppets"].found >= 18
    assert by_kind["hot"].found + by_kind["everyday"].found + by_kind["quoting"].found == 0
    assert (trial.precision.share or 0) >= 0.9
    assert (words[Hand.ONE].share or 0) >= 0.95

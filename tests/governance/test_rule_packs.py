"""Which packs come into force, for all workers, and what of them only holds until two people agree."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from governance import changed_parts, four_eyes, rule_packs
from governance.four_eyes import Word
from governance.pack_losses import BY_HAND, taken
from governance.rule_packs import KIND, WaitsError
from moderation.decision import Outcome
from moderation.errors import ConfigError, ConflictError, InvalidInputError
from moderation.pack_files import PackFiles
from moderation.rule_packs import read_packs
from moderation.rules import RuleState
from moderation.shipped import PACKS
from moderation.taxonomy import CONFIGS
from records import epoch, ledger, rules
from records import rule_packs as kept
from records.database import Database
from records.ledger_kinds import ENGINE
from records.rules import RuleChange
from tests.governance.test_rules import STANDARDS
from tests.records.databases import NOW

HERE, THERE = "one:/configs", "two:/configs"
RULE = """[[rules]]
id = "ads.hippo"
title = {{ zh = "河马", en = "{title}" }}
label = "advertising"
action = "{action}"
ground = "g"
owner = "o"
why = "{why}"
terms = ["{term}"]
examples = {{ match = ["紫色河马"], no_match = ["你好"] }}
"""


MORE = '紫色河马", "绿色河马'
"""As a term: what was sought, and one more."""


def packs(
    action: str = "block", term: str = "紫色河马", title: str = "Hippo", why: str = "w", **more: str
) -> PackFiles:
    text = RULE.format(action=action, term=term, title=title, why=why)
    return PackFiles({"own.toml": text, **{f"{name}.toml": text for name, text in more.items()}})


NONE = PackFiles({})
OTHER = PackFiles({"else.toml": packs().files["own.toml"].replace("ads.hippo", "ads.rhino")})


def take(database: Database, found: PackFiles, place: str = HERE, *, asks_two: bool = True) -> kept.PackSet | None:
    with database.unit() as unit:
        taken = rule_packs.take(unit, found, place=place, asks_two=asks_two, now=NOW)
        unit.commit()
    return taken


def does(database: Database) -> dict[str, Outcome]:
    with database.reading() as look:
        found = kept.in_force(look)
    assert found is not None
    return {entry.rule.id: entry.rule.action for entry in read_packs(found)[0]}


def test_what_is_found_first_is_in_force_as_it_stands(database: Database) -> None:
    taken = take(database, packs())
    assert taken is not None
    assert (1, frozenset()) == (taken.number, taken.reviewing)
    assert {"ads.hippo": Outcome.BLOCK} == does(database)


def test_a_rule_that_blocks_and_never_did_only_holds_until_two_stand_for_its_file(database: Database) -> None:
    take(database, NONE)
    found = packs()
    take(database, found)
    assert {"ads.hippo": Outcome.REVIEW} == does(database)
    with database.unit() as unit:
        before = epoch.read(unit).rules
        differs = {f"{PACKS}/own.toml": found.hashes["own.toml"]}
        asked = changed_parts.ask(unit, differs, by="mia", why="ours", now=NOW)
        four_eyes.answer(unit, asked.id, Word("ben", True, "read it"), standards=STANDARDS, now=NOW)
        assert before < epoch.read(unit).rules
        unit.commit()
    assert {"ads.hippo": Outcome.BLOCK} == does(database)
    assert (taken := take(database, replace(found, files={**found.files, "more.toml": "# nothing\n"})))
    assert frozenset() == taken.reviewing


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (packs(title="A hippo"), Outcome.REVIEW),
        (packs(why="another"), Outcome.BLOCK),
        (packs(term=MORE), Outcome.REVIEW),
        (PackFiles({"other.toml": packs().files["own.toml"]}), Outcome.BLOCK),
    ],
    ids=["what authors read", "why it is there", "another term", "another file"],
)
def test_what_a_rule_matches_and_does_is_what_was_agreed_on(
    database: Database, after: PackFiles, expected: Outcome
) -> None:
    take(database, packs())
    take(database, after)
    assert {"ads.hippo": expected} == does(database)


def test_a_rule_that_held_is_asked_about_before_it_blocks(database: Database) -> None:
    take(database, packs("review"))
    take(database, packs("block"))
    assert {"ads.hippo": Outcome.REVIEW} == does(database)


def test_an_edit_that_is_taken_back_is_as_before(database: Database) -> None:
    take(database, packs())
    take(database, packs(title="A hippo"))
    take(database, packs())
    assert {"ads.hippo": Outcome.BLOCK} == does(database)


def test_what_only_held_before_does_not_block_by_being_touched(database: Database) -> None:
    take(database, NONE)
    take(database, packs())
    take(database, packs(title="A hippo"))
    assert {"ads.hippo": Outcome.REVIEW} == does(database)


def test_nobody_is_asked_about_what_comes_with_a_release_or_where_no_policy_asks_two(database: Database) -> None:
    shipped = {path.stem: path.read_text("utf-8") for path in (CONFIGS / "rules").glob("gambling.toml")}
    take(database, NONE)
    assert (first := take(database, PackFiles({f"{name}.toml": text for name, text in shipped.items()})))
    assert (second := take(database, packs(**shipped), asks_two=False))
    assert (frozenset(), frozenset()) == (first.reviewing, second.reviewing)


def test_another_place_does_not_take_back_what_this_one_brought(database: Database) -> None:
    old, new = packs("review"), packs("review", title="A hippo")
    take(database, old)
    take(database, old, THERE)
    assert take(database, new) is not None
    assert take(database, old, THERE) is None, "nothing changed there"
    assert take(database, old, "three:/configs") is None, "an unknown place brings back nothing old"
    assert take(database, new, THERE) is None
    assert (again := take(database, old, THERE)) is not None, "somebody put it back there"
    assert (3, THERE) == (again.number, again.place)


def test_the_ledger_says_which_files_came_and_went_and_what_waits(database: Database) -> None:
    take(database, packs("review", more="# one\n"))
    take(database, PackFiles({"new.toml": packs(term=MORE).files["own.toml"]}))
    with database.reading() as look:
        last = ledger.last(look, KIND, ENGINE)
    assert last is not None
    body = json.loads(last.body)
    facts = body["facts"]
    assert ("machine", HERE, 2) == (body["actor"]["kind"], facts["place"], facts["number"])
    assert (["rules/new.toml"], ["rules/more.toml", "rules/own.toml"]) == (list(facts["files"]), facts["gone"])
    assert ["ads.hippo"] == facts["reviewing"]


def test_the_history_of_a_rule_names_the_sets_that_changed_it(database: Database) -> None:
    for found in (NONE, packs(), packs(more="# one\n"), packs("review")):
        take(database, found)
    by_hand(database, OTHER)
    with database.reading() as look:
        changes = kept.changes_of(kept.history(look), "ads.hippo")
    assert [(2, True), (4, False), (5, None)] == [(each.number, rule and rule.blocks) for each, rule in changes]


def by_hand(database: Database, found: PackFiles, place: str = HERE, why: str = "back") -> kept.PackSet:
    with database.unit() as unit:
        taken = rule_packs.take_by_hand(unit, found, place=place, asks_two=True, by="mia", why=why, now=NOW)
        unit.commit()
    return taken


@pytest.mark.parametrize("found", [NONE, OTHER, PackFiles({"own.toml": "rules = []\n"})])
@pytest.mark.parametrize("place", [HERE, THERE])
def test_a_set_without_a_rule_that_decides_waits_for_somebodys_word(
    database: Database, found: PackFiles, place: str
) -> None:
    take(database, packs())
    for _ in range(2):
        with pytest.raises(ConfigError, match=r"ads\.hippo would decide no longer"):
            take(database, found, place)
    assert {"ads.hippo": Outcome.BLOCK} == does(database)


def test_a_rule_that_a_file_moves_or_that_was_ended_by_hand_is_not_dropped(database: Database) -> None:
    take(database, packs())
    text = packs().files["own.toml"]
    assert take(database, PackFiles({"moved.toml": text})) is not None
    ended = text.replace('label = "advertising"', 'label = "advertising"\nstate = "retired"')
    by_hand(database, PackFiles({"moved.toml": ended}))
    assert take(database, NONE) is not None, "nothing decides any more"


def test_what_a_release_left_out_of_a_shipped_file_does_not_wait(database: Database) -> None:
    shipped = (CONFIGS / "rules" / "gambling.toml").read_text("utf-8")
    more = packs().files["own.toml"].replace("ads.hippo", "gambling.hippo")
    take(database, PackFiles({"gambling.toml": f"{shipped}\n{more}"}))
    assert take(database, PackFiles({"gambling.toml": shipped})) is not None


def test_somebody_brings_an_earlier_set_back_by_name_and_the_ledger_has_who_and_why(database: Database) -> None:
    earlier, bad = packs("review"), packs("review", MORE)
    take(database, earlier)
    take(database, bad)
    assert take(database, earlier, THERE) is None, "a redeployment brings nothing back by itself"
    with database.reading() as look:
        assert f"on this disk differ own.toml. {BY_HAND}" in rule_packs.beside(look, earlier)
        before = epoch.read(look).rules
    taken = by_hand(database, earlier, THERE, "hits too much")
    with database.reading() as look:
        assert "" == rule_packs.beside(look, earlier)
        assert before < epoch.read(look).rules
        last = ledger.last(look, KIND, ENGINE)
    assert last is not None
    body = json.loads(last.body)
    assert ("mia", "hits too much", 3, THERE) == (body["actor"]["id"], body["reason"], taken.number, taken.place)
    assert take(database, bad) is None, "the place of the bad set does not bring it again"
    with pytest.raises(ConflictError, match="Set 3 is in force"):
        by_hand(database, earlier)


def test_what_is_brought_by_hand_ends_rules_but_not_all_and_blocks_by_two_as_ever(database: Database) -> None:
    take(database, packs())
    with pytest.raises(InvalidInputError, match="No rule lies here"):
        by_hand(database, NONE)
    assert frozenset({"ads.rhino"}) == by_hand(database, OTHER).reviewing
    with pytest.raises(InvalidInputError, match="reason"):
        by_hand(database, packs(), why=" ")


def changed(before: str, after: str) -> PackFiles:
    text = packs(term=MORE).files["own.toml"]
    assert before in text
    return PackFiles({"own.toml": text.replace(before, after)})


LESS = [
    (', "绿色河马"', "", ["terms"]),
    ("examples =", 'not = ["bjl7712"]\nexamples =', ["not"]),
    ('action = "block"', 'action = "review"', ["action"]),
    ("examples =", 'state = "retired"\nexamples =', ["state"]),
    ("examples =", "whole_words = true\nexamples =", ["whole_words"]),
    ("examples =", 'when = { surfaces = ["live"] }\nexamples =', ["when.surfaces"]),
    ("examples =", "when = { features = { likes = { at_least = 3 } } }\nexamples =", ["when.features.likes"]),
]


@pytest.mark.parametrize(("before", "after", "fields"), LESS, ids=[each[2][0] for each in LESS])
def test_a_set_that_takes_something_from_a_rule_that_decides_waits_for_somebodys_word(
    database: Database, before: str, after: str, fields: list[str]
) -> None:
    take(database, packs(term=MORE))
    found = changed(before, after)
    for _ in range(2):
        with pytest.raises(WaitsError, match=r"less would be held or blocked by ads\.hippo"):
            take(database, found)
    with database.reading() as look:
        takes = taken(look, found, today=NOW.date())
        assert 1 == len(kept.history(look))
    assert fields == [each for each in takes.facts["ads.hippo"] if each != "examples"]
    by_hand(database, found, why="it held too much")
    with database.reading() as look:
        last = ledger.last(look, KIND, ENGINE)
    assert last is not None
    assert b"bjl7712" not in last.body
    assert {"ads.hippo": fields} == json.loads(last.body)["facts"]["takes"]


def test_a_set_that_adds_to_rules_and_brings_new_ones_comes_into_force_by_itself(database: Database) -> None:
    take(database, changed("examples =", 'not = ["一", "二"]\nexamples ='))
    more = changed("examples =", 'not = ["一"]\nviews = ["canonical", "joined"]\npatterns = ["河+马"]\nexamples =')
    assert take(database, PackFiles({**more.files, **OTHER.files})) is not None


def test_nobody_is_asked_for_a_rule_of_a_file_that_speaks_no_longer(database: Database) -> None:
    take(database, packs())
    with database.unit() as unit:
        ended = RuleChange("ads.hippo", RuleState.RETIRED, {}, 0, (RuleState.LIVE,), "ben", "w")
        rules.add_version(unit, ended, now=NOW)
        unit.commit()
    assert take(database, NONE) is not None

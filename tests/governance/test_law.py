"""A ground that a person can look up: articles that are there, and no words of one's own where a policy takes none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from governance import account_measures, emergencies, holds, lists, rules
from governance.account_notices import ground_of
from governance.complaint_rules import shipped as shipped_rules
from governance.emergencies import Scope
from governance.grounds import check_declared
from governance.holds import HoldKind
from governance.law import load_law
from governance.lists import Listing
from governance.notices import load_notices, redress
from governance.notices import shipped as shipped_notices
from moderation.emergency import Effect, Kind
from moderation.errors import ConfigError, InvalidInputError
from moderation.lists import ListAction
from moderation.policy import load_policies
from moderation.taxonomy import CONFIGS, load_taxonomy
from records.database import Database
from records.house_queues import HouseQueues, Redress
from records.personal import Keyring
from tests.chaffinch.conftest import change
from tests.governance.standing import CN, DEFAULT, POLICIES, kinds, take, wish
from tests.governance.test_rules import a_rule
from tests.records.databases import NOW

TAXONOMY = load_taxonomy()
NO_ARTICLE = "has no article 99: it has 13, and this can stand on 5-9"
BLACKLIST = Listing("account", "stud6", ListAction.BLOCK, "spam again and again", "the house", "mia")


def of_house(name: str = "default") -> Redress:
    return redress(shipped_rules(), shipped_notices(), TAXONOMY, POLICIES.values(), house=name)


@pytest.fixture
def house(sqlite: Database) -> Database:
    """A house in which `default` holds where no policy is named."""
    sqlite._queues = lambda: HouseQueues(redress=of_house())
    return sqlite


@pytest.fixture
def strict(sqlite: Database) -> Database:
    """A house in which `cn` does."""
    sqlite._queues = lambda: HouseQueues(redress=of_house("cn"))
    return sqlite


@pytest.fixture
def keyring(keyring_of_sqlite: Keyring) -> Keyring:
    return keyring_of_sqlite


@pytest.mark.parametrize(
    ("ground", "why"),
    [
        ("cn-2017:99", NO_ARTICLE),
        ("minors, cn-2017:99", NO_ARTICLE),
        ("see cn-2017:99", NO_ARTICLE),
        ("cn-2017:14", "has no article 14: it has 13"),
        ("cn-2017:0", "is no article of cn-2017"),
        ("cn-2017:5(9)", "has no item 9: it has 8"),
        ("cn-2017:13", "is no ground for this: it can stand on 5-9"),
        ("CN-2017:8", "write cn-2017:5"),
        ("cn-2017：8", "write cn-2017:5"),
        ("cn-2017:8,cn-2017:99", NO_ARTICLE),
        ("cn-2022:17", "has no article 17: it has 16"),
        ("cn-civil-code:1261", "has no article 1261: it has 1260"),
    ],
)
def test_a_measure_stands_on_an_article_that_is_there(
    house: Database, keyring: Keyring, ground: str, why: str
) -> None:  # fmt: skip
    for policy in (DEFAULT, CN):
        with pytest.raises(InvalidInputError) as told:
            take(house, keyring, wish(ground=ground), policy=policy)
        assert (["/ground"], True) == ([each.where for each in told.value.faults], why in str(told.value))
    assert [] == kinds(house)


@pytest.mark.parametrize("ground", ["cn-2017:8", "cn-2017:5(8)", "minors, cn-2022:12", "cn-civil-code:1034"])
def test_an_article_that_is_there_is_taken_and_told_by_its_title(
    house: Database, keyring: Keyring, ground: str
) -> None:  # fmt: skip
    made = take(house, keyring, wish(ground=ground, days=2))
    assert "第" in ground_of(made, "zh", of_house())
    assert "article" in ground_of(made, "en", of_house())


def test_a_ground_of_before_that_names_no_article_is_told_as_it_was_written(house: Database, keyring: Keyring) -> None:
    made = replace(take(house, keyring, wish(ground="cn-2017:8", days=2)), ground="cn-2017:99")
    assert "第99条" not in ground_of(made, "zh", of_house())
    assert "cn-2017:99" in ground_of(made, "zh", of_house())


def test_many_at_once_stand_on_an_article_that_is_there(house: Database, keyring: Keyring) -> None:
    wishes = [wish(target="one"), wish(target="two", ground="cn-2017:99")]
    with house.unit() as unit, pytest.raises(InvalidInputError, match="has no article 99"):
        account_measures.take_many(unit, keyring, wishes, DEFAULT, by="mia", now=NOW)


def test_so_does_an_entry_of_a_list_and_each_row_of_an_imported_one(house: Database, keyring: Keyring) -> None:
    listing = replace(BLACKLIST, ground="cn-2017:99")
    with house.unit() as unit:
        with pytest.raises(InvalidInputError, match=r"ground: .*has no article 99"):
            lists.add(unit, listing, taxonomy=TAXONOMY, keyring=keyring, now=NOW)
        with pytest.raises(InvalidInputError, match=r"line 2: ground: .*has no article 99"):
            lists.add_many(unit, [listing], taxonomy=TAXONOMY, keyring=keyring, now=NOW)
        lists.add(unit, replace(listing, ground="cn-2017:9"), taxonomy=TAXONOMY, keyring=keyring, now=NOW)


def test_so_does_what_an_authority_or_the_house_orders_and_what_a_rule_says(house: Database, keyring: Keyring) -> None:
    emergency = emergencies.Wish(Scope("news"), Effect(Kind.CLOSED), 60, "mia", "a flood", "cn-2017:14")
    hold = holds.Wish(HoldKind.AUTHOR, "stud6", "the court", "7/26", "cn-2017:14", "mia", "asked", review_at=NOW)
    rule = a_rule(ground="cn-2017:99")
    with house.unit() as unit:
        with pytest.raises(InvalidInputError, match=r"ground: .*has no article 14"):
            emergencies.ask(unit, emergency, labels=TAXONOMY.names, surfaces=["news"], now=NOW)
        with pytest.raises(InvalidInputError, match=r"ground: .*has no article 14"):
            holds.ask(unit, keyring, hold, now=NOW)
        with pytest.raises(InvalidInputError, match=r"ground: .*has no article 99"):
            rules.add(unit, rule, by="mia", why="tried", now=NOW)


@pytest.mark.parametrize("ground", ["rule 3", "house rule 3, cn-2017:8", "platform-rules:privaci", "cn-2017", "law 99"])
def test_words_of_ones_own_are_no_ground_where_the_policy_takes_none(
    house: Database, keyring: Keyring, ground: str
) -> None:  # fmt: skip
    with pytest.raises(InvalidInputError, match="takes no words of one's own"):
        take(house, keyring, wish(ground=ground), policy=CN)
    assert ground == take(house, keyring, wish(ground=ground, days=2), policy=DEFAULT).ground


def test_whoever_names_a_looser_policy_in_such_a_house_is_refused_too(strict: Database, keyring: Keyring) -> None:
    with pytest.raises(InvalidInputError, match="takes no words of one's own"):
        take(strict, keyring, wish(ground="rule 3"), policy=DEFAULT)
    with strict.unit() as unit, pytest.raises(InvalidInputError, match="did you mean privacy"):
        lists.add(unit, replace(BLACKLIST, ground="privaci"), taxonomy=TAXONOMY, keyring=keyring, now=NOW)


@pytest.mark.parametrize("ground", ["minors", "abuse", "platform-rules:self-harm", "house rules", "platform-rules"])
def test_what_the_house_knows_is_a_ground_there(strict: Database, keyring: Keyring, ground: str) -> None:
    assert ground == take(strict, keyring, wish(ground=ground, days=2)).ground


def test_a_ground_that_a_policy_declares_is_one(sqlite: Database, keyring: Keyring) -> None:
    own = CN.model_copy(update={"grounds": {**CN.grounds, "abuse": "our terms 3.2"}})
    told = redress(shipped_rules(), shipped_notices(), TAXONOMY, [*POLICIES.values(), own], house="cn")
    sqlite._queues = lambda: HouseQueues(redress=told)
    assert "our terms 3.2" == take(sqlite, keyring, wish(ground="our terms 3.2", days=2)).ground


def test_a_policy_that_declares_an_article_that_is_not_there_cannot_be_used() -> None:
    check_declared(of_house())
    odd = CN.model_copy(update={"grounds": {**CN.grounds, "abuse": "cn-2017:77"}})
    with pytest.raises(ConfigError, match="has no article 77"):
        check_declared(redress(shipped_rules(), shipped_notices(), TAXONOMY, [odd]))


def test_as_shipped_cn_takes_no_words_of_ones_own_and_the_others_do() -> None:
    free = {name: each.free_grounds for name, each in load_policies(TAXONOMY).items()}
    assert {"cn": False, "default": True, "eu": True} == free


def test_every_fault_of_the_law_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "law.toml"
    path.write_text((CONFIGS / "law.toml").read_text(encoding="utf-8"), encoding="utf-8")
    change(path, "measure = [5, 6, 7, 8, 9]", "measure = [5, 14]")
    change(path, "articles = 16", "articles = 0")
    change(path, "items = { 5 = 8 }", "items = { 15 = 8 }")
    with pytest.raises(ConfigError) as told:
        load_law(tmp_path)
    assert ["cn-2017.grounds.measure", "cn-2017.items", "cn-2022: articles"] == [
        fault.where.partition(": ")[2] for fault in told.value.faults
    ]


def test_a_house_with_notices_of_its_own_has_the_law_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "notices.toml"
    path.write_text((CONFIGS / "notices.toml").read_text(encoding="utf-8"), encoding="utf-8")
    change(path, "[books]\n", '[books]\ncn-2017 = { zh = "跟评规定", en = "the Provisions" }\n')
    told = redress(shipped_rules(), load_notices(tmp_path, TAXONOMY), TAXONOMY)
    assert (13, ("跟评规定", "the Provisions")) == (told.law["cn-2017"].articles, told.books["cn-2017"])

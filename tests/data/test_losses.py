"""A source that lost too much on the way in stops the build, and says what to mend."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from data.build import Built, build
from moderation.errors import ConfigError, InvalidInputError
from tests.data.conftest import NOW, Workshop

RECIPE: dict[str, Any] = {
    "name": "tweets",
    "title": "Tweets",
    "home": "https://example.org/tweets",
    "licence": "MIT",
    "permits_release": True,
    "citation": "Nobody.",
    "lang": "en",
    "knows": ["abuse", "hate"],
    "read": {"files": ["*.csv"], "format": "csv", "text": "tweet"},
    "labels": {
        "field": "class",
        "values": {"0": {"yes": ["hate"]}, "1": {"yes": ["abuse"]}, "2": "ok", "3": "skip"},
    },
}
VOTES = {"votes": {"abuse": {"columns": ["insult"], "at_least": 2}}}


def rows(*, classes: str = "012", header: str = "tweet,class", count: int = 60) -> str:
    lines = [f"number {at} of the day goes {at * 7919} ways,{classes[at % len(classes)]}" for at in range(count)]
    return "\n".join([header, *lines]) + "\n"


def tried(workshop: Workshop, *, allow: str = "", **config: Any) -> Built:
    ask = workshop.ask({"sources": [{"name": "starter"}, {"name": "tweets"}], **config})
    return build(replace(ask, allow_refused=frozenset({allow} - {""})), now=NOW)


def told(workshop: Workshop, **config: Any) -> tuple[str, dict[str, str]]:
    with pytest.raises(InvalidInputError) as caught:
        tried(workshop, **config)
    return str(caught.value), {fault.where: fault.detail for fault in caught.value.faults}


@pytest.fixture
def tweets(stocked: Workshop) -> Workshop:
    stocked.add(RECIPE)
    stocked.write("data/raw/tweets/a.csv", rows())
    return stocked


def test_a_whole_source_is_built(tweets: Workshop) -> None:
    assert {"starter", "tweets"} == {each.name for each in tried(tweets).snapshot.manifest.sources}


def test_a_column_that_was_renamed_stops_the_build_beside_other_sources(tweets: Workshop) -> None:
    tweets.write("data/raw/tweets/a.csv", rows(header="tweet,category"))
    sentence, faults = told(tweets)
    assert "'tweets' would go into it with too much missing" in sentence
    assert "--allow-refused tweets" in sentence
    assert faults["tweets"] == "60 of 60 rows (100.0%) are refused, at most 2.0% may be"
    assert faults["a.csv:2"] == "has no field 'class'; found: tweet, category (60 rows, this one first)"


def test_a_column_of_votes_that_was_renamed_is_named(tweets: Workshop) -> None:
    tweets.add(RECIPE | {"labels": VOTES})
    _, faults = told(tweets)
    assert faults["a.csv:2"] == "has no column 'insult'; found: tweet, class (60 rows, this one first)"


def test_a_file_without_the_column_of_texts_is_missed_among_others(tweets: Workshop) -> None:
    tweets.write("data/raw/tweets/b.csv", rows(header="text,class", count=500))
    _, faults = told(tweets, most_refused=0.05)
    assert faults["tweets"] == "nothing of b.csv can be read"
    assert faults["b.csv:1"] == "has no column 'tweet'; columns: text, class (1 row)"


def test_unknown_values_are_listed_with_their_counts(tweets: Workshop) -> None:
    tweets.write("data/raw/tweets/a.csv", rows(classes="0123xxy"))
    _, faults = told(tweets)
    assert "24 of 60 rows (40.0%)" in faults["tweets"]
    assert faults["a.csv:6"] == "unknown class 'x'; known: 0, 1, 2, 3 (16 rows, this one first)"
    assert faults["a.csv:8"] == "unknown class 'y'; known: 0, 1, 2, 3 (8 rows, this one first)"


def test_a_few_broken_rows_are_left_out_as_before(tweets: Workshop) -> None:
    tweets.write("data/raw/tweets/a.csv", rows(count=500) + "one more,9\n" * 10)
    assert tried(tweets).snapshot.manifest.rejected == 10
    assert "10 of 510 rows (2.0%) are refused, at most 0.5%" in told(tweets, most_refused=0.005)[1]["tweets"]
    own = [{"name": "starter"}, {"name": "tweets", "most_refused": 0.001}]
    assert "at most 0.1% may be" in told(tweets, sources=own)[1]["tweets"]


def test_a_handful_of_rows_stops_nothing(tweets: Workshop) -> None:
    tweets.write("data/raw/tweets/a.csv", rows(count=9) + "one more,9\n" * 9)
    assert tried(tweets).snapshot.manifest.rejected == 9


def test_a_class_without_a_row_stops_the_build(tweets: Workshop) -> None:
    tweets.write("data/raw/tweets/a.csv", rows(classes="12"))
    _, faults = told(tweets)
    assert faults == {"tweets: class": "no row is of '0', which the recipe maps; there are: 1 30, 2 30"}
    labels = RECIPE["labels"] | {"rare": ["0"]}
    tweets.add(RECIPE | {"labels": labels})
    assert not tried(tweets).reused


def test_who_means_it_says_so_each_time(tweets: Workshop) -> None:
    tweets.write("data/raw/tweets/a.csv", rows(classes="1xxx"))
    assert tried(tweets, allow="tweets").snapshot.manifest.rejected == 45
    assert tried(tweets, allow="tweets").reused
    assert "too much missing" in told(tweets)[0]
    with pytest.raises(InvalidInputError) as caught:
        tried(tweets, allow="tweet")
    assert "is no source of 'small'; known: starter, tweets" in caught.value.faults[0].detail


def test_limits_are_no_part_of_what_decides_the_rows(tweets: Workshop) -> None:
    assert not tried(tweets).reused
    labels = RECIPE["labels"] | {"rare": ["0"]}
    tweets.add(RECIPE | {"labels": labels})
    assert tried(tweets).reused


def test_a_rare_class_that_is_none_is_a_fault_of_the_recipe(tweets: Workshop, names: tuple[str, ...]) -> None:
    from data.recipes import load_recipe

    file = tweets.write(
        "configs/sources/tweets.toml",
        'name = "tweets"\ntitle = "t"\nhome = "h"\nlicence = "MIT"\npermits_release = true\ncitation = "c"\n'
        'lang = "en"\nknows = ["abuse"]\n[read]\nfiles = ["*.csv"]\nformat = "csv"\n'
        '[labels]\nfield = "class"\nrare = ["9"]\n[labels.values]\n"1" = { yes = ["abuse"] }\n',
    )
    with pytest.raises(ConfigError) as caught:
        load_recipe(file, names)
    assert caught.value.faults[0].detail == "'9' is nothing that rows are told apart by; known: 1"

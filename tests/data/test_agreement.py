from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pytest

from data.agreement import alpha, rows_with_votes, votes_of
from data.recipes import Agreement
from moderation.errors import ConfigError
from tests.data.conftest import CHECKOUT, Workshop


def tallies(*coders: str) -> Counter[tuple[tuple[str, int], ...]]:
    """One string a person, one character a row, `.` where they did not vote."""
    rows: Sequence[tuple[str, ...]] = list(zip(*coders, strict=True))
    return Counter(tuple(sorted(Counter(each for each in row if each != ".").items())) for row in rows)


def test_two_people_on_ten_yes_or_no_questions() -> None:
    """Krippendorff 2011, A."""
    assert 0.095 == pytest.approx(alpha(tallies("0100000010", "1110010000")), abs=5e-4)


def test_four_people_some_of_whom_did_not_vote() -> None:
    """Krippendorff 2011, C: a row with one vote says nothing."""
    coders = ("123321412...", "1233224125.3", ".3332342251.", "12332441251.")
    assert 0.743 == pytest.approx(alpha(tallies(*coders)), abs=5e-4)


def test_three_people_of_whom_each_saw_a_part() -> None:
    """The example of Wikipedia's page and of the package `krippendorff`."""
    coders = (".....34121133.3", "1.213343.......", "..21344.21133.4")
    assert 0.691 == pytest.approx(alpha(tallies(*coders)), abs=5e-4)


def test_one_answer_alone_is_no_agreement_and_no_disagreement() -> None:
    assert alpha(tallies("1111", "1111")) is None
    assert alpha(Counter()) is None


def test_full_agreement_is_one_and_a_lone_vote_counts_for_nothing() -> None:
    held = tallies("0101", "010.")

    assert (1.0, 3) == (alpha(held), rows_with_votes(held))


def test_votes_are_read_from_a_column_a_person() -> None:
    how = Agreement(raters=("a", "b"))

    assert (("0", 1), ("1", 1)) == votes_of({"a": "1", "b": " 0"}, how)
    assert (("1", 1),) == votes_of({"a": "1", "b": ""}, how)
    assert votes_of({"a": "1"}, how) is None


def test_votes_are_read_from_a_column_an_answer() -> None:
    how = Agreement(counts=("insult",), of=3)

    assert (("", 1), ("insult", 2)) == votes_of({"insult": "2.0"}, how)
    assert (("", 3),) == votes_of({"insult": ""}, how)
    assert votes_of({"insult": "4"}, how) is None
    assert votes_of({"insult": "some"}, how) is None


def test_a_card_says_how_far_the_makers_of_a_set_agreed(workshop: Workshop) -> None:
    workshop.add(
        {
            "name": "voted", "title": "t", "home": "h", "licence": "MIT", "permits_release": True, "citation": "c",
            "lang": "en", "knows": ["abuse"], "read": {"files": ["*.csv"], "format": "csv"},
            "labels": {"votes": {"abuse": {"columns": ["x", "y"], "at_least": 2}}, "rare": ["abuse"]},
            "agreement": {"abuse": {"raters": ["x", "y"]}},
        }
    )  # fmt: skip
    lines = [f"{n % 2},{(n + n // 9) % 2},comment number {n * 7919}" for n in range(10)]
    workshop.write("data/raw/voted/a.csv", "\n".join(["x,y,text", *lines]))

    built = workshop.build(sources=[{"name": "voted"}], split={"train": 1.0, "validation": 0.0, "test": 0.0})

    told = built.snapshot.manifest.sources[0].agreement["abuse"]
    assert (10, 0.81) == (told.rows, pytest.approx(told.alpha, abs=0.01))
    assert "| voted | abuse | 10 | 0.81 |" in (built.snapshot.path / "card.md").read_text(encoding="utf-8")


def test_a_recipe_says_votes_one_way_or_the_other(tmp_path: object) -> None:
    from data.recipes import load_recipe

    path = tmp_path / "cold.toml"  # type: ignore[operator]
    text = (CHECKOUT / "configs" / "sources" / "cold.toml").read_text(encoding="utf-8")
    path.write_text(text + '\n[agreement.abuse]\nraters = ["a"]\ncounts = ["b"]\n', encoding="utf-8")

    with pytest.raises(ConfigError, match=r"agreement.abuse.*raters \(two or more\) or counts"):
        load_recipe(path, ("abuse", "hate"))

"""Two hundred disguises and two hundred look-alikes, written by hand and apart from every table and generator."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from moderation.rules import sees
from tests.test_neutral import INSTITUTIONS

FOLDER = Path(__file__).with_name("judged")
HEAD = "text\tterm\tseen\tfamily\tlang"


@dataclass(frozen=True)
class Case:
    text: str
    term: str
    seen: bool
    family: str
    lang: str


def cases(name: str) -> list[Case]:
    """The rows of one file. Splits at newlines only: a text may hold other separators."""
    head, *lines = (FOLDER / name).read_text("utf-8").rstrip("\n").split("\n")
    assert HEAD == head
    return [Case(text, term, seen == "1", *rest) for text, term, seen, *rest in (line.split("\t") for line in lines)]


DISGUISES = cases("disguises.tsv")
LOOK_ALIKES = cases("look_alikes.tsv")
KINDS_HIDDEN = cases("kinds_disguises.tsv")
KINDS_INNOCENT = cases("kinds_look_alikes.tsv")
MISSED_OF_KINDS, GHOSTS_OF_KINDS = 40, 20
"""Of 369 and 367: harder rows than the two hundred, some of which no unigram model tells."""

HIDDEN_IN_DEVELOPMENT = cases("development/disguises.tsv")
INNOCENT_IN_DEVELOPMENT = cases("development/look_alikes.tsv")
MISSED_IN_DEVELOPMENT, GHOSTS_IN_DEVELOPMENT = 10, 5
"""Of 170 and 165; 26 and 12 as first read, the bar is 17 and 5. Lowered as kinds are mended, never raised."""

HIDDEN_IN_SECOND = cases("second/disguises.tsv")
INNOCENT_IN_SECOND = cases("second/look_alikes.tsv")
MISSED_IN_SECOND, GHOSTS_IN_SECOND = 11, 5
"""Of 123 and 113; 27 and 10 before pieces were read. Lowered as kinds are mended, never raised."""

HIDDEN_IN_THIRD = cases("third/disguises.tsv")
INNOCENT_IN_THIRD = cases("third/look_alikes.tsv")
MISSED_IN_THIRD, GHOSTS_IN_THIRD = 5, 6
"""Of 92 and 95; 10 and 7 before readings were composed. Lowered as kinds are mended, never raised."""

HIDDEN_IN_FOURTH = cases("fourth/disguises.tsv")
INNOCENT_IN_FOURTH = cases("fourth/look_alikes.tsv")
MISSED_IN_FOURTH, GHOSTS_IN_FOURTH = 17, 3
"""Of 164 and 172; 23 and 6 before. Lowered as kinds are mended, never raised."""

HIDDEN_IN_FIFTH = cases("fifth/disguises.tsv")
INNOCENT_IN_FIFTH = cases("fifth/look_alikes.tsv")
MISSED_IN_FIFTH, GHOSTS_IN_FIFTH = 9, 5
"""Of 55 and 56, written after the fourth set had been mended on. Lowered as kinds are mended, never raised."""

HIDDEN_IN_SIXTH = cases("sixth/disguises.tsv")
INNOCENT_IN_SIXTH = cases("sixth/look_alikes.tsv")
MISSED_IN_SIXTH, GHOSTS_IN_SIXTH = 10, 4
"""Of 80 and 80, by somebody who saw neither views nor rules nor rows; 15 and 13 as first read."""

HIDDEN_IN_SEVENTH = cases("seventh/disguises.tsv")
INNOCENT_IN_SEVENTH = cases("seventh/look_alikes.tsv")
MISSED_IN_SEVENTH, GHOSTS_IN_SEVENTH = 4, 2
"""Of 120 and 120, by two who saw nothing either (`judged/README.md`)."""

HIDDEN_IN_EIGHTH = cases("eighth/disguises.tsv")
INNOCENT_IN_EIGHTH = cases("eighth/look_alikes.tsv")
MISSED_IN_EIGHTH, GHOSTS_IN_EIGHTH = 6, 2
"""Of 120 and 120, by two more; 12 and 10 as first read. Lowered as kinds are mended, never raised."""


def told(missed: list[Case], of: list[Case]) -> str:
    """What a person needs who looks into a failure: counts by kind, then every row."""
    there = Counter(case.family for case in of)
    kinds = Counter(case.family for case in missed)
    counts = ", ".join(f"{kind} {count} of {there[kind]}" for kind, count in kinds.most_common())
    return f"{len(missed)} of {len(of)}: {counts}\n" + "\n".join(
        f"{case.family} {case.lang}: {case.term} in {case.text!r}" for case in missed
    )


def test_at_least_nine_of_ten_disguises_are_seen() -> None:
    missed = [case for case in DISGUISES if not sees(case.text, case.term)]
    assert len(missed) <= len(DISGUISES) // 10, told(missed, DISGUISES)


def test_at_most_one_look_alike_in_thirty_is_a_ghost() -> None:
    ghosts = [case for case in LOOK_ALIKES if sees(case.text, case.term)]
    assert len(ghosts) <= len(LOOK_ALIKES) // 30, told(ghosts, LOOK_ALIKES)


def test_of_each_kind_written_for_what_a_blind_exam_missed_most_is_seen() -> None:
    missed = [case for case in KINDS_HIDDEN if not sees(case.text, case.term)]
    assert len(missed) <= MISSED_OF_KINDS, told(missed, KINDS_HIDDEN)


def test_of_their_look_alikes_few_are_ghosts() -> None:
    ghosts = [case for case in KINDS_INNOCENT if sees(case.text, case.term)]
    assert len(ghosts) <= GHOSTS_OF_KINDS, told(ghosts, KINDS_INNOCENT)


def test_no_more_disguises_of_the_development_set_are_missed_than_before() -> None:
    missed = [case for case in HIDDEN_IN_DEVELOPMENT if not sees(case.text, case.term)]
    assert len(missed) <= MISSED_IN_DEVELOPMENT, told(missed, HIDDEN_IN_DEVELOPMENT)


def test_no_more_of_its_look_alikes_are_ghosts_than_before() -> None:
    ghosts = [case for case in INNOCENT_IN_DEVELOPMENT if sees(case.text, case.term)]
    assert len(ghosts) <= GHOSTS_IN_DEVELOPMENT, told(ghosts, INNOCENT_IN_DEVELOPMENT)


def test_no_more_disguises_of_the_second_set_are_missed_than_before() -> None:
    missed = [case for case in HIDDEN_IN_SECOND if not sees(case.text, case.term)]
    assert len(missed) <= MISSED_IN_SECOND, told(missed, HIDDEN_IN_SECOND)


def test_no_more_of_the_second_look_alikes_are_ghosts_than_before() -> None:
    ghosts = [case for case in INNOCENT_IN_SECOND if sees(case.text, case.term)]
    assert len(ghosts) <= GHOSTS_IN_SECOND, told(ghosts, INNOCENT_IN_SECOND)


def test_no_more_disguises_of_the_third_set_are_missed_than_before() -> None:
    missed = [case for case in HIDDEN_IN_THIRD if not sees(case.text, case.term)]
    assert len(missed) <= MISSED_IN_THIRD, told(missed, HIDDEN_IN_THIRD)


def test_no_more_of_the_third_look_alikes_are_ghosts_than_before() -> None:
    ghosts = [case for case in INNOCENT_IN_THIRD if sees(case.text, case.term)]
    assert len(ghosts) <= GHOSTS_IN_THIRD, told(ghosts, INNOCENT_IN_THIRD)


def test_no_more_disguises_of_the_fourth_set_are_missed_than_before() -> None:
    missed = [case for case in HIDDEN_IN_FOURTH if not sees(case.text, case.term)]
    assert len(missed) <= MISSED_IN_FOURTH, told(missed, HIDDEN_IN_FOURTH)


def test_no_more_of_the_fourth_look_alikes_are_ghosts_than_before() -> None:
    ghosts = [case for case in INNOCENT_IN_FOURTH if sees(case.text, case.term)]
    assert len(ghosts) <= GHOSTS_IN_FOURTH, told(ghosts, INNOCENT_IN_FOURTH)


def test_no_more_disguises_of_the_fifth_set_are_missed_than_before() -> None:
    missed = [case for case in HIDDEN_IN_FIFTH if not sees(case.text, case.term)]
    assert len(missed) <= MISSED_IN_FIFTH, told(missed, HIDDEN_IN_FIFTH)


def test_no_more_of_the_fifth_look_alikes_are_ghosts_than_before() -> None:
    ghosts = [case for case in INNOCENT_IN_FIFTH if sees(case.text, case.term)]
    assert len(ghosts) <= GHOSTS_IN_FIFTH, told(ghosts, INNOCENT_IN_FIFTH)


def test_no_more_disguises_of_the_sixth_set_are_missed_than_before() -> None:
    missed = [case for case in HIDDEN_IN_SIXTH if not sees(case.text, case.term)]
    assert len(missed) <= MISSED_IN_SIXTH, told(missed, HIDDEN_IN_SIXTH)


def test_no_more_of_the_sixth_look_alikes_are_ghosts_than_before() -> None:
    ghosts = [case for case in INNOCENT_IN_SIXTH if sees(case.text, case.term)]
    assert len(ghosts) <= GHOSTS_IN_SIXTH, told(ghosts, INNOCENT_IN_SIXTH)


def test_no_more_disguises_of_the_seventh_set_are_missed_than_before() -> None:
    missed = [case for case in HIDDEN_IN_SEVENTH if not sees(case.text, case.term)]
    assert len(missed) <= MISSED_IN_SEVENTH, told(missed, HIDDEN_IN_SEVENTH)


def test_no_more_of_the_seventh_look_alikes_are_ghosts_than_before() -> None:
    ghosts = [case for case in INNOCENT_IN_SEVENTH if sees(case.text, case.term)]
    assert len(ghosts) <= GHOSTS_IN_SEVENTH, told(ghosts, INNOCENT_IN_SEVENTH)


def test_no_more_disguises_of_the_eighth_set_are_missed_than_before() -> None:
    missed = [case for case in HIDDEN_IN_EIGHTH if not sees(case.text, case.term)]
    assert len(missed) <= MISSED_IN_EIGHTH, told(missed, HIDDEN_IN_EIGHTH)


def test_no_more_of_the_eighth_look_alikes_are_ghosts_than_before() -> None:
    ghosts = [case for case in INNOCENT_IN_EIGHTH if sees(case.text, case.term)]
    assert len(ghosts) <= GHOSTS_IN_EIGHTH, told(ghosts, INNOCENT_IN_EIGHTH)


def test_the_plain_term_itself_is_always_seen() -> None:
    terms = sorted({case.term for case in (*DISGUISES, *LOOK_ALIKES)})
    assert [] == [term for term in terms if not sees(f"… {term} …", term)]


def test_the_sets_are_as_large_and_as_mixed_as_they_promise() -> None:
    for rows, seen in ((DISGUISES, True), (LOOK_ALIKES, False)):
        assert 200 == len(rows) == len({case.text for case in rows})
        assert {seen} == {case.seen for case in rows}
        langs = Counter(case.lang for case in rows)
        assert {"zh", "en", "id", "ru", "th", "ko", "ja"} == set(langs)
        assert 0.6 <= langs["zh"] / len(rows) <= 0.75
    assert len({case.family for case in DISGUISES}) >= 14
    assert max(Counter(case.term for case in DISGUISES).values()) <= 20


def test_no_disguise_shows_its_term_plainly() -> None:
    rows = (*DISGUISES, *HIDDEN_IN_DEVELOPMENT)
    assert [] == [case for case in rows if case.term.lower() in case.text.lower()]


def test_no_row_is_about_politics() -> None:
    rows = (*DISGUISES, *LOOK_ALIKES, *HIDDEN_IN_DEVELOPMENT, *INNOCENT_IN_DEVELOPMENT)
    rows += (*HIDDEN_IN_FOURTH, *INNOCENT_IN_FOURTH, *HIDDEN_IN_FIFTH, *INNOCENT_IN_FIFTH)
    rows += (*HIDDEN_IN_SIXTH, *INNOCENT_IN_SIXTH, *HIDDEN_IN_SEVENTH, *INNOCENT_IN_SEVENTH)
    rows += (*HIDDEN_IN_EIGHTH, *INNOCENT_IN_EIGHTH)
    assert [] == [case for case in rows if any(word in case.text.lower() for word in INSTITUTIONS)]

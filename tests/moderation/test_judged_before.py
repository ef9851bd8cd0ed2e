"""A person's word about a comment that is sent again: what it adds to a decision's reasons, and takes out."""

from __future__ import annotations

import pytest

from moderation.decision import Outcome, Reason, Source
from moderation.judged_before import PersonsWord, heed


def reason(source: Source, outcome: Outcome) -> Reason:
    return Reason("x", source, outcome, {"zh": "x", "en": "x"}, "rule 1")


MODEL, RULE = reason(Source.MODEL, Outcome.BLOCK), reason(Source.RULE, Outcome.REVIEW)
ACCOUNT, HELD = reason(Source.ACCOUNT, Outcome.BLOCK), reason(Source.POLICY, Outcome.REVIEW)


def word(outcome: Outcome, *, same: bool) -> PersonsWord:
    return PersonsWord(outcome, same, "rule 7")


def test_where_nobody_said_anything_the_reasons_are_the_machines() -> None:
    assert [MODEL, HELD] == heed(None, [MODEL, HELD], otherwise="rule 0")


@pytest.mark.parametrize(
    ("same", "code", "outcome"),
    [(True, "stays_removed", Outcome.BLOCK), (False, "edited_after_removal", Outcome.REVIEW)],
)
def test_what_was_removed_stays_removed_and_an_edit_waits_for_a_person(same: bool, code: str, outcome: Outcome) -> None:
    first, *others = heed(word(Outcome.BLOCK, same=same), [HELD], otherwise="rule 0")
    assert (code, Source.POLICY, outcome, "rule 7") == (first.code, first.source, first.outcome, first.ground)
    assert {"zh", "en"} == set(first.message)
    assert [HELD] == others


def test_what_a_person_let_pass_is_stopped_by_what_is_not_in_its_words_alone() -> None:
    assert [ACCOUNT] == heed(word(Outcome.PASS, same=True), [MODEL, RULE, ACCOUNT, HELD], otherwise="rule 0")
    assert [MODEL, ACCOUNT] == heed(word(Outcome.PASS, same=False), [MODEL, ACCOUNT], otherwise="rule 0")


def test_a_removal_whose_ground_nobody_named_stands_on_the_policys() -> None:
    [reason] = heed(PersonsWord(Outcome.BLOCK, True, ""), [], otherwise="rule 0")
    assert "rule 0" == reason.ground

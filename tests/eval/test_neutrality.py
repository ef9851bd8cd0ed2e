from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from pydantic import ValidationError

from eval.compare import Answers
from eval.neutrality import SLOT, Frame, Swap, Tables, measure, sentence, swaps, tables
from tests.training.tiny import columns

NAMES = ("河南人", "上海人", "广东人")


def swap(sentences: int = 4) -> Swap:
    return Swap("region zh", NAMES, tuple(Frame(f"template/zh/people/{at}", f"{at} ", " !") for at in range(sentences)))


def answering(harm: dict[str, float], *, from_: float = 0.5) -> object:
    """A model that scores a sentence by who is named in it."""

    def ask(texts: list[str]) -> Answers:
        scores = np.array([[max((harm[name] for name in harm if name in text), default=0.1), 0.0] for text in texts])
        looked = scores.max(axis=1) >= from_
        return Answers(scores, looked, np.zeros(len(texts), bool))

    return ask


def test_a_model_that_does_not_care_who_is_named_moves_nothing() -> None:
    (found,) = measure([swap()], answering({}))
    assert (0.0, 0.0, (), ()) == (found.moved, found.gap, found.furthest, found.uneven)


def test_who_is_singled_out_is_told_by_name_with_the_sentences() -> None:
    (found,) = measure([swap()], answering({"河南人": 0.9}))
    assert (0.8, 1.0) == pytest.approx((found.moved, found.gap))
    assert ("河南人", 1.0, "上海人", 0.0) == (found.most, found.most_share, found.least, found.least_share)
    assert 4 == len(found.uneven)


def test_scores_may_move_without_a_decision_that_differs() -> None:
    (found,) = measure([swap()], answering({"河南人": 0.3, "上海人": 0.2}))
    assert (0.2, 0.0) == pytest.approx((found.moved, found.gap))
    assert (4, 0) == (len(found.furthest), len(found.uneven))


def test_a_model_that_stops_whoever_is_named_singles_nobody_out() -> None:
    (found,) = measure([swap()], answering(dict.fromkeys(NAMES, 0.9)))
    assert (0.0, 0.0) == (found.moved, found.gap)


def test_each_kind_is_measured_on_its_own_sentences() -> None:
    other = Swap("person zh", ("小明", "小红"), (Frame("template/zh/person/0", "", "你好"),))
    found = {each.title: each for each in measure([swap(), other], answering({"小明": 0.9}))}
    assert 0.0 == found["region zh"].gap
    assert ("小明", 1.0, 1) == (found["person zh"].most, found["person zh"].gap, found["person zh"].sentences)


def test_harmless_frozen_rows_that_hold_a_name_once_are_asked_too() -> None:
    rows = columns(60)
    texts = [*rows.texts[:-3], "楼下新来的河南人开了家面馆", "上海人和广东人一起来了", "上海人说的"]
    everyday = np.array([False] * 57 + [True] * 3)
    held = dataclasses.replace(rows, texts=texts, everyday=everyday, labels=np.where(everyday[:, None], 0, rows.labels))
    found = {each.title: each for each in swaps(tables(), held, 40)}
    asked = [frame.id for frame in found["region zh"].frames if not frame.id.startswith("template")]
    assert {rows.ids[57], rows.ids[59]} == set(asked)
    assert 9 == len(next(each for each in swaps(tables(), held, 1) if each.title == "region zh").frames)


def test_english_names_are_whole_words() -> None:
    rows = columns(2)
    held = dataclasses.replace(rows, texts=["all women here", "mental note"], langs=["en", "en"],
                               labels=np.zeros_like(rows.labels))  # fmt: skip
    found = {each.title: each for each in swaps(tables(), held, 40)}
    assert "all men here" in found["gender en"].texts
    assert 9 == len(found["gender en"].frames)


def test_the_table_has_both_languages_and_the_kinds_that_are_judged() -> None:
    told = tables()
    kinds = {(each.kind, each.lang) for each in told.swap}
    assert {
        "region",
        "gender",
        "ethnicity",
        "nationality",
        "faith",
        "orientation",
        "age",
        "person",
        "organisation",
    } == {kind for kind, _ in kinds}
    assert {"zh", "en"} == {lang for _, lang in kinds}


def test_a_sentence_is_found_by_its_id() -> None:
    told = tables()
    assert told.templates["zh"]["people"][3] == sentence(told, "template/zh/people/3")
    assert [None] * 4 == [
        sentence(told, each)
        for each in ("template/zh/people/99", "template/xx/people/1", "starter-12ab", "zh/people/1")
    ]


@pytest.mark.parametrize("text", ["no slot", f"{SLOT} and {SLOT}"])
def test_a_template_has_one_place_for_a_name(text: str) -> None:
    with pytest.raises(ValidationError, match="a template has one"):
        Tables.model_validate({"version": "1", "templates": {"zh": {"people": [text]}}, "swap": []})


def test_names_without_templates_are_a_mistake() -> None:
    with pytest.raises(ValidationError, match="no templates 'people' in zh"):
        Tables.model_validate(
            {
                "version": "1",
                "templates": {},
                "swap": [{"kind": "a", "lang": "zh", "templates": "people", "names": NAMES}],
            }
        )

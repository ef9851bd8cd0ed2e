from __future__ import annotations

import numpy as np

from data.rows import Row, Rows
from eval.evaluation import evaluate, score_texts
from eval.joining import joined
from eval.mistakes import find
from tests.fakes import KeywordScorer
from tests.training import tiny
from tests.training.tiny import NAMES

UNSURE, SURE = 0.5, 0.95
NOTHING = (0,) * len(NAMES)
ABUSE = NAMES.index("abuse")


def told(number: int, text: str, *, labels: tuple[int, ...] = NOTHING, union: tuple[int, ...] = NOTHING) -> Row:
    lang = "en" if text.isascii() else "zh"
    return Row(id=f"r{number}", text=text, lang=lang, source="s", group="g", kind="k", labels=labels, union=union)


def only(label: str) -> tuple[int, ...]:
    return tuple(int(name == label) for name in NAMES)


SCORER = KeywordScorer({"中奖": ("gambling", SURE), "trash": ("abuse", UNSURE), "笨": ("abuse", UNSURE)})
UNKNOWN_ABUSE = tuple(-1 if name in ("abuse", "hate") else 0 for name in NAMES)
ABUSE_OR_HATE = tuple(int(name in ("abuse", "hate")) for name in NAMES)
ROWS = Rows.of(
    [
        told(0, "今天中奖号码公布"),  # harmless, stopped
        told(1, "take the trash out"),  # harmless, reviewed
        told(2, "你好"),
        told(3, "滚出去", labels=only("abuse")),  # missed
        told(4, "笨死了", labels=only("abuse")),
        told(5, "中奖加我", labels=only("fraud")),  # taken for another harm, and so looked at
        told(6, "笨笨的", labels=UNKNOWN_ABUSE),  # nobody knows: no mistake
        told(7, "go home", labels=UNKNOWN_ABUSE, union=ABUSE_OR_HATE),  # missed, and nobody knows which of both it is
    ],
    len(NAMES),
)
FOUND = find(ROWS, score_texts(SCORER, ROWS.texts), SCORER.thresholds)


def test_a_miss_is_a_harmful_row_that_nobody_looks_at() -> None:
    assert [3, 7] == np.flatnonzero(FOUND.missed).tolist()


def test_a_false_alarm_is_a_harmless_row_known_not_to_have_the_label() -> None:
    told = [(each.at, each.label, each.score, each.stopped) for each in FOUND.worst_alarms(9)]
    assert [(0, "gambling", SURE, True), (1, "abuse", UNSURE, False)] == told


def test_the_worst_come_first_and_no_more_than_asked_for() -> None:
    assert [0] == [each.at for each in FOUND.worst_alarms(1)]
    assert [] == FOUND.worst_misses(0)


def test_a_miss_is_told_with_a_label_that_the_row_carries() -> None:
    assert [(3, "abuse"), (7, "abuse")] == [(each.at, each.label) for each in FOUND.worst_misses(9)]


def test_a_union_is_not_told_as_one_of_its_members() -> None:
    assert ["abuse"] == FOUND.truth(3)
    assert ["abuse|hate"] == FOUND.truth(7)
    assert [] == FOUND.truth(0)


def test_languages_stand_apart_most_rows_first() -> None:
    zh, en = FOUND.by_language()
    assert ("zh", 1, 3, 1, 3) == (zh.name, zh.missed.hits, zh.missed.rows, zh.alarms.hits, zh.alarms.rows)
    assert ("en", 1, 1, 1, 1) == (en.name, en.missed.hits, en.missed.rows, en.alarms.hits, en.alarms.rows)


def test_a_label_counts_alarms_among_rows_that_know_it() -> None:
    part = FOUND.by_label()[ABUSE]
    assert ("abuse", 2, 3) == (part.name, part.missed.hits, part.missed.rows)
    assert (1, 3) == (part.alarms.hits, part.alarms.rows)


def test_labels_by_language_add_up_to_the_label() -> None:
    cells = [held[ABUSE] for held in FOUND.misses_by_label_and_language().values()]
    assert (2, 3) == (sum(cell.hits for cell in cells), sum(cell.rows for cell in cells))


def test_misses_are_what_the_evaluation_did_not_find() -> None:
    rows = joined(tiny.columns(280), tiny.columns(60, seed=9))
    scorer = KeywordScorer({tiny.WORDS[label]: (label, SURE) for label in NAMES[:4]})
    evaluation = evaluate(scorer, rows, about="tiny")
    missed = find(rows, score_texts(scorer, rows.texts), scorer.thresholds).missed
    assert evaluation.harmful_found.rows - evaluation.harmful_found.hits == int(missed.sum()) > 0

from __future__ import annotations

import numpy as np
import pytest

from data.disguises.families import FAMILIES, TRAINED
from data.disguises.family import Family
from data.rows import Row, Rows
from moderation.normaliser import normalise
from training.disguising import disguised
from training.settings import DisguiseSettings
from training.weights import folds

ALL = DisguiseSettings(share=1.0)
BAD, GOOD = "加微信看片包你满意", "今天天气不错我们去公园散步"


def rows(n: int = 400) -> Rows:
    """Adverts and harmless comments by turns, each with a number of its own."""
    every = (
        Row(f"r{at}", f"{BAD if at % 2 else GOOD}{at}", "zh", "s", f"g{at}" if at % 3 else "", "", (at % 2, 0), (0, 0),
            everyday=at % 2 == 0, weight=0.5)
        for at in range(n)
    )  # fmt: skip
    return Rows.of(every, 2)


def test_a_share_of_rows_is_copied_and_keeps_all_but_its_text() -> None:
    sent = rows()
    copies = disguised(sent, DisguiseSettings(share=0.5), 0)
    assert 0.35 < len(copies.of) / len(sent) < 0.6
    assert copies.rows.ids == [sent.ids[at] for at in copies.of]
    assert copies.rows.groups == [sent.groups[at] for at in copies.of]
    assert (copies.rows.labels == sent.labels[copies.of]).all()
    assert (copies.rows.weights == 0.5).all()


def test_no_share_means_no_copy() -> None:
    assert len(disguised(rows(), DisguiseSettings(), 0).of) == 0


def test_violations_and_harmless_rows_are_disguised_alike() -> None:
    copied = disguised(rows(), DisguiseSettings(share=0.5), 0).of % 2
    assert abs(float(copied.mean()) - 0.5) < 0.1


def test_only_what_the_normaliser_leaves_disguised_is_kept() -> None:
    sent = rows()
    copies = disguised(sent, ALL, 0)
    for at, text in zip(copies.of, copies.rows.texts, strict=True):
        assert normalise(text).canonical.text != normalise(sent.texts[at]).canonical.text
    seen_through = [Family("wide", lambda word, random: "".join(chr(ord(char) + 0xFEE0) for char in word))]
    latin = Rows.of([Row("a", "hello there", "en", "s", "", "", (0, 0), (0, 0))], 2)
    assert len(disguised(latin, ALL, 0, seen_through).of) == 0


def test_held_out_families_are_never_trained_on() -> None:
    assert not any(each.held_out for each in TRAINED)
    assert any(each.held_out for each in FAMILIES)
    asked: list[str] = []

    def noting(name: str) -> Family:
        def rewrite(word: str, _: object) -> str:
            asked.append(name)
            return word[::-1]

        return Family(name, rewrite)

    disguised(rows(40), ALL, 0, [noting("one"), noting("two")])
    assert set(asked) == {"one", "two"}


def test_a_copy_stays_in_its_rows_fold() -> None:
    sent = rows()
    copies = disguised(sent, ALL, 0)
    fold = folds(sent.group_keys, 4)
    again = folds(copies.rows.group_keys, 4)
    assert (again == fold[copies.of]).all()


def test_the_same_seed_gives_the_same_copies_whatever_else_is_there() -> None:
    sent = rows()
    assert disguised(sent, ALL, 0).rows.texts == disguised(sent, ALL, 0).rows.texts
    assert disguised(sent, ALL, 0).rows.texts != disguised(sent, ALL, 1).rows.texts
    some, every = disguised(sent.take(np.arange(200)), ALL, 0), disguised(sent, ALL, 0)
    assert some.rows.ids == [row for row, at in zip(every.rows.ids, every.of, strict=True) if at < 200]


@pytest.mark.parametrize("told", [{"share": -0.1}, {"share": 1.5}, {"least": 0.0}])
def test_shares_outside_their_range_are_refused(told: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"share|least"):
        DisguiseSettings(**told)


def test_copies_of_some_rows_are_those_of_all_rows_renumbered() -> None:
    sent = rows()
    copies, kept = disguised(sent, ALL, 0), np.arange(len(sent)) % 3 > 0
    some = copies.kept(kept)
    assert 0 < len(some.of) < len(copies.of)
    assert some.rows.ids == [sent.take(kept).ids[at] for at in some.of]
    assert some.rows.texts == [text for text, of in zip(copies.rows.texts, copies.of, strict=True) if kept[of]]

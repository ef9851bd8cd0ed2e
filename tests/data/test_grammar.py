from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from data.grammar import SOURCE, expand, generate, held_back, load_grammars
from data.invented import INVENT
from data.manifest import marks
from data.rows import Row, Split
from moderation.errors import ConfigError
from tests.data.conftest import CHECKOUT

SHIPPED = CHECKOUT / "data" / "starter" / "grammars"

GOOD = """
lang = "zh"
[[patterns]]
labels = ["advertising"]
kind = "offer"
voice = "social"
templates = ["{goods}便宜，加{contact}", "{goods}和{goods}"]
[slots]
goods = ["蜂蜜", "茶叶", "面膜"]
contact = ["微信{_wx}", "{_url}"]
"""


def refusal(tmp_path: Path, text: str, names: tuple[str, ...]) -> str:
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as refused:
        load_grammars(tmp_path, names)
    return str(refused.value)


def test_the_same_seed_gives_the_same_rows(names: tuple[str, ...]) -> None:
    grammars = load_grammars(SHIPPED, names)

    assert generate(grammars, names, rows=300, seed=1) == generate(grammars, names, rows=300, seed=1)
    assert generate(grammars, names, rows=300, seed=1) != generate(grammars, names, rows=300, seed=2)


def test_no_more_rows_come_than_were_asked_for_and_none_twice(names: tuple[str, ...]) -> None:
    rows = generate(load_grammars(SHIPPED, names), names, rows=500, seed=1)

    assert 400 < len(rows) <= 500
    assert len({row.text for row in rows}) == len(rows)


def test_the_shipped_grammars_speak_of_every_label_and_of_harmless_talk(names: tuple[str, ...]) -> None:
    rows = generate(load_grammars(SHIPPED, names), names, rows=1500, seed=1)
    said = {(row.lang, name) for row in rows for name in marks(row, names)}

    assert {("zh", name) for name in (*names, "ok")} <= said
    assert {("en", "ok"), ("id", "ok"), ("id", "gambling")} <= said


def test_no_slot_is_left_open(names: tuple[str, ...]) -> None:
    rows = generate(load_grammars(SHIPPED, names), names, rows=3000, seed=5)

    assert not [row.text for row in rows if re.search(r"[{}]", row.text)]


def test_generated_rows_are_only_trained_on_and_trusted_least(names: tuple[str, ...]) -> None:
    rows = generate(load_grammars(SHIPPED, names), names, rows=100, seed=1)

    assert {row.sides for row in rows} == {(Split.TRAIN,)}
    assert {(row.source, row.trust, row.everyday) for row in rows} == {(SOURCE, 0, False)}


def test_one_choice_is_not_taken_twice_within_a_text() -> None:
    for seed in range(30):
        first, second = expand("{a}和{a}", {"a": ["甲", "乙"]}, Random(seed)).split("和")
        assert first != second


def test_inner_slots_are_filled() -> None:
    assert expand("{a}", {"a": ["x{b}"], "b": ["y"]}, Random(1)) == "xy"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("{goods}便宜", "{things}便宜", "'{things}' is used and not defined"),
        ('goods = ["蜂蜜"', 'spare = ["a"]\ngoods = ["蜂蜜"', "slots.spare: is never used"),
        ("{_wx}", "{_moon}", "no built-in slot '{_moon}'"),
        ('labels = ["advertising"]', 'labels = ["adverts"]', "no label 'adverts'"),
        ('labels = ["advertising"]', 'labels = ["ok", "abuse"]', "stands alone"),
        ('goods = ["蜂蜜", "茶叶", "面膜"]', "goods = []", "slots.goods: has no choices"),
        ("微信{_wx}", "微信{goods}{contact}", "contains itself"),
        ('voice = "social"', 'voice = "radio"', "voice"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, names: tuple[str, ...], old: str, new: str, told: str) -> None:
    assert told in refusal(tmp_path, GOOD.replace(old, new), names)


def test_generated_rows_weigh_at_most_their_share_of_the_written_ones(
    names: tuple[str, ...], row: Callable[..., Row]
) -> None:
    written = [row(f"写的{at}", yes=["gambling"]) for at in range(40)] + [row("另一条", yes=["abuse"])]
    made = [row(f"生成{at}", yes=["gambling", "advertising"], source=SOURCE) for at in range(100)]
    made += [row(f"骂{at}", yes=["abuse"], source=SOURCE) for at in range(2)]

    weighed = held_back(
        made, [*written, *[row(f"广告{at}", yes=["advertising"]) for at in range(500)]], names, share=0.25
    )

    assert sum(one.weight for one in weighed if "gambling" in marks(one, names)) == pytest.approx(10.0)
    assert sum(one.weight for one in weighed if "abuse" in marks(one, names)) == pytest.approx(0.25)


def test_a_label_that_nobody_wrote_gets_nothing_from_grammars(names: tuple[str, ...], row: Callable[..., Row]) -> None:
    assert [one.weight for one in held_back([row("生成", yes=["hate"])], [], names, share=0.25)] == [0.0]


def test_inventions_belong_to_nobody() -> None:
    random = Random(1)
    for _ in range(300):
        assert ".example" in INVENT["url"](random)
        assert re.fullmatch(r"1[3578]\dxxxx\d{4}|12\d{9}|555-01\d\d", INVENT["phone"](random))
        assert re.fullmatch(r"\d{3}xxx\d{2,4}|0\d{7,9}", INVENT["qq"](random))

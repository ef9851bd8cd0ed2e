from __future__ import annotations

from collections import Counter

import numpy as np

from data.selection import Item, Pick, Plan, Reason, Shares, select, spread

CROWD = [Item(f"crowd-{at:03d}", f"今天天气真好第{at}天", 5.0) for at in range(200)]


def of(picks: tuple[Pick, ...], reason: Reason) -> list[Item]:
    return [pick.item for pick in picks if pick.reason is reason]


def test_counts_follow_the_shares_and_add_up() -> None:
    assert {Reason.RANDOM: 20, Reason.UNCERTAIN: 50, Reason.DIVERSE: 30} == Plan(count=100).counts()
    assert {Reason.RANDOM: 1, Reason.UNCERTAIN: 0, Reason.DIVERSE: 0} == Plan(count=1).counts()
    alone = Plan(count=10, shares=Shares(uncertain=0, diverse=0, random=1))
    assert 10 == alone.counts()[Reason.RANDOM]


def test_the_uncertain_are_those_nearest_to_a_threshold() -> None:
    unsure = [Item(f"unsure-{at}", f"说不清楚的话{at}", 0.1 * at) for at in range(4)]

    chosen = select([*CROWD, *unsure], Plan(count=4, shares=Shares(uncertain=1, diverse=0, random=1)), seed=3)

    drawn = {item.key for item in of(chosen.picks, Reason.RANDOM)}
    expected = [item.key for item in unsure if item.key not in drawn][:2]
    assert expected == [item.key for item in of(chosen.picks, Reason.UNCERTAIN)]


def test_the_diverse_are_unlike_each_other_and_what_was_chosen_before() -> None:
    kinds = [
        Item(f"{name}-{at}", text * 6 + str(at), 5.0) for name, text in (("a", "猫"), ("b", "xyz")) for at in range(30)
    ]

    found = list(spread(kinds, ["猫" * 6 + "1"], 3, np.random.default_rng(0)))

    assert "b" == found[0].key[0]


def test_every_comment_has_the_same_chance_of_the_random_slice() -> None:
    items = [*CROWD[:50], *(Item(f"known-{at}", f"已经看过{at}", 0.0, asked=True) for at in range(50))]
    plan = Plan(count=10, shares=Shares(uncertain=0, diverse=0, random=1))
    drawn = Counter(pick.item.asked for seed in range(200) for pick in select(items, plan, seed=seed).picks)

    assert 0.1 == select(items, plan, seed=1).probability
    assert abs(drawn[True] - 1_000) < 100  # 2,000 draws, half of them: 4.5 deviations


def test_who_was_asked_about_is_chosen_by_chance_alone() -> None:
    known = [Item(f"known-{at}", f"看过{at}", 0.0, asked=True) for at in range(20)]

    chosen = select([*CROWD, *known], Plan(count=50), seed=5)

    assert not any(pick.item.asked for pick in chosen.picks if pick.reason is not Reason.RANDOM)


def test_a_text_is_chosen_once_and_a_seed_chooses_the_same() -> None:
    same = [Item(f"same-{at}", "哈哈哈", 0.0) for at in range(40)]

    first, again = (select([*CROWD, *same], Plan(count=50), seed=9) for _ in range(2))

    texts = [pick.item.text for pick in first.picks if pick.reason is not Reason.RANDOM]
    assert len(texts) == len(set(texts))
    assert first == again


def test_of_nothing_nothing_is_chosen() -> None:
    assert ((), 0, 0.0) == ((chosen := select([], Plan(), seed=1)).picks, chosen.population, chosen.probability)

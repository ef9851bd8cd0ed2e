"""One hand or many people: each sign is seen, and none is invented where nothing is known."""

from __future__ import annotations

from dataclasses import replace
from difflib import SequenceMatcher

import pytest

from moderation.behaviour import hands
from moderation.behaviour.hands import MOST_COMPARED, Confidence, Hand, Member, SignName, Weighed, weigh
from moderation.behaviour.rushes import Arrival, is_rush

TEXT = "高价回收各种礼品卡，当天结算，长期有效"
GAPS = (3, 40, 9, 75, 5, 130, 22, 61, 8, 95, 14, 180, 33, 7, 52, 11)


def crowd(size: int = 12) -> list[Member]:
    """Each once, at moments of their own, with a device of their own."""
    at, found = 0.0, []
    for number in range(size):
        at += GAPS[number % len(GAPS)]
        found.append(Member(at, TEXT, TEXT, f"a{number}", f"t{number % 3}", device=f"d{number}", network=f"n{number}"))
    return found


REGULARS = {f"a{number}": 4 for number in range(12)}


def bits(found: Weighed) -> dict[SignName, float]:
    return {sign.name: sign.bits for sign in found.signs}


def test_people_who_copy_a_text_once_and_are_known_are_many_people() -> None:
    found = weigh(crowd(), REGULARS)
    assert (Hand.MANY, Confidence.STRONG) == (found.hand, found.confidence)


def test_strangers_who_give_one_contact_again_and_again_are_one_hand() -> None:
    members = [replace(one, contacts=("wechat:kd8827",), device=None, network=None) for one in crowd()]
    found = weigh([*members, *members, *members], {})
    assert (Hand.ONE, Confidence.STRONG) == (found.hand, found.confidence)
    assert {SignName.CONTACT: 4.0, SignName.STRANGERS: 2.0, SignName.REPEATS: 1.0}.items() <= bits(found).items()


def test_one_sign_alone_makes_nobody_sure() -> None:
    members = [replace(one, device=None, network=None) for one in crowd()]
    assert Hand.UNCLEAR is weigh([*members, *members], {}).hand


@pytest.mark.parametrize(
    ("sign", "change"),
    [
        (SignName.DEVICE, lambda number, one: replace(one, device=f"d{number % 3}")),
        (SignName.NETWORK, lambda number, one: replace(one, network="n")),
        (SignName.CONTACT, lambda _, one: replace(one, contacts=("qq:1",))),
        (SignName.SPELLINGS, lambda number, one: replace(one, text=TEXT.replace("回收", "回" + "収收囘"[number % 3]))),
        (SignName.RHYTHM, lambda number, one: replace(one, at=number * 30.0)),
    ],
)
def test_each_sign_of_one_hand_weighs_where_it_is_and_not_where_it_is_not(sign, change) -> None:  # noqa: ANN001
    size = 16
    plain = weigh(crowd(size), REGULARS)
    changed = weigh([change(number, one) for number, one in enumerate(crowd(size))], REGULARS)
    assert bits(plain).get(sign, 0) <= 0 < bits(changed)[sign]


def test_what_nobody_can_know_is_no_sign() -> None:
    bare = [replace(one, device=None, network=None) for one in crowd()]
    assert {SignName.REPEATS, SignName.SPELLINGS} == set(bits(weigh(bare, None)))
    assert () == weigh(crowd(4), {}).signs
    assert Hand.UNCLEAR is weigh([replace(one, account=None) for one in crowd()], {}).hand


def test_an_emoji_more_or_another_price_is_no_other_spelling() -> None:
    members = [
        replace(one, text=f"{TEXT}{number}！😀", read=f"{TEXT}{number}！😀") for number, one in enumerate(crowd())
    ]
    assert 0 == bits(weigh(members, REGULARS))[SignName.SPELLINGS]


@pytest.mark.parametrize("also", ["我们厂也是这样，太真实了太真实了", "高價回收各種禮品卡，當天結算，長期有效"])
def test_words_of_ones_own_and_the_other_script_respell_nothing(also: str) -> None:
    added = f"{TEXT}，{also}" if "厂" in also else also
    members = [replace(one, text=added, read=added) if number % 2 else one for number, one in enumerate(crowd())]
    assert 0 == bits(weigh(members, REGULARS))[SignName.SPELLINGS]


def arrivals(*, new: int = 20, hostile: int = 10, size: int = 25) -> list[Arrival]:
    return [Arrival(f"a{number}", number < new, number < hostile) for number in range(size)]


def test_many_newcomers_in_a_hostile_mood_are_a_rush() -> None:
    assert is_rush(arrivals(), 0.05)


@pytest.mark.parametrize(
    "calm",
    [
        arrivals(hostile=2),  # read by many
        arrivals(new=5),  # its own people quarrel
        arrivals(size=15),  # few
        [replace(one, account=f"a{number % 4}") for number, one in enumerate(arrivals())],  # four who quarrel
    ],
)
def test_a_crowd_a_quarrel_or_a_few_are_no_rush(calm: list[Arrival]) -> None:
    assert not is_rush(calm, 0.05)


def test_where_everything_is_objected_to_nothing_stands_out() -> None:
    assert not is_rush(arrivals(hostile=25), 0.9)


def test_texts_made_to_cost_are_laid_beside_each_other_only_at_their_beginnings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compared: list[int] = []

    class Counted(SequenceMatcher[str]):
        def __init__(self, junk: None, one: str, other: str, autojunk: bool = True) -> None:
            compared.append(max(len(one), len(other)))
            super().__init__(junk, one, other, autojunk)

    monkeypatch.setattr(hands, "SequenceMatcher", Counted)
    members = [Member(float(at), ("ab" if at % 2 else "ba") * 5_000 + str(at), "x", f"a-{at}") for at in range(12)]
    members += [Member(20.0 + at, "c" * 10_000, "y", f"b-{at}") for at in range(2)]
    weigh(members, None)
    assert compared
    assert max(compared) <= MOST_COMPARED


def at_moments(moments: dict[str, list[float]]) -> list[Member]:
    """Known accounts with a device each, that wrote at these moments."""
    return [
        Member(at, TEXT, TEXT, account, "t", device=f"d-{account}") for account, mine in moments.items() for at in mine
    ]


def volleys(*moments: float, accounts: int = 6) -> dict[str, list[float]]:
    return {f"a{number}": [at + number * 0.7 for at in moments] for number in range(accounts)}


def test_many_accounts_within_seconds_again_and_again_weigh_and_by_themselves_decide_nothing() -> None:
    found = weigh(at_moments(volleys(0, 210, 1300, 1700)), None)
    assert 3.0 == bits(found)[SignName.VOLLEYS]
    alone = weigh([replace(one, device=None) for one in at_moments(volleys(0, 210, 1300, 1700))], None)
    assert (Hand.UNCLEAR, 0.0) == (alone.hand, bits(alone)[SignName.REPEATS])
    on_one = [replace(one, device="farm") for one in at_moments(volleys(0, 210, 1300, 1700))]
    assert (Hand.ONE, Confidence.STRONG) == (weigh(on_one, None).hand, weigh(on_one, None).confidence)


@pytest.mark.parametrize(
    "moments",
    [
        volleys(0, 500, accounts=8),  # twice is no "over and over"
        volleys(0, 210, 1300, 1700, accounts=16),  # eleven seconds: people who see the same thing
        volleys(0, 210, 1300, 1700, accounts=3) | {f"b{n}": [n * 37.0] for n in range(5)},  # too few at once
        volleys(*(at * 6.0 for at in range(8))),  # a crowd without a pause
    ],
)
def test_what_comes_twice_or_by_few_or_without_a_pause_is_no_volley(moments: dict[str, list[float]]) -> None:
    assert 0.0 == bits(weigh(at_moments(moments), None))[SignName.VOLLEYS]


def test_accounts_that_each_keep_an_interval_of_their_own_are_one_hand() -> None:
    own = {f"a{n}": [n * 17.0 + step * (211 + 23.0 * n) for step in range(5)] for n in range(6)}
    assert 3.0 == bits(weigh(at_moments(own), None))[SignName.PACE]
    people = {f"a{n}": [float(sum(GAPS[n : n + step])) for step in range(5)] for n in range(6)}
    assert 0.0 == bits(weigh(at_moments(people), None))[SignName.PACE]


def test_a_clock_that_all_share_is_not_counted_a_second_time() -> None:
    turns = {f"a{n}": [n * 10.0 + turn * 60 for turn in range(5)] for n in range(6)}
    found = bits(weigh(at_moments(turns), None))
    assert (2.0, 0.0) == (found[SignName.RHYTHM], found[SignName.PACE])


def test_who_wrote_three_times_has_no_pace() -> None:
    three = {f"a{n}": [n * 17.0 + step * 300 for step in range(3)] for n in range(6)}
    assert SignName.PACE not in bits(weigh(at_moments(three), None))

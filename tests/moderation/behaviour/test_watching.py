"""Many comments together: what is a burst, what is none."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.behaviour import FEATURES, Behaviour, BurstKind, Observation, Seen, Sizes, signature_of
from moderation.normaliser import normalise

NOW = 1_770_000_000.0
SMALL = Sizes(texts=64, bursts=16, accounts=64, threads=16, contacts=16)
ADVERT = "高价回收各种礼品卡，当天结算，长期有效，量大价更高"
LYRIC = "谁在用琵琶弹奏一曲东风破，岁月在墙上剥落看见小时候"


def a_comment(
    text: str = ADVERT, *, account: int = 1, thread: int = 1, after: float = 0, contact: int = 0
) -> Observation:
    contacts = (contact,) if contact else ()
    return Observation(NOW + after, signature_of(normalise(text)), account, thread, contacts)


def counted(*comments: Observation, sizes: Sizes = SMALL) -> Seen:
    behaviour = Behaviour(sizes)
    return [behaviour.count(comment) for comment in comments][-1]


def test_the_first_comment_is_alone() -> None:
    seen = counted(a_comment(contact=5))
    assert dict.fromkeys(FEATURES, 1) == seen.features
    assert () == seen.bursts


def test_one_text_from_many_accounts_in_many_threads_is_a_burst() -> None:
    seen = counted(*(a_comment(f"{ADVERT}{n}", account=n, thread=n % 3 + 1, after=n) for n in range(1, 11)))
    assert [BurstKind.TEXT] == [burst.kind for burst in seen.bursts]
    assert (10, 10, 3) == tuple(seen.features[name] for name in FEATURES[:3])


def test_the_same_burst_has_the_same_mark_in_every_process() -> None:
    copies = [a_comment(account=n, thread=n % 3 + 1, after=n) for n in range(1, 12)]
    assert counted(*copies).bursts == counted(*reversed(copies), a_comment(account=20, after=12)).bursts


@pytest.mark.parametrize("text", [LYRIC, "哈哈哈哈", ADVERT])
def test_what_goes_round_in_one_thread_is_no_burst(text: str) -> None:
    seen = counted(*(a_comment(text, account=n, after=n / 10) for n in range(1, 500)))
    assert () == seen.bursts


def test_one_person_who_posts_everywhere_is_no_burst_but_fast() -> None:
    seen = counted(*(a_comment(thread=n, after=n / 10) for n in range(1, 30)))
    assert () == seen.bursts
    assert (29, 1, 29) == tuple(
        seen.features[name] for name in ("comments_1m", "duplicate_accounts_1h", "duplicates_1h")
    )


def test_a_laugh_is_never_a_duplicate() -> None:
    seen = counted(*(a_comment("哈哈哈哈哈哈", account=n, thread=n) for n in range(1, 40)))
    assert "duplicates_1h" not in seen.features


def test_a_contact_that_five_accounts_give_is_a_burst_whatever_they_write() -> None:
    texts = ("找我", "诚信老店", "来", "价格好商量", "在线")
    seen = counted(*(a_comment(text, account=n, contact=77) for n, text in enumerate(texts, start=1)))
    assert 5 == seen.features["accounts_for_contact"]
    assert [(BurstKind.CONTACT, 77)] == [(burst.kind, burst.mark) for burst in seen.bursts]


def test_looking_counts_the_comment_and_changes_nothing() -> None:
    behaviour = Behaviour(SMALL)
    for expected in (1, 1):
        assert expected == behaviour.look(a_comment(contact=3)).features["duplicates_1h"]
    behaviour.count(a_comment(account=1, contact=3))
    looked = [behaviour.look(a_comment(account=2, after=1, contact=3)).features for _ in range(2)]
    assert looked[0] == looked[1]
    assert behaviour.count(a_comment(account=2, after=1, contact=3)).features == looked[0]


def test_what_is_not_known_is_no_feature() -> None:
    assert {"duplicates_1h": 1} == Behaviour(SMALL).count(Observation(NOW, signature_of(normalise(ADVERT)))).features


def test_an_hour_later_a_text_is_new() -> None:
    behaviour = Behaviour(SMALL)
    for n in range(1, 20):
        behaviour.count(a_comment(account=n, thread=n, after=n))
    later = behaviour.count(a_comment(account=30, thread=30, after=3620))
    assert (1, 1, 1) == tuple(later.features[name] for name in FEATURES[:3])


def test_a_text_that_is_repeated_is_not_forgotten_for_what_is_not() -> None:
    behaviour, chance = Behaviour(SMALL), random.Random(3)
    behaviour.count(a_comment(account=1))
    for n in range(2, 20):
        for _ in range(40):  # in all ten times what the table holds
            other = "".join(chr(chance.randrange(0x4E00, 0x9FFF)) for _ in range(20))
            behaviour.count(a_comment(other, account=999, after=n))
        seen = behaviour.count(a_comment(account=n, after=n))
    assert 19 == seen.features["duplicates_1h"]


@given(st.randoms(), st.integers(2, 40))
@settings(max_examples=30)
def test_exact_copies_count_the_same_in_any_order(chance: random.Random, number: int) -> None:
    copies = [a_comment(account=n % 7 + 1, thread=n % 4 + 1, after=n * 30) for n in range(number)]
    last = a_comment(account=50, thread=50, after=number * 30)
    mixed = list(copies)
    chance.shuffle(mixed)
    assert counted(*copies, last).features == counted(*mixed, last).features


@given(st.lists(st.tuples(st.integers(0, 2**64 - 1), st.floats(0, 1e5)), max_size=50))
@settings(max_examples=30)
def test_memory_does_not_grow_and_no_number_is_too_large(comments: list[tuple[int, float]]) -> None:
    behaviour = Behaviour(SMALL)
    before = behaviour.nbytes
    for key, after in comments:
        behaviour.count(Observation(NOW + after, None, key or 1, key or 1, (key or 1,)))
    assert before == behaviour.nbytes

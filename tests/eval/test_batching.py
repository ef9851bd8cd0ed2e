from __future__ import annotations

import threading

import pytest

from eval.batching import in_batches


def test_batches_come_in_order_whatever_ends_first() -> None:
    first_may_end = threading.Event()

    def ask(batch: slice) -> list[int]:
        if batch.start == 0:
            first_may_end.wait(5)
        else:
            first_may_end.set()
        return list(range(100))[batch]

    told = list(in_batches(10, 4, ask))
    assert [batch for batch, _ in told] == [slice(0, 4), slice(4, 8), slice(8, 10)]
    assert [each for _, answer in told for each in answer] == list(range(10))


def test_nothing_is_asked_of_no_texts() -> None:
    assert list(in_batches(0, 4, lambda batch: batch)) == []


def test_an_error_passes_through_and_later_batches_are_not_begun() -> None:
    begun: list[int] = []

    def ask(batch: slice) -> None:
        begun.append(batch.start)
        if batch.start == 0:
            raise ValueError("no answer")

    with pytest.raises(ValueError, match="no answer"):
        list(in_batches(100_000, 1, ask))
    assert len(begun) < 100_000


def test_progress_is_told_as_batches_are_done() -> None:
    told: list[float] = []
    list(in_batches(4, 1, lambda batch: None, told.append))
    assert told == [0.0, 0.25, 0.5, 0.75]

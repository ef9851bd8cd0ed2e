from __future__ import annotations

import threading

import pytest

from registry.side_by_side import side_by_side


def test_every_item_is_done_once_and_by_as_many_threads_as_there_are_cores() -> None:
    done, meet = list[int](), threading.Barrier(3, timeout=60)

    def work(item: int) -> None:
        if item < 3:
            meet.wait()  # three at the same time, or nobody goes on
        done.append(item)

    side_by_side(work, range(20), cores=3)
    assert list(range(20)) == sorted(done)


def test_one_core_is_this_thread() -> None:
    names = set[str]()
    side_by_side(lambda _: names.add(threading.current_thread().name), range(5), cores=1)
    assert {threading.current_thread().name} == names


def test_nothing_is_done_with_nothing() -> None:
    side_by_side(lambda _: pytest.fail("nothing was given"), (), cores=4)


@pytest.mark.parametrize("cores", [1, 4])
def test_what_fails_is_raised_here(cores: int) -> None:
    def work(item: int) -> None:
        if item == 7:
            raise ValueError("seven")

    with pytest.raises(ValueError, match="seven"):
        side_by_side(work, range(20), cores=cores)

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import pytest

from moderation.comment import Comment
from moderation.pipeline import Engine, Reading
from moderation.ports import Scorer
from serving.errors import OverloadedError
from serving.inference import LONG_TEXT, Inference, Judged
from tests.fakes import BrokenScorer, KeywordScorer
from tests.serving.asking import CLEAN, GAMBLING
from tests.serving.loaders import shipped_policies, shipped_rules, taxonomy
from tests.serving.models import FaultyScorer, HastyScorer, StuckScorer, SureScorer

PATIENT = 20.0


def engine(scorer: Scorer) -> Engine:
    return Engine(taxonomy(), shipped_rules(), shipped_policies(), scorer)


@pytest.fixture
def inference() -> Iterator[Inference]:
    made = Inference(most_waiting=4, stuck_after=0.2)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def stuck() -> Iterator[StuckScorer]:
    scorer = StuckScorer()
    yield scorer
    scorer.let_go.set()


async def judge(inference: Inference, on: Engine, text: str = CLEAN, within: float = PATIENT) -> Judged:
    return await inference.judge(on, on.read(Comment(text=text)), within=within)


def reading(scorer: Scorer) -> Reading:
    return engine(scorer).read(Comment(text=CLEAN))


def test_comments_that_wait_together_are_judged_together(inference: Inference) -> None:
    on = engine(KeywordScorer({"博彩": ("gambling", 0.97)}))

    async def many() -> list[Judged]:
        return await asyncio.gather(*(judge(inference, on, text) for text in (CLEAN, GAMBLING, CLEAN)))

    assert ["pass", "block", "pass"] == [judged.decision.outcome.value for judged in asyncio.run(many())]


def test_a_stuck_model_gives_the_fallback_at_the_deadline(inference: Inference, stuck: StuckScorer) -> None:
    started = time.monotonic()
    judged = asyncio.run(judge(inference, engine(stuck), within=0.1))
    assert ("model",) == judged.decision.missing
    assert 0.1 <= time.monotonic() - started < 5


def test_a_thread_known_to_be_stuck_is_not_waited_for(inference: Inference, stuck: StuckScorer) -> None:
    asyncio.run(judge(inference, engine(stuck), within=0.5))
    assert inference.stuck
    started = time.monotonic()
    judged = asyncio.run(judge(inference, engine(stuck), within=PATIENT))
    assert ("model",) == judged.decision.missing
    assert time.monotonic() - started < 5


def test_another_model_gets_a_thread_of_its_own_where_the_old_one_hangs(
    inference: Inference, stuck: StuckScorer
) -> None:
    asyncio.run(judge(inference, engine(stuck), within=0.5))
    inference.renew()
    assert () == asyncio.run(judge(inference, engine(KeywordScorer({})))).decision.missing


def test_a_thread_that_moves_is_not_replaced(inference: Inference) -> None:
    before = inference._running
    inference.renew()
    assert before is inference._running


def test_beyond_the_bound_there_is_a_refusal_at_once(stuck: StuckScorer) -> None:
    inference = Inference(most_waiting=4, stuck_after=30)
    inference.start()

    async def offer() -> list[Judged | BaseException]:
        waiting = [asyncio.create_task(judge(inference, engine(stuck), within=1)) for _ in range(4)]
        await asyncio.sleep(0)
        with pytest.raises(OverloadedError):
            await judge(inference, engine(stuck))
        assert 4 == inference.waiting
        return await asyncio.gather(*waiting)

    outcomes = asyncio.run(offer())
    assert [("model",)] * 4 == [judged.decision.missing for judged in outcomes if isinstance(judged, Judged)]
    assert 0 == inference.waiting
    stuck.let_go.set()
    inference.stop()


PACE, DEADLINE = 0.15, 0.2
"""Seconds: the model comes to one comment before the deadline, and not to a second."""


@pytest.fixture
def paced() -> Iterator[Inference]:
    made = Inference(stuck_after=30)
    made._thread.pace.note(PACE, 1)
    made.start()
    yield made
    made.stop()


def test_what_nobody_waits_for_any_more_refuses_nobody(paced: Inference, stuck: StuckScorer) -> None:
    async def one_after_the_other() -> list[Judged]:
        first = await paced.judge(engine(stuck), reading(stuck), within=DEADLINE, deadline=DEADLINE)
        assert paced._thread.begun is not None  # the thread works on it still
        return [
            first,
            *[await paced.judge(engine(stuck), reading(stuck), within=0.05, deadline=DEADLINE) for _ in range(3)],
        ]

    assert [("model",)] * 4 == [judged.decision.missing for judged in asyncio.run(one_after_the_other())]
    stuck.let_go.set()


def test_somebody_who_waits_is_a_crowd_and_ones_own_are_none(paced: Inference, stuck: StuckScorer) -> None:
    async def offer() -> None:
        waits = asyncio.create_task(judge(paced, engine(stuck)))
        await asyncio.to_thread(stuck.reached.wait, 10)
        with pytest.raises(OverloadedError):
            await paced.judge(engine(stuck), reading(stuck), within=DEADLINE, deadline=DEADLINE)
        own = await paced.judge(engine(stuck), reading(stuck), within=DEADLINE, deadline=DEADLINE, own=1)
        assert ("model",) == own.decision.missing
        stuck.let_go.set()
        assert () == (await waits).decision.missing

    asyncio.run(offer())


def test_a_model_that_says_it_cannot_is_missing(inference: Inference) -> None:
    assert ("model",) == asyncio.run(judge(inference, engine(BrokenScorer()))).decision.missing


def test_a_model_that_fails_on_one_comment_answers_the_others(inference: Inference, stuck: StuckScorer) -> None:
    on = engine(FaultyScorer(only="坏"))

    async def both() -> list[Judged]:
        # All three wait behind a batch that hangs, and so become one batch.
        first = asyncio.create_task(judge(inference, engine(stuck), within=PATIENT))
        await asyncio.to_thread(stuck.reached.wait, 10)
        behind = [asyncio.create_task(judge(inference, on, text)) for text in ("坏的评论", GAMBLING, "坏")]
        await asyncio.sleep(0)
        stuck.let_go.set()
        return await asyncio.gather(*behind, first)

    outcomes = asyncio.run(both())
    assert [("model",), (), ("model",), ()] == [judged.decision.missing for judged in outcomes]
    assert "block" == outcomes[1].decision.outcome.value


def test_nobody_waits_past_the_end(inference: Inference) -> None:
    assert ("model",) == asyncio.run(judge(inference, engine(KeywordScorer({})), within=-1)).decision.missing


def test_what_a_model_is_sure_of_is_answered_though_the_thread_hangs(inference: Inference, stuck: StuckScorer) -> None:
    asyncio.run(judge(inference, engine(stuck), within=0.5))
    assert inference.stuck
    sure = SureScorer()
    judged = asyncio.run(judge(inference, engine(sure), GAMBLING))
    assert ("block", (), 0) == (judged.decision.outcome.value, judged.decision.missing, sure.asked)


def test_what_it_is_not_sure_of_is_asked_in_earnest(inference: Inference) -> None:
    sure = SureScorer(unless="博彩")
    outcomes = [asyncio.run(judge(inference, engine(sure), text)).decision.outcome.value for text in (CLEAN, GAMBLING)]
    assert (["pass", "block"], 1) == (outcomes, sure.asked)


def test_a_quick_answer_that_fails_is_asked_for_in_earnest(inference: Inference) -> None:
    hasty = HastyScorer()
    judged = asyncio.run(judge(inference, engine(hasty), GAMBLING))
    assert ("block", (), 1) == (judged.decision.outcome.value, judged.decision.missing, hasty.asked)


def test_long_texts_and_explanations_do_not_keep_the_event_loop(inference: Inference) -> None:
    sure = SureScorer()
    on = engine(sure)

    async def both() -> None:
        await judge(inference, on, "好" * LONG_TEXT)
        await inference.judge(on, on.read(Comment(text=CLEAN)), explain=True, within=PATIENT)

    asyncio.run(both())
    assert 2 == sure.asked


def test_past_the_deadline_even_a_quick_answer_is_none(inference: Inference) -> None:
    judged = asyncio.run(judge(inference, engine(SureScorer()), within=0))
    assert ("model",) == judged.decision.missing

"""`chaffinch score` on long files: by several processes, and going on after a stop."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from chaffinch.commands.score import FEW
from chaffinch.resuming import Part
from chaffinch.scoring_pool import Answered, alone, together
from moderation.errors import ChaffinchError
from moderation.pipeline import Engine
from moderation.policy import load_policies
from moderation.rule_packs import load_rules
from moderation.taxonomy import load_taxonomy
from serving.bulk import BATCH, Source, Tally
from tests.chaffinch.conftest import Run
from tests.fakes import KeywordScorer

TAXONOMY = load_taxonomy()


def _engine(version: str = "7") -> Engine:
    scorer = KeywordScorer({"博彩": ("gambling", 0.95)})
    scorer.version = version
    return Engine(TAXONOMY, load_rules(TAXONOMY, today=date(2026, 11, 25)), load_policies(TAXONOMY), scorer)


def _rows(count: int) -> bytes:
    """Every hundredth is harmful, every hundredth cannot be read."""
    return b"".join(b"{broken\n" if at % 100 == 3 else json.dumps(_row(at)).encode() + b"\n" for at in range(count))


def _row(at: int) -> dict[str, str]:
    return {"id": f"c{at}", "text": "博彩" if at % 100 == 5 else f"第{at}条"}


def _answers(raw: bytes, source: Source | None = None, *, engine: Engine | None = None) -> Iterator[Answered]:
    return alone(engine or _engine(), (source or Source(io.BytesIO(raw))).batches(), "default")


def _stopping_at(number: int) -> Callable[[Tally, Tally], Tally]:
    """Adding up tallies, until Ctrl-C comes in the middle of it."""
    left, add = [number], Tally.__add__

    def adding(one: Tally, other: Tally) -> Tally:
        left[0] -= 1
        if not left[0]:
            raise KeyboardInterrupt
        return add(one, other)

    return adding


def _run(out: Path, raw: bytes, *, engine: Engine | None = None, stop_after: int | None = None) -> Tally:
    """One run with `--resume`; stopped as Ctrl-C stops it after so many batches."""
    part, source = Part(out), Source(io.BytesIO(raw))
    try:
        part.open(source)
        for number, answered in enumerate(_answers(raw, source, engine=engine)):
            if number == stop_after:
                return part.tally
            part.add(answered)
        part.finish()
    finally:
        part.close()
    return part.tally


def test_a_run_that_was_stopped_goes_on_and_its_file_is_as_if_never_stopped(tmp_path: Path) -> None:
    raw, out = _rows(5 * BATCH + 7), tmp_path / "answers.jsonl"
    whole = b"".join(answered.scored.content for answered in _answers(raw))
    first = _run(out, raw, stop_after=2)
    assert (2 * BATCH, False) == (first.rows, out.exists())
    with (tmp_path / ".answers.jsonl.part").open("ab") as torn:
        torn.write(b'{"id":"written, and not known to be on di')
    tally = _run(out, raw)
    assert (5 * BATCH + 7, len(raw), whole) == (tally.rows, tally.bytes_read, out.read_bytes())
    assert ["answers.jsonl"] == [path.name for path in tmp_path.iterdir()]


def test_a_batch_that_was_written_when_somebody_stopped_it_is_not_given_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw, out = _rows(4 * BATCH), tmp_path / "answers.jsonl"
    whole = b"".join(answered.scored.content for answered in _answers(raw))
    monkeypatch.setattr("chaffinch.resuming.Tally.__add__", _stopping_at(3))
    with pytest.raises(KeyboardInterrupt):
        _run(out, raw)
    monkeypatch.undo()
    assert (4 * BATCH, whole) == (_run(out, raw).rows, out.read_bytes())


def test_other_comments_or_another_model_are_not_gone_on_with(tmp_path: Path) -> None:
    raw, out = _rows(3 * BATCH), tmp_path / "answers.jsonl"
    _run(out, raw, stop_after=1)
    with pytest.raises(ChaffinchError, match="not those that"):
        _run(out, raw.replace(b'"c1"', b'"x1"'))
    with pytest.raises(ChaffinchError, match="keywords@8"):
        _run(out, raw, engine=_engine("8"))
    assert 3 * BATCH == _run(out, raw).rows


def test_a_damaged_note_is_told_with_what_to_do(tmp_path: Path) -> None:
    raw, out = _rows(2 * BATCH), tmp_path / "answers.jsonl"
    _run(out, raw, stop_after=1)
    (tmp_path / ".answers.jsonl.part.json").write_text("{")
    with pytest.raises(ChaffinchError, match="delete it to begin anew"):
        _run(out, raw)


def test_several_processes_keep_the_order_and_drop_nothing(run: Run, tmp_path: Path) -> None:
    raw, rows, out = _rows((FEW + 2) * BATCH + 11), tmp_path / "rows.jsonl", tmp_path / "answers.jsonl"
    rows.write_bytes(raw)
    done = run("score", str(rows), "-o", str(out), "--model", "none", "--jobs", "2", "--resume")
    answers = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    count = (FEW + 2) * BATCH + 11
    assert (0, count) == (done.returncode, len(answers))
    assert [("line", at + 1) if at % 100 == 3 else ("id", f"c{at}") for at in range(count)] == [
        ("line", answer["line"]) if "error" in answer else ("id", answer["id"]) for answer in answers
    ]


def test_a_process_that_cannot_open_the_engine_says_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CHAFFINCH_HOME", str(tmp_path))
    batches = Source(io.BytesIO(b'{"text":"x"}\n')).batches()
    with pytest.raises(ChaffinchError, match="There is no chaffinch@champion"):
        list(together(batches, model=None, policy="default", jobs=1))


def test_going_on_needs_a_file_to_go_on_with(run: Run, tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"text":"hi"}\n')
    done = run("score", str(rows), "--model", "none", "--resume")
    assert (1, True) == (done.returncode, "-o OUT" in done.stderr)

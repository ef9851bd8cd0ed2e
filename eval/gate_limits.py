"""The challenger beside the champion, slice by slice: what fell further than its axis allows.

**The policy.** A fall is refused where it is both larger than the axis' limit and more than luck: the whole interval of
the difference, at a level shared over all slices of the axis, lies on the wrong side of zero. The limit keeps a fall
that is proved but small from stopping a model that is better on the whole; the interval keeps a slice of twenty rows
from stopping one by three of them. What is found is compared at one review load (`eval.review_load`), what is stopped
at each model's own thresholds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from eval.compare import FOUND, LABEL, STOPPED, Answers, Both, Compared, Part, answers, compare_parts, cut
from eval.evaluation import score_texts
from eval.gate_config import JUDGED_AXES, GateConfig
from eval.gate_disguises import disguised
from eval.metrics import HALF, harmful
from eval.review_load import at_shift, shift_to_load
from registry.gate_file import EXAMPLES, Check

if TYPE_CHECKING:
    from eval.gate import Judged


def against_champion(judged: Judged, gate: GateConfig, challenger: Answers) -> tuple[list[Compared], list[Check]]:
    """Every difference to the champion, and the checks of those that have a limit; none for a first champion."""
    if judged.champion is None:
        return [], []
    judged.progress("champion", 0.0)
    champion = answers(judged.champion, score_texts(judged.champion, judged.rows.texts))
    shift = shift_to_load(judged.challenger, challenger, champion, judged.rows.everyday)
    same_load = at_shift(judged.challenger, challenger, shift)
    plain = Both(judged.rows, champion, same_load, judged.manifest.labels)
    looked_at = [(plain, cut(judged.rows, JUDGED_AXES)), _in_disguise(judged, gate, shift)]
    compared, checks = list[Compared](), list[Check]()
    judged.progress("slices", 0.0)
    for both, parts in looked_at:
        found = compare_parts(both, parts, seed=gate.seed, rounds=gate.rounds)
        compared += found
        checks += _checks(found, both, parts, gate)
    return compared, checks


def _in_disguise(judged: Judged, gate: GateConfig, shift: float) -> tuple[Both, list[Part]]:
    assert judged.champion is not None  # noqa: S101 (`against_champion` saw to it)
    judged.progress("disguises", 0.0)
    found = disguised(judged.rows, judged.bearing(), gate.disguises, gate.seed)
    before, after = (
        answers(scorer, score_texts(scorer, found.rows.texts)) for scorer in (judged.champion, judged.challenger)
    )
    after = at_shift(judged.challenger, after, shift)
    return Both(found.rows, before, after, judged.manifest.labels), found.parts


def _checks(found: Iterable[Compared], both: Both, parts: Sequence[Part], gate: GateConfig) -> list[Check]:
    places = {(part.axis, part.title): part.at for part in parts}
    return [
        _check(each, limit, both, places[each.axis, each.part])
        for each in found
        if (limit := gate.limits.of(each.axis, each.figure)) is not None
    ]


def _check(each: Compared, limit: float, both: Both, at: NDArray[np.int64]) -> Check:
    fall, told = each.worse, each.difference
    passed = not (fall.value > limit and fall.least > 0)
    sign = 1 if each.figure == STOPPED else -1
    load = " at the champion's review load" if each.figure == FOUND else ""
    what = "moved_at_load" if each.figure == FOUND else "moved"
    return Check(name=each.figure, slice=each.part, passed=passed, figure=told.value, limit=sign * limit, low=told.low,
                 high=told.high, rows=told.rows, note=f"{told.before:.3f} to {told.after:.3f}{load}",
                 told={"what": what, "before": f"{told.before:.3f}", "after": f"{told.after:.3f}"},
                 examples=() if passed else _examples(each, both, at))  # fmt: skip


def _examples(each: Compared, both: Both, at: NDArray[np.int64]) -> tuple[str, ...]:
    """Rows of the part that the challenger gets wrong, those that the champion got right first."""
    now, was = _wrong(each, both, both.after)[at], _wrong(each, both, both.before)[at]
    ordered = [*at[now & ~was], *at[now & was]]
    return tuple(dict.fromkeys(both.rows.ids[place] for place in ordered))[:EXAMPLES]


def _wrong(each: Compared, both: Both, said: Answers) -> NDArray[np.bool_]:
    """The rows on which a model does what the figure counts against it, `(n,)`."""
    rows = both.rows
    bad = harmful(rows.labels, rows.union)
    if each.axis == LABEL:
        members = [both.names.index(name) for name in each.figure.removeprefix("f1 ").split("|")]
        yes = ((rows.labels[:, members] == 1) | (rows.union[:, members] > 0)).any(axis=1)
        return np.asarray(yes & (said.scores[:, members].max(axis=1) < HALF))
    return np.asarray(~bad & said.stopped if each.figure == STOPPED else bad & ~said.looked)

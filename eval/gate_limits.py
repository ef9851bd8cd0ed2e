"""The challenger beside the champion, slice by slice: what fell further than its axis allows.

**The policy.** A fall is refused where it is both larger than the axis' limit and more than luck: the whole interval of
the difference, at a level shared over all slices of the axis, lies on the wrong side of zero. The limit keeps a fall
that is proved but small from stopping a model that is better on the whole; the interval keeps a slice of twenty rows
from stopping one by three of them. Luck is no excuse for everything: on a slice with rows enough (`falls.rows` that the
figure counts) a fall of several times the limit is refused whatever its interval says. A slice with too few rows for
any of this is listed as not judged. What is found is compared at one review load (`eval.review_load`), what is stopped
at each model's own thresholds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from eval.compare import FOUND, LABEL, MACRO_F1, STOPPED, Answers, Both, Compared, Part, answers, compare_parts, cut
from eval.evaluation import score_texts
from eval.gate_config import F1, JUDGED_AXES, Falls, GateConfig
from eval.gate_disguises import disguised
from eval.metrics import HALF, YES, harmful
from eval.review_load import at_shift, shift_to_load
from eval.slices import Axis
from eval.slices import parts as every_part
from registry.gate_file import EXAMPLES, Check, Rule

if TYPE_CHECKING:
    from eval.gate import Judged

_NOBODY = Answers(np.empty((0, 0)), np.empty(0, np.bool_), np.empty(0, np.bool_))
"""Where rows are counted no model answers."""


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
    return compared, checks + _not_judged(judged, gate, compared)


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
        _check(each, limit, both, places[each.axis, each.part], gate.falls)
        for each in found
        if (limit := gate.limits.of(each.axis, each.figure)) is not None
    ]


def _check(each: Compared, limit: float, both: Both, at: NDArray[np.int64], falls: Falls) -> Check:
    told, less = each.difference, each.figure == STOPPED
    sign = 1 if less else -1
    enough = _counted(each.axis, each.figure, both, at) >= falls.rows
    load = " at the champion's review load" if each.figure == FOUND else ""
    what = "moved_at_load" if each.figure == FOUND else "moved"
    check = Check(name=each.figure, slice=each.part, rule=Rule.NO_RISE if less else Rule.NO_FALL, figure=told.value,
                  limit=sign * limit, far=sign * falls.times * limit if enough else None, low=told.low, high=told.high,
                  rows=told.rows, note=f"{told.before:.3f} to {told.after:.3f}{load}",
                  told={"what": what, "before": f"{told.before:.3f}", "after": f"{told.after:.3f}"})  # fmt: skip
    return check if check.passed else check.model_copy(update={"examples": _examples(each, both, at)})


def _counted(axis: str, figure: str, both: Both, at: NDArray[np.int64]) -> int:
    """How many rows of the part the figure speaks of: those of the label, the harmful ones, or the harmless ones."""
    if axis == LABEL:
        return int(_of_label(figure, both)[at].sum())
    bad = harmful(both.rows.labels, both.rows.union)[at]
    return int((~bad).sum()) if figure == STOPPED else int(bad.sum())


def _of_label(figure: str, both: Both) -> NDArray[np.bool_]:
    """The rows that carry the label or union that `f1 a|b` is about, `(n,)`."""
    members = [both.names.index(name) for name in figure.removeprefix(f"{F1} ").split("|")]
    return np.asarray(((both.rows.labels[:, members] == YES) | (both.rows.union[:, members] > 0)).any(axis=1))


def _not_judged(judged: Judged, gate: GateConfig, found: Iterable[Compared]) -> list[Check]:
    """Every figure of every part that has a limit and too few rows to be held against it, with how many it has."""
    told = {(each.figure, each.part) for each in found}
    both = Both(judged.rows, _NOBODY, _NOBODY, judged.manifest.labels)
    asked = [(LABEL, f"{F1} {name}", Part(LABEL, "", np.arange(len(judged.rows)))) for name in both.names]
    asked += [
        (axis, figure, Part(axis, name, at))
        for axis in Axis
        for name, at in every_part(judged.rows, axis, fewest=1).items()
        for figure in (MACRO_F1, FOUND, STOPPED)
        if gate.limits.of(axis, figure) is not None
    ]
    counts = [(figure, part.title, _counted(axis, figure, both, part.at)) for axis, figure, part in asked]
    return [
        Check(name=figure, slice=title, rule=Rule.NOT_JUDGED, rows=rows)
        for figure, title, rows in counts
        if rows and (figure, title) not in told
    ]


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
        members = [both.names.index(name) for name in each.figure.removeprefix(f"{F1} ").split("|")]
        return np.asarray(_of_label(each.figure, both) & (said.scores[:, members].max(axis=1) < HALF))
    return np.asarray(~bad & said.stopped if each.figure == STOPPED else bad & ~said.looked)

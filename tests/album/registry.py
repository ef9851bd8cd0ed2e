"""Three models of the pictures: the champion, a challenger that the gate refused, and one that it was not asked about.

They are the tests' small bundles; what the gate says of them is made up, in the gate's own words and file.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from console.model_desk import Mistake, ModelDesk, Moved
from registry import promotion
from registry.bundle import bundle_hash
from registry.gate_file import Champion, Check, GateFile, Rule, Verdict, read_gate, write_gate
from registry.pointers import Pointer, write_pointer
from registry.shipped_gates import shipped
from tests.registry.bundles import NAMES, bundle, gated

AXES = {"language": ("zh", "en", "id"), "length": ("1-10", "11-30", "31-100"), "kind": ("praise", "abuse_quotation")}
MISTAKES = {
    "starter:ok-2041": "朋友在群里说时时彩能回血，我劝他千万别碰",
    "starter:ok-0377": "他说加微信发我菜谱，等了一周也没收到哈哈",
    "starter:ab-1180": "就你这种货色也配出来说话？滚回去照照镜子",
}

AS_SHIPPED: dict[str, Any] = next(
    {"gate": name, "gate_hash": hash_} for hash_, name in shipped().items() if name.startswith("default@")
)

ROWS = 4210


def desk(root: Path) -> ModelDesk:
    """The registry below `root`: two that were promoted for a reason, one refused, one not asked for."""
    root.mkdir()
    first, second, third, _ = (
        _add(root, *figures)
        for figures in (
            ("1", 0.612, 0.710, 0.0041),
            ("2", 0.644, 0.745, 0.0038),
            ("3", 0.651, 0.751, 0.0062),
            ("4", 0.648, 0.748, 0.004),
        )
    )
    gated(
        first,
        **AS_SHIPPED,
        checks=(*_budget(0.0041, 0.031), *_floors()),
        figures={"challenger": {"harmful_found": 0.710, "everyday_blocked": 0.0041}},
    )
    _promoted(root, "1", "the first that reaches the floors")
    gated(
        second,
        **AS_SHIPPED,
        champion=first,
        checks=(*_budget(0.0038, 0.033), *_slices("1", worse=False)),
        figures={"challenger": {"harmful_found": 0.745, "everyday_blocked": 0.0038}},
    )
    _promoted(root, "2", "finds more fraud, stops no more")
    gated(
        third,
        **AS_SHIPPED,
        champion=second,
        verdict=Verdict.NO,
        examples=tuple(MISTAKES),
        sentence="No, against version 2.",
        checks=(*_budget(0.0062, 0.034), *_slices("2", worse=True)),
        figures={"challenger": {"harmful_found": 0.751, "everyday_blocked": 0.0062}},
    )
    held = read_gate(third)
    assert held is not None
    write_gate(third, held.model_copy(update={"champion": Champion(version="2", hash=bundle_hash(second))}))
    return ModelDesk(root, _unasked, lambda *_: Moved(False, ""), _examples, "https://mlflow.example")


def _unasked(*_: str) -> Moved:
    return Moved(False, "Nobody promotes for a picture.")


def _promoted(root: Path, version: str, reason: str) -> None:
    promotion.promote(version, registry_root=root, now=datetime.now(UTC), actor="li", reason=reason)


def _add(root: Path, version: str, macro: float, found: float, stopped: float) -> Path:
    metrics = json.dumps({"evaluation": _figures(macro, found, stopped)}).encode()
    made = bundle(
        root.parent / "bundles" / version,
        run=version,
        also={"metrics.json": metrics},
        snapshot_name="starter",
        mlflow_run=f"4f2a9c71e0d8{version}",
    )
    write_pointer(root, "chaffinch", version, Pointer(made, version, bundle_hash(made)))
    return made


def _figures(macro: float, found: float, stopped: float) -> dict[str, Any]:
    labels = [
        {
            "name": name,
            "rows": ROWS,
            "positives": 90 + 31 * at,
            "precision": macro + 0.2 - at / 60,
            "recall": macro - 0.05 + at / 90,
            "f1": macro + 0.04 - at / 120,
            "ece": 0.011 + at / 700,
        }
        for at, name in enumerate(NAMES)
    ]
    slices = [
        {
            "axis": axis,
            "name": name,
            "rows": 800 - 90 * at,
            "macro_f1": macro - at / 30,
            "found": {
                "share": found - at / 40,
                "low": found - 0.04 - at / 40,
                "high": found + 0.03 - at / 40,
                "rows": 300 - 40 * at,
            },
        }
        for axis, names in AXES.items()
        for at, name in enumerate(names)
    ]
    share = {"harmful_found": found, "everyday_blocked": stopped}
    told = {name: {"share": each, "low": each * 0.9, "high": each * 1.1, "rows": 1900} for name, each in share.items()}
    return {"rows": ROWS, "macro_f1": macro, **told, "labels": labels, "slices": slices}


def _budget(stopped: float, looked: float) -> tuple[Check, ...]:
    shares = (
        ("everyday comments wrongly stopped", Rule.PROVED, stopped, 0.005),
        ("everyday comments sent to people", Rule.NOT_DISPROVED, looked, 0.05),
    )
    return (
        *(
            Check(
                name=name,
                rule=rule,
                figure=each,
                limit=limit,
                low=each * 0.9,
                high=each * 1.2,
                rows=1900,
                examples=() if each * 0.9 <= limit else tuple(MISTAKES)[:2],
            )
            for name, rule, each, limit in shares
        ),
        Check(name="bundle size in megabytes", rule=Rule.AT_MOST, figure=61.3, limit=80.0),
        Check(
            name="licences",
            rule=Rule.AT_MOST,
            figure=0.0,
            limit=0.0,
            note="consistent with the sources",
            told={"what": "consistent"},
        ),
        Check(
            name="leaks",
            rule=Rule.AT_MOST,
            figure=0.0,
            limit=0.0,
            note="training rows that read like frozen ones",
            told={"what": "alike"},
        ),
    )


def _floors() -> tuple[Check, ...]:
    return (
        Check(name="average precision, mean over labels", rule=Rule.AT_LEAST, figure=0.68, limit=0.3, rows=ROWS),
        Check(
            name="harmful rows not passed", rule=Rule.AT_LEAST, figure=0.71, limit=0.25, low=0.68, high=0.73, rows=1400
        ),
    )


def _slices(champion: str, *, worse: bool) -> tuple[Check, ...]:
    fell = Check(
        name="f1 abuse",
        rule=Rule.NO_FALL,
        figure=-0.062,
        limit=-0.04,
        low=-0.091,
        high=-0.031,
        rows=276,
        note="0.702 to 0.640",
        told={"what": "moved", "before": "0.702", "after": "0.640"},
        examples=tuple(MISTAKES)[2:],
    )
    return (
        Check(
            name="time of one comment",
            rule=Rule.AT_MOST,
            figure=1.08,
            limit=3.0,
            rows=200,
            note=f"11.4 ms beside 10.6 ms of version {champion}",
            told={"what": "pace", "model": "11.4", "beside": "10.6", "version": champion},
        ),
        Check(
            name="macro_f1",
            rule=Rule.NO_FALL,
            figure=0.007,
            limit=-0.01,
            low=-0.004,
            high=0.019,
            rows=ROWS,
            note="0.644 to 0.651",
            told={"what": "moved", "before": "0.644", "after": "0.651"},
        ),
        *((fell,) if worse else ()),
        *(
            Check(
                name="harmful_found",
                slice=f"{axis} {name}",
                rule=Rule.NO_FALL,
                figure=0.01,
                limit=-0.05,
                low=-0.02,
                high=0.03,
                rows=300,
            )
            for axis, names in AXES.items()
            for name in names
        ),
    )


def _examples(_version: str, gate: GateFile) -> list[Mistake]:
    return [Mistake(each, MISTAKES[each], "") for each in gate.examples]

"""Which gate stands before a champion.

**The policy.** `configs/gates/default.toml`, whoever asks. One case is argued: what `chaffinch demo` promoted can be
asked about again in the demo's home by the gate that let it in, since the default gate's exam is a set that the demo
must not freeze (it learnt from a part of what that set is drawn from). It takes all of these, so that no model of a
team's comes by this way: the champion's history has this very bundle let in by the demo's gate, and the champion's own
answer is that of the demo's gate as it is today, under the seal of whoever gave it. What a model learnt from, and what
its data config calls the test side, are its maker's to choose and open nothing; nor does an answer of the demo's gate,
which a copy of that gate in a file would give. Where there is no champion, the default gate is asked.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from chaffinch.demo.script import DemoGate, load_script
from chaffinch.settings import Settings
from registry.gate_file import read_gate
from registry.names import CHAMPION, MODEL_NAME, Resolved
from registry.pointers import find_pointer
from registry.promotion import Move, moves
from registry.seals import is_sealed

if TYPE_CHECKING:
    from eval.gate_config import GateConfig

DEFAULT_GATE: Final = "default"
DEMO_GATE: Final = "demo"


def gate_config(settings: Settings, config: str) -> GateConfig:
    """A gate by its name under `configs/gates`, or by its file."""
    from eval.gate_config import load_gate

    return load_gate(Path(config) if config.endswith(".toml") else settings.configs / "gates" / f"{config}.toml")


def demo_gate(settings: Settings, own: DemoGate) -> GateConfig:
    """The default gate with what the demo asks otherwise, by another name."""
    from eval.gate_config import Exam

    gate = gate_config(settings, DEFAULT_GATE)
    budget = gate.budget.model_copy(update={"unproved": own.unproved})
    return gate.model_copy(update={"name": DEMO_GATE, "exam": (Exam(name=own.exam),), "budget": budget})


def gate_before(settings: Settings, target: Resolved) -> GateConfig:
    """The gate that stands before the champion for this bundle."""
    script = settings.configs / "demo.toml"
    if not script.is_file():
        return gate_config(settings, DEFAULT_GATE)
    own = load_script(script).gate
    demo = demo_gate(settings, own)
    if _let_in(settings, target.hash, demo) and _let_the_champion_in(settings, demo):
        return demo
    return gate_config(settings, DEFAULT_GATE)


def _let_in(settings: Settings, bundle: str, gate: GateConfig) -> bool:
    """Whether the bundle was champion by this gate; a line of an earlier release tells its name and version alone."""
    named = f"{gate.name}@{gate.version}"
    return any(
        move["hash"] == bundle and move["move"] == Move.PROMOTE
        and (move["gate_hash"] == gate.hash if move.get("gate_hash") else move.get("gate") == named)
        for move in moves(settings.registry_root)
    )  # fmt: skip


def _let_the_champion_in(settings: Settings, gate: GateConfig) -> bool:
    champion = find_pointer(settings.registry_root, MODEL_NAME, CHAMPION)
    if champion is None or not is_sealed(settings.registry_root, champion.hash, champion.path):
        return False
    answer = read_gate(champion.path)
    return answer is not None and answer.bundle_hash == champion.hash and answer.gate_hash == gate.hash

"""Which gate stands before a champion.

**The policy.** `configs/gates/default.toml`, whoever asks. One case is argued: what `chaffinch demo` made can be asked
about again in the demo's home by the gate that let its champion in, since the default gate's exam is a set that the
demo must not freeze (it learnt from a part of what that set is drawn from). It takes all of these, so that no model of
a team's comes by this way: the model learnt from a data set whose test side the demo froze, and the champion's own
answer is that of the demo's gate as it is today, under the seal of whoever gave it. Where there is no champion, the
default gate is asked.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from chaffinch.demo.script import DemoGate, load_script
from chaffinch.settings import Settings
from registry.bundle import read_manifest
from registry.gate_file import read_gate
from registry.names import CHAMPION, MODEL_NAME, Resolved
from registry.pointers import find_pointer
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
    if _is_of_the_demo(settings, target, own.exam) and _let_the_champion_in(settings, demo):
        return demo
    return gate_config(settings, DEFAULT_GATE)


def _is_of_the_demo(settings: Settings, target: Resolved, exam: str) -> bool:
    """Whether the bundle learnt from a data set whose test side is the demo's."""
    from eval.held_out import own_snapshot

    snapshot = own_snapshot(read_manifest(target.path), settings.home)
    return snapshot is not None and snapshot.manifest.frozen == exam


def _let_the_champion_in(settings: Settings, gate: GateConfig) -> bool:
    champion = find_pointer(settings.registry_root, MODEL_NAME, CHAMPION)
    if champion is None or not is_sealed(settings.registry_root, champion.hash, champion.path):
        return False
    answer = read_gate(champion.path)
    return answer is not None and answer.bundle_hash == champion.hash and answer.gate_hash == gate.hash

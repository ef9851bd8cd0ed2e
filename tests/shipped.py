"""What is shipped of the files that decide: `python -m tests.shipped` writes it anew.

Hashes go to `moderation/shipped.json`, what legal profiles ask to `governance/shipped_profiles.json`, gates to
`registry/shipped_gates.json`.
"""

from __future__ import annotations

import json

from chaffinch.demo.script import load_script
from chaffinch.gates import DEFAULT_GATE, demo_gate, gate_config
from chaffinch.settings import CHECKOUT, Settings
from governance.duties import load_profile, names
from governance.shipped_profiles import KNOWN, facts_of
from moderation.shipped import SHIPPED, hashes
from moderation.taxonomy import CONFIGS
from registry import shipped_gates


def text() -> str:
    """As the file of hashes has it."""
    return json.dumps(hashes(CONFIGS), indent=0) + "\n"


def profiles_text() -> str:
    """As the file of profiles has it."""
    told = {name: facts_of(load_profile(CONFIGS, name)) for name in names(CONFIGS)}
    return json.dumps(told, indent=1, ensure_ascii=False) + "\n"


def gates_text() -> str:
    """As the file of gates has it: those of earlier releases, and today's."""
    settings = Settings(home=CHECKOUT / "var", configs=CONFIGS)
    gates = [gate_config(settings, DEFAULT_GATE), demo_gate(settings, load_script(CONFIGS / "demo.toml").gate)]
    told = {**shipped_gates.shipped(), **{each.hash: f"{each.name}@{each.version}" for each in gates}}
    return json.dumps(told, indent=0) + "\n"


if __name__ == "__main__":
    SHIPPED.write_text(text(), encoding="utf-8")
    KNOWN.write_text(profiles_text(), encoding="utf-8")
    shipped_gates.SHIPPED.write_text(gates_text(), encoding="utf-8")

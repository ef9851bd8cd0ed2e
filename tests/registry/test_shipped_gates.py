"""Which gates were shipped is known by what they ask for, not by what they are called."""

from __future__ import annotations

from eval.gate_config import load_gate
from moderation.taxonomy import CONFIGS
from registry.shipped_gates import SHIPPED, is_shipped, of_move
from tests import shipped

DEFAULT = load_gate(CONFIGS / "gates" / "default.toml")


def test_todays_gates_are_among_those_that_were_shipped() -> None:
    assert shipped.gates_text() == SHIPPED.read_text(encoding="utf-8"), "run python -m tests.shipped"
    assert is_shipped(DEFAULT.hash) is True


def test_a_gate_that_asks_for_less_is_another_whatever_it_is_called() -> None:
    lenient = DEFAULT.model_copy(update={"floors": DEFAULT.floors.model_copy(update={"harmful_found": 0.0})})
    assert (DEFAULT.name, DEFAULT.version) == (lenient.name, lenient.version)
    assert is_shipped(lenient.hash) is False


def test_of_a_move_of_before_nobody_can_say() -> None:
    assert [None, None, False, True] == [
        of_move(move) for move in ({}, {"gate_hash": None}, {"gate_hash": "e" * 64}, {"gate_hash": DEFAULT.hash})
    ]

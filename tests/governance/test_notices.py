"""Nobody is acted on by a label that nobody explains."""

from __future__ import annotations

from pathlib import Path

import pytest

from governance.notices import load_notices
from moderation.errors import ConfigError
from moderation.taxonomy import CONFIGS, load_taxonomy
from tests.chaffinch.conftest import change

TAXONOMY = load_taxonomy()


def test_every_fault_of_the_file_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "notices.toml"
    path.write_text((CONFIGS / "notices.toml").read_text(encoding="utf-8"), encoding="utf-8")
    change(path, "[labels.hate]", "[labels.hatred]")
    change(path, "[reasons.undecided]", "[reasons.undecide]")
    change(path, "Ground: {ground}.", "Ground.")
    with pytest.raises(ConfigError) as told:
        load_notices(tmp_path, TAXONOMY)
    assert ["labels.hate", "labels.hatred", "reasons.undecided", "frame.ground"] == [
        fault.where.partition(": ")[2] for fault in told.value.faults
    ]


def test_a_reason_without_words_of_its_own_has_some(tmp_path: Path) -> None:
    notices = load_notices(tmp_path, TAXONOMY)
    assert notices.otherwise == notices.of("shop.rule.7")
    assert notices.labels["abuse"] == notices.of("abuse")
    assert notices.reasons["undecided"] == notices.of("undecided")

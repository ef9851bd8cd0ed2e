"""A setting that is there and empty, as compose files and shells leave them, is one that nobody made."""

from __future__ import annotations

import pytest

from chaffinch.settings import Settings


def test_an_empty_setting_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.setenv(f"CHAFFINCH_{name.upper()}", "")
    empty = Settings()
    for name in Settings.model_fields:
        monkeypatch.delenv(f"CHAFFINCH_{name.upper()}")
    assert Settings() == empty

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from moderation import dictionary, language
from moderation.ports import Scorer
from serving import loading
from serving.loading import DiskLoader
from tests.serving.bundles import put_champion
from tests.serving.loaders import taxonomy

CONFIGS = Path(__file__).resolve().parents[2] / "configs"


def test_freed_memory_goes_back_once_every_table_is_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_champion(tmp_path, "1", word="预热")
    tables = (dictionary.dictionary, language._identifier)
    for table in tables:
        table.cache_clear()
    given: list[list[int]] = []
    monkeypatch.setattr(loading, "give_back", lambda: given.append([table.cache_info().currsize for table in tables]))
    DiskLoader(taxonomy(), "chaffinch@champion", tmp_path, CONFIGS, lambda: date(2026, 1, 1)).load_model()
    assert [[1, 1]] == given


def test_languages_are_there_before_the_model_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_champion(tmp_path, "1", word="预热")
    language._identifier.cache_clear()
    there: list[int] = []
    read = loading.load_model

    def watched(*given: Any, **named: Any) -> Scorer:
        there.append(language._identifier.cache_info().currsize)
        return read(*given, **named)

    monkeypatch.setattr(loading, "load_model", watched)
    DiskLoader(taxonomy(), "chaffinch@champion", tmp_path, CONFIGS, lambda: date(2026, 1, 1)).load_model()
    assert [1] == there  # what they take for a moment must not stand on top of the model


def test_a_system_whose_c_library_cannot_trim_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading.ctypes, "CDLL", lambda _: object())
    loading.give_back()

from __future__ import annotations

from pathlib import Path

import pytest

from moderation.errors import NotFoundError
from registry.names import resolve


@pytest.mark.parametrize("model", ["3", "starter", "chaffinch@3", "chaffinch@starter"])
def test_a_short_name_is_a_version_or_alias_of_this_registry(tmp_path: Path, model: str) -> None:
    with pytest.raises(NotFoundError, match=f"There is no chaffinch@{model.removeprefix('chaffinch@')}"):
        resolve(model, home=tmp_path)


def test_a_folder_is_meant_before_an_alias_of_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "starter").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Exception, match="manifest") as told:
        resolve("starter", home=tmp_path)
    assert "chaffinch@starter" not in str(told.value)


def test_what_is_neither_is_told_with_what_it_could_be(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"There is no model 'var/bundles/x'.*chaffinch@3"):
        resolve("var/bundles/x", home=tmp_path)
    assert resolve("none", home=tmp_path) is None

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from console.secret import FILE_NAME, cookie_secret
from moderation.errors import ConfigError


def test_the_secret_is_made_once_and_is_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    first = cookie_secret(folder)
    assert (32, first) == (len(first), cookie_secret(folder))
    assert 0o600 == stat.S_IMODE((folder / FILE_NAME).stat().st_mode)
    assert [FILE_NAME] == [path.name for path in folder.iterdir()]


def test_a_secret_that_is_cut_short_is_said(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"short")
    with pytest.raises(ConfigError, match="is cut short: remove it"):
        cookie_secret(tmp_path)


def test_a_folder_that_cannot_be_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ConfigError, match="cannot be used"):
        cookie_secret(tmp_path / "file" / "keys")

from __future__ import annotations

import os
import pwd

import pytest

from chaffinch.os_user import os_user


def test_the_environment_does_not_say_who_types(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("USER", "LOGNAME", "SUDO_USER"):
        monkeypatch.setenv(name, "somebody-else")
    assert pwd.getpwuid(os.getuid()).pw_name == os_user()


def test_an_account_without_a_name_is_told_by_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 3_999_999_999)
    assert "uid 3999999999" == os_user()

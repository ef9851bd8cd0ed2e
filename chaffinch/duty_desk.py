"""The duties page's way to the command line: it shows what `chaffinch duties` last found, and has it run anew.

The checks rehearse complaints and erasures, render pages and start scripts: they run beside the server, in a process of
their own, and leave what they found below the home.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chaffinch.settings import Settings
from console.duty_desk import DutyDesk
from governance.duties import Profile, load_profile, names
from registry.files import write_atomically

FOLDER = "duties"
PATIENCE = 300.0
"""Seconds."""

ONE_IS_OFF = 3


def duty_desk(settings: Settings) -> DutyDesk:
    """The desk over this home."""
    return DutyDesk(
        profiles=lambda: _profiles(settings.configs),
        last=lambda profile: last_run(settings.home, profile),
        run=_run,
    )


def keep_run(home: Path, profile: str, told: Mapping[str, Any]) -> str:
    """Leaves what a run found for the page; the digest of it, which the ledger tells. Raises `OSError`."""
    path = home / FOLDER / f"{profile}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    content = json.dumps(told, ensure_ascii=False, indent=2).encode()
    write_atomically(path, content)
    return hashlib.sha256(content).hexdigest()


def last_run(home: Path, profile: str) -> Mapping[str, Any] | None:
    """What the last run of a profile found, with the file's `digest`; None where it never ran, or no run wrote it."""
    path = home / FOLDER / f"{profile}.json"
    if not path.is_file():
        return None
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    try:
        told = json.loads(content)
    except ValueError:
        return {"digest": digest}
    return {**told, "digest": digest} if isinstance(told, dict) else {"digest": digest}


def _profiles(configs: Path) -> list[Profile]:
    """In force first, then those that another text replaced."""
    found = [load_profile(configs, name) for name in names(configs)]
    return sorted(found, key=lambda each: (each.replaced is not None, each.name))


def _run(profile: str) -> str:
    command = [sys.executable, "-m", "chaffinch", "duties", f"--profile={profile}", "--json"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)  # noqa: S603 - arguments, no shell
    except subprocess.TimeoutExpired:
        return f"The checks take longer than {PATIENCE:.0f} seconds: run chaffinch duties --profile {profile}."
    if done.returncode in (0, ONE_IS_OFF):
        return ""
    return " ".join(done.stderr.split())[-600:] or "It did not work, and nobody said why."

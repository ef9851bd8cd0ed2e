"""What webhooks are made of; `chaffinch/service.py` puts it together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from governance.targets import Targets
from records.personal import Keyring


@dataclass(frozen=True, slots=True)
class WebhookParts:
    """`keyring` opens the keys anew: they may have been rotated since the process started.

    `registry_root` is the folder of pointers, from which promotions are told; without one none are.
    """

    keyring: Callable[[], Keyring]
    targets: Targets = field(default_factory=Targets)
    registry_root: Path | None = None
    version: str = "0"

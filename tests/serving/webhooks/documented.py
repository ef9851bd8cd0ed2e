"""The payloads that `docs/reference/events.md` shows."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.serving.processes import ROOT

PAGE = ROOT / "docs" / "reference" / "events.md"


def payloads() -> dict[str, dict[str, Any]]:
    """`data` of each example, by the event's type."""
    found = re.findall(r"^```json\n(.+?)```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    messages = [json.loads(example) for example in found]
    return {message["type"]: message["data"] for message in messages}

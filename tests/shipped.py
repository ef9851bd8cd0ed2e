"""What is shipped of the files that decide: `python -m tests.shipped` writes `moderation/shipped.json` anew."""

from __future__ import annotations

import json

from moderation.shipped import SHIPPED, hashes
from moderation.taxonomy import CONFIGS


def text() -> str:
    """As the file has it."""
    return json.dumps(hashes(CONFIGS), indent=0) + "\n"


if __name__ == "__main__":
    SHIPPED.write_text(text(), encoding="utf-8")

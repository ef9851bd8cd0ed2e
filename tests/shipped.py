"""What is shipped of the files that decide: `python -m tests.shipped` writes it anew.

Hashes go to `moderation/shipped.json`, what legal profiles ask to `governance/shipped_profiles.json`.
"""

from __future__ import annotations

import json

from governance.duties import load_profile, names
from governance.shipped_profiles import KNOWN, facts_of
from moderation.shipped import SHIPPED, hashes
from moderation.taxonomy import CONFIGS


def text() -> str:
    """As the file of hashes has it."""
    return json.dumps(hashes(CONFIGS), indent=0) + "\n"


def profiles_text() -> str:
    """As the file of profiles has it."""
    told = {name: facts_of(load_profile(CONFIGS, name)) for name in names(CONFIGS)}
    return json.dumps(told, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    SHIPPED.write_text(text(), encoding="utf-8")
    KNOWN.write_text(profiles_text(), encoding="utf-8")

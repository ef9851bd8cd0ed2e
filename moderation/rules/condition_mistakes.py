"""What is wrong with the conditions of a rule: whether they can hold, and ask for what is known."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from moderation.behaviour import FEATURES
from moderation.rules.rule import Range
from moderation.rules.rule_file import RuleFile
from moderation.rules.told import Told
from moderation.toml_places import Path as Inside

NO_CREDIT = (
    "credit is counted under a policy that has [credit] and for comments that name their author; elsewhere nobody's is"
    " known, so no comment meets this and the rule never hits"
)
"""`default` keeps no credit: who writes such a rule has to know where it counts."""


def check_when(told: Told) -> None:
    """Tells of conditions that cannot hold, ask for nothing, or for what is not known."""
    rule = told.entry.rule
    for name, wanted in _ranges(rule):
        if wanted.is_empty:
            told.wrong(("when", *name), f"no value is at least {wanted.at_least} and below {wanted.below}; widen it")
        elif wanted == Range() and not told.entry.touches("when", *name):
            told.wrong(("when", *name), "asks for nothing; give 'at_least', 'below' or both")
        elif name == ("credit",):
            told.advise(("when", *name), NO_CREDIT)
    for feature in rule.when.features:
        if feature not in FEATURES:
            near = difflib.get_close_matches(feature, FEATURES, n=1, cutoff=0)
            told.wrong(("when", "features", feature), f"nothing of that name is counted; did you mean '{near[0]}'?")
    for at, surface in enumerate(rule.when.surfaces):
        if told.entry.is_faulty("when", "surfaces", at):
            continue
        if surface != surface.strip().casefold():
            told.wrong(("when", "surfaces", at), f"surfaces are written in lower case; try '{surface.strip().lower()}'")
    for at, language in enumerate(rule.when.languages):
        if told.entry.is_faulty("when", "languages", at):
            continue
        if not (language.isascii() and language.islower() and 2 <= len(language) <= 3):
            told.wrong(("when", "languages", at), f"'{language}' is no ISO 639 code; Chinese is 'zh', English 'en'")


def _ranges(rule: RuleFile) -> Iterator[tuple[Inside, Range]]:
    when = rule.when
    if when.account_age_days is not None:
        yield ("account_age_days",), when.account_age_days
    if when.credit is not None:
        yield ("credit",), when.credit
    yield from ((("features", name), wanted) for name, wanted in when.features.items())

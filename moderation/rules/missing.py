"""Why a rule does not hit a text, for its author."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from moderation.normaliser import Normalised
from moderation.rules.context import NOTHING_KNOWN, RuleContext
from moderation.rules.rule import ANYWHERE, MAIN, NOT, Rule
from moderation.rules.ruleset import Finds, RuleSet, has_text

SHOWN = 3
"""Terms of a list that are named: enough to know which list is meant."""


def what_is_missing(rule: Rule, text: Normalised, context: RuleContext = NOTHING_KNOWN) -> str:
    """The first part of the rule that fails, in words."""
    finds = RuleSet([replace(rule, when=ANYWHERE)], version="missing").finds(text).get(0, {})
    if NOT in finds:
        found = {mark.span.of(text.source) for mark in finds[NOT]}
        return f"'{', '.join(sorted(found))}' of 'not' is there"
    if not has_text(rule, finds):
        return _missing_text(rule, finds)
    if not rule.when.hold(context):
        return "a condition of 'when' is not met"
    if rule.contacts and not any(each.kind in rule.contacts for each in context.find_contacts(text)):
        return f"there is no contact of {', '.join(rule.contacts)}"
    return f"its parts begin more than {rule.near} characters apart"


def _missing_text(rule: Rule, finds: Finds) -> str:
    if (rule.terms or rule.patterns) and MAIN not in finds:
        return f"none of 'terms' and 'patterns' is there: {_named((*rule.terms, *rule.patterns))}"
    for at, part in enumerate(rule.all_parts()):
        if part not in finds:
            return f"none of 'all.{at}' is there: {_named(rule.all_of[at])}"
    return "no list of 'any' is wholly there"


def _named(terms: Sequence[str]) -> str:
    return ", ".join(terms[:SHOWN]) + (" ..." if len(terms) > SHOWN else "")

"""Whether the examples of a rule hold: texts that it must match, and texts that it must not."""

from __future__ import annotations

from collections.abc import Iterator

from moderation.normaliser import normalise
from moderation.rules.content import content_hash
from moderation.rules.missing import what_is_missing
from moderation.rules.rule import Rule, judged_alone
from moderation.rules.rule_file import MATCHING, READING, Examples
from moderation.rules.ruleset import RuleSet
from moderation.rules.told import Told

Failing = tuple[tuple[str, int], str]
"""The place of an example (`("match", 0)`), and why it fails."""

_MOST_JUDGED = 10_000
_JUDGED: dict[tuple[str, tuple[str, ...], tuple[str, ...]], tuple[Failing, ...]] = {}


def check_examples(told: Told) -> None:
    """Tells of examples that are missing, needless or fail. Goes by what was told before, so it comes last."""
    rule, entry = told.entry.rule, told.entry
    is_read = rule.reads_the_text or not entry.faulty_fields.isdisjoint(READING)
    if rule.examples is None:
        if is_read and "examples" not in entry.faulty_fields:
            told.wrong((), "it has no examples; give texts that it must and must not match")
    elif not is_read:
        if all(mistake.advice for mistake in told.mistakes):  # else it may not be what the author means
            detail = "it looks for nothing in the text, so no text can be an example; remove them"
            told.wrong(("examples",), detail)
    elif told.is_judged and entry.faulty_fields.isdisjoint(MATCHING):
        _judge_examples(told, rule.examples)


def _judge_examples(told: Told, examples: Examples) -> None:
    """Whether they hold. What else is wrong with the rule does not matter: what it finds is known."""
    for inside, detail in _failing(judged_alone(told.entry.rule.as_rule()), examples):
        if not told.entry.is_faulty("examples", *inside) and not _is_idle(told, examples, *inside):
            told.wrong(("examples", *inside), detail)


def _is_idle(told: Told, examples: Examples, kind: str, at: int) -> bool:
    """Whether it may fail for a term alone of which it is told that it never hits."""
    if kind != "match" or not told.idle:
        return False
    shown = normalise(examples.match[at]).canonical.text
    return any(term in shown for term in told.idle)


def _failing(rule: Rule, examples: Examples) -> tuple[Failing, ...]:
    """Those that fail, with why. Remembered by content: a reload judges only what changed."""
    asked = (content_hash([rule]), tuple(examples.match), tuple(examples.no_match))
    if asked not in _JUDGED:
        if len(_JUDGED) >= _MOST_JUDGED:
            _JUDGED.clear()
        _JUDGED[asked] = tuple(_judged(rule, examples))
    return _JUDGED[asked]


def _judged(rule: Rule, examples: Examples) -> Iterator[Failing]:
    rules = RuleSet([rule], version="lint")
    for at, text in enumerate(examples.match):
        read = normalise(text)
        if not rules.find(read):
            yield ("match", at), f"must match but does not: {text} ({what_is_missing(rule, read)})"
    for at, text in enumerate(examples.no_match):
        if hits := rules.find(normalise(text)):
            found = ", ".join(span.of(text) for span in hits[0].spans)
            yield ("no_match", at), f"must not match but does: {text} (by {found})"

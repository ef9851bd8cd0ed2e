"""Every mistake in rules at once: where it is, what is wrong, what to try.

A rule that does not fit the schema is checked as far as it does, so that its author mends everything in one go. Most
mistakes make a pack unusable; *advice* (a term that another makes needless, an expiry that has come, too many harmless
comments hit) does not, because a server must not lose its rules overnight.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date

import re2

from moderation.decision import Outcome
from moderation.rules.condition_mistakes import check_when
from moderation.rules.entries import Entry
from moderation.rules.example_mistakes import check_examples
from moderation.rules.harmless_hits import harmless_hits
from moderation.rules.mistake import Mistake
from moderation.rules.pattern_mistakes import check_patterns
from moderation.rules.rule import RuleState
from moderation.rules.rule_file import READING
from moderation.rules.ruleset import RuleSet
from moderation.rules.term_mistakes import check_terms
from moderation.rules.told import Told
from moderation.taxonomy import Taxonomy


def lint(
    entries: Sequence[Entry],
    taxonomy: Taxonomy,
    *,
    today: date,
    harmless: Iterable[str] = (),
    told: Callable[[float], None] = lambda _share: None,
) -> list[Mistake]:
    """Every mistake, as they stand in the files. `harmless` are comments that no rule should hit.

    `told` hears how much is done (0 to 1).
    """
    mistakes: list[Mistake] = []
    sound: list[Entry] = []
    seen: dict[str, Entry] = {}
    for number, entry in enumerate(entries):
        mine = _mistakes(entry, taxonomy, today, seen)
        mistakes.extend(mine)
        if all(mistake.advice for mistake in mine):
            sound.append(entry)
        told((number + 1) / len(entries))
    files = {entry.document.name: None for entry in entries}
    order = {name: number for number, name in enumerate(files)}
    mistakes += [*_together(sound), *harmless_hits(sound, harmless)]
    return sorted(mistakes, key=lambda mistake: (order[mistake.file], mistake.line, mistake.column))


def _mistakes(entry: Entry, taxonomy: Taxonomy, today: date, seen: dict[str, Entry]) -> list[Mistake]:
    told = Told(entry)
    for inside, detail in entry.faults:
        told.wrong(inside, f"{'.'.join(map(str, inside)) or 'the rule'}: {detail}")
    _check_identity(told, taxonomy, today, seen)
    check_terms(told)
    check_patterns(told)
    _check_possible(told)
    check_when(told)
    check_examples(told)
    return told.mistakes


def _check_identity(told: Told, taxonomy: Taxonomy, today: date, seen: dict[str, Entry]) -> None:
    rule, entry = told.entry.rule, told.entry
    if not entry.is_faulty("id"):
        if rule.id in seen:
            first = seen[rule.id].mistake(("id",), "").where
            told.wrong(("id",), f"the id is already used at {first}; give this rule another")
        seen.setdefault(rule.id, told.entry)
    if not entry.is_faulty("label") and rule.label not in taxonomy.names:
        told.wrong(("label",), f"there is no label '{rule.label}'; {taxonomy.hint(rule.label)}")
    if rule.action is Outcome.PASS:
        told.wrong(("action",), "a rule cannot pass a comment; its action is 'review' or 'block'")
    if rule.expires is not None and rule.expires <= today and rule.state is not RuleState.RETIRED:
        hint = 'set a later day, or state = "retired"'
        told.advise(("expires",), f"it expired on {rule.expires.isoformat()} and hits nothing since; {hint}")


def _check_possible(told: Told) -> None:
    """Whether the rule could hit at all."""
    rule, entry = told.entry.rule, told.entry
    if entry.faulty_fields & READING:
        return
    if not rule.reads_the_text and rule.when.are_none and "when" not in entry.faulty_fields:
        told.unjudged((), "it has no terms, patterns, all, any, contacts or when; it could never hit")
    parts = bool(rule.terms or rule.patterns) + len(rule.all) + bool(rule.contacts)
    if rule.near is not None and parts + max(map(len, rule.any), default=0) < 2:
        told.wrong(("near",), "nothing can be near itself; give a second part with 'all', 'any' or 'contacts'")


def _together(entries: Sequence[Entry]) -> list[Mistake]:
    """Patterns that are each in order may be too many together."""
    try:
        RuleSet([entry.rule.as_rule() for entry in entries if entry.rule.patterns], version="lint").prepare()
    except re2.error:
        detail = "patterns without a literal need too much memory together; give each a word that it must hold"
        return [entry.mistake(("patterns",), detail) for entry in entries if entry.rule.patterns][:1]
    return []

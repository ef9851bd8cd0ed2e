"""Every mistake in rules at once: where it is, what is wrong, what to try.

A rule that does not fit the schema is checked as far as it does, so that its author mends everything in one go. Most
mistakes make a pack unusable; *advice* (a term that another makes needless, an expiry that has come, too many harmless
comments hit) does not, because a server must not lose its rules overnight.
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

import ahocorasick_rs
import re2
from pydantic import ValidationError

from moderation.behaviour import FEATURES
from moderation.decision import Outcome
from moderation.errors import Fault
from moderation.normaliser import Normalised, normalise, term_in
from moderation.rules.index import stands_alone
from moderation.rules.missing import what_is_missing
from moderation.rules.pattern_mistakes import pattern_mistake
from moderation.rules.rule import ANYWHERE, Range, Rule, RuleState
from moderation.rules.rule_file import MATCHING, Examples, RuleFile, mended
from moderation.rules.ruleset import LEAST_DISGUISED, RuleSet, canonical_term
from moderation.taxonomy import Taxonomy
from moderation.toml import Document, findings
from moderation.toml_places import Path as Inside
from moderation.toml_sentences import names_at, nearest_name
from moderation.views.view import ViewName

MAX_HARMLESS = 0.001
"""The share of harmless comments that a rule may hit."""

READING = frozenset({"terms", "patterns", "all", "any", "contacts"})
"""The fields of which one is needed for a rule to look at the text."""

NO_CREDIT = (
    "nothing keeps the credit of accounts yet, so no comment meets this and the rule never hits;"
    " ask for 'account_age_days' or 'verified' instead, or keep the rule a draft"
)
"""`RuleContext.credit` is known to a backtest's own rows alone; the store comes with credit and levels."""

LEAST_HARMLESS = 2
"""One hit alone says nothing about a share."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing to mend, by file, line and column (from 1). `advice` does not keep the rules from being used."""

    file: str
    line: int
    column: int
    rule: str
    detail: str
    advice: bool = False

    @property
    def where(self) -> str:
        """`pack.toml:12:5`."""
        return f"{self.file}:{self.line}:{self.column}"

    def as_fault(self) -> Fault:
        """As errors carry it."""
        return Fault(f"{self.where}: {self.rule}", self.detail)


@dataclass(frozen=True)
class Entry:
    """A rule as read, and where it was read. `faults` are what does not fit the schema; stand-ins stand there."""

    document: Document
    at: int
    rule: RuleFile
    faults: tuple[tuple[Inside, str], ...] = ()
    name: str = ""

    def mistake(self, inside: Inside, detail: str, *, advice: bool = False) -> Mistake:
        """A mistake in this rule, at `inside` of its table."""
        return mistake_in(self.document, ("rules", self.at, *inside), self.name or f"rules.{self.at}", detail, advice)

    @property
    def is_sound(self) -> bool:
        """Whether it fits the schema."""
        return not self.faults

    def is_faulty(self, *inside: str | int) -> bool:
        """Whether what stands at `inside`, or something around it, does not fit the schema."""
        return any(fault == inside[: len(fault)] for fault, _ in self.faults)

    def touches(self, *inside: str | int) -> bool:
        """Whether something within `inside` does not fit the schema."""
        return any(fault[: len(inside)] == inside for fault, _ in self.faults)

    @cached_property
    def faulty_fields(self) -> frozenset[str]:
        """The fields in which something does not fit the schema, and those meant by names that there are not."""
        names = names_at(RuleFile, ())
        fields = {str(inside[0]) for inside, _ in self.faults}
        return frozenset(field if field in names else nearest_name(field, names) or field for field in fields)


def mistake_in(document: Document, inside: Inside, rule: str, detail: str, advice: bool = False) -> Mistake:
    """A mistake at `inside` of a document."""
    return Mistake(document.name, *document.place(inside), rule, detail, advice)


@dataclass
class _Told:
    """Collects what is wrong with one rule."""

    entry: Entry
    mistakes: list[Mistake] = field(default_factory=list)
    is_judged: bool = True
    """Whether it is known well enough what the rule finds to say that an example fails."""

    def wrong(self, inside: Inside, detail: str) -> None:
        self.mistakes.append(self.entry.mistake(inside, detail))

    def unjudged(self, inside: Inside, detail: str) -> None:
        """Wrong in such a way that examples would only fail for it."""
        self.is_judged = False
        self.wrong(inside, detail)

    def advise(self, inside: Inside, detail: str) -> None:
        self.mistakes.append(self.entry.mistake(inside, detail, advice=True))


def read_entries(document: Document) -> tuple[list[Entry], list[Mistake]]:
    """The rules of a pack, and what is wrong with the file around them."""
    tables = document.table.get("rules")
    mistakes = [
        mistake_in(document, (key,), key, "a pack has [[rules]] tables alone; remove this")
        for key in document.table
        if key != "rules"
    ]
    if not isinstance(tables, list) or not tables or not all(isinstance(table, dict) for table in tables):
        detail = "a pack has at least one [[rules]] table; write one"
        return [], [*mistakes, mistake_in(document, ("rules",), "rules", detail)]
    return [read_entry(document, at, table) for at, table in enumerate(tables)], mistakes


def read_entry(document: Document, at: int, table: dict[str, object]) -> Entry:
    """One rule of a document. What does not fit the schema is left out or stood in for, piece by piece, and told."""
    name = str(table.get("id", ""))
    try:
        return Entry(document, at, RuleFile.model_validate(table), name=name)
    except ValidationError as error:
        faults = tuple((inside, detail + _hint(inside, detail)) for inside, detail in findings(error, RuleFile))
    rule = RuleFile.model_validate(mended(table, (inside for inside, _ in faults)))
    return Entry(document, at, rule, faults, name)


def _hint(inside: Inside, detail: str) -> str:
    is_of_another_form = inside == ("id",) and "of the form" in detail
    return "; write two or more words joined by dots, as in gambling.recruit.zh" if is_of_another_form else ""


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
    mistakes += [*_together(sound), *_harmless_mistakes(sound, harmless)]
    return sorted(mistakes, key=lambda mistake: (order[mistake.file], mistake.line, mistake.column))


def _mistakes(entry: Entry, taxonomy: Taxonomy, today: date, seen: dict[str, Entry]) -> list[Mistake]:
    told = _Told(entry)
    for inside, detail in entry.faults:
        told.wrong(inside, f"{'.'.join(map(str, inside)) or 'the rule'}: {detail}")
    _check_identity(told, taxonomy, today, seen)
    _check_terms(told)
    _check_patterns(told)
    _check_possible(told)
    _check_when(told)
    _check_examples(told)
    return told.mistakes


def _check_identity(told: _Told, taxonomy: Taxonomy, today: date, seen: dict[str, Entry]) -> None:
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


def _lists(rule: RuleFile) -> Iterator[tuple[Inside, tuple[str, ...]]]:
    """Every list of terms with its place."""
    yield ("terms",), rule.terms
    yield from ((("all", at), terms) for at, terms in enumerate(rule.all))
    yield from ((("any", at), terms) for at, terms in enumerate(rule.any))
    yield ("not",), rule.not_


def _check_terms(told: _Told) -> None:
    rule = told.entry.rule
    for inside, terms in _lists(rule):
        for at, term in enumerate(terms):
            if not told.entry.is_faulty(*inside, at):
                _check_term(told, (*inside, at), term)
        if inside[0] != "any":  # its terms are wanted together, so none makes another needless
            _check_swallowed(told, inside, terms)
    for inside, terms in (("terms",), rule.terms), *((("all", at), terms) for at, terms in enumerate(rule.all)):
        _check_silenced(told, inside, terms)


def _check_term(told: _Told, inside: Inside, term: str) -> None:
    rule = told.entry.rule
    shown = canonical_term(term)
    if not shown:
        told.wrong(inside, "the term shows nothing; remove it")
    elif len(shown) == 1:
        told.wrong(inside, f"the term '{term}' is a single character and would hit everywhere; lengthen it")
    elif inside[0] != "not" and "views" not in told.entry.faulty_fields and not _is_sought(shown, rule.views):
        views = ", ".join(rule.views)
        told.unjudged(inside, f"the term '{term}' is a single sound or sign in {views}; add \"canonical\" to views")


def _is_sought(shown: str, views: Sequence[ViewName]) -> bool:
    return ViewName.CANONICAL in views or any(len(term_in(view, shown)) >= LEAST_DISGUISED for view in views)


def _check_swallowed(told: _Told, inside: Inside, terms: Sequence[str]) -> None:
    """A term is needless where every text that holds it holds another of the same list."""
    shown = [canonical_term(term) for term in terms]
    distinct = sorted({term for term in shown if term})
    if not distinct:
        return
    first = {term: at for at, term in reversed(list(enumerate(shown)))}
    automaton = ahocorasick_rs.AhoCorasick(distinct, matchkind=ahocorasick_rs.MatchKind.Standard)
    for at, term in enumerate(shown):
        if not term:
            continue
        if first[term] != at:
            told.advise((*inside, at), f"the term '{terms[at]}' reads like '{terms[first[term]]}'; keep one of them")
        elif not told.entry.rule.whole_words:
            within = _first_within(automaton, distinct, term)
            if within is not None:
                other = terms[first[within]]
                told.advise(
                    (*inside, at), f"the term '{terms[at]}' is never needed: '{other}' hits there too; remove it"
                )


def _first_within(automaton: ahocorasick_rs.AhoCorasick, distinct: Sequence[str], term: str) -> str | None:
    """Another term that is found wherever `term` is."""
    for number, start, end in automaton.find_matches_as_indexes(term, overlapping=True):
        if distinct[number] != term and stands_alone(term, start, end):
            return distinct[number]
    return None


def _check_silenced(told: _Told, inside: Inside, terms: Sequence[str]) -> None:
    """A term that holds one of `not` could never make the rule hit."""
    silencers = [canonical_term(term) for term in told.entry.rule.not_]
    for at, term in enumerate(terms):
        shown = canonical_term(term)
        silent = next((other for other in silencers if other and _holds_term(shown, other)), None)
        if silent is not None:
            told.unjudged((*inside, at), f"the term '{term}' can never hit: it holds '{silent}' of 'not'; remove one")


def _holds_term(text: str, term: str) -> bool:
    at = text.find(term)
    return at >= 0 and stands_alone(text, at, at + len(term))


def _check_patterns(told: _Told) -> None:
    rule = told.entry.rule
    shows_no_character = all(view is ViewName.PHONETIC for view in rule.views)
    if rule.patterns and shows_no_character and "views" not in told.entry.faulty_fields:
        told.unjudged(("patterns",), "the phonetic view shows sounds, which no pattern can name; add another view")
    for at, pattern in enumerate(rule.patterns):
        if not told.entry.is_faulty("patterns", at) and (detail := pattern_mistake(pattern)):
            told.unjudged(("patterns", at), detail)


def _check_possible(told: _Told) -> None:
    """Whether the rule could hit at all."""
    rule, entry = told.entry.rule, told.entry
    if entry.faulty_fields & READING:
        return
    if not rule.reads_the_text and rule.when.are_none and "when" not in entry.faulty_fields:
        told.unjudged((), "it has no terms, patterns, all, any, contacts or when; it could never hit")
    parts = bool(rule.terms or rule.patterns) + len(rule.all) + bool(rule.contacts)
    if rule.near is not None and parts + max(map(len, rule.any), default=0) < 2:
        told.wrong(("near",), "nothing can be near itself; give a second part with 'all', 'any' or 'contacts'")


def _check_when(told: _Told) -> None:
    """Whether its conditions can hold, and ask for what is known."""
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


def _check_examples(told: _Told) -> None:
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


def _judge_examples(told: _Told, examples: Examples) -> None:
    """Whether they hold. What else is wrong with the rule does not matter: what it finds is known."""
    alone = judged_alone(told.entry.rule.as_rule())
    rules = RuleSet([alone], version="lint")
    for at, text in enumerate(examples.match):
        read = normalise(text)
        if not told.entry.is_faulty("examples", "match", at) and not rules.find(read):
            told.wrong(("examples", "match", at), f"must match but does not: {text} ({what_is_missing(alone, read)})")
    for at, text in enumerate(examples.no_match):
        if hits := rules.find(normalise(text)):
            found = ", ".join(span.of(text) for span in hits[0].spans)
            told.wrong(("examples", "no_match", at), f"must not match but does: {text} (by {found})")


def judged_alone(rule: Rule) -> Rule:
    """The rule as its examples judge it: live, whatever is known beside the text."""
    return replace(rule, state=RuleState.LIVE, when=ANYWHERE)


def _together(entries: Sequence[Entry]) -> list[Mistake]:
    """Patterns that are each in order may be too many together."""
    try:
        RuleSet([entry.rule.as_rule() for entry in entries if entry.rule.patterns], version="lint").prepare()
    except re2.error:
        detail = "patterns without a literal need too much memory together; give each a word that it must hold"
        return [entry.mistake(("patterns",), detail) for entry in entries if entry.rule.patterns][:1]
    return []


def _harmless_mistakes(entries: Sequence[Entry], harmless: Iterable[str]) -> list[Mistake]:
    by_id = {entry.rule.id: entry for entry in entries}
    rules = [judged_alone(entry.rule.as_rule()) for entry in entries]
    counted, number = count_hits(rules, map(normalise, harmless)) if harmless else (Counter(), 0)
    return [
        by_id[name].mistake(
            (), f"it hits {hits} of {number} harmless comments ({hits / number:.2%}); narrow it", advice=True
        )
        for name, hits in counted.most_common()
        if hits >= LEAST_HARMLESS and hits / number > MAX_HARMLESS
    ]


def count_hits(rules: Sequence[Rule], texts: Iterable[Normalised]) -> tuple[Counter[str], int]:
    """How many of `texts` each rule hits, by its id, and how many texts there were."""
    together = RuleSet(rules, version="count")
    hits: Counter[str] = Counter()
    number = 0
    for text in texts:
        number += 1
        hits.update(hit.rule.id for hit in together.find(text))
    return hits, number

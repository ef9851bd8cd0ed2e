"""What is wrong with the terms of a rule: too short, needless beside another, or silenced by `not`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import ahocorasick_rs

from moderation.normaliser import term_in
from moderation.rules.index import stands_alone
from moderation.rules.rule_file import RuleFile
from moderation.rules.ruleset import LEAST_DISGUISED, canonical_term
from moderation.rules.told import Told
from moderation.toml_places import Path as Inside
from moderation.views.view import ViewName


def check_terms(told: Told) -> None:
    """Tells of every list of terms; of those that could hit, which `not` silences."""
    rule = told.entry.rule
    for inside, terms in _lists(rule):
        for at, term in enumerate(terms):
            if not told.entry.is_faulty(*inside, at):
                _check_term(told, (*inside, at), term)
        if inside[0] != "any":  # its terms are wanted together, so none makes another needless
            _check_swallowed(told, inside, terms)
    sought = [(("terms",), rule.terms), *((("all", at), terms) for at, terms in enumerate(rule.all))]
    for inside, terms in sought:
        _check_silenced(told, inside, terms)
    _check_alive(told, [terms for inside, terms in sought if inside != ("terms",) or not rule.patterns])


def _lists(rule: RuleFile) -> Iterator[tuple[Inside, tuple[str, ...]]]:
    """Every list of terms with its place."""
    yield ("terms",), rule.terms
    yield from ((("all", at), terms) for at, terms in enumerate(rule.all))
    yield from ((("any", at), terms) for at, terms in enumerate(rule.any))
    yield ("not",), rule.not_


def _check_term(told: Told, inside: Inside, term: str) -> None:
    rule = told.entry.rule
    shown = canonical_term(term)
    if not shown:
        told.wrong(inside, "the term shows nothing; remove it")
    elif len(shown) == 1:
        told.wrong(inside, f"the term '{term}' is a single character and would hit everywhere; lengthen it")
    elif inside[0] != "not" and "views" not in told.entry.faulty_fields and not _is_sought(shown, rule.views):
        views = ", ".join(rule.views)
        detail = f"the term '{term}' is a single sound or sign in {views}; add \"canonical\" to views"
        told.idles(inside, detail, shown)


def _is_sought(shown: str, views: Sequence[ViewName]) -> bool:
    return ViewName.CANONICAL in views or any(len(term_in(view, shown)) >= LEAST_DISGUISED for view in views)


def _check_swallowed(told: Told, inside: Inside, terms: Sequence[str]) -> None:
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


def _check_silenced(told: Told, inside: Inside, terms: Sequence[str]) -> None:
    """A term that holds one of `not` could never make the rule hit."""
    silencers = [canonical_term(term) for term in told.entry.rule.not_]
    for at, term in enumerate(terms):
        shown = canonical_term(term)
        silent = next((other for other in silencers if other and _holds_term(shown, other)), None)
        if silent is not None:
            detail = f"the term '{term}' can never hit: it holds '{silent}' of 'not'; remove one"
            told.idles((*inside, at), detail, shown)


def _check_alive(told: Told, wanted: Sequence[Sequence[str]]) -> None:
    """With no term left of a list of which one is wanted, the rule never hits, and every example would say so."""
    if any(terms and all(canonical_term(term) in told.idle for term in terms) for terms in wanted):
        told.is_judged = False


def _holds_term(text: str, term: str) -> bool:
    at = text.find(term)
    return at >= 0 and stands_alone(text, at, at + len(term))

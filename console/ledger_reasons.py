"""Why an entry was written, in the reader's language: codes have names, and so have the sentences of programs.

What people wrote stays as they wrote it, in whichever language: a program's sentence is known by the kind of its entry
or by who acted, so that nobody's own words are taken for one.
"""

from __future__ import annotations

import re

from console.visit import Visit
from records.words_gone import Gone

_CODES = frozenset({"decision", "verdict", "opinion", "case.opened"})
"""Kinds whose reason is codes of labels, grounds and reasons, with commas between."""

_OUTCOMES = frozenset({"complaint.answered", "appeal.resolved"})
_PEOPLE = frozenset({"user", "moderator", "key"})
_BY_PROGRAM = ("account.", "author", "case.claimed", "case.reopened", "edge_case.", "feedback", "inspection.read",
               "inspection.refused", "inspection.exported", "key.", "labels.", "measure.replaced", "records.",
               "verdict.undone", "webhook.added", "webhook.replayed", "neutrality.audited")  # fmt: skip
"""How kinds begin whose entries a person sets off, with a sentence of the program's."""

_FINDINGS = re.compile(r"(\d+) findings")
_REPLACED = re.compile(r"measure (\S+) took its place")
_ENDED = re.compile(r"the comment was measured: (\w+)")


def in_words(visit: Visit, kind: str, actor_kind: str, reason: str) -> str:
    """The reason of an entry for whoever looks."""
    words = visit.words
    if kind in _CODES:
        return words("work.comma").join(_code(visit, each) for each in reason.split(","))
    if kind == "complaint":
        found = visit.parts.complaints.kinds.get(reason)
        return getattr(found.title, visit.preferences.locale) if found else reason
    if kind in _OUTCOMES:
        return words.name_of("asked_outcome", reason)
    if actor_kind in _PEOPLE and not kind.startswith(_BY_PROGRAM):
        return reason
    return _sentence(visit, reason)


def words_gone_told(visit: Visit, gone: Gone) -> str:
    """How the words of an entry went, and when where an entry says it."""
    at = "" if gone.at is None else gone.at.strftime("%Y-%m-%d %H:%M")
    return visit.words(f"words_gone.{gone.how}", at=at)


def _sentence(visit: Visit, reason: str) -> str:
    words = visit.words
    if found := _FINDINGS.fullmatch(reason):
        return words("ledger.found_many", n=found[1])
    if found := _REPLACED.fullmatch(reason):
        return words("ledger.replaced_by", id=found[1])
    if found := _ENDED.fullmatch(reason):
        return words("ledger.measured_as", measure=words.name_of("measure", found[1]))
    return words.name_of("ledger_reason", reason)


def _code(visit: Visit, code: str) -> str:
    taxonomy = visit.parts.taxonomy
    titles = {
        each.name: getattr(each.title, visit.preferences.locale) for each in (*taxonomy.labels, *taxonomy.grounds)
    }
    named = titles.get(code) or visit.words.name_of("reason_code", code)
    return named if named != code else visit.words.name_of("ledger_reason", code)

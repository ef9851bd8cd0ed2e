"""Viewpoints are not labels: what the project ships judges no political opinion."""

from __future__ import annotations

import tomllib
from datetime import date

from chaffinch.settings import CHECKOUT
from moderation.rule_packs import load_rules
from moderation.taxonomy import load_taxonomy

INSTITUTIONS = ("政府", "总统", "主席", "选举", "政党", "抗议", "游行", "民主", "president", "government", "election")
"""Words that political comments can hardly do without; harmless ones may use them, offences must not be about them."""


def test_no_shipped_rule_names_politics() -> None:
    written = "\n".join(path.read_text("utf-8").lower() for path in (CHECKOUT / "configs" / "rules").glob("*.toml"))
    assert [] == [word for word in INSTITUTIONS if word in written]


def test_no_offence_of_the_corpus_is_about_politics() -> None:
    rows = [
        line.split("\t")
        for path in (CHECKOUT / "data" / "starter").glob("*/*.tsv")
        for line in path.read_text("utf-8").lower().splitlines()[1:]
    ]
    offences = [row[-1] for row in rows if row[0] != "ok"]
    assert len(offences) > 2000
    assert [] == [text for text in offences if any(word in text for word in INSTITUTIONS)]


def test_no_grammar_of_an_offence_names_politics() -> None:
    written = "\n".join(path.read_text("utf-8").lower() for path in (CHECKOUT / "data" / "starter").glob("grammars/*"))
    assert [] == [word for word in INSTITUTIONS if word in written]


def test_no_term_of_a_shipped_rule_names_a_people_place_faith_person_or_organisation() -> None:
    """Of those whose names the audit swaps. Hate alone is about groups, and names them beside what is said of them."""
    swaps = tomllib.loads((CHECKOUT / "eval" / "neutrality.toml").read_text("utf-8"))["swap"]
    names = {name.lower() for swap in swaps if swap["kind"] != "gender" for name in swap["names"]}
    rules = load_rules(load_taxonomy(), today=date(2026, 11, 25)).rules
    sought = {
        term.lower()
        for rule in rules
        if rule.label != "hate"
        for term in (*rule.patterns, *(term for term, _ in rule.sought()))
    }
    assert min(len(names), len(sought)) > 60
    assert [] == sorted((name, term) for name in names for term in sought if name in term)

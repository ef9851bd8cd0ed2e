"""What the rules cost on ordinary comments, on one core, beside a bare Aho-Corasick scan of the raw text.

chaffinch data build everyday && taskset -c 0 python benchmarks/rules.py [--rows 20000]

Four questions, each with its limit:

* the shipped packs end to end, from text to hits: at least 10,000 comments a second;
* the rule stage alone, over ready views, with 50,000 terms and 2,000 patterns: at most 8 times the bare scan for the
  same terms in the same run;
* 100,000 terms from a TOML file to rules that answer: under ten seconds;
* a hostile text of 10,000 characters, end to end: at most 75 times one of 200.

Terms are pairs of words of jieba's dictionary, drawn by a seed, so that they look like Chinese and are rare, as terms
are. A tenth of the rules seek them in every view, the others in the canonical and the joined one.
"""

from __future__ import annotations

import argparse
import random
import resource
import tempfile
import time
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path

import _material
import ahocorasick_rs

from chaffinch.settings import load_settings
from data.snapshot import find
from moderation.decision import Outcome
from moderation.dictionary import dictionary
from moderation.errors import NotFoundError
from moderation.normaliser import Normalised, normalise
from moderation.rule_packs import load_rules
from moderation.rules import Rule, RuleSet
from moderation.taxonomy import load_taxonomy
from moderation.views.view import ViewName

TERMS, PATTERNS, LOADED = 50_000, 2_000, 100_000
TERMS_A_RULE = 50
SEED = 20171001
ROUNDS = 3
TODAY = date(2026, 1, 1)


def comments(rows: int) -> list[str]:
    """Everyday comments of the snapshot, or those of the benchmarks where it was not built."""
    settings = load_settings()
    try:
        texts = find("everyday", settings.home / "snapshots").split("train").texts
    except NotFoundError:
        texts = list(_material.COMMENTS) * (rows // len(_material.COMMENTS) + 1)
        print("no `everyday` snapshot: the benchmarks' own comments, over and over")
    return texts[:rows]


def microseconds(work: Callable[[], object], rows: int, *, rounds: int = ROUNDS) -> float:
    """The best of so many rounds, a comment."""
    best = float("inf")
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best / rows * 1e6


class Words:
    """Words of the dictionary, drawn by a seed."""

    def __init__(self) -> None:
        self._words = sorted(word for word in dictionary().words() if len(word) >= 2)
        self._random = random.Random(SEED)

    def one(self) -> str:
        """One word."""
        return self._random.choice(self._words)

    def terms(self, number: int) -> list[str]:
        """Pairs of words, all different, sorted."""
        found: set[str] = set()
        while len(found) < number:
            found.add(self.one() + self.one())
        return sorted(found)

    def pattern(self) -> str:
        """One of the shapes that the shipped packs have."""
        shape = self._random.choice(
            (
                "({0}|{1}).{{0,20}}{2}",
                r"{0}\s?[:：]?\s?[a-z0-9_]{{5,20}}",
                "{0}.{{0,10}}({1}|{2})",
                r"\b{0}[0-9]{{2,4}}(元|块)",
            )
        )
        return shape.format(self.one(), self.one(), self.one())


def many_rules(words: Words) -> tuple[list[Rule], list[str]]:
    """The rules, and all their terms."""
    terms = words.terms(TERMS)
    rules = []
    for number, at in enumerate(range(0, TERMS, TERMS_A_RULE)):
        views = tuple(ViewName) if number % 10 == 0 else (ViewName.CANONICAL, ViewName.JOINED)
        patterns = tuple(words.pattern() for _ in range(PATTERNS * TERMS_A_RULE // TERMS))
        terms_here = tuple(terms[at : at + TERMS_A_RULE])
        rules.append(
            Rule(f"bench.r{number}", "fraud", {}, Outcome.REVIEW, "", views=views, terms=terms_here, patterns=patterns)
        )
    return rules, terms


def made_ready(texts: list[str]) -> list[Normalised]:
    """The texts with every view made, pieces and stretches with all readings too."""
    ready = [normalise(text) for text in texts]
    for text in ready:
        for view in ViewName:
            text.view(view)
        _ = text.pieces, text.stretches
    return ready


def bench_shipped(texts: list[str]) -> None:
    """Text to hits."""
    rules = load_rules(load_taxonomy(), today=TODAY)
    cost = microseconds(lambda: [rules.find(normalise(text)) for text in texts], len(texts))
    hits = sum(bool(rules.find(normalise(text))) for text in texts)
    print(
        f"shipped packs, text to hits: {cost:.1f} us a comment, {1e6 / cost:,.0f} a second; {hits} of {len(texts)} hit"
    )


def bench_many(texts: list[str], ready: list[Normalised]) -> None:
    """The rule stage beside the bare scan."""
    rules, terms = many_rules(Words())
    start = time.perf_counter()
    together = RuleSet(rules, "bench")
    together.prepare()
    made = time.perf_counter() - start
    bare = ahocorasick_rs.AhoCorasick(terms, matchkind=ahocorasick_rs.MatchKind.Standard)
    scan = microseconds(lambda: [bare.find_matches_as_indexes(text, overlapping=True) for text in texts], len(texts))
    stage = microseconds(lambda: [together.find(text) for text in ready], len(texts))
    hits = sum(bool(together.find(text)) for text in ready)
    print(f"{TERMS:,} terms, {PATTERNS:,} patterns, compiled in {made:.1f} s")
    print(f"  bare scan of the raw text {scan:.2f} us, rules over ready views {stage:.2f} us: {stage / scan:.1f} times")
    print(f"  {hits} of {len(texts)} comments hit")


def bench_loading() -> None:
    """File to first answer."""
    terms = Words().terms(LOADED)
    with tempfile.TemporaryDirectory() as folder:
        with (Path(folder) / "many.toml").open("w", encoding="utf-8") as file:
            for at in range(0, LOADED, TERMS_A_RULE * 20):
                mine = terms[at : at + TERMS_A_RULE * 20]
                quoted = ", ".join(f'"{term}"' for term in mine)
                file.write(
                    f'[[rules]]\nid = "bench.r{at}"\ntitle = {{ zh = "一", en = "a" }}\nlabel = "fraud"\n'
                    f'action = "review"\nground = "g"\nowner = "o"\nwhy = "w"\nterms = [{quoted}]\n'
                    f'[rules.examples]\nmatch = ["{mine[0]}"]\nno_match = ["你好"]\n'
                )
        start = time.perf_counter()
        load_rules(load_taxonomy(), today=TODAY, folder=Path(folder)).find(normalise("你好"))
        print(f"{LOADED:,} terms from a file to a first answer: {time.perf_counter() - start:.1f} s")


HOSTILE = {
    "a word that sounds like a term": "威信",
    "a term taken apart": "微.信.",
    "split characters": "木又女子讠正",
    "pinyin": "weixin jiaweixin ",
    "emoji between": "加❤微🌹信",
    "marks on marks": "a\u0301\u0302\u0308",
    "one run of letters and digits": "b0cai",
    "one run of letters": "com",
    "one run of digits": "1",
    "digits behind letters": "q1111111",
    "one run of Cyrillic letters": "зшк",
}


def _found(rules: RuleSet, text: str) -> object:
    return rules.find(normalise(text))


def bench_hostile() -> None:
    """The shipped packs on texts made to cost."""
    rules = load_rules(load_taxonomy(), today=TODAY)
    for name, piece in HOSTILE.items():
        short, long = ((piece * (size // len(piece) + 1))[:size] for size in (200, 10_000))
        costs = [microseconds(partial(_found, rules, text), 1, rounds=10) / 1000 for text in (short, long)]
        print(
            f"hostile, {name}: {costs[0]:.2f} ms for 200, {costs[1]:.1f} ms for 10,000: {costs[1] / costs[0]:.0f} times"
        )


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000)
    texts = comments(parser.parse_args().rows)
    print(f"{len(texts)} comments, {sum(map(len, texts)) / len(texts):.1f} characters each")
    bench_shipped(texts)
    bench_hostile()
    bench_many(texts, made_ready(texts))
    bench_loading()
    print(f"largest memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    main()

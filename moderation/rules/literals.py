"""Which characters every match of a pattern must hold: what lets thousands of patterns ride on one scan for terms.

RE2 reads a text only where one of its pattern's literals was found (the idea of FilteredRE2 and of Google Code Search:
Cox, "Regular Expression Matching with a Trigram Index", 2012). The reader below understands as much of the syntax as
that needs; whatever it does not understand makes no literal, so it can only cost time, never a match.
"""

from __future__ import annotations

import re

MAX_LITERALS = 64
"""Alternatives beyond this are not worth their places in the automaton."""

Literals = frozenset[str]
"""One of these is in every match."""

_NONE: Literals = frozenset()
"""Nothing is certain."""

_TOKEN = re.compile(
    r"(?P<quoted>\\Q)|(?P<escape>\\(?:[pP]\{\^?\w+\}|[pP]\w|x\{[0-9a-fA-F]+\}|x[0-9a-fA-F]{2}|[0-7]{1,3}|.))"
    r"|(?P<set>\[\^?\]?(?:\\.|\[:\^?\w+:\]|[^\]\\])*\])"
    r"|(?P<flags>\(\?[imsU-]+\))|(?P<open>\((?:\?(?:P?<\w+>|[imsU-]*:))?)|(?P<close>\))|(?P<or>\|)"
    r"|(?P<some>\+\??|\{[1-9]\d*(?:,\d*)?\}\??)|(?P<maybe>[*?]\??|\{0*(?:,\d*)?\}\??)|(?P<gap>[.^$])|(?P<char>.)",
    re.DOTALL,
)


def required_literals(pattern: str) -> Literals:
    """Case-folded strings of which every match of an RE2 `pattern` holds one; empty where none is certain."""
    tokens = [(match.lastgroup or "", match[0]) for match in _TOKEN.finditer(pattern)]
    if any(kind == "quoted" for kind, _ in tokens):
        return _NONE
    found, end = _alternatives(tokens, 0)
    return found if end == len(tokens) and len(found) <= MAX_LITERALS else _NONE


def _alternatives(tokens: list[tuple[str, str]], at: int) -> tuple[Literals, int]:
    """What one of the branches up to the closing bracket is sure to hold, and where that bracket is."""
    united: set[str] = set()
    certain = True
    while True:
        found, at = _sequence(tokens, at)
        certain = certain and bool(found)
        united |= found
        if at == len(tokens) or tokens[at][0] == "close":
            return (frozenset(united) if certain else _NONE), at
        at += 1


def _sequence(tokens: list[tuple[str, str]], at: int) -> tuple[Literals, int]:
    """What one branch is sure to hold: the best of its runs of plain characters and of its groups."""
    best, run = _NONE, ""
    while at < len(tokens) and tokens[at][0] not in ("or", "close"):
        kind, text = tokens[at]
        char = _plain(kind, text)
        group = _NONE
        if kind == "open":
            group, at = _alternatives(tokens, at + 1)
        at += 1
        follows, at = _repetition(tokens, at)
        if char and follows != "maybe":
            run += char
        best = _better(best, frozenset([run.casefold()]) if run else _NONE)
        if follows != "maybe":
            best = _better(best, group)
        if not char or follows:
            run = ""
    return best, at


def _repetition(tokens: list[tuple[str, str]], at: int) -> tuple[str, int]:
    """How what stands before `at` repeats: `some` at least once, `maybe` perhaps not at all, else nothing."""
    kinds = []
    while at < len(tokens) and tokens[at][0] in ("some", "maybe"):
        kinds.append(tokens[at][0])
        at += 1
    return ("maybe" if "maybe" in kinds else "some" if kinds else ""), at


def _plain(kind: str, text: str) -> str:
    """The character that a token stands for, nothing where it stands for several or for a place."""
    if kind == "char":
        return text
    return text[1] if kind == "escape" and len(text) == 2 and not text[1].isalnum() else ""


def _better(one: Literals, other: Literals) -> Literals:
    """The set whose shortest string is longer, then the smaller set."""
    if not one or not other:
        return one or other
    return min(one, other, key=lambda literals: (-min(map(len, literals)), len(literals)))

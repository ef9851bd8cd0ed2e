"""What is wrong with the patterns of a rule, and what to write instead.

RE2 names only the place that it stumbles over.
"""

from __future__ import annotations

import re
from itertools import product

import re2

from moderation.rules.patterns import MAX_PROGRAM, compile_pattern
from moderation.rules.told import Told
from moderation.views.view import ViewName

MAX_PATTERN = 1000
"""Characters of one pattern."""

_NEVER = 1
"""Instructions of a program that can only fail."""

_BESIDE = ("", "\n", "a", "中")
"""What can stand beside a place as far as RE2's `^`, `$`, `\\b` and their like see it: no text, the end of a line, a
word's letter, anything else."""

_NOT_AHEAD = "RE2 has no look-ahead and no look-behind; put what must not be there into 'not'"
_AHEAD = (
    "RE2 has no look-ahead and no look-behind; write what stands beside it into the pattern,"
    " or give it a list in 'all' with 'near'"
)
_BACK = "RE2 has no back-references; write each form out, as in (aa|bb)"
_GREEDY = "RE2 never goes back, so it has no possessive '+' and no (?>...); write (?:...) and one sign of repetition"
_GROUP = "RE2 knows no such group; it has (...), (?:...), (?P<name>...) and flags such as (?i)"

_SAID = (
    (r"invalid perl operator: \(\?<?!", _NOT_AHEAD),
    (r"invalid perl operator: \(\?<?=", _AHEAD),
    (r"invalid escape sequence: \\[1-9kg]", _BACK),
    (r"invalid perl operator: \(\?>", _GREEDY),
    (r"bad repetition operator: .*\+$", _GREEDY),
    (r"invalid perl operator", _GROUP),
    (r"invalid escape sequence: (\\.)", "RE2 knows no {}; leave the backslash out to mean the character itself"),
    (r"bad repetition operator: (.+)", "'{}' repeats a repetition; leave one sign, or put a group between"),
    (
        r"no argument for repetition operator: (.+)",
        "nothing stands before '{0}' to be repeated; \\{0} is the character",
    ),
    (r"invalid repetition size: (.+)", "RE2 repeats at most 1000 times, the smaller number first; lower {}"),
    (r"missing \)", "a bracket is never closed; add ')', or write \\( for the character"),
    (r"unexpected \)", "a bracket was never opened; leave ')' out, or write \\) for the character"),
    (r"missing \]", "a class is never closed; add ']', or write \\[ for the character"),
    (r"trailing \\", "it ends in a backslash; leave it out, or write \\\\ for the character"),
    (r"invalid character class range: (.+)", "there is no class {}; write its smaller end first, or a script's name"),
)
"""What RE2 says, and what that means for who wrote it; `{}` is the piece that it names."""


def check_patterns(told: Told) -> None:
    """Tells of patterns that cannot be used, or that no view of the rule could show."""
    rule = told.entry.rule
    shows_no_character = all(view is ViewName.PHONETIC for view in rule.views)
    if rule.patterns and shows_no_character and "views" not in told.entry.faulty_fields:
        told.unjudged(("patterns",), "the phonetic view shows sounds, which no pattern can name; add another view")
    for at, pattern in enumerate(rule.patterns):
        if not told.entry.is_faulty("patterns", at) and (detail := pattern_mistake(pattern)):
            told.unjudged(("patterns", at), detail)


def pattern_mistake(pattern: str) -> str:
    """What is wrong with a pattern and what to try; empty where nothing is."""
    if len(pattern) > MAX_PATTERN:
        return f"the pattern is over {MAX_PATTERN} characters; split it"
    try:
        compiled = compile_pattern(pattern)
    except re2.error as error:
        reason = error.args[0].decode() if isinstance(error.args[0], bytes) else str(error.args[0])
        return f"RE2 refuses the pattern '{pattern}': {_explained(reason, pattern)}"
    return _mistake_of(compiled, pattern)


def _mistake_of(compiled: re2._Regexp, pattern: str) -> str:
    """What is wrong with a pattern that RE2 takes."""
    if _reads_bytes(pattern):
        return f"the pattern '{pattern}' may cut a character in two, as \\C is any byte; write . for any character"
    if compiled.programsize > MAX_PROGRAM:
        hint = "lower its counts, or name fewer characters than a whole script"
        return f"the pattern '{pattern}' needs {compiled.programsize} instructions, over {MAX_PROGRAM}; {hint}"
    if compiled.programsize == _NEVER:
        return f"the pattern '{pattern}' can never match; remove it"
    if _finds_nothing(compiled):
        hint = "have it ask for a character everywhere, as in a+ for a*, and one beside \\b, ^ or $"
        return f"the pattern '{pattern}' matches nothing at all in some texts, where it shows no character; {hint}"
    return ""


def _explained(reason: str, pattern: str) -> str:
    if "(?P=" in pattern and reason.endswith("(?P"):
        return _BACK
    for said, meant in _SAID:
        if found := re.match(said, reason):
            return meant.format(*found.groups())
    return reason


def _reads_bytes(pattern: str) -> bool:
    r"""Whether `\C` stands in a pattern that compiles, not as a part of `\\C` nor within `\Q...\E`."""
    pieces = re.finditer(r"\\Q.*?(?:\\E|\Z)|\\(.)", pattern, re.DOTALL)
    return any(piece[1] == "C" for piece in pieces)


def _finds_nothing(compiled: re2._Regexp) -> bool:
    """Whether it matches the empty string somewhere: at each kind of place, whatever else it matches there."""
    for before, after in product(_BESIDE, repeat=2):
        at = len(before.encode("utf-8"))
        if compiled.fullmatch((before + after).encode("utf-8"), at, at) is not None:
            return True
    return False

"""Work counted without a clock: the characters that the package's regular expressions and strings are asked to scan.

A loop of few calls may still read the whole text in each: calls alone would not show it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType, ModuleType
from typing import Any

import re2

_SCANNING = frozenset({"translate", "count", "replace", "split", "splitlines", "casefold", "lower", "upper"})
_PATTERN_METHODS = ("search", "match", "fullmatch", "finditer", "findall", "sub", "subn", "split")


class Scanned:
    """How many characters were handed over to be scanned."""

    characters = 0


class _Counting:
    """A pattern that notes how much of a text it is asked to scan."""

    def __init__(self, pattern: Any, scanned: Scanned) -> None:
        self._pattern, self._scanned = pattern, scanned

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._pattern, name)
        if name not in _PATTERN_METHODS:
            return method

        def noted(*given: Any, **named: Any) -> Any:
            self._scanned.characters += _asked(name, given)
            return method(*given, **named)

        return noted


def _asked(name: str, given: tuple[Any, ...]) -> int:
    """The length of the text that a method is given, from its first place to its last."""
    if name in {"sub", "subn"}:
        return len(given[1])
    low, high = (*given[1:3], None, None)[:2] if name != "split" else (None, None)
    return len(range(len(given[0]))[low:high])


@contextmanager
def counted(*packages: str) -> Iterator[Scanned]:
    """Counts what is scanned while it lasts by patterns of the modules of `packages`, and by methods of strings."""
    scanned = Scanned()
    changed = [(module, name, value) for module, name, value in _held(packages) if _is_pattern(value)]
    makers = [(module, name, value) for module, name, value in _held(packages) if _makes_a_pattern(value)]
    for module, name, value in changed:
        setattr(module, name, _counting(value, scanned))
    for module, name, value in makers:
        setattr(module, name, _maker(value, scanned))
    sys.setprofile(_noting_strings(scanned))
    try:
        yield scanned
    finally:
        sys.setprofile(None)
        for module, name, value in (*changed, *makers):
            setattr(module, name, value)


def _held(packages: tuple[str, ...]) -> list[tuple[ModuleType, str, Any]]:
    modules = [module for name, module in sys.modules.items() if name.startswith(packages)]
    return [(module, name, value) for module in modules for name, value in list(vars(module).items())]


def _is_pattern(value: Any) -> bool:
    if isinstance(value, dict):
        return bool(value) and all(map(_is_pattern, value.values()))
    return isinstance(value, re.Pattern | re2._Regexp)


def _counting(value: Any, scanned: Scanned) -> Any:
    if isinstance(value, dict):
        return {key: _counting(pattern, scanned) for key, pattern in value.items()}
    return _Counting(value, scanned)


def _makes_a_pattern(value: Any) -> bool:
    """Whether `value` is a cached function that a pattern was got from; its name says so."""
    return hasattr(value, "cache_info") and value.__name__.endswith(("pattern", "_one_word", "_other_number"))


def _maker(make: Callable[[], Any], scanned: Scanned) -> Callable[[], _Counting]:
    return lambda: _Counting(make(), scanned)


def _noting_strings(scanned: Scanned) -> Callable[[FrameType, str, Any], None]:
    def note(_frame: FrameType, event: str, called: Any) -> None:
        if event == "c_call" and isinstance(getattr(called, "__self__", None), str) and called.__name__ in _SCANNING:
            scanned.characters += len(called.__self__)

    return note


def calls(act: Callable[[], object]) -> int:
    """How many functions, Python's and C's, `act` calls."""
    count = 0

    def heard(_frame: FrameType, event: str, _argument: Any) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    sys.setprofile(heard)
    try:
        act()
    finally:
        sys.setprofile(None)
    return count

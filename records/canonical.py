"""Canonical JSON (RFC 8785): one document, one row of bytes, whoever writes it.

`rfc8785` decides. What entries usually hold comes out of Python's own encoder byte for byte the same in less than half
the time, which storing a decision notices; whatever might differ (numbers that JavaScript writes in another way, keys
beyond ASCII, whose order is another) is left to the library. A property test holds the two together.
"""

from __future__ import annotations

import json
from typing import Any

import rfc8785

_FIXED = 1e-4, 1e16
"""Between these Python writes a number as JavaScript does: its shortest digits, without an exponent."""

_GREATEST = 2**53 - 1
_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode


class _OddError(Exception):
    """Something that the two encoders may write differently."""


def canonical(document: dict[str, Any]) -> bytes:
    """The bytes. Raises what `rfc8785` raises for what JSON cannot hold (`CanonicalizationError`)."""
    try:
        return _encode(_plain(document)).encode()
    except (_OddError, UnicodeEncodeError):
        return rfc8785.dumps(document)


def _plain(value: Any) -> Any:  # noqa: ANN401 - any JSON
    kind = type(value)
    if kind is dict:
        return _members(value)
    if kind is list or kind is tuple:
        return [item if type(item) is str else _plain(item) for item in value]
    if kind is float:
        return _number(value)
    if kind is int and -_GREATEST <= value <= _GREATEST:
        return value
    if value is None or kind is bool or isinstance(value, str):
        return value
    return _of_another_kind(value)


def _members(value: dict[Any, Any]) -> dict[str, Any]:
    try:
        is_plain = "".join(value).isascii()
    except TypeError:  # a key that is no string
        raise _OddError from None
    if not is_plain:
        raise _OddError
    return {key: item if type(item) is str else _plain(item) for key, item in value.items()}


def _of_another_kind(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """A subclass as what it is one of."""
    kinds: tuple[Any, ...] = (dict, list, tuple, float)
    for kind in kinds:
        if isinstance(value, kind):
            return _plain(kind(value))
    raise _OddError


def _number(value: float) -> float:
    if value.is_integer() and abs(value) <= _GREATEST:
        return int(value)
    if _FIXED[0] <= abs(value) < _FIXED[1] and not value.is_integer():
        return value
    raise _OddError

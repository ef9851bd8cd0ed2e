"""A fault of a value in our own words: what pydantic finds, told as the hand-written sentences beside it are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

LANGUAGE = r"^[a-zA-Z]{2,3}(-[a-zA-Z0-9]{1,8}){0,3}$"
LABEL = r"^[a-z_]{2,40}$"
SHA256 = r"^[0-9a-fA-F]{64}$"
COUNTRY = r"^[A-Z]{2}$"

Limits = Mapping[str, Any]
"""The schema's own figures (`max_length`, `expected`, ...); never a client's value."""

_PATTERNS = {
    LANGUAGE: "must be a language tag such as zh or en-GB",
    LABEL: "must be a label's name: 2 to 40 small letters and underscores",
    SHA256: "must be a SHA-256 of 64 hexadecimal digits",
    COUNTRY: "must be a country's two capital letters as in ISO 3166, such as DE",
}
_FORM = "is not of the form that this field has"
_MOMENT = "must be a moment as in RFC 3339, such as 2026-01-31T08:00:00Z"
_OBJECT = "must be an object"
_LIST = "must be a list"
_TRUTH = "must be true or false"
_WHOLE = "must be a whole number"
_NUMBER = "must be a number"


def _characters(count: int) -> str:
    return "1 character" if count == 1 else f"{count:,} characters"


def _items(count: int) -> str:
    return "1 item" if count == 1 else f"{count:,} items"


_SENTENCES: Mapping[str, Callable[[Limits], str]] = {
    "missing": lambda _: "is required",
    "extra_forbidden": lambda _: "is not a field of this request",
    "model_type": lambda _: _OBJECT,
    "model_attributes_type": lambda _: _OBJECT,
    "dict_type": lambda _: _OBJECT,
    "list_type": lambda _: _LIST,
    "tuple_type": lambda _: _LIST,
    "string_type": lambda _: "must be a text",
    "string_unicode": lambda _: "holds bytes that are no text",
    "bool_type": lambda _: _TRUTH,
    "bool_parsing": lambda _: _TRUTH,
    "int_type": lambda _: _WHOLE,
    "int_from_float": lambda _: _WHOLE,
    "int_parsing": lambda _: _WHOLE,
    "int_parsing_size": lambda _: _WHOLE,
    "float_type": lambda _: _NUMBER,
    "float_parsing": lambda _: _NUMBER,
    "finite_number": lambda _: _NUMBER,
    "string_too_short": lambda limits: (
        "is empty" if limits["min_length"] == 1 else f"is shorter than {_characters(limits['min_length'])}"
    ),
    "string_too_long": lambda limits: f"is longer than {_characters(limits['max_length'])}",
    "too_short": lambda limits: (
        "is empty" if limits["min_length"] == 1 else f"has fewer than {_items(limits['min_length'])}"
    ),
    "too_long": lambda limits: f"has more than {_items(limits['max_length'])}",
    "string_pattern_mismatch": lambda limits: _PATTERNS.get(limits["pattern"], _FORM),
    "greater_than": lambda limits: f"must be more than {limits['gt']}",
    "less_than": lambda limits: f"must be less than {limits['lt']}",
    "greater_than_equal": lambda limits: f"must be {limits['ge']} or more",
    "less_than_equal": lambda limits: f"must be {limits['le']} or less",
    "literal_error": lambda limits: f"must be {limits['expected']}",
    "enum": lambda limits: f"must be {limits['expected']}",
    "timezone_aware": lambda _: "needs a time zone, such as Z or +08:00 at its end",
    "datetime_type": lambda _: _MOMENT,
    "datetime_parsing": lambda _: _MOMENT,
    "datetime_from_date_parsing": lambda _: _MOMENT,
    "datetime_object_invalid": lambda _: _MOMENT,
}


def sentence(found: Mapping[str, Any]) -> str:
    """What is wrong, from one of pydantic's findings; its own message where nobody foresaw the kind."""
    known = _SENTENCES.get(found["type"])
    return str(found["msg"]) if known is None else known(found.get("ctx", {}))

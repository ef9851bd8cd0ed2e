"""A fault of a value in a file, in our own words: what is wrong and what to write instead, with the nearest name.

A file's author reads it, so it may show the value; what people write in comments is told by `serving/sentences.py`.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from moderation.toml_places import Path as Inside

Limits = Mapping[str, Any]
"""The schema's own figures (`max_length`, `expected`, ...)."""

MAX_SHOWN = 60
"""Characters of a value that a sentence repeats."""

_YES, _NO = ("true", "yes", "on", "y", "1"), ("false", "no", "off", "n", "0")


def sentence(found: ErrorDetails, schema: type[BaseModel]) -> str:
    """What is wrong and what to try, from one of pydantic's findings; its own words where nobody foresaw the kind."""
    if found["type"] == "extra_forbidden":
        return _unknown(found, schema)
    if found["type"] in _TABLES:
        return _no_table(names_at(schema, found["loc"]))
    known = _SENTENCES.get(found["type"])
    return found["msg"] if known is None else known(found["input"], found.get("ctx", {}))


def names_at(schema: object, inside: Inside) -> tuple[str, ...]:
    """The fields that the table at `inside` of a file may have; none where it is no table of stated fields."""
    for part in inside:
        schema = _below(schema, part)
    model = _model(schema)
    return tuple(_fields(model)) if model else ()


def nearest_name(name: str, known: Sequence[str]) -> str | None:
    """The known name that was probably meant."""
    near = difflib.get_close_matches(name, known, n=1)
    return near[0] if near else None


def _below(schema: object, part: str | int) -> object:
    """What is asked of the `part` of a value of which `schema` is asked."""
    model = _model(schema)
    if model:
        return _fields(model).get(str(part))
    for one in _choices(schema):
        if get_origin(one) in (tuple, list, dict):
            return get_args(one)[-1 if get_origin(one) is dict else 0]
    return None


def _model(schema: object) -> type[BaseModel] | None:
    return next((one for one in _choices(schema) if isinstance(one, type) and issubclass(one, BaseModel)), None)


def _choices(schema: object) -> tuple[object, ...]:
    """What a value may be: each side of a union, and what stands behind `Annotated`."""
    if hasattr(schema, "__metadata__"):
        return _choices(get_args(schema)[0])
    if get_origin(schema) in (tuple, list, dict):
        return (schema,)
    return tuple(one for side in get_args(schema) for one in _choices(side)) or (schema,)


def _fields(model: type[BaseModel]) -> dict[str, object]:
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}


def _unknown(found: ErrorDetails, schema: type[BaseModel]) -> str:
    *around, name = found["loc"]
    near = nearest_name(str(name), names_at(schema, tuple(around)))
    return f"{found['msg']}; did you mean '{near}'?" if near else f"{found['msg']}; remove it"


def _no_table(names: Sequence[str]) -> str:
    written = ", ".join(f"{name} = ..." for name in names[:2])
    return f"must be a table; write {{ {written} }}" if written else "must be a table; write { name = value }"


def _shown(value: object) -> str:
    """The value as TOML writes it."""
    written = value.isoformat() if isinstance(value, date) else json.dumps(value, ensure_ascii=False, default=str)
    return written if len(written) <= MAX_SHOWN else f"{written[:MAX_SHOWN]}…"


def _no_word(value: object, limits: Limits) -> str:
    """No member of a vocabulary."""
    known = re.findall(r"'([^']*)'", str(limits["expected"]))
    if not (isinstance(value, str) and known):
        return f"must be {limits['expected']}"
    near = nearest_name(value, known)
    hint = f"did you mean '{near}'? Known: " if near else "known: "
    return f"there is no {_shown(value)}; {hint}{', '.join(known)}"


def _no_list(value: object, _: Limits) -> str:
    return f"must be a list; write [{_shown(value)}]" if isinstance(value, str) else "must be a list; write [ ... ]"


def _no_text(value: object, _: Limits) -> str:
    if isinstance(value, int | float | date):
        return f'must be a text; write "{_shown(value)}"'
    return 'must be a text; write one in quotes, "..."'


def _no_truth(value: object, _: Limits) -> str:
    said = str(value).strip().lower()
    meant = "true" if said in _YES else "false" if said in _NO else "true or false"
    return f"must be true or false, without quotes; write {meant}"


def _no_number(value: object, _: Limits) -> str:
    return _bare_number(value, "a number", r"[+-]?\d+(\.\d+)?")


def _no_whole(value: object, _: Limits) -> str:
    if isinstance(value, float) and value.is_integer():
        return f"must be a whole number; write {int(value)}"
    return _bare_number(value, "a whole number", r"[+-]?\d+")


def _bare_number(value: object, kind: str, form: str) -> str:
    said = value.strip() if isinstance(value, str) else ""
    if re.fullmatch(form, said, re.ASCII):
        return f"must be {kind} without quotes; write {said}"
    return f"must be {kind}, not {_shown(value)}; write digits without quotes"


def _no_date(value: object, _: Limits) -> str:
    if isinstance(value, datetime):
        return f"must be a day alone; write {value.date().isoformat()}"
    try:
        day = date.fromisoformat(str(value).strip()).isoformat()
    except ValueError:
        return f"must be a date, not {_shown(value)}; write one without quotes, as in 2026-01-31"
    return f"must be a date without quotes; write {day}"


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def _short(limits: Limits, what: str) -> str:
    least = limits["min_length"]
    return f"is {'empty' if least == 1 else 'too short'}; write at least {_counted(least, what)}"


def _long(limits: Limits, what: str) -> str:
    return f"is too long; write at most {_counted(limits['max_length'], what)}"


_TABLES = frozenset({"model_type", "model_attributes_type", "dict_type"})

_SENTENCES: Mapping[str, Callable[[Any, Limits], str]] = {
    "missing": lambda _, __: "is missing; write it",
    "tuple_type": _no_list,
    "list_type": _no_list,
    "string_type": _no_text,
    "bool_type": _no_truth,
    "int_type": _no_whole,
    "int_from_float": _no_whole,
    "float_type": _no_number,
    "date_type": _no_date,
    "enum": _no_word,
    "literal_error": _no_word,
    "string_too_short": lambda _, limits: _short(limits, "character"),
    "string_too_long": lambda _, limits: _long(limits, "character"),
    "too_short": lambda _, limits: _short(limits, "item"),
    "too_long": lambda _, limits: _long(limits, "item"),
    "string_pattern_mismatch": lambda value, limits: f"{_shown(value)} is not of the form {limits['pattern']}",
    "greater_than": lambda value, limits: f"is {_shown(value)}; write more than {limits['gt']}",
    "greater_than_equal": lambda value, limits: f"is {_shown(value)}; write {limits['ge']} or more",
    "less_than": lambda value, limits: f"is {_shown(value)}; write less than {limits['lt']}",
    "less_than_equal": lambda value, limits: f"is {_shown(value)}; write {limits['le']} or less",
    "finite_number": lambda value, _: f"is {_shown(value)}; write a number that ends",
    "value_error": lambda _, limits: str(limits["error"]),
}

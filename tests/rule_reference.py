"""The tables of docs/reference/rules.md, as the code has them: `python -m tests.rule_reference` writes them anew."""

from __future__ import annotations

import ast
import inspect
import re
import types
import typing
from collections.abc import Iterator, Mapping
from datetime import date
from enum import StrEnum
from pathlib import Path
from types import ModuleType
from typing import Any, Final, Union, get_args, get_origin

from pydantic import BaseModel

from moderation.rules import (
    condition_mistakes,
    entries,
    example_mistakes,
    harmless_hits,
    lint,
    pattern_mistakes,
    term_mistakes,
)
from moderation.rules.rule import Conditions, Range
from moderation.rules.rule_file import Examples, RuleFile
from tests import config_reference as configs

PAGE: Final = Path(__file__).resolve().parent.parent / "docs" / "reference" / "rules.md"
MODULES: Final[Mapping[ModuleType, str]] = {
    entries: "Of the file",
    lint: "Of the rule as a whole",
    term_mistakes: "Of terms",
    pattern_mistakes: "Of patterns",
    condition_mistakes: "Of `when`",
    example_mistakes: "Of examples",
    harmless_hits: "Of what it hits among harmless comments, where some are given",
}
TABLES: Final[Mapping[str, type[BaseModel]]] = {
    "`[rules.when]`": Conditions,
    "a range": Range,
    "`[rules.examples]`": Examples,
}
LEAST: Final = 20
"""Characters of a sentence; shorter strings are names."""


def marks(name: str) -> tuple[str, str]:
    """What stands before a written part of the page and behind it."""
    return f"<!-- {name}: written by python -m tests.rule_reference -->\n", f"<!-- end of {name} -->"


def parts() -> dict[str, str]:
    """Every written part of the page by its name."""
    return {"fields": "\n".join(_fields()), "sentences": "\n".join(_sentences())}


def _fields() -> Iterator[str]:
    yield "| field | is | default | means |\n|---|---|---|---|"
    for name, kind, default, means in _told(RuleFile):
        yield f"| `{name}` | {kind} | {default} | {means} |"
    for title, model in TABLES.items():
        yield f"\n{title}: {' '.join((inspect.getdoc(model) or '').split())}\n"
        for name, kind, default, means in _told(model):
            yield f"* `{name}` ({kind}; {default}): {means}"
    yield ""


def _told(model: type[BaseModel]) -> Iterator[tuple[str, str, str, str]]:
    below = configs._below_fields(model)
    for name, field in model.model_fields.items():
        kind = ", ".join((_kind(field.annotation), *configs._limits(field), *_form(field.metadata)))
        default = "none" if field.default == () or field.default_factory else configs._default(field)
        yield field.alias or name, kind, _plain(default), below[name]


def _form(metadata: list[Any]) -> Iterator[str]:
    yield from (f"of the form `{each.pattern}`" for each in metadata if getattr(each, "pattern", None))


def _plain(default: str) -> str:
    """A default as an author would write it."""
    if default.startswith("`(<ViewName"):
        return '`["canonical"]`'
    return {"those below": "none", "unset": "not given"}.get(default, default)


def _kind(annotation: Any) -> str:
    """What an author writes, in words."""
    origin, args = get_origin(annotation), get_args(annotation)
    if origin in {Union, types.UnionType}:
        return _kind(next(arg for arg in args if arg is not type(None)))
    if origin is typing.Annotated:
        return _kind(args[0])
    if origin is tuple:
        return f"list of {_kind(args[0])}".replace("list of one of", "list of any of").replace("list of list", "lists")
    if origin is dict:
        return "table of ranges"
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return "one of " + ", ".join(f"`{each}`" for each in annotation)
    return _WORDS.get(annotation) or f"table `{{ {', '.join(annotation.model_fields)} }}`"


_WORDS: Final = {str: "text", bool: "true or false", int: "whole number", float: "number", date: "date"}


def _sentences() -> Iterator[str]:
    for module, about in MODULES.items():
        yield f"{about}:\n"
        yield from dict.fromkeys(f"* {sentence}" for sentence in _of_module(module))
        if module is pattern_mistakes:
            yield from dict.fromkeys(f"  - {_bare(meant)}" for _, meant in pattern_mistakes._SAID)
        yield ""


def _of_module(module: ModuleType) -> Iterator[str]:
    """What the functions of a module say, in the order of the source."""
    for function in ast.parse(inspect.getsource(module)).body:
        if not isinstance(function, ast.FunctionDef):
            continue
        nodes = [node for statement in function.body[1:] for node in ast.walk(statement)]
        named = _named(nodes)
        inside = {id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in _within(node, named)}
        advice = {id(part) for node in nodes if _is_advice(node) for part in ast.walk(node)}
        for node in nodes:
            text = _text(node, named, module) if isinstance(node, ast.Constant | ast.JoinedStr) else ""
            if len(text) >= LEAST and " " in text and id(node) not in inside:
                yield _bare(text) + (" (advice)" if id(node) in advice else "")
        constants = [
            each.args[1] for each in nodes if isinstance(each, ast.Call) and _is_advice(each) and each.args[1:]
        ]
        yield from (f"{_bare(_text(each, {}, module))} (advice)" for each in constants if isinstance(each, ast.Name))


def _named(nodes: list[ast.AST]) -> dict[str, ast.expr]:
    """The variables of a function that stand for one thing all along."""
    found: dict[str, list[ast.expr]] = {}
    for node in nodes:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            found.setdefault(node.targets[0].id, []).append(node.value)
    return {name: values[0] for name, values in found.items() if len(values) == 1}


def _within(sentence: ast.JoinedStr, named: dict[str, ast.expr]) -> Iterator[ast.AST]:
    """The pieces of a sentence, those that a variable holds among them: they are no sentences of their own."""
    for part in ast.walk(sentence):
        if part is not sentence:
            yield part
        if isinstance(part, ast.Name) and part.id in named:
            yield from ast.walk(named[part.id])


def _is_advice(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    return getattr(node.func, "attr", "") == "advise" or any(each.arg == "advice" for each in node.keywords)


def _text(node: ast.AST | None, named: dict[str, ast.expr], module: ModuleType) -> str:
    """A string as it would be read, with `…` for what is only known of a rule; empty for anything else."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part, named, module) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        known = _text(node.value, named, module)
        return known or "…"
    if isinstance(node, ast.Name):
        if node.id in named:
            return _text(named[node.id], {}, module)
        known = getattr(module, node.id, "")
        return str(known) if isinstance(known, str | int) else ""
    return ""


def _bare(sentence: str) -> str:
    """As a line of the page, where nothing of it means more than itself."""
    sentence = re.sub(r"\{\d?\}", "…", sentence.strip("; "))
    return f"``{sentence}``" if "`" not in sentence else sentence


if __name__ == "__main__":
    page = PAGE.read_text(encoding="utf-8")
    for name, text in parts().items():
        before, after = marks(name)
        head, rest = page.split(before)
        page = head + before + text + after + rest.split(after)[1]
    PAGE.write_text(page, encoding="utf-8")

"""Whether bytes hold some words, asked of the database."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, ColumnElement
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction


class Holds(GenericFunction[bool]):
    """`Holds(bytes, words)`: whether a column of octets has these words in it, as UTF-8."""

    type = Boolean()
    inherit_cache = True
    name = "holds_words"


@compiles(Holds, "sqlite")
def _on_sqlite(element: ColumnElement[bool], compiler: SQLCompiler, **told: Any) -> str:  # noqa: ANN401 - sqlalchemy's
    octets, words = (compiler.process(each, **told) for each in element.clauses)
    return f"instr(CAST({octets} AS BLOB), CAST({words} AS BLOB)) > 0"


@compiles(Holds, "postgresql")
def _on_postgres(element: ColumnElement[bool], compiler: SQLCompiler, **told: Any) -> str:  # noqa: ANN401 - as above
    octets, words = (compiler.process(each, **told) for each in element.clauses)
    return f"position(convert_to({words}, 'UTF8') in {octets}) > 0"

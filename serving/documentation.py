"""`/docs`: every endpoint on one page, made here from the OpenAPI; it loads nothing from anywhere else."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from fastapi import FastAPI
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_HERE = Path(__file__).resolve().parent
CONTENT_SECURITY = "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


@dataclass(frozen=True, slots=True)
class Operation:
    """One endpoint as the page shows it."""

    method: str
    path: str
    summary: str
    more: str
    tag: str
    parameters: list[tuple[str, str]]
    example: str | None
    answer: str | None
    statuses: list[tuple[str, str]]


def operations(schema: dict[str, Any]) -> list[Operation]:
    """Every operation of an OpenAPI document, in its order."""
    return [
        _operation(method, path, operation)
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]


def _operation(method: str, path: str, operation: dict[str, Any]) -> Operation:
    answers = operation.get("responses", {})
    return Operation(
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        more=operation.get("description", ""),
        tag=operation.get("tags", [""])[0],
        parameters=[(each["name"], each["in"]) for each in operation.get("parameters", [])],
        example=_example(operation.get("requestBody", {})),
        answer=_example(answers.get("200", {})),
        statuses=[(status, text.get("description", "")) for status, text in sorted(answers.items())],
    )


def _example(holder: dict[str, Any]) -> str | None:
    found = next((media["example"] for media in holder.get("content", {}).values() if "example" in media), None)
    return None if found is None else orjson.dumps(found, option=orjson.OPT_INDENT_2).decode()


def routes(app: FastAPI) -> list[Route]:
    """The page and its stylesheet."""
    pages = Environment(loader=FileSystemLoader(_HERE / "templates"), autoescape=True, undefined=StrictUndefined)

    async def page(_: Request) -> Response:
        schema = app.openapi()
        html = pages.get_template("docs.html").render(info=schema["info"], operations=operations(schema))
        headers = {"content-security-policy": CONTENT_SECURITY}
        return Response(html, media_type="text/html; charset=utf-8", headers=headers)

    async def style(_: Request) -> Response:
        return Response((_HERE / "templates" / "docs.css").read_bytes(), media_type="text/css; charset=utf-8")

    return [Route("/docs", page, methods=["GET"]), Route("/docs/style.css", style, methods=["GET"])]

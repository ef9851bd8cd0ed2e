"""HTML pages that commands write: each needs nothing beside itself, and every text in it is escaped."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from console.intervals import TEMPLATES as SHARED

TEMPLATES = Path(__file__).with_name("templates")


def page(template: str, filters: Mapping[str, Callable[..., Any]] | None = None, **told: object) -> str:
    """A template of `chaffinch/templates/`, filled. A name that nobody told is an error, not an empty place.

    What is drawn alike in the console (`_intervals.html`) is the console's.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # only for who asks for a page

    environment = Environment(loader=FileSystemLoader((TEMPLATES, SHARED)), autoescape=True, undefined=StrictUndefined)
    environment.filters.update(filters or {})
    return environment.get_template(template).render(**told)

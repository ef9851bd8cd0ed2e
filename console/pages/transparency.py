"""The transparency report of a span: tables with charts, each as a file, and the whole as one page to keep."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from starlette.responses import Response

from console import spreadsheets
from console.rendering import render
from console.transparency_view import names_in, tables
from console.visit import Visit
from governance import transparency
from governance.statements import Words
from governance.transparency import Transparency
from moderation.errors import NotFoundError
from moderation.typed import day

TABLES = ("months", "categories", "refused", "complaints", "sources", "measures", "surfaces", "languages", "accuracy",
          "authorities")  # fmt: skip
LONGEST_DAYS = 400
"""What is longer is asked of the command line, which nobody waits for in a browser."""


@dataclass(frozen=True, slots=True)
class Span:
    """`until` is the last day, which is in it. `problem`: why what was asked is not shown."""

    since: datetime
    until: datetime
    problem: str = ""

    @property
    def end(self) -> datetime:
        """The first moment that is not in it."""
        return self.until + timedelta(days=1)


def show(visit: Visit) -> Response:
    """GET /transparency."""
    span = span_of(visit)
    found = _report(visit, span)
    names = names_in(visit.words, visit.parts.taxonomy, visit.parts.complaints)
    return render(
        visit,
        "transparency.html",
        status=422 if span.problem else 200,
        found=found,
        span=span,
        tables=tables(found, names),
        address=f"since={span.since:%Y-%m-%d}&until={span.until:%Y-%m-%d}",
        has_page=visit.parts.transparency_page is not None,
        longest=LONGEST_DAYS,
    )


def download(visit: Visit) -> Response:
    """GET /transparency/{table}.csv."""
    name, span = visit.path.rpartition("/")[2].removesuffix(".csv"), span_of(visit)
    names = names_in(visit.words, visit.parts.taxonomy, visit.parts.complaints)
    found = next(each for each in tables(_report(visit, span), names) if each.name == name)
    return spreadsheets.answer(f"transparency-{name}-{span.since:%Y%m%d}-{span.until:%Y%m%d}", found.head, found.rows)


def page(visit: Visit) -> Response:
    """GET /transparency/report.html: what `chaffinch report transparency --html` writes. Raises `NotFoundError`."""
    written = visit.parts.transparency_page
    if written is None:
        raise NotFoundError("This console cannot write the report.")
    span = span_of(visit)
    body = written(_report(visit, span), visit.parts.taxonomy, visit.parts.complaints)
    name = f"transparency-{span.since:%Y%m%d}-{span.until:%Y%m%d}.html"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(body, media_type="text/html; charset=utf-8", headers=headers)


def span_of(visit: Visit) -> Span:
    """The days of the address; the last thirty where it names none, or none that can be used."""
    today = visit.now.replace(hour=0, minute=0, second=0, microsecond=0)
    usual = Span(today - timedelta(days=29), today)
    told = [visit.query.get(name, "").strip() for name in ("since", "until")]
    if not any(told):
        return usual
    since, until = day(told[0]), day(told[1])
    if since is None or until is None:
        return Span(usual.since, usual.until, "transparency.no_day")
    if until < since:
        return Span(usual.since, usual.until, "transparency.backwards")
    if until - since > timedelta(days=LONGEST_DAYS):
        return Span(usual.since, usual.until, "transparency.too_long")
    return Span(since, until)


def _report(visit: Visit, span: Span) -> Transparency:
    parts = visit.parts
    words = Words(parts.taxonomy, parts.policies(), parts.notices, parts.complaints, parts.dsa)
    with parts.database.reading() as look:
        return transparency.report(look, words, span.since, span.end)

"""`POST /v1/rules:lint`: what is wrong with a rule while it is written, for editors and builds elsewhere.

The function is the console's (`moderation/typed_rule.py`), and so are its bounds: few checks at once, so many a minute
for one key, none waited for longer than ten seconds. Nothing is stored.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from console.refusals import RefusalError
from console.rule_checks import RuleChecks
from governance.grounds import said_of_rules
from moderation.taxonomy import Taxonomy
from moderation.typed_rule import Checked, Seen, check
from records.mapping import span_json
from serving.bodies import body_of
from serving.desk import Desk, Document, answer
from serving.errors import OverloadedError
from serving.examples import LINT
from serving.keys import Scope
from serving.openapi import described, takes
from serving.rule_answers import LintAnswer
from serving.schemas import NOTHING, LintRequest, parse


def router(desk: Desk, taxonomy: Taxonomy, checks: RuleChecks, now: Callable[[], datetime]) -> APIRouter:
    """The endpoint."""
    routes = APIRouter(tags=["rules"])

    @routes.post("/v1/rules:lint", **described(LintAnswer), openapi_extra=takes(LintRequest, example=LINT))
    async def lint(request: Request) -> Response:
        """Every mistake of one rule by line and column, what it does with its examples, and with a text beside it."""
        caller = await desk.gate.require(request, Scope.RECORDS)
        asked = parse(LintRequest, await body_of(request) or NOTHING)

        def do() -> Checked:
            with desk.database.reading() as look:
                grounds = said_of_rules(look.queues.redress)
            today = now().date()
            return check(asked.text, taxonomy, today=today, tried=asked.tried, rule_id=asked.rule_id, grounds=grounds)

        try:
            found = await run_in_threadpool(checks.run, caller.name, do, now=now())
        except RefusalError:
            raise OverloadedError("rule checks", retry_after=10) from None
        return answer(_document(found))

    return routes


def _document(found: Checked) -> Document:
    return {
        "usable": found.rule is not None,
        "mistakes": [
            {"line": one.line, "column": one.column, "rule": one.rule, "detail": one.detail, "advice": one.advice}
            for one in found.mistakes
        ],
        "examples": [
            {**_seen(one.seen), "must_hit": one.must_hit, "holds": one.holds} for one in found.examples
        ],
        "tried": None if found.tried is None else _seen(found.tried),
    }  # fmt: skip


def _seen(seen: Seen) -> Document:
    spans = [span_json(span) for span in seen.spans]
    return {"text": seen.text, "hit": seen.is_hit, "spans": spans, "views": list(seen.views), "missing": seen.missing}

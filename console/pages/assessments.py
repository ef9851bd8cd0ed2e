"""Security assessments before something new goes live, written in the console; the incidents' page shows them."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import RedirectResponse, Response

from console.model_view import models
from console.pages import incidents
from console.visit import Visit
from governance import assessments as governing
from governance import in_force, rules
from governance.assessments import FIELDS, MODEL, POLICY, RULE, Wish
from moderation.errors import ConflictError, Fault, ForbiddenError, InvalidInputError, NotFoundError
from moderation.policy import Policy
from moderation.typed import day
from records.unit_of_work import Reading

TOLD = ("kind", "subject", "expires", "why", *FIELDS)


def write(visit: Visit) -> Response:
    """POST /assessments: writes one, and asks the first of two people to sign it."""
    told = {name: visit.form.one(name) for name in TOLD} | {"surfaces": visit.form.all("surfaces")}
    try:
        with visit.parts.database.unit() as unit:
            policies = visit.parts.policies()
            surfaces = {name for each in policies.values() for name in each.surfaces}
            governing.write(unit, _wish(unit, visit, policies), surfaces=surfaces, now=visit.now)
            unit.commit()
    except InvalidInputError as error:
        return incidents.page(visit, 422, assess_faults=error.faults, assess_told=told)
    except (ConflictError, ForbiddenError, NotFoundError) as error:
        fault = Fault("subject", str(error))
        return incidents.page(visit, 409, assess_faults=(fault,), assess_told=told)
    return RedirectResponse(visit.url("/incidents") + "#assessed-title", status_code=303)


def _wish(look: Reading, visit: Visit, policies: Mapping[str, Policy]) -> Wish:
    """What the form says. Raises `InvalidInputError` for what is no day, or no such model or policy."""
    one = visit.form.one
    kind, subject = one("kind"), one("subject").strip()
    until = day(one("expires"))
    if until is None and one("expires"):
        raise InvalidInputError("The assessment cannot be written.", [Fault("expires", "give a day")])
    subject, mark = _marked(look, visit, kind, subject, policies)
    fields = {name: one(name) for name in FIELDS}
    return Wish(kind, subject, mark, tuple(visit.form.all("surfaces")), fields, visit.me.name, one("why"), until)


def _marked(look: Reading, visit: Visit, kind: str, subject: str, policies: Mapping[str, Policy]) -> tuple[str, str]:
    """As what is assessed is called, and the hash by which it is known."""
    if kind == MODEL:
        version, desk = subject.removeprefix("chaffinch@"), visit.parts.models
        lines = models(desk.registry_root) if desk else []
        hashes = [line.hash for line in lines if line.version == version]
        return f"chaffinch@{version}", hashes[0] if hashes else _none(subject)
    if kind == RULE:
        return subject, rules.content_of(rules.to_go_live(look, subject).document)
    if kind == POLICY:
        return subject, in_force.said_by(policies)[subject][1] if subject in policies else _none(subject)
    return subject, ""


def _none(subject: str) -> str:
    raise InvalidInputError("The assessment cannot be written.", [Fault("subject", f"there is no {subject}")])

"""Measures on a thread, from its story: closed, closed for a time, or restricted; taken back from there as well."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from console.pages import story
from console.pages.measures import after_lifting, faults_in_words, named_in, not_lifted, terms_of
from console.thread_view import policy_of
from console.visit import Visit
from governance import account_measures
from governance.once import MeasuredAlreadyError
from moderation.errors import ConflictError, InvalidInputError, NotFoundError
from records import comments, measures
from records.standing_values import TargetKind


def take(visit: Visit) -> Response:
    """POST /comments/{comment_id}/thread/measures: in force at once, or waiting for a second person."""
    comment_id = visit.path_values["comment_id"]
    try:
        with visit.parts.database.unit() as unit:
            thread = comments.get(unit, comment_id).thread_id
            if thread is None:
                raise NotFoundError("The comment names no thread.")
            wish = terms_of(visit, TargetKind.THREAD, thread)
            policy = policy_of(unit, visit, comment_id)
            keyring, held, by = visit.parts.keyring, visit.parts.policies(), visit.me.name
            account_measures.take(unit, keyring, wish, policy, by=by, policies=held, now=visit.now)
            unit.commit()
    except InvalidInputError as error:
        said = faults_in_words(visit, error.faults)
        return story.page(visit, "thread", problem="measures.unusable", faults=said, status=422)
    except MeasuredAlreadyError as error:
        return story.page(visit, "thread", problem=f"measured_already.{error.why}", status=409)
    return _back(visit)


def lift(visit: Visit) -> Response:
    """POST /comments/{comment_id}/thread/measures/{measure_id}: taken back, with why."""
    comment_id, measure_id = visit.path_values["comment_id"], visit.path_values["measure_id"]
    try:
        with visit.parts.database.unit() as unit:
            if measures.get(unit, measure_id).thread_id != comments.get(unit, comment_id).thread_id:
                raise NotFoundError("This measure is on another thread.")
            why, keyring = visit.form.one("why"), visit.parts.keyring
            made = account_measures.lift(unit, measure_id, why=why, by=visit.me.name, keyring=keyring, now=visit.now)
            unit.commit()
    except InvalidInputError as error:
        return story.page(visit, "thread", problem=named_in(error) or "measures.no_reason", status=422)
    except ConflictError:
        return story.page(visit, "thread", problem=not_lifted(visit, measure_id), status=409)
    return after_lifting(visit, made) or _back(visit)


def _back(visit: Visit) -> Response:
    return RedirectResponse(visit.url(f"/comments/{visit.path_values['comment_id']}/thread"), status_code=303)

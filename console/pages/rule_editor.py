"""Writing a rule: its text as in a pack, checked while it is typed, saved as a draft. Nothing typed is ever lost."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from starlette.responses import RedirectResponse, Response

from console.refusals import RefusalError
from console.rendering import render
from console.rule_text import NEW, text_of
from console.rule_view import differences, document_to_edit, packed_rule, rule_of
from console.visit import Visit
from governance import rules as life
from governance.approvals import MAX_WORDS
from governance.grounds import said_of_rules
from moderation.comment import MAX_TEXT
from moderation.errors import ConflictError, InvalidInputError, NotFoundError
from moderation.rule_packs import RuleFile
from moderation.rules.difference import Changed
from moderation.typed import number
from moderation.typed_rule import MAX_TYPED, Checked
from moderation.typed_rule import check as check_typed
from records import rules
from records.house_values import RuleVersionRecord
from records.unit_of_work import Reading


def show_new(visit: Visit) -> Response:
    """GET /rules/new."""
    return _page(visit, "", NEW, 0)


def show(visit: Visit) -> Response:
    """GET /rules/{rule_id}/edit: with the draft, else what is in the shadow, else what decides."""
    rule_id = visit.path_values["rule_id"]
    with visit.parts.database.reading() as look:
        document, seen = document_to_edit(look, rule_id, visit.parts.packs)
    return _page(visit, rule_id, text_of(document), seen)


def check(visit: Visit) -> Response:
    """POST /rules/check: what is said of the text as it stands, for the page that is open."""
    try:
        checked, problem, status = _checked(visit, visit.form.one("rule_id")), "", 200
    except RefusalError as error:
        checked, problem, status = None, error.key, error.status
    return render(visit, "_checked.html", status=status, checked=checked, problem=problem)


def save_new(visit: Visit) -> Response:
    """POST /rules/new."""
    return _save(visit, "")


def save(visit: Visit) -> Response:
    """POST /rules/{rule_id}/edit."""
    with visit.parts.database.reading() as look:
        document_to_edit(look, visit.path_values["rule_id"], visit.parts.packs)
    return _save(visit, visit.path_values["rule_id"])


def _save(visit: Visit, rule_id: str) -> Response:
    again = partial(_page, visit, rule_id, _typed(visit), _expected(visit))
    try:
        checked = _checked(visit, rule_id)
    except RefusalError as error:
        return again(problem=error.key, status=error.status)
    if visit.form.one("act") == "check":
        return again(checked=checked)
    if checked.rule is None:
        return again(problem="rule_edit.not_saved", checked=checked, status=422)
    with visit.parts.database.reading() as look:
        problem = _nothing_new(look, visit, checked.rule, is_new=not rule_id)
    if problem:
        return again(problem=problem, taken=checked.rule.id, checked=checked, status=409)
    return _add(visit, checked.rule, checked, again)


def _add(visit: Visit, rule: RuleFile, checked: Checked, again: Callable[..., Response]) -> Response:
    why, seen = visit.form.one("why"), _expected(visit)
    try:
        with visit.parts.database.unit() as unit:
            life.add(unit, rule, by=visit.me.name, why=why, expect=seen, now=visit.now)
            unit.commit()
    except ConflictError:
        return _overtaken(visit, rule.id, checked)
    except InvalidInputError:
        return again(problem="rules.no_reason", checked=checked, status=422)
    return RedirectResponse(visit.url(f"/rules/{rule.id}"), status_code=303)


def _expected(visit: Visit) -> int:
    """The version that the author saw. Raises `RefusalError`."""
    expect = number(visit.form.one("expect"))
    if expect is None:
        raise RefusalError("error.invalid", 422)
    return expect


def _nothing_new(look: Reading, visit: Visit, rule: RuleFile, *, is_new: bool) -> str:
    """Why there is nothing to save, as a sentence's key; empty where there is."""
    packed = packed_rule(look, visit.parts.packs, rule.id)
    known = rules.newest(look, rule.id)
    if is_new and (packed or known):
        return "rule_edit.taken"
    is_as_packed = packed is not None and not known and life.as_document(packed) == life.as_document(rule)
    return "rule_edit.same" if is_as_packed or life.says_already(look, rule) else ""


def _overtaken(visit: Visit, rule_id: str, checked: Checked) -> Response:
    """Somebody saved first: what differs from theirs, and the text as it was typed, to be saved over it."""
    with visit.parts.database.reading() as look:
        newest = rules.newest(look, rule_id)
    if newest is None:
        raise NotFoundError(f"There is no rule {rule_id}.")
    theirs = rule_of(newest)
    differs = differences(theirs, checked.rule.as_rule()) if theirs and checked.rule else None
    return _page(
        visit, rule_id, _typed(visit), newest.version, checked=checked, newest=newest, differs=differs, status=409
    )  # fmt: skip


def _typed(visit: Visit) -> str:
    """Browsers end lines with two characters; columns are counted without."""
    return visit.form.all("text")[-1].replace("\r\n", "\n") if "text" in visit.form.values else ""


def _checked(visit: Visit, rule_id: str) -> Checked:
    tried = visit.form.one("tried")
    with visit.parts.database.reading() as look:
        grounds = said_of_rules(look.queues.redress)
    today = visit.now.date()
    do = partial(
        check_typed, _typed(visit), visit.parts.taxonomy, today=today, tried=tried, rule_id=rule_id, grounds=grounds
    )
    return visit.parts.checks.run(visit.me.id, do, now=visit.now)


def _page(  # noqa: PLR0913 - what a page may say of one text
    visit: Visit,
    rule_id: str,
    text: str,
    expect: int,
    *,
    problem: str = "",
    taken: str = "",
    checked: Checked | None = None,
    newest: RuleVersionRecord | None = None,
    differs: tuple[Changed, ...] | None = None,
    status: int = 200,
) -> Response:
    return render(
        visit,
        "rule_edit.html",
        status=status,
        rule_id=rule_id,
        text=text[: MAX_TYPED * 2],
        expect=expect,
        problem=problem,
        taken=taken,
        checked=checked,
        newest=newest,
        differs=differs,
        tried=visit.form.one("tried"),
        why=visit.form.one("why"),
        max_typed=MAX_TYPED,
        max_tried=MAX_TEXT,
        max_words=MAX_WORDS,
    )

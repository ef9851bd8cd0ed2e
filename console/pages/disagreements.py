"""Where people decided apart: what each said, and how a lead settles it, as an example for the label's policy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from starlette.responses import RedirectResponse, Response

from console.attachment_view import view_attachments
from console.desk import house_rules
from console.harshness import Heeded, harsh_together
from console.hit_view import Row, rows_of
from console.in_hand import in_hand, note_reading
from console.looking import trace
from console.marks import pieces
from console.pages.rules import code_titles
from console.permissions import Action
from console.refusals import RefusalError, refusal_of
from console.rendering import render
from console.verdict_lines import verdict_line
from console.visit import Visit
from governance import another, deciding
from governance.another import NotAnotherError
from governance.deciding import Who
from governance.settled import SettledError
from moderation.errors import ConflictError, Fault, InvalidInputError, NotFoundError
from records import comments, decisions, edge_cases, search, verdicts
from records.cases import APART
from records.unit_of_work import Reading, Unit
from records.values import Judgement, VerdictKind
from review import disagreements, gold
from review import edge_cases as review
from review.checks import MAX_REASON
from review.disagreements import Apart
from review.edge_cases import Mark

DAYS = (7, 30, 90, 365)
"""Spans that are offered."""

USUAL = 30
MOST_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Line:
    """A comment about which people decided apart, as lists show it, and what each of them said, in words."""

    row: Row
    decision_id: str
    said: tuple[str, ...]
    beside: tuple[str, ...]
    """The labels beside whose policy it stands."""


def show(visit: Visit) -> Response:
    """GET /quality/disagreements."""
    days = _days(visit)
    with visit.parts.database.reading() as look:
        found = disagreements.since(look, visit.now - timedelta(days=days), limit=MOST_SHOWN)
        lines = _lines(look, visit, found)
    note_reading(visit, [line.row.hit.comment.id for line in lines], whole=True)
    return render(visit, "disagreements.html", lines=lines, days=days, spans=DAYS, most=MOST_SHOWN)


def show_one(visit: Visit) -> Response:
    """GET /quality/disagreements/{decision_id}."""
    return _page(visit)


def settle(visit: Visit) -> Response:
    """POST /quality/disagreements/{decision_id}: what is right, why, and whether it is an example for a label."""
    label = visit.form.one("edge")
    if fault := _fault(visit):
        return _page(visit, fault, status=422)
    try:
        with visit.parts.database.unit() as unit:
            done = _settle(unit, visit, visit.path_values["decision_id"], _judgement(visit))
            unit.commit()
    except (SettledError, NotAnotherError) as error:
        return _page(visit, visit.words(refusal_of(error).key), status=403)
    except ConflictError:
        return _page(visit, visit.words("apart.cannot"), status=409)
    except InvalidInputError:
        return _page(visit, visit.words("error.invalid"), status=422)
    if not done:
        return _page(visit, visit.words("apart.nothing"), status=409)
    return RedirectResponse(visit.url(f"/labels/{label}" if label else "/quality/disagreements"), status_code=303)


def _fault(visit: Visit) -> str:
    """What is wrong with the form, in words. Raises `RefusalError` for what no page of ours sends."""
    form = visit.form
    if form.one("verdict") not in (VerdictKind.APPROVE, VerdictKind.REJECT):
        raise RefusalError("error.invalid", 422)
    if not 0 < len(form.one("reason").strip()) <= MAX_REASON:
        return visit.words("gold.no_reason", n=MAX_REASON)
    if form.one("verdict") == VerdictKind.REJECT and not form.all("labels") and not form.one("ground"):
        return visit.words("conflict.no_label")
    return ""


def _judgement(visit: Visit) -> Judgement:
    """What the form says is right; an approve has no labels, whatever was ticked before."""
    is_reject = visit.form.one("verdict") == VerdictKind.REJECT
    return Judgement(
        VerdictKind(visit.form.one("verdict")),
        labels=visit.form.all("labels") if is_reject else (),
        ground=(visit.form.one("ground") or None) if is_reject else None,
    )


def _settle(unit: Unit, visit: Visit, decision_id: str, judgement: Judgement) -> bool:
    """Decides it where something else holds, and marks it; False where there was nothing to do."""
    if not disagreements.given_on(unit, decision_id):
        raise ConflictError("Nobody decided this apart, or somebody is asked about it just now.")
    record = decisions.get(unit, decision_id)
    rules, why, label = house_rules(visit), visit.form.one("reason"), visit.form.one("edge")
    if label and label not in visit.parts.taxonomy.names:
        raise InvalidInputError("This cannot be an edge case.", [Fault("/edge", "give a label")])
    anew = not disagreements.holds_already(unit, record.comment_id, judgement)
    if anew:
        another.check_about(unit, record.comment_id, visit.me.id)
        by = Who(visit.me.id, is_senior=visit.may(Action.DECIDE_ESCALATED))
        deciding.decide(unit, rules, record.comment_id, judgement, by=by, reason=why, now=visit.now, opened_by=APART)
    is_asked = bool(visit.form.one("asked"))
    if label:
        ground = rules.policy_of(record.decision.versions.policy).ground(label)
        said = Mark(decision_id, label, why, ground, is_asked)
        review.mark(unit, visit.parts.taxonomy.names, said, author=visit.me.id, now=visit.now)
    elif is_asked and (held := verdicts.holding_of(unit, record.comment_id)) is not None:
        gold.vouch(unit, held.case_id, why=why, author=visit.me.id, now=visit.now)
    return anew or is_asked or bool(label)


def _page(visit: Visit, problem: str = "", *, status: int = 200) -> Response:
    decision_id = visit.path_values["decision_id"]
    with visit.parts.database.reading() as look:
        record = decisions.get(look, decision_id)
        given = disagreements.given_on(look, decision_id)
        if not given:
            raise NotFoundError("Nobody decided this apart, or somebody is asked about it just now.")
        if record.comment_id in in_hand(look, visit).asked:
            raise RefusalError("error.blind", 403)
        written = comments.written(look, record.comment_id, record.revision)
        text = written.text
        held = verdicts.holding_of(look, record.comment_id)
        lines = [verdict_line(look, visit, each, text) for each in given]
        beside = edge_cases.labels_of(look, record.comment_id)
        heeded = Heeded(visit.parts.taxonomy, visit.parts.complaints, visit.preferences.locale)
        harsh = harsh_together(look, heeded, [record], told=[record.comment_id])[record.comment_id]
    note_reading(visit, [record.comment_id], whole=True)
    trace(visit, "decision", [("comment", record.comment_id)], behind=[record.comment_id])
    form = visit.form
    return render(
        visit,
        "disagreement.html",
        status=status,
        problem=problem,
        record=record,
        text=None if text is None else pieces(text, ()),
        attachments=view_attachments(written.attachments),
        harsh=harsh,
        verdicts=lines,
        holds=_words_of(visit, held.verdict, held.codes) if held else "",
        beside=sorted(beside),
        titles=code_titles(visit),
        max_reason=MAX_REASON,
        chosen={
            "labels": form.all("labels"),
            "ground": form.one("ground"),
            "reason": form.one("reason"),
            "edge": form.one("edge"),
            "asked": bool(form.one("asked")),
        },
    )


def _lines(look: Reading, visit: Visit, found: list[Apart]) -> list[Line]:
    """Those about which the visitor is not asked blind, as they stand."""
    rows = {row.hit.comment.id: row for row in rows_of(look, visit, search.hits_of(look, _comments_of(found)))}
    shown = [(each, rows[each.comment_id]) for each in found if each.comment_id in rows]
    return [
        Line(
            row,
            each.decision_id,
            tuple(_words_of(visit, one.verdict, one.labels) for one in each.given),
            tuple(sorted(edge_cases.labels_of(look, each.comment_id))),
        )
        for each, row in shown
        if not row.in_hand and row.text is not None
    ]


def _comments_of(found: list[Apart]) -> list[str]:
    return list(dict.fromkeys(each.comment_id for each in found))


def _words_of(visit: Visit, verdict: VerdictKind, codes: tuple[str, ...]) -> str:
    if verdict is VerdictKind.APPROVE:
        return visit.words("past.approved")
    titles = code_titles(visit)
    return visit.words("past.rejected", labels=visit.words("work.comma").join(titles.get(one, one) for one in codes))


def _days(visit: Visit) -> int:
    asked = visit.query.get("days", "")
    return int(asked) if asked in map(str, DAYS) else USUAL

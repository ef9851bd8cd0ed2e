"""One decision: what was said, what was decided, why, with which versions, and what people made of it."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial

from starlette.responses import RedirectResponse, Response

from console import desk
from console.attachment_view import view_attachments
from console.author_view import stated
from console.case_view import lines, unscored
from console.case_words import message_of
from console.colleagues import name_for
from console.harshness import Heeded, harsh_together
from console.in_hand import in_hand, note_reading
from console.looking import trace
from console.marks import pieces
from console.passed_view import passed_view
from console.permissions import Action
from console.refusals import RefusalError
from console.rendering import render
from console.verdict_lines import verdict_line
from console.visit import Visit
from governance import reopening
from governance.another import NotAnotherError
from governance.settled import SettledError
from moderation.errors import ConflictError, InvalidInputError, NotFoundError
from records import account_facts, case_words, comments, decisions, ledger, overview, verdicts
from records.values import Purpose, VerdictKind, VerdictRecord
from review.checks import MAX_REASON


def show(visit: Visit) -> Response:
    """GET /decisions/{decision_id}."""
    return _page(visit)


def reopen(visit: Visit) -> Response:
    """POST /decisions/{decision_id}/reopen: a case of its own about what was decided, in the visitor's hands."""
    decision_id = visit.path_values["decision_id"]
    try:
        with visit.parts.database.unit() as unit:
            verdict = verdicts.holding_for(unit, decision_id)
            if verdict is None:
                raise NotFoundError("Nobody has decided this yet.")
            rules, reason = visit.parts.complaints, visit.form.one("reason")
            opened = reopening.reopen(
                unit, verdict.case_id, rules, moderator=visit.me.id, reason=reason, now=visit.now
            )  # fmt: skip
            unit.commit()
    except InvalidInputError:
        return _page(visit, visit.words("decision.again_no_reason", n=MAX_REASON), status=422)
    except SettledError as error:
        return _page(visit, visit.words(f"settled.{error.why}"), status=403)
    except NotAnotherError as error:
        return _page(visit, visit.words(f"not_another.{error.why}"), status=403)
    except ConflictError:
        return _page(visit, visit.words("decision.again_conflict"), status=409)
    if opened.is_for_another:
        return RedirectResponse(visit.url(f"/decisions/{decision_id}?asked=1"), status_code=303)
    return RedirectResponse(visit.url(f"/work?case={opened.case.id}"), status_code=303)


def _decided(visit: Visit, verdict: VerdictRecord) -> bool:
    """Whether it settled something, and the visitor may settle it anew."""
    holds = verdict.undone_at is None and verdict.verdict is not VerdictKind.UNSURE
    return holds and verdict.purpose is Purpose.DECIDE and visit.may(Action.DECIDE_ANEW)


def _page(visit: Visit, problem: str = "", *, status: int = 200) -> Response:
    with visit.parts.database.reading() as look:
        record = decisions.get(look, visit.path_values["decision_id"])
        comment = comments.get(look, record.comment_id)
        written = comments.written(look, comment.id, record.revision)
        text = written.text
        mine = in_hand(look, visit)
        to_case = desk.to_go_back_to(look, visit, comment.id)
        if comment.id in mine.appealed:
            raise RefusalError("error.blind", 403)
        is_hidden = comment.id in mine.asked
        given = (
            []
            if is_hidden
            else [verdict_line(look, visit, each, text) for each in overview.verdicts_about(look, record.id)]
        )
        passed = (
            () if is_hidden else passed_view(case_words.of_comment(look, comment.id), partial(name_for, visit, look))
        )
        heeded = Heeded(visit.parts.taxonomy, visit.parts.complaints, visit.preferences.locale)
        told = [] if is_hidden else [comment.id]
        entry = ledger.last(look, "decision", record.id) if visit.may(Action.SEE_LEDGER) else None
        blurred_for = harsh_together(look, heeded, [record], told=told)[comment.id]
        said = stated(account_facts.beside(look, comment), visit.words, visit.now) if comment.author_index else ()
    note_reading(visit, [comment.id], whole=True)
    trace(visit, "decision", [("comment", comment.id)], behind=[comment.id])
    spans = [span for reason in record.decision.reasons for span in reason.spans]
    return render(
        visit,
        "decision.html",
        status=status,
        record=record,
        comment=comment,
        to_case=to_case,
        said_of_account=said,
        text=None if text is None else pieces(text, spans),
        attachments=view_attachments(written.attachments, record.decision, visit.preferences.locale),
        harsh=blurred_for,
        entry=entry,
        lines=lines(visit.parts.taxonomy, record.decision),
        unscored=unscored(visit.words, record.decision),
        verdicts=given,
        passed=passed,
        is_hidden=is_hidden,
        may_reopen=any(_decided(visit, line.verdict) for line in given) and text is not None,
        problem=problem,
        is_asked=bool(visit.query.get("asked")),
        max_reason=MAX_REASON,
        versions=list(asdict(record.decision.versions).items()),
        message_of=partial(message_of, locale=visit.preferences.locale),
    )

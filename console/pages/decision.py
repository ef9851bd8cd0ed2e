"""One decision: what was said, what was decided, why, with which versions, and what people made of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import partial

from starlette.responses import Response

from console.case_view import harsh, lines, message_of, unscored
from console.marks import Piece, pieces
from console.rendering import render
from console.visit import Visit
from moderation.errors import NotFoundError
from records import comments, decisions, overview, users
from records.unit_of_work import Reading
from records.values import VerdictRecord


@dataclass(frozen=True, slots=True)
class VerdictLine:
    """A verdict with words in place of ids."""

    verdict: VerdictRecord
    moderator: str
    labels: tuple[str, ...]
    note: tuple[Piece, ...]


def show(visit: Visit) -> Response:
    """GET /decisions/{decision_id}."""
    with visit.parts.database.reading() as look:
        record = decisions.get(look, visit.path_values["decision_id"])
        comment = comments.get(look, record.comment_id)
        text = comments.text_of(look, comment.id, record.revision)
        given = [_line(look, visit, verdict) for verdict in overview.verdicts_about(look, record.id)]
    spans = [span for reason in record.decision.reasons for span in reason.spans]
    return render(
        visit,
        "decision.html",
        record=record,
        comment=comment,
        text=None if text is None else pieces(text, spans),
        harsh=harsh(visit.parts.taxonomy, record.decision, visit.preferences.locale),
        lines=lines(visit.parts.taxonomy, record.decision),
        unscored=unscored(visit.words, record.decision),
        verdicts=given,
        versions=list(asdict(record.decision.versions).items()),
        message_of=partial(message_of, locale=visit.preferences.locale),
    )


def _line(look: Reading, visit: Visit, verdict: VerdictRecord) -> VerdictLine:
    known = {label.name: getattr(label.title, visit.preferences.locale) for label in visit.parts.taxonomy.labels}
    labels = tuple(known.get(name, name) for name in verdict.labels)
    return VerdictLine(verdict, _name(look, verdict.moderator), labels, pieces(verdict.note or ""))


def _name(look: Reading, user_id: str) -> str:
    """A verdict given through the API carries a key's id, which is no user's."""
    try:
        return users.get(look, user_id).display_name
    except NotFoundError:
        return user_id

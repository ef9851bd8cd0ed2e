"""A label's policy whole: what it is, on which ground, and every edge case that a lead put beside it."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import RedirectResponse, Response

from console.colleagues import name_for
from console.harshness import harsh_ones
from console.in_hand import in_hand, note_reading
from console.marks import Piece, pieces
from console.rendering import render
from console.visit import Visit
from moderation.errors import ConflictError, NotFoundError
from moderation.taxonomy import Label
from records import comments
from records.edge_cases import EdgeCase
from records.unit_of_work import Reading
from review import edge_cases as review
from review.edge_cases import Told


@dataclass(frozen=True, slots=True)
class EdgeRow:
    """One in words. `holds`: what was settled is what holds; else it is shown here alone."""

    edge: EdgeCase
    text: tuple[Piece, ...]
    is_harsh: bool
    by: str
    holds: bool


def show(visit: Visit) -> Response:
    """GET /labels/{label}."""
    return _page(visit)


def take_back(visit: Visit) -> Response:
    """POST /labels/edge-cases/{edge_id}: it stands beside no policy any more."""
    with visit.parts.database.unit() as unit:
        try:
            edge = review.take_back(unit, visit.path_values["edge_id"], author=visit.me.id, now=visit.now)
        except ConflictError:
            return RedirectResponse(visit.url("/quality/disagreements"), status_code=303)
        unit.commit()
    return RedirectResponse(visit.url(f"/labels/{edge.label}"), status_code=303)


def _page(visit: Visit) -> Response:
    """Whoever reads what was decided here is not asked about it blind from now on, nor as about a known answer."""
    label = _label(visit)
    with visit.parts.database.reading() as look:
        found = review.of_label(look, label.name)
        rows = _rows(look, visit, found)
    note_reading(visit, [row.edge.comment_id for row in rows], whole=True)
    return render(visit, "label.html", label=label, rows=rows)


def _rows(look: Reading, visit: Visit, found: list[Told]) -> list[EdgeRow]:
    """None about which, or about a copy of which, the visitor is asked just now."""
    records = {each.edge.comment_id: comments.get(look, each.edge.comment_id) for each in found}
    mine = in_hand(look, visit).with_copies_among(look, records.values()).asked
    told = [each for each in found if each.edge.comment_id not in mine]
    harsh = harsh_ones(look, [each.edge.comment_id for each in told])
    return [
        EdgeRow(
            each.edge,
            pieces(each.text),
            each.edge.comment_id in harsh,
            name_for(visit, look, each.edge.author),
            each.holds,
        )
        for each in told
    ]


def _label(visit: Visit) -> Label:
    """Raises `NotFoundError` for what is no label here."""
    for label in visit.parts.taxonomy.labels:
        if label.name == visit.path_values["label"]:
            return label
    raise NotFoundError("There is no such label.")

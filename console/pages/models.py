"""Models: champion and challengers, what the gate said, where each is weak, and the champion moved with a reason.

What moves the champion is the command line's own way through gate and approvals; a page only asks for it.
"""

from __future__ import annotations

from starlette.responses import Response

from console import gate_words, spreadsheets
from console.model_desk import ModelDesk, Moved
from console.model_view import CheckLine, ModelLine, ModelView, model, models, moves
from console.pages.rules import titles
from console.rendering import render
from console.visit import Visit
from governance import assessments
from governance.approvals import MAX_WORDS
from governance.models import CHAMPION as QUESTION
from moderation.errors import NotFoundError
from records import approvals
from registry.gate_file import Check
from registry.promotion import earlier, history
from registry.shipped_gates import is_shipped

MODELS_HEAD = (
    "version",
    "hash",
    "called",
    "trained_at",
    "tiers",
    "macro_f1",
    "harmful_found",
    "everyday_blocked",
    "gate",
)
MOVES_HEAD = ("at", "move", "version", "actor", "reason", "gate", "gate_hash")
LABELS_HEAD = ("label", "positives", "rows", "precision", "recall", "f1")
SLICES_HEAD = ("axis", "slice", "rows", "macro_f1", "harmful_found", "low", "high")
CHECKS_HEAD = ("check", "slice", "outcome", "figure", "limit", "low", "high", "rows", "note")


def show(visit: Visit) -> Response:
    """GET /models."""
    return _list(visit)


def rollback(visit: Visit) -> Response:
    """POST /models/rollback: the champion before this one is champion again."""
    why = visit.form.one("why")
    if not 0 < len(why) <= MAX_WORDS:
        return _list(visit, "models.no_reason", status=422)
    moved = _desk(visit).rollback(visit.me.name, why, visit.form.one("emergency")[:MAX_WORDS])
    return _list(visit, moved=moved, status=200 if moved.done else 409)


def show_one(visit: Visit) -> Response:
    """GET /models/{version}."""
    return _one(visit)


def promote(visit: Visit) -> Response:
    """POST /models/{version}: asks for it; where the gate asks for people, the question waits under Approvals."""
    view = _view(visit)
    why = visit.form.one("why")
    if not 0 < len(why) <= MAX_WORDS:
        return _one(visit, "models.no_reason", status=422)
    if view.why_not:
        return _one(visit, moved=Moved(False, view.why_not), status=409)
    moved = _desk(visit).promote(view.line.version, visit.me.name, why)
    return _one(visit, moved=moved, status=200 if moved.done else 409)


def show_mistakes(visit: Visit) -> Response:
    """GET /models/{version}/mistakes: texts of the rows that the gate names, which take seconds to look up.

    For htmx the list alone, else a page of it.
    """
    view, desk = _view(visit), _desk(visit)
    gate = view.line.gate
    found = desk.examples(view.line.version, gate) if gate and gate.examples else ()
    template = "_mistakes.html" if visit.is_htmx else "mistakes.html"
    return render(visit, template, version=view.line.version, mistakes=found)


def download(visit: Visit) -> Response:
    """GET /models/{version}/checks.csv."""
    gate = _view(visit).line.gate
    rows = [
        (c.name, c.slice, c.outcome.value, c.figure, c.limit, c.low, c.high, c.rows, c.note)
        for c in (gate.checks if gate else ())
    ]
    return spreadsheets.answer(f"gate-{_version(visit)}", CHECKS_HEAD, rows)


def download_list(visit: Visit) -> Response:
    """GET /models/table/models.csv."""
    return spreadsheets.answer("models", MODELS_HEAD, [_model_row(line) for line in models(_desk(visit).registry_root)])


def download_moves(visit: Visit) -> Response:
    """GET /models/table/moves.csv: what moved the champion, all of it."""
    told = reversed(history(_desk(visit).registry_root))
    return spreadsheets.answer("moves", MOVES_HEAD, [[move.get(name) for name in MOVES_HEAD] for move in told])


def download_labels(visit: Visit) -> Response:
    """GET /models/{version}/labels.csv."""
    view = _view(visit)
    rows = [[one.get("name"), *(one.get(name) for name in LABELS_HEAD[1:])] for one in view.labels]
    return spreadsheets.answer(f"labels-{_version(visit)}", LABELS_HEAD, rows)


def download_slices(visit: Visit) -> Response:
    """GET /models/{version}/slices.csv."""
    view = _view(visit)
    rows = [
        (
            one.axis,
            one.name,
            one.rows,
            one.macro_f1,
            one.found.get("share"),
            one.found.get("low"),
            one.found.get("high"),
        )
        for one in view.slices
    ]
    return spreadsheets.answer(f"slices-{_version(visit)}", SLICES_HEAD, rows)


def _model_row(line: ModelLine) -> list[object]:
    told, figures = line.manifest, line.figures
    shares = [(figures.get(name) or {}).get("share") for name in ("harmful_found", "everyday_blocked")]
    trained = (told.created_at, " ".join(told.tiers)) if told else (None, None)
    gate = line.gate.verdict if line.gate else None
    return [line.version, line.hash, line.alias, *trained, figures.get("macro_f1"), *shares, gate]


def _list(visit: Visit, problem: str = "", *, moved: Moved | None = None, status: int = 200) -> Response:
    desk = visit.parts.models
    with visit.parts.database.reading() as look:
        waiting = [each for each in approvals.waiting(look) if each.kind == QUESTION]
        before = earlier(desk.registry_root) if desk else None
        lacks = assessments.wanting(look, visit.parts.policies().values(), before.hash) if before else []
    return render(
        visit,
        "models.html",
        status=status,
        lines=models(desk.registry_root) if desk else [],
        moves=moves(desk.registry_root) if desk else [],
        is_shipped=is_shipped,
        earlier=before,
        unassessed=sorted({(each.policy, each.surface) for each in lacks}),
        waiting=waiting,
        mlflow=desk.mlflow if desk else None,
        problem=problem,
        moved=moved,
        max_words=MAX_WORDS,
    )


def _one(visit: Visit, problem: str = "", *, moved: Moved | None = None, status: int = 200) -> Response:
    desk = _desk(visit)
    view = _view(visit)
    gate = view.line.gate
    return render(
        visit,
        "model.html",
        status=status,
        view=view,
        gate=gate,
        verdict=gate_words.verdict(visit.words, titles(visit), gate) if gate else "",
        checks=[_line(visit, check) for check in view.checks],
        untold=[_line(visit, check) for check in view.untold],
        pace=gate_words.pace(visit.words, gate),
        titles=titles(visit),
        mlflow=desk.mlflow,
        mlflow_command=desk.mlflow_command,
        problem=problem,
        moved=moved,
        max_words=MAX_WORDS,
    )


def _line(visit: Visit, check: Check) -> CheckLine:
    of = visit.words
    said = gate_words.note(of, check)
    return CheckLine(check, gate_words.name(of, titles(visit), check), gate_words.part(of, titles(visit), check), said)


def _view(visit: Visit) -> ModelView:
    return model(_desk(visit).registry_root, _version(visit), visit.words, titles(visit))


def _desk(visit: Visit) -> ModelDesk:
    """Raises `NotFoundError` where this console was put together without models."""
    if visit.parts.models is None:
        raise NotFoundError("There are no models here.")
    return visit.parts.models


def _version(visit: Visit) -> str:
    """A version or alias, and no path. Raises `NotFoundError`."""
    told = visit.path_values["version"]
    if not told.replace("-", "").replace("_", "").isalnum():
        raise NotFoundError("There is no such model.")
    return told

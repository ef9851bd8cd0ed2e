"""Which comments people look at next: chosen by `data/selection.py`, made cases by `review/chosen.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from math import log
from pathlib import Path

from chaffinch.asking import Question, ask_about, engine_of
from chaffinch.backtesting import Line
from chaffinch.os_user import os_user
from chaffinch.settings import Settings
from chaffinch.slices import keep
from chaffinch.wiring import open_database
from data.selection import Item, Pick, Plan, Reason, Selection, select
from moderation.comment import CORPUS, Comment, Context
from moderation.decision import Decision
from moderation.errors import Fault, InvalidInputError
from moderation.normaliser import normalise
from moderation.pipeline import checked
from moderation.toml import parse_file
from records import cases, comments, decisions
from records.candidates import candidates, count
from records.unit_of_work import Reading
from registry.files import sha256
from review.chosen import Chosen, Why, ask

WHY = {Reason.UNCERTAIN: Why.UNCERTAIN, Reason.DIVERSE: Why.DIVERSE, Reason.RANDOM: Why.RANDOM}
MOST_FAULTS = 20

Progress = Callable[[str, float | None], None]


@dataclass(frozen=True, slots=True)
class Done:
    """A selection, the cases that came of it, and its file."""

    selection: Selection
    cases: int
    path: Path

    def counts(self) -> dict[str, int]:
        """Picks by reason."""
        return {str(reason): sum(pick.reason is reason for pick in self.selection.picks) for reason in Reason}


def load_plan(settings: Settings, wanted: int | None) -> Plan:
    """`configs/selection.toml`, with another count where one is given. Raises `ConfigError`."""
    plan = parse_file(Plan, settings.configs / "selection.toml")
    return plan if wanted is None else plan.model_copy(update={"count": wanted})


def select_stored(settings: Settings, plan: Plan, *, seed: int, now: datetime, progress: Progress) -> Done:
    """Chooses from the last decision of every stored comment. Raises `PartUnavailableError`."""
    ends: list[str] = []

    def items(look: Reading) -> Iterator[Item]:
        total = count(look)
        for at, each in enumerate(candidates(look, but_of=[CORPUS])):
            progress("read", at / total)
            ends[:] = [ends[0] if ends else each.decision_id, each.decision_id]
            yield _item(each.decision_id, each.text, each.decision, asked=each.had_case)

    with closing(open_database(settings)) as database:
        with database.reading() as look:
            selection = select(items(look), plan, seed=seed)
        progress("ask", None)
        with database.unit(os_user=os_user()) as unit:
            opened = ask(unit, [_chosen(unit, pick, pick.item.key) for pick in selection.picks], now=now)
            unit.commit()
    found = {pick.item.key: pick.item.key for pick in selection.picks}
    between = (ends[0], ends[1]) if ends else None
    return Done(selection, len(opened), keep(settings, selection, found, now=now, between=between))


def select_lines(settings: Settings, file: Path, plan: Plan, *, seed: int, now: datetime, progress: Progress) -> Done:
    """Chooses from a JSONL file, `{"text", "id"?, "lang"?, "surface"?}` a line; what is chosen is stored.

    Raises `InvalidInputError` with the broken lines: from a file that is read in part nothing is drawn at random.
    """
    given = _comments(file)
    engine = engine_of(settings)
    judged: dict[str, Decision] = {}
    stored, asked = _stored_already(settings, list(given))

    def items() -> Iterator[Item]:
        for at, (name, comment) in enumerate(given.items()):
            progress("score", at / len(given))
            judged[name] = engine.judge(comment)
            yield _item(name, comment.text, judged[name], asked=name in asked)

    selection = select(items(), plan, seed=seed)
    progress("ask", None)
    new = [pick for pick in selection.picks if pick.item.key not in stored]
    questions = [_question(given[pick.item.key], judged[pick.item.key], pick) for pick in new]
    fresh = ask_about(settings, questions, count=len(questions), now=now)
    found = {pick.item.key: each.decision_id for pick, each in zip(new, fresh, strict=True)}
    opened, known = _ask_of_stored(settings, selection, stored, now)
    return Done(selection, len(fresh) + opened, keep(settings, selection, found | known, now=now))


def _stored_already(settings: Settings, names: list[str]) -> tuple[dict[str, str], set[str]]:
    """Our ids of those that were ever stored, and the names of those about which a person was asked."""
    with closing(open_database(settings)) as database, database.reading() as look:
        known = comments.known_ids(look, names)
        had = cases.had_one(look, sorted(known.values()))
    return known, {name for name, comment_id in known.items() if comment_id in had}


def _ask_of_stored(
    settings: Settings, selection: Selection, stored: Mapping[str, str], now: datetime
) -> tuple[int, dict[str, str]]:
    """Cases about chosen comments that the service knows; how many, and the last decision of each."""
    picks = [pick for pick in selection.picks if pick.item.key in stored]
    with closing(open_database(settings)) as database, database.unit(os_user=os_user()) as unit:
        last = {pick.item.key: decisions.latest_of(unit, stored[pick.item.key]).id for pick in picks}
        opened = ask(unit, [_chosen(unit, pick, last[pick.item.key]) for pick in picks], now=now)
        unit.commit()
    return len(opened), last


def _comments(file: Path) -> dict[str, Comment]:
    found: dict[str, Comment] = {}
    faults: list[Fault] = []
    for number, raw in enumerate(file.read_bytes().splitlines(), start=1):
        try:
            comment = _comment(Line.model_validate_json(raw))
        except ValueError as error:
            faults.append(Fault(f"{file.name}:{number}", f"is no comment ({str(error).splitlines()[0]})"))
        except InvalidInputError as error:
            faults.append(Fault(f"{file.name}:{number}", error.faults[0].detail))
        else:
            found[comment.id or ""] = comment
    if faults or not found:
        told = f"{file} cannot be chosen from: {len(faults)} broken lines." if faults else f"{file} holds no comments."
        raise InvalidInputError(told, faults[:MOST_FAULTS])
    return found


def _comment(line: Line) -> Comment:
    """Without an id its text names it. Raises `ValueError` or `InvalidInputError` where it cannot be judged."""
    if normalise(checked(line.text)).is_empty:
        raise ValueError("nothing of the text is visible")
    name = f"selected:{sha256(line.text.encode())[:32]}" if line.id is None else str(line.id)
    lang = line.lang if "lang" in line.model_fields_set else None
    return replace(Comment(line.text, lang=lang, context=Context(surface=line.surface)), id=name)


def _item(key: str, text: str, decision: Decision, *, asked: bool) -> Item:
    return Item(key, normalise(text).canonical.text, distance_of(decision), asked)


def distance_of(decision: Decision) -> float:
    """Log-odds between the score nearest to a threshold, of review or of block, and that threshold."""
    return min(
        abs(_log_odds(label.score) - _log_odds(threshold))
        for label in decision.labels
        for threshold in (label.threshold, label.review_threshold)
    )


def _log_odds(chance: float) -> float:
    held = min(max(chance, 1e-6), 1 - 1e-6)
    return log(held / (1 - held))


def _question(comment: Comment, decision: Decision, pick: Pick) -> Question:
    """Judged and waiting where the file says that it stands; stored as what it is, a comment that no platform sent."""
    stored = replace(comment, context=replace(comment.context, surface=CORPUS))
    return Question(stored, comment.context.surface, WHY[pick.reason], decision)


def _chosen(look: Reading, pick: Pick, decision_id: str) -> Chosen:
    record = decisions.get(look, decision_id)
    queue = comments.get(look, record.comment_id).surface
    return Chosen(record.comment_id, decision_id, record.decision, queue, WHY[pick.reason])

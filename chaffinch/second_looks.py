"""Doubted labels: from a data set to suspects, a file for review, and cases whose answers become labels.

Here both columns meet: models that never saw a row doubt its label, and a person is asked about its text. The answer
is a verdict like any other; `chaffinch data export-labels` writes it, and in the next build it is trusted more than
the source (`configs/sources/moderators.toml`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chaffinch.asking import Question, ask_about
from chaffinch.settings import Settings
from chaffinch.wiring import taxonomy_of
from data.manifest import MODERATORS
from governance.giving import OWNER_ALONE
from moderation.comment import CORPUS, Comment, Context
from moderation.errors import NotFoundError
from records.waiting import SECOND_LOOK
from registry.files import replacing
from review.chosen import Why

if TYPE_CHECKING:
    from data.recipes import Recipe
    from data.rows import Rows
    from data.sources import Places
    from eval.suspects import Suspect, Suspicion

FOLDER = "suspects"
Progress = Callable[[str, float], None]


def rows_of(name: str, settings: Settings, recipes: dict[str, Recipe], places: Places) -> Rows:
    """Every row of a snapshot or, where there is none of that name, of a source, texts that say the same as one.

    Raises `NotFoundError` naming both kinds.
    """
    from data.merging import Tally, merge_exact
    from data.rows import SPLITS, Rows
    from data.snapshot import find, require_labels
    from data.sources import load, locate
    from eval.joining import joined

    labels = taxonomy_of(settings).names
    try:
        snapshot = find(name, settings.home / "snapshots")
    except NotFoundError as error:
        if name not in recipes:
            raise NotFoundError(f"{error} And there is no source '{name}'; known: {', '.join(recipes)}.") from error
        recipe = recipes[name]
        return Rows.of(merge_exact(load(recipe, locate(recipe, places), labels).rows, Tally()), len(labels))
    require_labels(snapshot, labels)
    return joined(*(snapshot.split(side) for side in SPLITS))


def suspects_of(rows: Rows, settings: Settings, progress: Progress) -> Suspicion:
    """What models that did not see a row think wrongly labelled. Raises `TrainingError`, `ConfigError`."""
    from eval.suspects import find_suspects
    from moderation.toml import parse_file
    from training.out_of_fold import SuspectSettings, out_of_fold

    how = parse_file(SuspectSettings, settings.configs / "suspects.toml")
    said = out_of_fold(rows, how.features, how.learning, count=how.folds, progress=progress)
    progress("doubt", 0.0)
    return find_suspects(rows, said, taxonomy_of(settings).names)


def cases_asked(settings: Settings) -> int:
    """How many suspects people are asked about at a time."""
    from moderation.toml import parse_file
    from training.out_of_fold import SuspectSettings

    return parse_file(SuspectSettings, settings.configs / "suspects.toml").cases


def own_texts(rows: Rows, suspicion: Suspicion) -> int:
    """How many of the suspects people wrote to this house."""
    return sum(rows.sources[each.row] == MODERATORS for each in suspicion.suspects)


def write(rows: Rows, suspicion: Suspicion, name: str, settings: Settings, *, with_own: bool) -> Path:
    """Writes the suspects with their texts below the home, the first to see first; the only place for their texts.

    Its owner alone reads the file. `with_own`: with texts that people wrote to this house.
    """
    path = settings.home / FOLDER / f"{Path(name).name}.jsonl"
    lines = (json.dumps(line, ensure_ascii=False) + "\n" for line in _lines(rows, suspicion.suspects, with_own))
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path, mode=OWNER_ALONE) as file:
        file.writelines(line.encode() for line in lines)
    return path


def _lines(rows: Rows, suspects: Sequence[Suspect], with_own: bool) -> Iterator[dict[str, Any]]:
    for rank, each in enumerate(suspects, start=1):
        yield {
            "rank": rank,
            "id": rows.ids[each.row],
            "source": rows.sources[each.row],
            "lang": rows.langs[each.row],
            "question": each.question,
            "given": "yes" if each.given else "no",
            "model": round(each.probability, 4),
            "text": rows.texts[each.row] if with_own or rows.sources[each.row] != MODERATORS else None,
        }


def ask_people(rows: Rows, suspicion: Suspicion, settings: Settings, *, count: int, now: datetime) -> int:
    """Opens cases about the first `count` rows that nobody was asked about, in the queue `second look`; how many.

    Verdicts of this installation are left out: their comments were asked about, and a case is opened anew in the
    console, with a reason.
    """
    order = dict.fromkeys(each.row for each in suspicion.suspects)
    questions = (_question(rows, at) for at in order if rows.sources[at] != MODERATORS)
    return len(ask_about(settings, questions, count=count, now=now))


def _question(rows: Rows, at: int) -> Question:
    """The row as a comment of a surface of its own; the thread carries its group, and so the label that comes of it."""
    comment = Comment(
        text=rows.texts[at],
        id=f"{CORPUS}:{rows.ids[at]}",
        lang=rows.langs[at] or None,
        context=Context(surface=CORPUS, thread_id=f"{rows.sources[at]}/{rows.groups[at]}"),
    )
    return Question(comment, SECOND_LOOK, Why.LABEL_DOUBT)

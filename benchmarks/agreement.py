"""How often the cascade asks its encoder, and what not asking changes: `python benchmarks/agreement.py [MODEL]`.

Everyday comments (the snapshot `everyday`, held-out incidents) are decided twice by the default policy and the shipped
rules: by the model as shipped, and by both tiers about every comment. Printed: the share that reached the encoder, the
share of equal decisions beside the bar of 99.5 %, and how the others differ. What exits cost on harm is told by
`chaffinch eval MODEL chineseharm --as chineseharm --split all --both`.
"""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import replace

import _material  # noqa: F401 - puts the checkout on the path
import numpy as np
from _serving import named_bundle

from chaffinch.settings import load_settings
from chaffinch.wiring import load_engine, taxonomy_of
from data.rows import Split
from data.snapshot import find
from eval.metrics import interval
from moderation.comment import Comment
from moderation.decision import Decision
from moderation.errors import ChaffinchError
from moderation.pipeline import Engine
from registry.cascade import CascadeScorer
from registry.encoder import ENCODER_TIER
from registry.scorers import load_scorer

BAR = 0.995
BATCH = 256


def main() -> None:
    """Prints three lines."""
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("model", nargs="?")
    given.add_argument("--rows", type=int, default=3_000)
    told = given.parse_args()
    folder = named_bundle("agreement", told.model)
    comments = everyday(told.rows)
    if folder is None or not comments:
        return
    settings = load_settings()
    scorer = load_scorer(folder, taxonomy_of(settings))
    if not isinstance(scorer, CascadeScorer):
        print(f"agreement: {folder.name} has no encoder, and nothing to agree with")
        return
    bare = load_engine(settings, model="none")
    decided = [decisions(replace(bare, scorer=model), comments) for model in (scorer, scorer.always_both())]
    for line in compared(*decided):
        print(line)


def decisions(engine: Engine, comments: list[str]) -> list[Decision]:
    """Every comment's."""
    return [
        decision
        for at in range(0, len(comments), BATCH)
        for decision in engine.judge_many([engine.read(Comment(text)) for text in comments[at : at + BATCH]])
    ]


def everyday(rows: int) -> list[str]:
    """Held-out everyday comments, drawn by a seed; none where nobody built the set, which is said."""
    try:
        found = find("everyday", load_settings().home / "snapshots").split(Split.TEST)
    except ChaffinchError as error:
        print(f"agreement: {error}")
        return []
    at = np.random.default_rng(0).permutation(np.flatnonzero(found.everyday))[:rows]
    return [found.texts[each] for each in at]


def compared(shipped: list[Decision], both: list[Decision]) -> list[str]:
    """In words: how many reached the encoder, how many decisions are the same, and how the others differ."""
    asked = sum(each.versions.tier == ENCODER_TIER for each in shipped)
    pairs = [(one.outcome.value, other.outcome.value) for one, other in zip(shipped, both, strict=True)]
    same, many = sum(one == other for one, other in pairs), len(pairs)
    sure, verdict = interval(same, many), "reached" if same / many >= BAR else "MISSED"
    others = Counter(f"{other} became {one}" for one, other in pairs if one != other)
    return [
        f"{asked / many:.1%} of {many:,} everyday comments reached the encoder; {1 - asked / many:.1%} left early",
        f"decisions as both tiers would decide: {same / many:.2%} ({sure.low:.2%} to {sure.high:.2%}; "
        f"at least {BAR:.1%}: {verdict})",
        f"the others: {', '.join(f'{count} x {words}' for words, count in others.most_common()) or 'none'}",
    ]


if __name__ == "__main__":
    main()

"""What the cascade's exits give when they are chosen anew: `python benchmarks/exits.py [MODEL] [--rows N]`.

For a model without `encoder.folds`: on validation rows of its own snapshot, which neither tier learnt, exits are chosen
by two thresholds alone and with the line through the fast tier's log-odds (`training.exits`). Printed for each: how
much of the validation rows and of the everyday comments of held-out incidents is asked of the encoder, how many
everyday comments the model's thresholds decide as both tiers would (bar: 99.5 %), and what is lost.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from unittest.mock import patch

import _material  # noqa: F401 - puts the checkout on the path
import numpy as np
from _serving import named_bundle

from chaffinch.settings import load_settings
from chaffinch.wiring import taxonomy_of
from data.rows import Rows
from data.snapshot import find
from eval.evaluation import score_texts
from eval.metrics import Scores
from moderation.ports import Thresholds
from registry.bundle import read_manifest
from registry.cascade import CascadeScorer
from registry.scorers import load_scorer
from training import exits
from training.exits import ChosenExits, Judged, cascaded, choose_exits


def main() -> None:
    """Prints two lines and what they were found on."""
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("model", nargs="?")
    given.add_argument("--rows", type=int, default=6_000)
    told = given.parse_args()
    folder = named_bundle("exits", told.model)
    if folder is None:
        return
    settings = load_settings()
    scorer = load_scorer(folder, taxonomy_of(settings))
    if not isinstance(scorer, CascadeScorer):
        print(f"exits: {folder.name} has no encoder")
        return
    snapshots = settings.home / "snapshots"
    held = some(find(read_manifest(folder).snapshot_name, snapshots).split("validation"), told.rows)
    everyday = some(find("everyday", snapshots).split("test"), told.rows // 2)
    rows, calm = judged(scorer, held), judged(scorer, everyday)
    print(f"{folder.name}: {len(held)} validation rows, {len(everyday)} everyday comments")
    with patch.object(exits, "LEAST_MISSED", len(held)):
        alone = choose_exits(rows)
    for name, chosen in (("two thresholds", alone), ("and a line", choose_exits(rows))):
        print(f"{name:15} {shown(chosen, rows, calm, scorer.thresholds)}")


def some(rows: Rows, most: int) -> Rows:
    """At most so many, drawn by a seed."""
    return rows.take(np.sort(np.random.default_rng(0).permutation(len(rows))[:most]))


def judged(scorer: CascadeScorer, rows: Rows) -> Judged:
    """What the fast tier and what both say of them."""
    fast, both = score_texts(scorer.fast, rows.texts), score_texts(scorer.always_both(), rows.texts)
    return Judged(rows.labels, rows.union, fast, both, scorer.labels)


def shown(chosen: ChosenExits, rows: Judged, calm: Judged, thresholds: Mapping[str, Thresholds]) -> str:
    """One line."""
    alike = (decided(cascaded(calm, chosen.exits), thresholds) == decided(calm.both, thresholds)).mean()
    asked = float((~chosen.exits.stand(calm.fast)).mean())
    figure = f"{chosen.macro_f1:.4f} beside {chosen.macro_f1_of_both:.4f}" if chosen.macro_f1 is not None else "-"
    return (
        f"clean {chosen.exits.clean}, sure {chosen.exits.sure}; asked {chosen.asked:.1%}, everyday {asked:.1%}; "
        f"everyday decided alike {alike:.2%}; macro-F1 {figure}; lost {chosen.lost}"
    )


def decided(scores: Scores, thresholds: Mapping[str, Thresholds]) -> Scores:
    """0 pass, 1 review, 2 block, by each row's worst label, `(n,)`."""
    review, block = (np.array([getattr(each, name) for each in thresholds.values()]) for name in ("review", "block"))
    answer: Scores = np.maximum((scores >= review).any(axis=1) * 1.0, (scores >= block).any(axis=1) * 2.0)
    return answer


if __name__ == "__main__":
    main()

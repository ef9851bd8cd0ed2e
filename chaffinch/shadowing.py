"""Who is challenger, and the report on one as JSON and as a page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from chaffinch.pages import page
from chaffinch.settings import Settings
from chaffinch.wiring import taxonomy_of
from moderation.decision import Outcome
from moderation.errors import ConflictError, NotFoundError
from moderation.rules.backtest import Share
from moderation.toml import parse_file
from registry.names import CHALLENGER, MODEL_NAME, resolve
from registry.pointers import Pointer, find_pointer, locked_waiting, remove_pointer, write_pointer
from registry.scorers import load_scorer
from serving.shadow_settings import ShadowSettings

if TYPE_CHECKING:
    from governance.shadow import ShadowReport, Side, Slice


def challenge(settings: Settings, model: str) -> str:
    """Points the alias `challenger` at a model that can be loaded; what happens now, in a sentence.

    Raises `NotFoundError`, `BundleError` or `ConfigError` where it or `configs/shadow.toml` cannot be used,
    `ConflictError` for the champion.
    """
    from chaffinch.promotion import is_champion

    target = resolve(model, home=settings.home)
    if target is None:
        raise NotFoundError("'none' is no model that could be held against the champion; name one to try.")
    if is_champion(settings, target.hash):
        raise ConflictError(f"Version {target.version} is the champion; only another model can be held against it.")
    plan = parse_file(ShadowSettings, settings.configs / "shadow.toml")
    load_scorer(target.path, taxonomy_of(settings), version=target.version, expected_hash=target.hash)
    with locked_waiting(settings.registry_root, MODEL_NAME):
        before = find_pointer(settings.registry_root, MODEL_NAME, CHALLENGER)
        pointer = Pointer(target.path, target.version, target.hash)
        write_pointer(settings.registry_root, MODEL_NAME, CHALLENGER, pointer)
    instead = f" in place of version {before.version}" if before and before.hash != target.hash else ""
    return (
        f"Version {target.version} is challenger{instead}: a worker scores {plan.share:.0%} of the stored decisions "
        "beside their answers, which stay the champion's. chaffinch shadow report tells how the two compare."
    )


def call_off(settings: Settings) -> str:
    """Takes the alias away; says so in a sentence. Raises `NotFoundError` where there is no challenger."""
    with locked_waiting(settings.registry_root, MODEL_NAME):
        before = find_pointer(settings.registry_root, MODEL_NAME, CHALLENGER)
        if before is None:
            raise NotFoundError("There is no challenger; chaffinch shadow start MODEL makes one.")
        remove_pointer(settings.registry_root, MODEL_NAME, CHALLENGER)
    return f"Version {before.version} is no longer challenger; what it was held against stays for the report."


def as_json(found: ShadowReport) -> dict[str, Any]:
    """The report for programs."""
    run = found.run
    return {
        "challenger": {"version": run.version, "hash": run.hash, "fault": run.fault},
        "champion": found.champion,
        "champions": list(found.champions),
        "begun_at": run.begun_at.isoformat(timespec="seconds"),
        "worked_at": run.worked_at.isoformat(timespec="seconds"),
        "left_out": run.left_out,
        "matrix": {answered.value: _counts(row) for answered, row in found.matrix.items()},
        "slices": [_slice(each) for each in found.slices],
    }


def _slice(each: Slice) -> dict[str, Any]:
    return {
        "axis": each.axis,
        "name": each.name,
        "rows": each.rows,
        "judged": each.judged,
        "agreed": _share(each.agreed),
        "champion": _side(each.champion),
        "challenger": _side(each.challenger),
        "won": _share(each.won),
    }


def _side(side: Side) -> dict[str, Any]:
    return {
        "outcomes": _counts(side.outcomes),
        "flagged": side.flagged,
        "precision": _share(side.precision),
        "block_precision": _share(side.block_precision),
    }


def _counts(outcomes: Mapping[Outcome, int]) -> dict[str, int]:
    return {outcome.value: count for outcome, count in outcomes.items()}


def _share(share: Share) -> dict[str, Any]:
    return {"hits": share.hits, "rows": share.rows, "share": share.share, "interval": share.interval}


def as_html(found: ShadowReport) -> str:
    """One page that needs nothing beside itself, with its charts. Every name is escaped."""
    from eval.charts import inline  # only for who asks for the page
    from eval.shadow_plot import agreement, precisions

    names = [each.name if each.axis == each.name else f"{each.axis} {each.name}" for each in found.slices]
    shares = [(each.champion.precision, each.challenger.precision) for each in found.slices]
    rows = [[found.matrix[answered][outcome] for outcome in Outcome] for answered in Outcome]
    drawn = (agreement(rows), precisions(names, shares))
    charts = [inline(svg) for svg in drawn]
    return page("shadow.html", {"measured": measured}, found=found, outcomes=list(Outcome), charts=charts)


def measured(share: Share) -> str:
    """A share with its interval and what it is of; a dash where nothing was judged."""
    if share.share is None or share.interval is None:
        return "–"
    low, high = share.interval
    return f"{share.share:.1%} ({low:.1%} – {high:.1%}), {share.rows:,}"

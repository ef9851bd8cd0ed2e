"""The model card: what the model is, what it was made from, what it can and cannot do, in figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eval.evaluation import Evaluation
from eval.metrics import Interval
from eval.thresholds import Chosen
from registry.bundle import Manifest
from registry.encoder import ENCODER, ENCODER_TIER, TOKENIZER


def card(
    manifest: Manifest, evaluation: Evaluation, chosen: Chosen, about: str, files: Mapping[str, bytes],
    encoder: Mapping[str, Any] | None = None,
) -> str:  # fmt: skip
    """The card as Markdown; `files` are all others of the bundle, whose size it tells.

    `encoder` is what `metrics.json` says of it.
    """
    return "\n\n".join(
        [
            f"# {manifest.name} ({manifest.run})",
            about or "A fast-tier model for comment moderation.",
            _facts(manifest, files, encoder),
            "## Made from\n\n" + _sources(manifest),
            f"## On {evaluation.about}\n\n" + _figures(evaluation),
            "## Thresholds\n\n" + _thresholds(evaluation, chosen),
            "## Limits\n\nFigures are about rows like those above; a comment from elsewhere is judged less well. "
            "Scores are calibrated on the held-out mix, whose share of each label stands in `manifest.json`. "
            f"{_knows(manifest)} It judges acts, never opinions, and a person decides what is unclear.\n",
        ]
    )


def _knows(manifest: Manifest) -> str:
    if ENCODER_TIER in manifest.tiers:
        return "Irony, quotation and news can mislead it, above all where n-grams alone are sure."
    return "The model knows spelling, not meaning: irony, quotation and news can mislead it."


def _facts(manifest: Manifest, files: Mapping[str, bytes], encoder: Mapping[str, Any] | None) -> str:
    features = manifest.features
    return (
        f"* labels: {', '.join(manifest.labels)}\n"
        f"* tiers: {', '.join(manifest.tiers)}; character n-grams of {', '.join(map(str, features.orders))}, "
        f"{features.kept:,} features kept of {features.settings.size:,}\n"
        f"* normaliser {manifest.normaliser}, taxonomy {manifest.taxonomy}; snapshot {manifest.snapshot_name}\n"
        f"* {_size(files)}\n"
        f"{_moved(encoder) if encoder else ''}"
        f"{_without(manifest)}"
        f"* made {manifest.created_at}"
    )


def _without(manifest: Manifest) -> str:
    """Labels that it knows nothing of."""
    return f"* trained without {', '.join(manifest.lacks)}: it never decides by them\n" if manifest.lacks else ""


def _size(files: Mapping[str, bytes]) -> str:
    """Megabytes of 10^6 bytes, as the gate counts them; the encoder's are the network's and its vocabulary's."""
    whole = sum(map(len, files.values())) / 1e6
    encoder = sum(len(files[name]) for name in (ENCODER, TOKENIZER) if name in files) / 1e6
    return f"size {whole:.1f} MB" + (f", the encoder's {encoder:.1f} MB among them" if encoder else "")


def _moved(encoder: Mapping[str, Any]) -> str:
    """How far the small encoder is from the one that was trained, and on how many comments that was found."""
    return (
        f"* quantised, the encoder moves a score by at most {encoder['moved_calibrated']:.3f} on "
        f"{encoder['moved_on']} validation comments, and one of both tiers by {encoder['moved_served']:.3f} on "
        f"{encoder['moved_served_on']} of them\n"
    )


def _sources(manifest: Manifest) -> str:
    head = "| source | rows | licence | may be released |\n|---|---:|---|---|\n"
    return head + "\n".join(
        f"| {each.name} | {each.rows:,} | {each.licence} | {'yes' if each.permits_release else 'no'} |"
        for each in manifest.sources
    )


def _figures(evaluation: Evaluation) -> str:
    head = "| label | rows | yes | precision | recall | F1 | average precision | calibration error |\n"
    head += "|---|---:|---:|---:|---:|---:|---:|---:|\n"
    lines = [
        f"| {each.name.replace('|', ' or ')} | {each.rows:,} | {each.positives:,} | "
        + " | ".join(_number(x) for x in (each.precision, each.recall, each.f1, each.average_precision, each.ece))
        + " |"
        for each in evaluation.labels
    ]
    told = [
        f"Macro-F1 at 0.5: {_number(evaluation.macro_f1)}",
        f"Harmful rows not passed: {_share(evaluation.harmful_found)}; stopped: {_share(evaluation.harmful_blocked)}",
        f"Everyday rows wrongly stopped: {_share(evaluation.everyday_blocked)}; "
        f"sent to a person: {_share(evaluation.everyday_reviewed)}",
    ]
    return head + "\n".join(lines) + "\n\n" + "\n".join(f"* {line}" for line in told)


def _thresholds(evaluation: Evaluation, chosen: Chosen) -> str:
    head = "| label | review from | block from |\n|---|---:|---:|\n"
    lines = [f"| {name} | {each['review']:.3f} | {each['block']:.3f} |" for name, each in evaluation.thresholds.items()]
    proof = "rows enough to prove the budget" if chosen.proved else "too few rows to prove the budget: prudent floors"
    return head + "\n".join(lines) + f"\n\nChosen on {chosen.blocked.rows:,} everyday rows ({proof})."


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _share(found: Interval) -> str:
    return f"{found.share:.2%} of {found.rows:,} (95 % interval {found.low:.2%} to {found.high:.2%})"

"""A snapshot's card: what it is and what it is not, for a person who was not there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from data.manifest import Manifest
from data.rows import SPLITS


def write_card(manifest: Manifest) -> str:
    """Markdown. It names no path and no machine, so it can be shown to anyone who may see the sources' names."""
    parts = [
        f"# Data set {manifest.name}-{manifest.hash[:12]}",
        _what(manifest),
        *(f"**{told}**" for told in manifest.warnings),
        "## Labels\n\n" + _labels(manifest),
        "## Languages\n\n" + _by_language(manifest),
        "## Sources\n\n" + _sources(manifest),
        *_agreement(manifest),
        "## Duplicates and splits\n\n" + _splits(manifest),
    ]
    return "\n\n".join(parts) + "\n"


def _what(manifest: Manifest) -> str:
    counts = manifest.counts
    sides = ", ".join(f"{counts.split[str(side)]:,} {side}" for side in SPLITS)
    release = (
        "Every source permits a model trained on it to be given to others."
        if manifest.permits_release
        else "A model trained on it must not be given to others: "
        + ", ".join(s.name for s in manifest.sources if s.rows and not s.permits_release)
        + "."
    )
    return (
        f"{counts.rows:,} comments ({sides}), built {manifest.created_at:%Y-%m-%d} with seed {manifest.seed}, "
        f"normaliser {manifest.normaliser}, taxonomy {manifest.taxonomy}. {counts.ok:,} carry no label, "
        f"{counts.everyday:,} of them are ordinary comments on which wrong blocks are measured. "
        f"{manifest.rejected:,} broken rows were refused (rejected.jsonl). {release}"
    )


def _labels(manifest: Manifest) -> str:
    rows = [(name, said.yes, said.union, said.no, said.unknown) for name, said in manifest.counts.label.items()]
    told = "`one of several` is a positive union: the source says that this label or another holds, not which."
    return _table(("label", "yes", "one of several", "no", "not judged"), rows) + "\n\n" + told


def _by_language(manifest: Manifest) -> str:
    languages = list(manifest.counts.lang)[:12]
    rows = [(name, *(held.get(lang, 0) for lang in languages)) for name, held in manifest.counts.label_by_lang.items()]
    rows.append(("all", *(manifest.counts.lang[lang] for lang in languages)))
    return _table(("label", *languages), rows)


def _sources(manifest: Manifest) -> str:
    rows = [
        (s.name, s.rows, s.licence, "yes" if s.permits_release else "no", s.weight, s.citation)
        for s in manifest.sources
    ]
    return _table(("source", "rows", "licence", "may be released", "weight", "cite"), rows)


def _agreement(manifest: Manifest) -> list[str]:
    """Nothing where no source tells its single votes."""
    rows = [
        (source.name, about, told.rows, "one answer only" if told.alpha is None else f"{told.alpha:.2f}")
        for source in manifest.sources
        for about, told in source.agreement.items()
    ]
    if not rows:
        return []
    told = (
        "Krippendorff's alpha over all rows of the source's files with two votes or more: 1 is full agreement, 0 what "
        "chance gives. Figures on a label are worth no more than this."
    )
    return [
        "## Agreement of the people who labelled\n\n"
        + _table(("source", "about", "rows", "alpha"), rows)
        + f"\n\n{told}"
    ]


def _splits(manifest: Manifest) -> str:
    told = manifest.duplicates
    lines = [
        f"{told.exact:,} rows read like another and {told.near:,} nearly so; they were merged.",
        f"{told.overruled:,} labels were overruled by a more trusted source, {told.contradicted:,} were made unknown "
        "because equals disagreed.",
        f"{told.apart:,} near-duplicate pairs say opposite things; both stay, on one side.",
        f"{told.across:,} rows were dropped because their near-duplicate stands on another side.",
    ]
    if manifest.frozen:
        lines.append(
            f"The test side is the frozen set {manifest.frozen} ({(manifest.frozen_hash or '')[:12]}); {told.frozen:,} "
            "rows close to a frozen one were dropped."
        )
    if manifest.capped:
        lines.append("Left out by caps: " + ", ".join(f"{name} {n:,}" for name, n in manifest.capped.items()) + ".")
    return "\n".join(f"* {line}" for line in lines)


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(_cell(value) for value in line) + " |" for line in lines)


def _cell(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value).replace("|", "\\|")

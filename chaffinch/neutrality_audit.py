"""The neutrality audit of an installation: its records compared, its model asked, a report kept below the home.

Both columns meet here: what was decided comes out of the records, the statistics are the offline column's. A report
holds no text and no pseudonym; groups and names are the platform's own words.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from chaffinch.duty_checks.disclosure import LATEST
from chaffinch.neutrality_groups import SLOT, Groups
from chaffinch.neutrality_words import (
    Verdict,
    not_judged,
    not_judged_zh,
    sentence,
    sentence_zh,
    swap_sentence,
    swap_sentence_zh,
)
from chaffinch.settings import Settings
from eval.leaning import Audit, Change, Comparison, Limits, Unjudged, audit
from eval.leaning_pairs import Observed
from eval.leaning_parts import parts
from eval.leaning_swap import MOST_SENTENCES, Swapped, swapped, unasked
from eval.neutrality import Frame, Swap
from governance.neutrality import AUDITED, SUBJECT
from moderation.decision import Outcome
from moderation.errors import NotFoundError
from moderation.normaliser import normalise
from moderation.taxonomy import Words
from records import ledger, users
from records.leaning import DecidedComment, decided, newest_model
from registry.files import write_atomically
from registry.scorers import NONE

if TYPE_CHECKING:
    from records.unit_of_work import Reading, Unit


ASKED, NO_MODEL, LEFT_OUT = "asked", "no_model", "left_out"
"""What became of the swap test."""

OF_PEOPLE = ("moderator", "measure", "list", "recommender", "pardoner")
"""By whom a comparison is that is about a person."""

Ask = Callable[[list[str]], NDArray[np.bool_]]


@dataclass(frozen=True, slots=True)
class Span:
    """What is looked back on; `around` a moment within it, where a change is asked about."""

    since: datetime
    until: datetime
    around: datetime | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """An audit with when and over what it was made."""

    at: datetime
    span: Span
    audit: Audit
    swapped: tuple[Swapped, ...]
    erased: int
    texts: int = 0
    """How many unlike texts were looked at, names, digits and signs taken out."""
    days: int = 0
    """On how many days (UTC) the comments were decided that were compared: what is invented is sent in an hour."""
    surfaces: tuple[str, ...] = ()
    """Where they stand."""
    decided: int = 0
    """How many comments were decided in the span at all."""
    groups: Mapping[str, Any] = field(default_factory=lambda: {"file": "", "axes": {}})
    """What is kept of the groups: a keyed hash of their file, and how many there are on each axis."""
    swap: str = NO_MODEL
    """Whether the model was asked with names exchanged, there was none, or it was left out."""
    parts: tuple[tuple[str, ...], ...] = ()
    """For each finding who had a part in it, where it names nobody."""
    short: tuple[Words, ...] = ()
    """Why it does not count for the duty, where it does not."""

    @property
    def verdict(self) -> Verdict:
        """What it says as a whole. A model beside itself says nothing of what was removed."""
        if self.findings:
            return Verdict.LEANS
        return Verdict.NOTHING_LEANS if self.audit.of_removals else Verdict.NOT_JUDGED

    @property
    def is_quiet(self) -> bool:
        """Whether nothing leans, and nothing is so far apart that somebody has to look where nothing could judge it."""
        return self.verdict is Verdict.NOTHING_LEANS and not self.audit.apart

    @property
    def would_find(self) -> tuple[float, float] | None:
        """From which difference on the comparisons would have found one: the finest of them, and the coarsest."""
        told = [each.detectable for each in self.audit.comparisons if each.detectable is not None]
        return (min(told), max(told)) if told else None

    @property
    def findings(self) -> list[str]:
        """Each in a sentence."""
        named = [sentence(each) for each in self.audit.findings]
        return named + [swap_sentence(each) for each in self.swapped if each.leans]

    @property
    def notes(self) -> list[str]:
        """What was asked and could not be compared."""
        if self.span.around is None or self.audit.changes:
            return []
        return [
            f"Nothing is told of a change around {self.span.around:%Y-%m-%d}: no group has "
            f"{self.audit.limits.least_pairs} comments before it and as many after it, and the others beside it. Give "
            "an earlier --from, or a date within what was decided."
        ]

    @property
    def findings_zh(self) -> list[str]:
        """The same in Chinese."""
        named = [sentence_zh(each) for each in self.audit.findings]
        return named + [swap_sentence_zh(each) for each in self.swapped if each.leans]

    @property
    def people(self) -> list[str | None]:
        """For each finding the person it is about; None where it is about a rule, a model or all."""
        named = [each.name if isinstance(each, Comparison) and each.by in OF_PEOPLE else None
                 for each in self.audit.findings]  # fmt: skip
        return [*named, *(None for each in self.swapped if each.leans)]

    @property
    def people_beside(self) -> list[tuple[str, ...]]:
        """For each finding who had a part in it beside the one that it is about; a model beside itself has none."""
        told = self.parts or ((),) * len(self.audit.findings)
        return [*told, *(() for each in self.swapped if each.leans)]

    @property
    def document(self) -> dict[str, Any]:
        """For programs, and for the page of the console."""
        span = {name: None if told is None else told.isoformat(timespec="seconds")
                for name, told in asdict(self.span).items()}  # fmt: skip
        compared = len(self.audit.comparisons) + len(self.audit.changes) + len(self.swapped)
        return {
            "at": self.at.isoformat(timespec="seconds"), **span, "comments": self.audit.comments, "texts": self.texts,
            "days": self.days, "surfaces": list(self.surfaces), "decided": self.decided, "erased": self.erased,
            "notes": self.notes,
            "compared": compared, "limits": asdict(self.audit.limits), "swap": self.swap, "groups": dict(self.groups),
            "short": [each.model_dump() for each in self.short], "findings": self.findings,
            "findings_zh": self.findings_zh,
            "verdict": self.verdict.value, "would_find": self.would_find,
            "not_judged": [not_judged(each) for each in self.audit.apart],
            "not_judged_zh": [not_judged_zh(each) for each in self.audit.apart],
            "not_compared": [asdict(each) for each in self.audit.unjudged],
            "rates": [asdict(each) for each in self.audit.rates],
            "comparisons": [asdict(each) for each in self.audit.comparisons],
            "changes": [asdict(each) for each in self.audit.changes],
            "swapped": [asdict(each) for each in self.swapped],
        }  # fmt: skip


def look_over(look: Reading, groups: Groups, span: Span, *, ask: Ask | None, limits: Limits, now: datetime) -> Report:
    """The audit over a span of the records; the swap test where there is a model."""
    rows: list[Observed] = []
    texts: list[str] = []
    erased, whole, unlike, days, surfaces = 0, 0, set[str](), set[date](), set[str]()
    for each in decided(look, span.since, span.until):
        belongs = groups.of(each)
        whole += 1
        if not belongs:
            continue
        erased += each.text is None
        masked = None if each.text is None else groups.masked(each.text)
        rows.append(_observed(each, belongs, masked, now))
        unlike.add(_words_alone(masked or ""))
        days.add(each.at.astimezone(UTC).date())
        surfaces.add(each.surface)
        if masked is not None and masked.count(SLOT) == 1:
            texts.append(masked)
    around = None if span.around is None else span.around.timestamp()
    found = audit(rows, limits=limits, around=around)
    swaps = _swaps(groups, texts)
    moved = () if ask is None else tuple(swapped(swaps, ask, limits))
    if ask is not None:
        found = replace(found, unjudged=(*found.unjudged, *unasked(swaps, limits)))
    names = {user_id: name for name, user_id in users.ids_by_name(look).items()}
    named, many = _named(found, names), len(unlike - {""})
    with_parts = tuple(_parts(rows, each, names) for each in found.findings)
    return Report(
        now, span, named, moved, erased, many, len(days), tuple(sorted(surfaces)), whole, groups.document,
        _swap(look, ask), with_parts,
    )  # fmt: skip


def _swap(look: Reading, ask: Ask | None) -> str:
    """A house whose comments a model judged and whose audit asks none leaves it out, by whichever switch."""
    if ask is not None:
        return ASKED
    return NO_MODEL if newest_model(look) in (None, NONE) else LEFT_OUT


def _parts(rows: Sequence[Observed], finding: Comparison | Change, names: Mapping[str, str]) -> tuple[str, ...]:
    """Of a finding that names somebody nobody else: that one is asked."""
    if isinstance(finding, Comparison) and finding.by in OF_PEOPLE:
        return ()
    return tuple(sorted({names.get(each, each) for each in parts(rows, finding)}))


def _words_alone(masked: str) -> str:
    """What tells texts apart: one that is sent again with another number is the same."""
    return "".join(char for char in masked.replace(SLOT, "").casefold() if char.isalpha())


def keep(report: Report, home: Path) -> Path:
    """Writes the report below the home, as JSON and as a page; the page's place."""
    from chaffinch.neutrality_page import write_page

    folder = home / Path(LATEST).parent
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(report.document, ensure_ascii=False).encode()
    page = folder / f"{report.at:%Y%m%dT%H%M%S}.html"
    write_page(page, report)
    write_atomically(page.with_suffix(".json"), text)
    write_atomically(home / LATEST, text)
    return page


def note(unit: Unit, report: Report, *, by: str, why: str, now: datetime) -> str:
    """The entry of the ledger that says who asked for an audit and why, and what it came to."""
    told = report.document
    names = ("since", "until", "around", "comments", "texts", "days", "surfaces", "decided", "compared", "limits",
             "swap", "groups")  # fmt: skip
    facts = {name: told[name] for name in names}
    found = [
        {"sentence": said, "about": who, "parts": list(beside)}
        for said, who, beside in zip(report.findings, report.people, report.people_beside, strict=True)
    ]
    entry = ledger.Entry(
        AUDITED, ledger.Actor("user", by), SUBJECT, told["at"], why, "cn-2017:7",
        facts={**facts, "findings": len(report.findings), "found": found, "verdict": report.verdict.value,
               "not_compared": len(report.audit.unjudged), "apart": len(report.audit.apart)},
    )  # fmt: skip
    return ledger.append(unit, entry, now=now)


def model_of(settings: Settings) -> Ask | None:
    """Asks the model that answers which texts it does not pass; None where rules and people answer alone."""
    from chaffinch.wiring import taxonomy_of
    from registry.scorers import NoneScorer, load_model

    taxonomy = taxonomy_of(settings)
    try:
        scorer = load_model(settings.model, taxonomy, home=settings.home)
    except NotFoundError:
        return None
    limits = np.array([scorer.thresholds[name].review for name in taxonomy.names])

    def ask(texts: list[str]) -> NDArray[np.bool_]:
        scores = np.array([each.scores for each in scorer.score([normalise(text) for text in texts])])
        return np.asarray((scores.reshape(len(texts), len(limits)) >= limits).any(axis=1))

    return None if isinstance(scorer, NoneScorer) else ask


def _observed(each: DecidedComment, groups: Mapping[str, str], masked: str | None, now: datetime) -> Observed:
    return Observed(
        id=each.comment_id, groups=groups, stratum=(each.surface, each.lang, each.label), score=each.score,
        removed=each.final is Outcome.BLOCK, passed=each.final is Outcome.PASS, at=each.at.timestamp(),
        moderator=each.moderator or "", rules=frozenset(each.rules), model=each.model, stopped=each.stopped,
        recommended=each.recommended, text=masked, rejected=None if each.said is None else each.said is Outcome.BLOCK,
        measured_by=each.measured_by or "", recommended_by=each.recommended_by or "",
        held=each.machine is Outcome.REVIEW, undecided=each.final is Outcome.REVIEW, waited=_waited(each, now),
        put_off=each.put_off, was_measured=each.was_measured, pardoned_by=each.pardoned_by or "",
        refused_by=each.refused_by, held_by=each.held_by, let_by=each.let_by,
    )  # fmt: skip


def _waited(each: DecidedComment, now: datetime) -> float | None:
    """Seconds from when it was held until a person decided it, or until now; None where it was not held."""
    undecided = each.final is Outcome.REVIEW
    until = each.answered_at or (now if undecided else None)
    return None if until is None or each.machine is not Outcome.REVIEW else (until - each.at).total_seconds()


def _swaps(groups: Groups, masked: Sequence[str]) -> list[Swap]:
    """Each axis of names over the same sentences, those that hold one name."""
    frames = tuple(Frame(str(at), *text.split(SLOT)) for at, text in enumerate(dict.fromkeys(masked)))[:MOST_SENTENCES]
    return [Swap(axis, tuple(names), frames) for axis, names in groups.names.items()]


def _named(found: Audit, names: Mapping[str, str]) -> Audit:
    """With moderators by their names, as whoever reads the report knows them."""
    compared = tuple(replace(each, name=_known(each, names)) for each in found.comparisons)
    left = tuple(replace(each, name=_known(each, names)) for each in found.unjudged)
    return replace(found, comparisons=compared, unjudged=left)


def _known(each: Comparison | Unjudged, names: Mapping[str, str]) -> str:
    return names.get(each.name, each.name) if each.by == "moderator" else each.name

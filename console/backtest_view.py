"""What a rule would have done on stored decisions, as its page shows it: figures, what would change, samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from console.harshness import HARSH, harsh_ones
from console.marks import Piece, pieces
from console.parts import ConsoleParts
from console.rule_view import packed_rule
from governance.rule_backtests import candidate, result_of, sets_of
from governance.rules import content_of
from moderation.decision import Outcome
from moderation.errors import NotFoundError
from moderation.normaliser import normalise
from moderation.rules import RuleState
from moderation.rules.backtest import Backtest, RuleFigures, Sample, SampleKind, excerpt
from moderation.rules.rule import judged_alone
from moderation.rules.ruleset import RuleSet
from moderation.spans import Span
from records import judged, rule_backtests
from records.house_values import RuleVersionRecord
from records.rule_backtests import BacktestRecord
from records.unit_of_work import Reading

KINDS = (
    SampleKind.NEW, SampleKind.GONE, SampleKind.WRONG, SampleKind.RIGHT, SampleKind.UNKNOWN, SampleKind.MISSED,
)  # fmt: skip
"""What differs from today comes first."""

SHOWN_EACH = 8
"""Samples of each kind on a page, each of another text; more are kept."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One sampled comment, the hits marked, and what is decided without and with the rule as it was tried.

    `is_harsh`: blurred at first, for what is thought of it or since the rule is about such texts.
    """

    decision_id: str
    comment_id: str
    text: tuple[Piece, ...]
    today: Outcome
    draft: Outcome
    is_harsh: bool


@dataclass(frozen=True, slots=True)
class BacktestView:
    """The last backtest of what would go live of a rule; `is_tried` is whether one of just this came to its end.

    `of_draft` where it is of a draft that is written while another version is counted in the shadow.

    `live` are the figures of what is live of it, over the same comments. `gone` counts samples whose text was erased.
    """

    rule_id: str
    of_draft: bool
    record: BacktestRecord | None
    is_tried: bool
    result: Backtest | None = None
    draft: RuleFigures | None = None
    live: RuleFigures | None = None
    samples: tuple[tuple[SampleKind, tuple[Shown, ...]], ...] = ()
    gone: int = 0
    with_texts: bool = False

    @property
    def to_note(self) -> BacktestRecord | None:
        """The finished backtest whose comments stand here, for whom it was shown to; None where none does."""
        return self.record if self.with_texts and self.record and self.result and not self.record.is_open else None


def view_backtest(
    look: Reading, parts: ConsoleParts, rule_id: str, *, of_draft: bool, with_texts: bool
) -> BacktestView | None:
    """None where nothing of the rule could go live."""
    try:
        found = candidate(look, rule_id, lambda name: packed_rule(look, parts.packs, name), draft=of_draft)
    except NotFoundError:
        return None
    return _view(look, rule_id, found.content, of_draft=of_draft, with_texts=with_texts)


def backtest_of(look: Reading, version: RuleVersionRecord, *, with_texts: bool) -> BacktestView:
    """The last backtest of just this version of a rule, whatever else of it was written since."""
    content = content_of(version.document)
    return _view(look, version.rule_id, content, of_draft=version.state is RuleState.DRAFT, with_texts=with_texts)


def _view(look: Reading, rule_id: str, content: str, *, of_draft: bool, with_texts: bool) -> BacktestView:
    done = rule_backtests.newest(look, rule_id, content, done=True)
    record = rule_backtests.newest(look, rule_id, content)
    result = result_of(record) if record else None
    if record is None or result is None:
        return BacktestView(rule_id, of_draft, record, done is not None)
    draft = next(iter(result.draft.rules.values()))
    shown = with_texts and not record.is_open
    samples, gone = _samples(look, record, result, is_harsh=draft.label in HARSH) if shown else ((), 0)
    live = next(iter(result.today.rules.values()), None) if result.today else None
    return BacktestView(
        rule_id,
        of_draft,
        record,
        done is not None,
        result,
        draft,
        live,
        samples,
        gone,
        with_texts,
    )


def _samples(
    look: Reading, record: BacktestRecord, result: Backtest, *, is_harsh: bool
) -> tuple[tuple[tuple[SampleKind, tuple[Shown, ...]], ...], int]:
    """By kind, with the texts as they stand in the records now, and how many of them are gone."""
    ids = {one.id for kind in KINDS for one in result.samples[kind]}
    texts = judged.texts_of(look, ids)
    chosen = {kind: _unlike(result.samples[kind], texts) for kind in KINDS}
    sets = sets_of(record)
    if sets is None:
        return (), 0
    about = judged.comments_of(look, [one.id for samples in chosen.values() for one in samples])
    harsh = frozenset(about.values()) if is_harsh else harsh_ones(look, about.values())
    draft, live = (RuleSet([judged_alone(rule) for rule in each.rules], each.version) for each in sets)

    def shown(kind: SampleKind, one: Sample) -> Shown:
        cut, inside = _excerpt(texts[one.id], live if kind is SampleKind.GONE else draft)
        comment_id = about[one.id]
        return Shown(one.id, comment_id, pieces(cut, inside), one.today, one.draft, comment_id in harsh)

    found = [(kind, tuple(shown(kind, one) for one in samples)) for kind, samples in chosen.items()]
    return tuple((kind, each) for kind, each in found if each), len(ids) - len(texts)


def _unlike(samples: Sequence[Sample], texts: Mapping[str, str]) -> list[Sample]:
    """Some of those whose text is there, of copies one: forty of one advert say what one of them says."""
    by_text: dict[str, Sample] = {}
    for one in samples:
        if one.id in texts:
            by_text.setdefault("".join(filter(str.isalpha, texts[one.id])) or texts[one.id], one)
    return list(by_text.values())[:SHOWN_EACH]


def _excerpt(text: str, by: RuleSet) -> tuple[str, Sequence[Span]]:
    """A part of it with the hits, and where they are in that part."""
    return excerpt(text, [span for hit in by.find(normalise(text)) for span in hit.spans])

"""A case as a page shows it: everything that the template prints is decided here, so that tests can ask for it."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import accumulate

from console.around_view import Around, AroundHouse, view_around
from console.attachment_view import NO_ATTACHMENTS, AttachmentsView, view_attachments
from console.campaign_view import CampaignView, view_campaign
from console.case_words import around_clock, promise, turn, why, why_reported
from console.edge_view import EdgeLine, view_edges
from console.group_view import GroupView, view_group
from console.harshness import Heeded, harsh_in_hand, harsh_ones
from console.marks import Piece, ghosts_beyond, pieces
from console.passed_view import PassedView, passed_view
from console.people import display_name
from console.report_view import AskedView, view_anew, view_reports
from console.words import Words
from governance.verdicts import HouseRules
from moderation.decision import Allowed, Decision, LabelScore, Outcome
from moderation.lifted import lifted
from moderation.normaliser import normalise
from moderation.policy import By, Policy, When, label_outcome
from moderation.ports import NO_TIER
from moderation.rules import RuleSet
from moderation.spans import Span
from moderation.taxonomy import Label, Taxonomy
from records import awaiting, comments, decisions
from records.attachments import unpacked
from records.awaiting import Awaited
from records.unit_of_work import Reading
from records.values import CaseRecord, CommentRecord, DecisionRecord
from records.waiting import ANEW, APPEAL, COMPLAINT
from review import passing, seeming
from review.chosen import Why

MOST_BESIDE = 1000
"""Code points that are shown of what the comment answers, and of how the machine reads it; the text itself is whole."""


@dataclass(frozen=True, slots=True)
class LabelLine:
    """A label to choose, with what the model says of it. `key` is the digit that ticks it."""

    label: Label
    key: str
    score: LabelScore
    level: Outcome
    suspected: bool


@dataclass(frozen=True, slots=True)
class LiftedLine:
    """A place that reads otherwise: as sent, as it is read, and in words by which view."""

    sent: tuple[Piece, ...]
    read: str
    how: str


@dataclass(frozen=True, slots=True)
class CaseView:
    """All that the work page shows of one case. `length` is in code points, `seconds_left` the lease's.

    `starts` are where the pieces of `text` begin in it, in code points, with its end; empty where signs stand for more
    than they show. `measures` and `grounds` (by label and other ground) are the policy's, `due_in` the seconds that are
    left of the promise. `since` the oldest of what it stands for waits (`records/awaiting.py`). `beyond` says how many
    characters of `parent` and `read_as` are left out, and how many hidden runs (`ghosts`) have no name. `harsh` has the
    titles of the labels for which the text is blurred at first; without any it is not. `unscored` says why there are
    no figures.
    """

    case: CaseRecord
    comment: CommentRecord
    decision: DecisionRecord
    why: str
    turn: str
    promise: str
    around_clock: tuple[str, str]
    """What of it stands before and after the clock that shows what is left."""
    is_late: bool
    text: tuple[Piece, ...]
    parent: tuple[Piece, ...]
    harsh_parent: str
    """Our id of what it answers, where that is blurred at first; else nothing."""

    read_as: str | None
    length: int
    has_ghosts: bool
    beyond: Mapping[str, int]
    harsh: tuple[str, ...]
    lines: tuple[LabelLine, ...]
    written: datetime
    since: datetime
    waiting: timedelta
    seconds_left: int
    unscored: str | None
    campaign: CampaignView | None
    around: Around
    starts: tuple[int, ...]
    measures: tuple[str, ...]
    grounds: Mapping[str, str]
    due_in: int
    passed: tuple[PassedView, ...] = ()
    asked: AskedView | None = None
    group: GroupView | None = None
    lifted: tuple[LiftedLine, ...] = ()
    attachments: AttachmentsView = NO_ATTACHMENTS
    edges: Mapping[str, tuple[EdgeLine, ...]] = field(default_factory=dict)
    """Edge cases beside each label's policy."""

    shown: str = ""
    """Whether readers see it now, as the machine left it: `yes`, `held`, `no`; nothing where that may not be told."""

    allowed: Allowed | None = None
    """What entries of lists took out of sight; None where they took nothing, or it may not be told."""

    is_blind: bool = False
    """An appeal, or drawn at random: the page says neither what was decided nor what the machine thinks."""


def view_case(
    look: Reading, case: CaseRecord, house: HouseRules, words: Words, now: datetime, rules: RuleSet | None = None
) -> CaseView:  # fmt: skip
    """Reads what belongs to `case`; `rules` tell what those that hit read. Raises `NotFoundError`."""
    taxonomy = house.taxonomy
    comment = comments.get(look, case.comment_id)
    record = decisions.get(look, case.decision_id)
    if case.why in ANEW:
        return _blind(look, case, comment, record, _Asked(house, words, now))
    case = seeming.as_shown(look, case)
    awaited, harm = awaiting.of(look, case), look.queues.harm
    asked = view_reports(look, case, house.complaints, words.locale, now=now)
    policy = house.policy_of(record.decision.versions.policy)
    text = marked_text(comment.text, record, comment.revision)
    left = (case.lease_expires_at or now) - now
    view = CaseView(
        case=case,
        comment=comment,
        decision=record,
        why=why_reported(words, asked) if asked and case.why == COMPLAINT else why(words, case, record.decision, harm),
        turn=turn(words, case, record.decision, now, awaited.since, harm),
        promise=promise(words, awaited, now),
        around_clock=around_clock(words, awaited, now),
        is_late=case.due_at < now and case.priority >= 0,
        text=text,
        parent=pieces((comment.parent_text or "")[:MOST_BESIDE]),
        harsh_parent=_harsh_parent(look, comment),
        read_as=_cut(read_as(comment.text)),
        length=len(comment.text or ""),
        has_ghosts=any(piece.ghost for piece in text),
        beyond=_beyond(comment),
        harsh=harsh_in_hand(look, Heeded(taxonomy, house.complaints, words.locale), record),
        lines=lines(taxonomy, record.decision),
        written=seeming.written(case, comment),
        since=awaited.since,
        waiting=now - awaited.since,
        seconds_left=max(0, int(left.total_seconds())),
        unscored=unscored(words, record.decision),
        campaign=view_campaign(look, case),
        around=view_around(look, case, comment, AroundHouse(taxonomy, policy.credit), words, now),
        starts=starts(text, len(comment.text or "")),
        measures=policy.by_verdict,
        grounds=_grounds(taxonomy, policy),
        due_in=max(0, int((case.due_at - now).total_seconds())),
        passed=passed_view(passing.told_in(look, case), partial(display_name, look)),
        asked=asked,
        group=view_group(look, case, words),
        lifted=lifted_lines(words, comment.text, None if case.why == Why.RANDOM else rules, record.decision),
        shown=shown_now(policy, record.decision.outcome, comment.surface),
        attachments=attached(comment, record, words.locale),
        edges=view_edges(look, case, comment, now),
        allowed=record.decision.allowed,
    )
    return _without_machine(view, taxonomy, words) if case.why == Why.RANDOM else view


def _without_machine(view: CaseView, taxonomy: Taxonomy, words: Words) -> CaseView:
    """Drawn at random to measure the machine: whoever sees what it thinks measures how well they agree with it."""
    plain = pieces(view.comment.text or "")
    return replace(
        view,
        turn=words("turn.random"),
        text=plain,
        starts=starts(plain, view.length),
        harsh=(words("work.random_harsh"),),
        lines=_unscored_lines(taxonomy),
        unscored=words("work.random"),
        attachments=attached(view.comment),
        shown="",
        allowed=None,
        is_blind=True,
    )


def _unscored_lines(taxonomy: Taxonomy) -> tuple[LabelLine, ...]:
    """Every label to choose from, and nothing of what the machine thinks."""
    return tuple(
        LabelLine(label, str(place), LabelScore(label.name, 0.0, 1.0, 1.0), Outcome.PASS, suspected=False)
        for place, label in enumerate(taxonomy.labels, start=1)
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is the same for every case of a page."""

    house: HouseRules
    words: Words
    now: datetime


def _blind(
    look: Reading, case: CaseRecord, comment: CommentRecord, record: DecisionRecord, asked: _Asked
) -> CaseView:  # fmt: skip
    """An appeal or contest: the comment, what is said by who asks, and no trace of a first verdict, score or reason."""
    house, words, text = asked.house, asked.words, pieces(comment.text or "")
    taxonomy, policy = house.taxonomy, house.policy_of(record.decision.versions.policy)
    heeded = Heeded(taxonomy, house.complaints, words.locale)
    awaited = Awaited(case.created_at, case.created_at, case.due_at)
    return CaseView(
        case=case,
        comment=comment,
        decision=record,
        why=words("why.appeal" if case.why == APPEAL else "why.contest"),
        turn=words("turn.appeal"),
        promise=promise(words, awaited, asked.now),
        around_clock=around_clock(words, awaited, asked.now),
        is_late=case.due_at < asked.now,
        text=text,
        parent=pieces((comment.parent_text or "")[:MOST_BESIDE]),
        harsh_parent=_harsh_parent(look, comment),
        read_as=_cut(read_as(comment.text)),
        length=len(comment.text or ""),
        has_ghosts=any(piece.ghost for piece in text),
        beyond=_beyond(comment),
        harsh=(words("work.blind_harsh"),) if harsh_in_hand(look, heeded, record) else (),
        lines=_unscored_lines(taxonomy),
        written=comment.created_at,
        since=case.created_at,
        waiting=asked.now - case.created_at,
        seconds_left=max(0, int(((case.lease_expires_at or asked.now) - asked.now).total_seconds())),
        unscored=words("work.blind"),
        campaign=None,
        around=view_around(look, case, comment, AroundHouse(taxonomy, None), words, asked.now),
        starts=starts(text, len(comment.text or "")),
        measures=policy.by_verdict,
        grounds=_grounds(taxonomy, policy),
        due_in=max(0, int((case.due_at - asked.now).total_seconds())),
        passed=passed_view(passing.told_in(look, case), partial(display_name, look)),
        asked=view_anew(look, case, house.complaints, words.locale),
        lifted=lifted_lines(words, comment.text),
        attachments=attached(comment),
        edges=view_edges(look, case, comment, asked.now),
        is_blind=True,
    )


def _harsh_parent(look: Reading, comment: CommentRecord) -> str:
    """Of a parent that was judged here; of another one nothing is known."""
    if not comment.parent_text or comment.parent_id is None:
        return ""
    return next(iter(harsh_ones(look, comments.known_ids(look, [comment.parent_id]).values())), "")


def _grounds(taxonomy: Taxonomy, policy: Policy) -> dict[str, str]:
    """On which rule each label and each other ground stands."""
    return {each.name: policy.ground(each.name) for each in (*taxonomy.labels, *taxonomy.grounds)}


def starts(text: Sequence[Piece], length: int) -> tuple[int, ...]:
    """Where each piece begins, in code points, and the end; empty where the pieces are not the whole text."""
    places = tuple(accumulate((len(piece.text) for piece in text), initial=0))
    return places if places[-1] == length else ()


def marked_text(text: str | None, record: DecisionRecord, revision: int) -> tuple[Piece, ...]:
    """The text with the decision's spans; unmarked where the decision judged another revision of it."""
    same = record.revision == revision
    return pieces(text or "", spans_of(record.decision) if same else ())


def attached(comment: CommentRecord, record: DecisionRecord | None = None, locale: str = "en") -> AttachmentsView:
    """What is attached to it; told by what the decision found there, where one is given that judged this revision."""
    same = record is not None and record.revision == comment.revision
    return view_attachments(unpacked(comment.attachments), record.decision if record and same else None, locale)


def spans_of(decision: Decision) -> tuple[Span, ...]:
    """Every reason's spans."""
    return tuple(span for reason in decision.reasons for span in reason.spans)


def _cut(text: str | None) -> str | None:
    return None if text is None else text[:MOST_BESIDE]


def _beyond(comment: CommentRecord) -> dict[str, int]:
    """How many characters of what stands beside the text are left out, and how many hidden runs have no name."""
    whole = {"parent": comment.parent_text, "read_as": read_as(comment.text)}
    left_out = {name: max(0, len(text or "") - MOST_BESIDE) for name, text in whole.items()}
    return left_out | {"ghosts": ghosts_beyond(comment.text or "")}


def read_as(text: str | None) -> str | None:
    """The canonical view, where it differs by more than width, case and white space: a disguise, perhaps."""
    canonical = normalise(text or "").canonical.text
    plain = "".join(unicodedata.normalize("NFKC", text or "").split()).casefold()
    return None if "".join(canonical.split()) == plain else canonical


def shown_now(policy: Policy, outcome: Outcome, surface: str) -> str:
    """Whether readers see a comment before a person has decided: what was passed, or what is looked at afterwards.

    It is told by the machine's answer alone, in every case: where a colleague was asked first or the answer is known,
    what holds by now would be that answer.
    """
    if outcome is Outcome.BLOCK:
        return "no"
    before = policy.surface(surface)
    if before.review is When.PRE and (outcome is Outcome.REVIEW or before.by is By.PERSON):
        return "held"
    return "yes" if outcome is Outcome.PASS else "after"


def lifted_lines(
    words: Words, text: str | None, rules: RuleSet | None = None, decision: Decision | None = None
) -> tuple[LiftedLine, ...]:  # fmt: skip
    """Places that read otherwise: what the rules found that decided, where they are known, and words put together."""
    read = normalise(text or "")
    hit = {reason.rule_id for reason in decision.reasons if reason.rule_id} if decision else set()
    marks = rules.marks_of(read, hit) if rules and hit else []
    return tuple(
        LiftedLine(pieces(one.span.of(read.source)), one.read, words(f"lifted.{one.how}"))
        for one in lifted(read, marks)
    )


def named_in(decision: Decision) -> frozenset[str]:
    """Labels and grounds of which something says that the comment breaks them."""
    return frozenset(reason.code for reason in decision.reasons)


def lines(taxonomy: Taxonomy, decision: Decision) -> tuple[LabelLine, ...]:
    """Every label of the taxonomy; one that a decision of an older taxonomy does not know has a score of zero."""
    scores = {score.name: score for score in decision.labels}
    named = named_in(decision)
    out = []
    for place, label in enumerate(taxonomy.labels, start=1):
        score = scores.get(label.name) or LabelScore(label.name, 0.0, threshold=1.0, review_threshold=1.0)
        out.append(LabelLine(label, str(place), score, label_outcome(score), suspected=label.name in named))
    return tuple(out)


def unscored(words: Words, decision: Decision) -> str | None:
    """Why no model gave this decision figures: it failed, or the house uses none. None where there are figures."""
    if "model" in decision.missing:
        return words("work.scores_missing")
    return words("work.scores_no_model") if decision.versions.tier == NO_TIER else None

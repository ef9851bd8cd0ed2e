"""An author at a glance beside a comment: age, what people decided, credit and what moved it, measures. Never a name.

Of the comment at hand nothing counts: whoever judges it is not told what others made of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from console.standing_words import KEYS
from console.words import Words
from governance import credit
from moderation.credit import CreditRules, Explained
from moderation.standing import CreditKind
from records import measures, surroundings
from records.account_facts import Facts
from records.standing_values import MeasureRecord, MeasureState
from records.surroundings import MOST_COUNTED, Glance
from records.unit_of_work import Reading
from records.values import CommentRecord

MEASURES = 3

_SHOWN = (MeasureState.IN_FORCE, MeasureState.ENDED, MeasureState.LIFTED)


@dataclass(frozen=True, slots=True)
class CreditView:
    """`level` in words, the score as it is written, what counted most in sentences, what the level closes."""

    level: str
    score: str
    share: float
    is_low: bool
    moved: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MeasureView:
    """A measure in a sentence; `holds` while it is in force."""

    sentence: str
    holds: bool


@dataclass(frozen=True, slots=True)
class AuthorView:
    """`facts` are sentences; `credit` is None where the policy that judged keeps none."""

    facts: tuple[str, ...]
    credit: CreditView | None
    measures: tuple[MeasureView, ...]


def view_author(
    look: Reading, comment: CommentRecord, rules: CreditRules | None, words: Words, now: datetime
) -> AuthorView | None:
    """None where the platform named nobody."""
    glance = surroundings.author_of(look, comment, measures=MEASURES)
    if glance is None:
        return None
    credit_view = None
    if rules is not None:
        told = credit.explain_beside(look, glance.author_id, (comment.id,), rules, now=now)
        credit_view = _credit(told, rules, words, now)
    return AuthorView(
        tuple(_facts(glance, words, now)),
        credit_view,
        _measures(look, glance, comment, words, now),
    )


def _facts(glance: Glance, words: Words, now: datetime) -> list[str]:
    told = list(stated(glance.facts, words, now))
    most = glance.comments >= MOST_COUNTED
    told.append(words("author.comments_most" if most else "author.comments", n=glance.comments))
    if glance.judged:
        told.append(words("author.judged", n=glance.judged, rejected=glance.rejected))
    return told


def stated(facts: Facts, words: Words, now: datetime) -> tuple[str, ...]:
    """What the platform said of the account: since when it is, whether it is verified, and that it was said just here.

    One that is of tomorrow by the platform's clock is new.
    """
    since, verified = facts.registered_at, facts.verified
    told = [
        words("author.age", span=words.span_of(max(now - since, timedelta(0))))
        if since
        else words("author.age_unknown")
    ]
    if verified is not None:
        told.append(words("author.verified" if verified else "author.unverified"))
    if facts.with_comment:
        told.append(words("author.said_here"))
    return tuple(told)


def _credit(told: Explained, rules: CreditRules, words: Words, now: datetime) -> CreditView:
    """Low is below the level that everybody begins with.

    Each kind of event with how many, what they still weigh, and when the last was; the heaviest first.
    """
    by: dict[CreditKind, list[tuple[float, datetime]]] = {}
    for one in told.counted:
        by.setdefault(one.event.kind, []).append((one.weight, one.event.at))
    heaviest = sorted(by.items(), key=lambda item: -abs(sum(weight for weight, _ in item[1])))
    moved = [
        words(
            "author.moved",
            kind=words(KEYS[kind]),
            n=len(found),
            weight=f"{sum(weight for weight, _ in found):+.2f}",
            span=words.span_of(now - max(at for _, at in found)),
        )
        for kind, found in heaviest
    ]
    is_low = told.score < rules.start and told.level != rules.level_of(rules.start)
    title = getattr(told.level.title, words.locale)
    return CreditView(title, f"{told.score:.2f}", told.score, is_low, tuple(moved))


def _measures(
    look: Reading, glance: Glance, comment: CommentRecord, words: Words, now: datetime
) -> tuple[MeasureView, ...]:  # fmt: skip
    """On the account those in force, then the last of both kinds: on the account, and asked for by verdicts."""
    taken = measures.page(look, states=_SHOWN, author_id=glance.author_id).items if glance.author_id else ()
    others = [each for each in taken if comment.id not in (each.cause_id, each.comment_id)]
    holding = [each for each in others if each.state is MeasureState.IN_FORCE]
    over = [(each.created_at, _taken(each, words, now)) for each in others if each not in holding]
    asked = [
        (at, words("author.measure", measure=words.name_of("measure", measure), span=words.span_of(now - at)))
        for measure, at in glance.measures
    ]
    last = sorted((*over, *asked), key=lambda pair: pair[0], reverse=True)[:MEASURES]
    return (
        *(MeasureView(_taken(each, words, now), holds=True) for each in holding),
        *(MeasureView(sentence, holds=False) for _, sentence in last),
    )


def _taken(made: MeasureRecord, words: Words, now: datetime) -> str:
    name, span = words.name_of("measure", made.measure), words.span_of(now - made.created_at)
    if made.state is not MeasureState.IN_FORCE:
        return words("author.measure_over", measure=name, span=span, state=words(KEYS[made.told_state]))
    if made.ends_at is None:
        return words("author.measure_holds", measure=name, span=span)
    return words("author.measure_until", measure=name, span=span, left=words.span_of(made.ends_at - now))

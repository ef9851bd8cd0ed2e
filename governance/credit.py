"""Credit by account: counted from what holds of its comments, explained to the person, given back after an overturn.

Whatever changes what holds of a comment (a decision, a verdict, one taken back, an appeal) marks it, in the same
transaction; a worker then derives what it counts for, from the rows as they are. So nothing is counted twice, whatever
is replayed and in whatever order, and an overturned verdict leaves no trace in the credit. Only policies with
`[credit]` keep any; what an account's own state refused is no offence, whatever it says.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

from governance import minding
from moderation import credit as counting
from moderation.credit import CreditRules, Explained
from moderation.decision import Outcome, Source
from moderation.policy import Policy
from moderation.refused import refusals
from moderation.standing import CreditEvent, CreditKind
from records import authors, comments, credit, decisions, verdicts
from records.credit import Counts
from records.database import Database
from records.personal import Keyring
from records.storing import Answered, Stored
from records.unit_of_work import Reading, Unit
from records.values import DecisionRecord, VerdictKind, VerdictRecord

_NO_OFFENCE = (Source.ACCOUNT, Source.POLICY)
"""Who stops comments for something that is no offence by itself: a closed function, an emergency, the same once more.

Where the account or the place takes no comment at all (`moderation/refused.py`), what else was found counts neither.
"""

AT_ONCE = 100
"""Comments whose credit one unit counts."""

COUNTED: Mapping[CreditKind, tuple[str, str]] = {
    CreditKind.BLOCKED: ("系统拦截了一条评论", "a comment was stopped by the machine"),
    CreditKind.REJECTED: ("审核员认定一条评论违反规则", "a moderator found that a comment breaks a rule"),
    CreditKind.GOOD_DAY: ("一天内发布的评论均未被拦截", "a day with comments of which none was stopped"),
}
"""What each kind is called, in Chinese and English."""


def keeps(policies: Mapping[str, Policy], reference: str) -> CreditRules | None:
    """The credit rules of the policy that judged (`cn@2`), as it now is; None where it keeps none."""
    policy = policies.get(reference.partition("@")[0])
    return policy.credit if policy else None


def mark_stored(
    unit: Unit, answered: Sequence[Answered], stored: Sequence[Stored], policies: Mapping[str, Policy]
) -> None:
    """Marks what was just stored and stopped, or passes though it counted before. The caller commits."""
    if not any(policy.credit for policy in policies.values()):
        return
    named = [
        (item, place)
        for item, place in zip(answered, stored, strict=True)
        if item.comment.author.id is not None and keeps(policies, item.decision.versions.policy)
    ]
    passed = [place for item, place in named if item.decision.outcome is not Outcome.BLOCK and item.comment.id]
    counted = credit.known(unit, [_subject(place.comment_id, place.revision) for place in passed])
    again = [each.comment_id for each in passed if _subject(each.comment_id, each.revision) in counted]
    stopped = [place.comment_id for item, place in named if item.decision.outcome is Outcome.BLOCK]
    credit.mark(unit, [*stopped, *again])


def count(unit: Unit, keyring: Keyring, policies: Mapping[str, Policy], *, now: datetime) -> int:
    """Counts what some marked comments are for their authors; how many there were. The caller commits."""
    marked = credit.take_marked(unit, limit=AT_ONCE)
    changed = [each for comment_id in marked for each in _count(unit, keyring, policies, comment_id, now)]
    credit.note(unit, changed, now=now)
    return len(marked)


def good_days(database: Database, policies: Mapping[str, Policy], *, now: datetime) -> int:
    """Notes yesterday's good days (UTC) of accounts that are known; how many. Done again it changes nothing."""
    yesterday = _day_of(now) - credit.DAY
    with database.reading() as look:
        good = credit.good_accounts(look, since=yesterday, policies=_keeping(policies))
    for first in range(0, len(good), AT_ONCE):
        with database.unit() as unit:
            noted = [
                credit.set_good_day(unit, author_id, yesterday, is_good=True, now=now)
                for author_id in good[first : first + AT_ONCE]
            ]
            credit.note(unit, noted, now=now)
            unit.commit()
    return len(good)


def forget(database: Database, policies: Mapping[str, Policy], *, now: datetime) -> int:
    """Removes some events that no policy counts any more; how many. Where none keeps credit, all go."""
    halves = [policy.credit.half_life_days for policy in policies.values() if policy.credit]
    with database.unit() as unit:
        before = now - timedelta(days=counting.COUNTED_HALVES * max(halves, default=0))
        gone = credit.forget(unit, before=before, now=now)
        unit.commit()
    return gone


def explain(look: Reading, author_id: str | None, rules: CreditRules, *, now: datetime) -> Explained:
    """The account's credit with what counted and what would help; of one that nobody knows, what everybody begins with.

    `CreditRules` are those of the policy that asks.
    """
    events = credit.events_of(look, author_id) if author_id else ()
    return counting.explained(events, rules, now=now)


def explain_beside(
    look: Reading, author_id: str | None, comment_ids: Collection[str], rules: CreditRules, *, now: datetime
) -> Explained:
    """`explain`, as if some comments were not: whoever judges them is not told what others made of them."""
    lines = credit.lines_of(look, author_id) if author_id else []
    about = tuple(f"comment:{comment_id}:" for comment_id in comment_ids)
    events = [CreditEvent(each.kind, each.at) for each in reversed(lines)
              if each.void_at is None and not each.subject.startswith(about)]  # fmt: skip
    return counting.explained(events, rules, now=now)


def document(told: Explained) -> dict[str, Any]:
    """The explanation as an answer carries it, with sentences for the person."""
    return {
        "score": told.score,
        "level": told.level.name,
        "title": told.level.title.as_dict(),
        "closes": [each.value for each in told.level.closes],
        "per_hour": told.level.per_hour,
        "counted": [
            {
                "kind": kind.value,
                "count": number,
                "weight": round(weight, 6),
                "message": dict(zip(("zh", "en"), COUNTED[kind], strict=True)),
            }
            for kind, (number, weight) in sorted(counting.by_kind(told.counted).items())
        ],
        "next_level": told.next_level.name if told.next_level else None,
        "days_to_it": told.days_to_it,
        "helps": helps(told),
    }


def helps(told: Explained) -> dict[str, str]:
    """What would help, in both languages."""
    if told.next_level is None:
        return {"zh": "目前没有因信用受限的功能。", "en": "Nothing is closed on account of credit."}
    zh, en = told.next_level.title.zh, told.next_level.title.en
    if told.days_to_it is None:
        return {"zh": "请遵守评论规则，影响会逐渐减弱。", "en": "Keep to the rules: what counted fades with time."}
    days = told.days_to_it
    return {
        "zh": f"连续{days}天发布评论且均未被拦截，将恢复到“{zh}”。认为有误的可以申诉，改判后不再计入。",
        "en": f"After {days} days with comments of which none is stopped the level is '{en}'. "
        "Appeal what was wrong: what is overturned does not count.",
    }


def _count(
    unit: Unit, keyring: Keyring, policies: Mapping[str, Policy], comment_id: str, now: datetime
) -> list[Counts | None]:
    """What the comment's text counts for, from what holds of it; the events that changed."""
    comment = comments.lock(unit, comment_id)
    latest = decisions.latest_of(unit, comment_id)
    subject = _subject(comment_id, latest.revision)
    found = _offence(latest, verdicts.holding_for(unit, latest.id), minded=minding.is_theirs(unit, comment_id))
    voided = credit.void(unit, subject, now=now) if found is None else None
    changed = found is not None or voided
    if comment.author_cipher is None or not changed or not keeps(policies, latest.decision.versions.policy):
        return [voided]
    author_id = authors.id_for(unit, keyring, keyring.reveal("author", comment.author_cipher), now=now)
    counted = credit.set_event(unit, subject, author_id, *found) if found is not None else voided
    return [counted, _count_day(unit, policies, author_id, _day_of(latest.created_at), now)]


def _count_day(
    unit: Unit, policies: Mapping[str, Policy], author_id: str, day: datetime, now: datetime
) -> Counts | None:
    """Whether a day that is over was a good one, as things hold now: an overturn gives the day back as well."""
    if day >= _day_of(now):
        return None
    good = credit.good_accounts(unit, since=day, policies=_keeping(policies), author_id=author_id)
    return credit.set_good_day(unit, author_id, day, is_good=bool(good), now=now)


def _keeping(policies: Mapping[str, Policy]) -> list[str]:
    return [name for name, policy in policies.items() if policy.credit]


def _day_of(moment: datetime) -> datetime:
    """The beginning of its day, by UTC."""
    return datetime.combine(moment.astimezone(UTC).date(), time(), tzinfo=UTC)


def _offence(
    latest: DecisionRecord, verdict: VerdictRecord | None, *, minded: bool
) -> tuple[CreditKind, datetime] | None:  # fmt: skip
    """What the comment counts for; that who runs the thread hid it (`minded`) is no offence."""
    if latest.outcome is not Outcome.BLOCK:
        return None
    if verdict is not None and verdict.verdict is VerdictKind.REJECT:
        return CreditKind.REJECTED, verdict.created_at
    if latest.final_outcome is not None and not minded:
        return CreditKind.REJECTED, latest.created_at
    if refusals(latest.decision):
        return None
    stops = [each for each in latest.decision.reasons if each.outcome is Outcome.BLOCK]
    is_for_words = any(each.source not in _NO_OFFENCE for each in stops)
    return (CreditKind.BLOCKED, latest.created_at) if is_for_words else None


def _subject(comment_id: str, revision: int) -> str:
    return f"comment:{comment_id}:{revision}"

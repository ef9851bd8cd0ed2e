"""What somebody wants done to an account, a comment, a thread or who reports, and whether that can be.

A `Wish` becomes a measure in two steps: `measure_of` looks at what is said (words for the person that name and quote
nobody, a ground, a comment of the account's own), `checked` at what stands, once nobody else measures the same. Where
no measure is named the policy's ladder names it (`next_step`). Taking, carrying out and ending is
`account_measures.py`'s business.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from governance import causes, grounds, minding, misuse, once, said_about, settled
from governance.law import Act
from governance.like_names import is_named
from governance.wording import quotes, says_something, seen
from moderation.errors import ConfigError, Fault, InvalidInputError, NotFoundError
from moderation.given import is_in
from moderation.ladder import Step
from moderation.policy import Policy
from moderation.standing import Function
from moderation.threads import FUNCTIONS
from records import authors, comments, measures, reporters
from records.measures import NewMeasure
from records.personal import Keyring
from records.standing_values import TargetKind
from records.unit_of_work import Reading, Unit

MAX_WORDS = 2000
LONGEST_DAYS = 3650

FITTING: Mapping[TargetKind, tuple[str, ...]] = {
    TargetKind.AUTHOR: ("warn", "restrict", "suspend", "close"),
    TargetKind.COMMENT: ("warn", "refuse", "delete"),
    TargetKind.THREAD: ("restrict", "suspend", "close"),
    TargetKind.REPORTER: ("warn", "suspend"),
}
"""What can be done to what."""

_TIMELESS = ("warn", "refuse", "delete", "close")


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants done, and why.

    `target_id` is the platform's: an account's pseudonym, a comment's id, a thread's. Without `measure` it is the
    ladder's next step. `cause` is the platform's id of the account's comment for which it is measured. `replaces` is
    our id of the measure in whose place this one stands. `reporter_id` is our id of who reports, where the platform's
    is not known.
    """

    kind: TargetKind
    target_id: str
    reason: Mapping[str, str]
    ground: str
    measure: str | None = None
    days: float | None = None
    closes: tuple[Function, ...] = ()
    per_hour: int | None = None
    cause: str | None = None
    replaces: str | None = None
    reporter_id: str | None = None
    cause_id: str | None = None
    """Our id of that comment, in the place of the platform's, which need not have given one."""
    for_thread: str | None = None
    """The platform's id of the thread whose operator asks (`governance/minding.py`); None: the house does."""


def measure_of(
    unit: Unit, keyring: Keyring, wish: Wish, who: str, now: datetime, *, policy: Policy, cause: str = "/cause"
) -> NewMeasure:  # fmt: skip
    """The measure as it is wished for, before the ladder is asked. Raises `InvalidInputError` for words of no use.

    `policy` is the one that was named; `who` asks, as records name them; `cause` is where the request names the
    comment.
    """
    is_author = wish.kind is TargetKind.AUTHOR
    said = [] if is_author and wish.measure is None else [*_faults(wish)]  # the ladder may name it yet
    cause_id = wish.cause_id or (None if wish.cause is None else comments.known_ids(unit, [wish.cause]).get(wish.cause))
    said += causes.faults(unit, keyring, wish.target_id, cause_id, where=cause) if is_author else ()
    said += grounds.faults(unit, wish.ground, Act.MEASURE, policy=policy.name)
    if faults := [*word_faults(wish.reason, wish.ground), *said, *_told_faults(unit, keyring, wish)]:
        raise InvalidInputError("The measure cannot be taken.", faults)
    return NewMeasure(
        wish.measure or "",
        wish.kind,
        *in_both(wish.reason),
        seen(wish.ground),
        who,
        author_id=authors.id_for(unit, keyring, wish.target_id, now=now) if is_author else None,
        comment_id=comment_id_of(unit, wish.target_id, "/target/id") if wish.kind is TargetKind.COMMENT else None,
        thread_id=wish.target_id if wish.kind is TargetKind.THREAD else None,
        reporter_id=_reporter(unit, keyring, wish, now) if wish.kind is TargetKind.REPORTER else None,
        cause_id=cause_id or (None if wish.cause is None else comment_id_of(unit, wish.cause, cause)),
        closes=wish.closes,
        per_hour=wish.per_hour,
        days=wish.days,
        replaces=wish.replaces,
        role=None if wish.for_thread is None else minding.OPERATOR,
    )


def _reporter(unit: Unit, keyring: Keyring, wish: Wish, now: datetime) -> str:
    """Our id of who reports: as named, or of the platform's pseudonym."""
    indexes = keyring.indexes(misuse.AS_REPORTER, wish.target_id)
    return wish.reporter_id or reporters.id_for(unit, misuse.PLATFORM, indexes, now=now)


def checked(unit: Unit, new: NewMeasure, wish: Wish, policy: Policy, now: datetime) -> NewMeasure:
    """The measure, with the ladder's step where none is named, once nobody else measures the same.

    Raises `InvalidInputError` with every fault, `ConflictError` where it stands or was measured, `SettledError` where a
    person found that the comment stays.
    """
    once.lock(unit, [new])
    step = None
    if wish.measure is None and wish.kind is TargetKind.AUTHOR and wish.replaces is None:
        step = next_step(unit, new.author_id, policy, now=now, cause_id=new.cause_id)
    if step is not None:
        wish = replace(wish, measure=step.measure, days=step.days, closes=step.closes, per_hour=step.per_hour)
    theirs = (
        ()
        if wish.for_thread is None
        else minding.faults(unit, wish.kind, wish.measure, new.comment_id, wish.for_thread)
    )
    misused = misuse.measure_faults(unit, new, wish.measure, wish.days, policy, now=now)
    if faults := [*_faults(wish), *theirs, *misused]:
        raise InvalidInputError("The measure cannot be taken.", faults)
    whole = replace(new, measure=str(wish.measure), days=wish.days, closes=wish.closes, per_hour=wish.per_hour)
    if (about := whole.comment_id or whole.cause_id) is not None:
        settled.check_measure(unit, about, whole.asked_by)
    once.check_replaces(unit, whole)
    once.check(unit, whole, now=now)
    return replace(whole, policy=policy.reference)


def next_step(
    look: Reading, author_id: str | None, policy: Policy, *, now: datetime, cause_id: str | None = None
) -> Step | None:  # fmt: skip
    """What the policy's ladder has for the account; None where it has none, or the account is closed.

    `cause_id`: for this comment, which is no repetition where it was written before the account was measured.
    """
    if policy.ladder is None or (
        author_id and any(each.measure == "close" for each in measures.held_by(look, author_id))
    ):
        return None
    if author_id is None:
        return policy.ladder.steps[0]
    return policy.ladder.steps[once.place_on(look, author_id, policy.ladder, now=now, cause_id=cause_id)]


def _faults(wish: Wish) -> Iterable[Fault]:
    fitting = FITTING[wish.kind]
    if wish.measure is None and wish.replaces is not None:
        yield Fault("/measure", f"say which stands in the place of the other: {', '.join(fitting)}")
    elif wish.measure is None:
        yield Fault("/measure", f"say which: {', '.join(fitting)}; only a policy with a ladder proposes one")
    elif wish.measure not in fitting:
        yield Fault("/measure", f"of a {wish.kind} it can be one of: {', '.join(fitting)}")
    if wish.measure in _TIMELESS and wish.days is not None:
        yield Fault("/length", f"'{wish.measure}' has no length: leave it out")
    if wish.days is not None and not 0 < wish.days <= LONGEST_DAYS:
        yield Fault("/length", f"give more than 0 and at most {LONGEST_DAYS} days; leave it out for no end")
    restricts = wish.measure == "restrict" and wish.kind is not TargetKind.COMMENT
    closable = FUNCTIONS if wish.kind is TargetKind.THREAD else tuple(Function)
    if restricts and not wish.closes and wish.per_hour is None:
        yield Fault("/closes", f"say what is restricted: {', '.join(closable)}, or 'per_hour'")
    if not restricts and (wish.closes or wish.per_hour is not None):
        yield Fault("/closes", "goes with 'restrict' on an account or a thread")
    elif any(each not in closable for each in wish.closes):
        yield Fault("/closes", f"of a {wish.kind} it can be: {', '.join(closable)}")
    if (wish.cause or wish.cause_id) is not None and wish.kind is not TargetKind.AUTHOR:
        yield Fault("/cause", "goes with a measure on an account")


IN_LANGUAGE = {
    "zh": "write it in Chinese, with Chinese characters; words in English stand as the English reason",
    "en": "write it in English, in Latin letters; words in Chinese stand as the Chinese reason",
}
"""Who reads a reason in their language is told in it: by the language, for words that are in none such."""


def word_faults(reason: Mapping[str, str], ground: str) -> Iterable[Fault]:
    """Where nobody is told why in the language that is named, or on which ground."""
    told = [seen(text) for text in reason.values()]
    if not any(map(says_something, told)) or max(map(len, told)) > MAX_WORDS:
        yield Fault(
            "/reason", f"say in words for the person why: a Chinese character or two letters, up to {MAX_WORDS}"
        )
    else:
        for language, said in zip(reason, told, strict=True):
            if said and not is_in(said, language):
                yield Fault(f"/reason/{language}", IN_LANGUAGE[language])
    if not says_something(seen(ground)) or len(seen(ground)) > MAX_WORDS:
        yield Fault("/ground", f"say on which rule it stands, in at most {MAX_WORDS} characters")


def _told_faults(look: Reading, keyring: Keyring, wish: Wish) -> Iterable[Fault]:
    """Reasons are told by webhooks and kept: who they are about, and what they wrote, is to be erased one day.

    The ledger only commits to them (`records/entry_words.py`), but who was told has them for good.
    """
    about = wish.target_id if wish.kind is TargetKind.COMMENT else wish.cause
    comment_id = wish.cause_id or (None if about is None else comments.known_ids(look, [about]).get(about))
    comment = None if comment_id is None else comments.get(look, comment_id)
    text = "" if comment is None else comment.text or ""
    whose = wish.target_id if wish.kind in (TargetKind.AUTHOR, TargetKind.REPORTER) else ""
    if comment is not None and comment.author_cipher and not whose:
        whose = _revealed(keyring, comment.author_cipher)
    told = dict.fromkeys(seen(each) for each in wish.reason.values())
    for where, said in (*(("/reason", each) for each in told), ("/ground", wish.ground)):
        if is_named(said, whose):
            detail = "names the account: whoever is told keeps it; leave the name out"
            yield said_about.SaidFault(where, detail, "account")
        else:
            yield from said_about.faults(look, keyring, where, said)
        if quotes(said, text):
            detail = "quotes the comment: whoever is told keeps it; say what it breaks in other words"
            yield said_about.SaidFault(where, detail, "comment")


def _revealed(keyring: Keyring, cipher: str) -> str:
    """The pseudonym; nothing where its key is not at hand, which stops no measure."""
    with suppress(ConfigError):
        return keyring.reveal("author", cipher)
    return ""


def in_both(reason: Mapping[str, str]) -> tuple[str, str]:
    """In Chinese and in English; who wrote one alone is understood in it."""
    zh, en = seen(reason.get("zh", "")), seen(reason.get("en", ""))
    return zh or en, en or zh


def comment_id_of(look: Reading, external_id: str, where: str) -> str:
    """Our id of the platform's comment. Raises `NotFoundError`, naming the place of the request that has it."""
    found = comments.known_ids(look, [external_id]).get(external_id)
    if found is None:
        raise NotFoundError(f"No comment of that id was ever stored ({where}).")
    return found

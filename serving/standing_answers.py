"""What is answered about measures and about how an account stands; `answers.py` has the rest."""

from __future__ import annotations

from typing import Any, Literal

from serving.answers import Answer


class WordsAnswer(Answer):
    """Sentences in Chinese and English."""

    zh: str
    en: str


class TargetAnswer(Answer):
    """What is measured, by the platform's id; null where none was given, or the account was erased."""

    kind: Literal["author", "comment", "thread", "reporter"]
    id: str | None


class CauseAnswer(Answer):
    """The comment for which an account is measured, by your id of it, and what holds of it.

    `against`: somebody beside who took the measure, or the machine, found its words to be against the rules.
    """

    id: str | None
    decision: Literal["pass", "review", "block"]
    against: bool


class MeasureAnswer(Answer):
    """A measure. `length` is in days; `notice` is what the person may be told; `approval_id` waits for two people.

    `lift_approval_id` asks a second person whether what two agreed on is lifted; it holds until they say so.
    """

    id: str
    target: TargetAnswer
    measure: Literal["warn", "refuse", "delete", "restrict", "suspend", "close", "recommend"]
    state: Literal["waiting", "in_force", "ended", "lifted", "refused", "replaced", "withdrawn"]
    length: float | None
    closes: list[str]
    per_hour: int | None
    reason: WordsAnswer
    ground: str
    cause: CauseAnswer | None
    notice: WordsAnswer
    policy: str | None
    replaces: str | None
    role: Literal["operator"] | None
    approval_id: str | None
    lift_approval_id: str | None
    by: str
    created_at: str
    starts_at: str | None
    ends_at: str | None
    ended_at: str | None
    ended_why: str | None


class MeasurePage(Answer):
    """Some measures, the newest first; ask again with `next_cursor` for more."""

    items: list[MeasureAnswer]
    next_cursor: str | None


class MeasuresAnswer(Answer):
    """Measures that wait for one answer together."""

    approval_id: str
    items: list[MeasureAnswer]


class CountedAnswer(Answer):
    """How many of a kind still count, and what they weigh together."""

    kind: Literal["blocked", "rejected", "good_day"]
    count: int
    weight: float
    message: WordsAnswer


class CreditAnswer(Answer):
    """An account's credit, 0 to 1, its level, what counted, and what would help."""

    score: float
    level: str
    title: WordsAnswer
    closes: list[str]
    per_hour: int | None
    counted: list[CountedAnswer]
    next_level: str | None
    days_to_it: int | None
    helps: WordsAnswer


class StepAnswer(Answer):
    """What the policy's ladder has next; a person takes it, or another."""

    measure: Literal["warn", "restrict", "suspend", "close"]
    length: float | None
    closes: list[str]
    per_hour: int | None


class HoldingAnswer(Answer):
    """A measure that holds the account now."""

    id: str
    measure: str
    state: str
    length: float | None
    starts_at: str | None


class WaitingAnswer(Answer):
    """A measure that waits for a second person, with the id of the question."""

    id: str
    measure: str
    length: float | None
    approval_id: str | None


class SharedAnswer(Answer):
    """Something that two accounts share; never what it is.

    `accounts` have it (of more than a thousand that many), `held` of them are closed, listed or suspended, and `others`
    are hands that have nothing to do with those. Findings from before these were counted have null.
    """

    kind: Literal["identity", "phone", "device", "network"]
    accounts: int
    held: int | None
    others: int | None
    weight: float


class FindingAnswer(Answer):
    """That an account may be somebody who was closed or listed. `score` is in bits; a person decides."""

    id: str
    state: Literal["waiting", "confirmed", "dismissed"]
    score: float
    evidence: list[SharedAnswer]
    created_at: str
    answered_by: str | None
    answered_at: str | None


class LinkAnswer(Answer):
    """That the account hangs on something of this kind; what it is, is kept nowhere."""

    kind: Literal["identity", "phone", "device", "network"]
    since: str


class ListedAnswer(Answer):
    """The entry of a list by which the account's comments are refused or held, with the words for the person.

    `reason` is for the platform where `tells` is false: the list is somebody else's, and `notice` says whose.
    """

    id: str
    action: Literal["review", "block"]
    reason: str
    tells: bool
    ground: str
    source: str
    since: str
    ends_at: str | None
    review_at: str | None
    notice: WordsAnswer


class AuthorAnswer(Answer):
    """What the platform stated about an author (null: not stated), and how the account stands under a policy.

    `next_step` is harsher than what is `in_force`; `waiting` is what a second person has been asked about.
    """

    id: str
    verified: bool | None
    created_at: str | None
    agreement_version: str | None
    consented_at: str | None
    consent_withdrawn_at: str | None
    links: list[LinkAnswer]
    updated_at: str
    listed: ListedAnswer | None
    credit: CreditAnswer | None
    measures: list[MeasureAnswer]
    next_step: StepAnswer | None
    in_force: list[HoldingAnswer]
    waiting: list[WaitingAnswer]
    findings: list[FindingAnswer]


class ExportAnswer(Answer):
    """All that is held of an author: each record with the `table` it stands in, without salts, hashes and ciphers."""

    author: str
    records: list[dict[str, Any]]


class ErasedSetAnswer(Answer):
    """A data set that held texts of theirs: how many rows went, and the hash of its rows before and after."""

    name: str
    rows: int
    before: str
    after: str


class KeptAnswer(Answer):
    """What stays of an account that was closed, suspended or listed when it was erased: ids, until when at the latest.

    `words`: the same for the person, zh and en. No text, pseudonym or reason is among it.
    """

    measures: list[str]
    lists: list[str]
    until: str
    words: dict[str, str]


class TouchedAnswer(Answer):
    """An open request of an authority, and how many decisions about erased comments lie in its scope."""

    id: str
    authority: str
    reference: str
    decisions: int


class NamedCommentAnswer(Answer):
    """A comment of somebody else, by its id here and the platform's number of it."""

    id: str
    comment_id: str | None


class NamedByOthersAnswer(Answer):
    """Comments of others that name them in their words: 200 at most, `all` where these are all there are."""

    comments: list[NamedCommentAnswer]
    all: bool
    names_looked_for: int
    not_searched_yet: int


class QuotedByOthersAnswer(Answer):
    """Comments of others that quoted them. `changed`: quotations that were sent as such and were taken out.

    `left`: words of theirs, or the first 40 characters of a text, stand within somebody's own text and were left: a
    person decides about each. Texts of fewer than 8 characters, and those beyond the 200 longest, were not looked for.
    """

    left: list[NamedCommentAnswer]
    changed: list[NamedCommentAnswer]
    all: bool
    texts_looked_for: int
    texts_too_short: int
    texts_not_looked_for: int
    not_searched_yet: int


class ErasureAnswer(Answer):
    """What was erased, by what it was; `entry` is the ledger's, which says who and why and not whom.

    `lists_kept`: entries about the account that stay as keyed hashes, since a law may ask for them.
    `held`: how many comments stay, since they are held for an authority.
    `appeals_without_words`: appeals of theirs, of measures and entries on lists, that waited; what they wrote is gone.
    `inspections`: open requests of authorities into whose scope it fell; whoever answers them tells the authority.
    `files_that_mention`: files of this installation that still hold words of theirs; somebody has to delete them.
    `named_by_others`, `quoted_by_others`: comments of others that still name them or hold their words.
    """

    erased: dict[str, int]
    lists_kept: list[str]
    kept: KeptAnswer | None
    held: int
    appeals_without_words: list[str]
    inspections: list[TouchedAnswer]
    data_sets: list[ErasedSetAnswer]
    label_files: list[str]
    files_that_mention: list[str]
    named_by_others: NamedByOthersAnswer
    quoted_by_others: QuotedByOthersAnswer
    entry: str

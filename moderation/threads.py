"""What a measure on a thread does to a comment in it, whatever the words are; nobody is accused of anything.

* `close` and `suspend`: no comment is taken there, until it is lifted or its time is over.
* `restrict` does what it names: `unreviewed` lets comments wait for a person, `links` refuses those with a link or a
  contact, and a number an hour is slow mode: an account that has sent more than that in this thread within the hour is
  asked to wait. Who comments without an account cannot be counted and is not slowed down.

It holds under every policy, since whoever took it meant it, and ends by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from moderation.comment import Comment
from moderation.decision import Outcome, Reason, Source
from moderation.given import given_in
from moderation.standing import Closed, Function, HeldThread

CLOSED = ("suspend", "close")
FUNCTIONS = (Function.LINKS, Function.UNREVIEWED)
"""What can be closed in a thread."""

MEASURED_AS = "measure."
"""Before the measure's id in a reason's `rule_id`, as `list.` stands before an entry's."""

WORDS: Mapping[str, tuple[str, str]] = {
    "thread_closed": ("此处已关闭评论", "Comments are closed here"),
    "thread_links_closed": (
        "此处暂时不能发布链接或联系方式，请去掉后再发布",
        "Links and contacts may not be posted here for now: post it without them",
    ),
    "thread_slowed": (
        "此处每个账号一小时内的评论数有限，请稍后再发布",
        "Comments an hour are limited here: post it later",
    ),
    "thread_reviewed": ("此处的评论目前由人工审核后发布", "Comments here are published after a person has looked"),
}


def thread_reasons(comment: Comment, *, has_contact: Callable[[], bool], now: datetime) -> list[Reason]:
    """Why the thread itself refuses or holds the comment, each on its measure's ground, with its measure's words."""
    reasons = []
    for held in comment.context.held:
        if held.ends_at is None or held.ends_at > now:
            reasons += [_reason(code, held) for code in _codes(comment, held, has_contact)]
    return reasons


def holds_back(comment: Comment, *, now: datetime) -> bool:
    """Whether a comment in this thread is held where nobody can answer about it."""
    return any(
        held.measure in CLOSED or Function.UNREVIEWED in held.closed.functions
        for held in comment.context.held
        if held.ends_at is None or held.ends_at > now
    )


def slows(held: HeldThread) -> bool:
    """Whether somebody has to count for it what an account sends."""
    return held.closed.per_hour is not None


def is_of_thread(reason: Reason) -> bool:
    """Whether a measure on the thread is the reason."""
    return reason.source is Source.POLICY and reason.code in WORDS


def measure_of(reason: Reason) -> str | None:
    """The id of the measure on the thread; None for any other reason, and for one of an earlier program."""
    named = reason.rule_id or ""
    return named.removeprefix(MEASURED_AS) if is_of_thread(reason) and named.startswith(MEASURED_AS) else None


def _codes(comment: Comment, held: HeldThread, has_contact: Callable[[], bool]) -> list[str]:
    if held.measure in CLOSED:
        return ["thread_closed"]
    closed: Closed = held.closed
    met = {
        "thread_links_closed": Function.LINKS in closed.functions and has_contact(),
        "thread_slowed": closed.per_hour is not None and (comment.context.mine_1h or 0) > closed.per_hour,
        "thread_reviewed": Function.UNREVIEWED in closed.functions,
    }
    return [code for code, is_met in met.items() if is_met]


def _reason(code: str, held: HeldThread) -> Reason:
    zh, en = WORDS[code]
    why_zh, why_en = (given_in(held.reason_zh, held.reason_en, language) for language in ("zh", "en"))
    message = {"zh": f"{zh}。原因：{why_zh}", "en": f"{en}. Why: {why_en}"}
    outcome = Outcome.REVIEW if code == "thread_reviewed" else Outcome.BLOCK
    named = f"{MEASURED_AS}{held.id}"
    return Reason(code, Source.POLICY, outcome, message=message, ground=held.ground, rule_id=named)

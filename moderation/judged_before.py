"""What a person's word about a comment makes of it when it is sent again: what was removed stays removed.

A platform sends a comment again after an edit, a timeout or a change of rules. About *the very same* (text,
attachments, writer, and where it stands) the person's word holds, whichever way it went, until a person says otherwise:
nobody undoes a moderator by asking twice, and nobody is asked about the same twice.

A *pass* covers what its giver could see and nothing else: with another attachment, under another parent, in another
thread or on another surface the machine judges anew, as if nobody had said anything.

A *removal* holds wherever all that was removed is still there, whatever is added and wherever it is brought. *Another
text* in its place, or the same with an attachment less, waits for a person, whatever the machine thinks of it: else an
edit of one character would be the way around the moderator.

What does not come from the words holds as it always does: an account that was suspended since, a closed thread, a list.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from moderation.decision import Outcome, Reason, Source

STAYS, EDITED = "stays_removed", "edited_after_removal"

WORDS: Mapping[str, tuple[str, str]] = {
    STAYS: (
        "此内容已由审核人员处理，重复提交不会改变结果；如有异议请申诉",
        "A person removed these very words before; sending them again changes nothing. Appeal if you think otherwise",
    ),
    EDITED: (
        "此评论此前已由审核人员处理，修改后的内容需人工审核后发布",
        "A person removed this comment before; what was changed is published after a person has looked",
    ),
}

_OF_THE_WORDS = (Source.MODEL, Source.RULE, Source.BEHAVIOUR)


@dataclass(frozen=True, slots=True)
class PersonsWord:
    """What a person last said of a comment: `block` or `pass`, and on which ground.

    `is_whole`: all of which it was said is in what is sent now. A pass is told of the very same alone.
    """

    outcome: Outcome
    is_whole: bool
    ground: str


def heed(said: PersonsWord | None, reasons: Sequence[Reason], *, otherwise: str) -> list[Reason]:
    """The reasons of a decision about a comment that is sent again, with what a person said of it before.

    `otherwise` is the ground where that is not known: a person rejected what no reason of the machine had named.
    """
    if said is None:
        return list(reasons)
    if said.outcome is Outcome.BLOCK:
        return [_reason(said, otherwise), *reasons]
    if not said.is_whole:
        return list(reasons)
    return [each for each in reasons if each.outcome is Outcome.BLOCK and each.source not in _OF_THE_WORDS]


def _reason(said: PersonsWord, otherwise: str) -> Reason:
    code, outcome = (STAYS, Outcome.BLOCK) if said.is_whole else (EDITED, Outcome.REVIEW)
    zh, en = WORDS[code]
    return Reason(code, Source.POLICY, outcome, {"zh": zh, "en": en}, said.ground or otherwise)

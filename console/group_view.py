"""What the review page shows of a group for which its case stands: why they belong together, a few of the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice

from console.campaign_view import SHOWN
from console.excerpts import excerpt
from console.harshness import harsh_ones
from console.marks import Piece
from console.words import Words
from records import comments, groups
from records.unit_of_work import Reading
from records.values import CaseRecord, CommentRecord
from review.groups import Kind

AT_LEAST = timedelta(minutes=1)
"""Nobody is helped by seconds."""

_SENTENCES = {Kind.ACCOUNT: "group.account_day", Kind.THREAD: "group.thread_burst"}


@dataclass(frozen=True, slots=True)
class GroupView:
    """`size` cases wait together, the one in hand among them; `others` are texts of the first, long ones in part."""

    sentence: str
    size: int
    others: tuple[tuple[Piece, ...], ...]


def view_group(look: Reading, case: CaseRecord, words: Words) -> GroupView | None:
    """The group that waits behind this case; None where nothing does. Harsh texts are on the group's own page alone."""
    record = groups.led_by(look, case)
    waiting = [] if record is None else groups.others(look, record)
    if record is None or record.kind not in tuple(Kind) or not waiting:
        return None
    about = [comments.get(look, one.comment_id) for one in (case, *waiting)]
    harsh = harsh_ones(look, [one.comment_id for one in waiting])
    mild = (one for one in waiting if one.comment_id not in harsh)
    texts = (comments.get(look, one.comment_id).text for one in islice(mild, SHOWN))
    others = tuple(excerpt(text).text for text in texts if text)
    return GroupView(sentence(words, Kind(record.kind), about), len(about), others)


def sentence(words: Words, kind: Kind, about: Sequence[CommentRecord]) -> str:
    """Why these comments are decided together."""
    written = [comment.created_at for comment in about]
    return words(_SENTENCES[kind], n=len(about), span=words.span_of(max(max(written) - min(written), AT_LEAST)))

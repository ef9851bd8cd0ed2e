"""What was sent beside a text, as pages show it: the hash and the words of each attachment, and what nobody looked at.

Files are not kept here: what they show is seen at the platform, by the hash. Their words are whole, in a box that
scrolls, so that who decides had all of them before them; those that a reason was found in come first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from console.case_words import message_of
from console.marks import Piece, pieces
from moderation.comment import Attachment
from moderation.decision import Decision, Reason, Source
from moderation.normaliser import normalise
from moderation.spans import Span

AT_ONCE = 3
"""Attachments that stand open beside a text; the others are behind a line that opens them."""


class Looked(StrEnum):
    """What of an attachment the machine could judge."""

    WORDS = "words"
    LISTED = "listed"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class AttachmentView:
    """One attachment; `number` counts from 1, as people do. `because` are the messages of what was found in it."""

    number: int
    kind: str
    sha256: str
    text: tuple[Piece, ...]
    looked: Looked
    because: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AttachmentsView:
    """All of one text: those `first` to be read, and the `others`."""

    first: tuple[AttachmentView, ...] = ()
    others: tuple[AttachmentView, ...] = ()

    @property
    def many(self) -> int:
        """How many there are."""
        return len(self.first) + len(self.others)

    @property
    def unseen(self) -> int:
        """Of how many nothing could be judged."""
        return sum(each.looked is Looked.NOTHING for each in (*self.first, *self.others))


NO_ATTACHMENTS = AttachmentsView()


def view_attachments(
    attachments: Sequence[Attachment], decision: Decision | None = None, locale: str = "en"
) -> AttachmentsView:
    """As a page shows them; without `decision` nothing is told of what the machine found."""
    reasons = decision.reasons if decision else ()
    views = [_view(place, each, reasons, locale) for place, each in enumerate(attachments)]
    views.sort(key=lambda each: (not each.because, each.looked is not Looked.NOTHING, each.number))
    return AttachmentsView(tuple(views[:AT_ONCE]), tuple(views[AT_ONCE:]))


def _view(place: int, attachment: Attachment, reasons: Sequence[Reason], locale: str) -> AttachmentView:
    mine = [reason for reason in reasons if any(each.index == place for each in reason.attachments)]
    return AttachmentView(
        place + 1,
        attachment.kind,
        attachment.sha256,
        pieces(attachment.alt or "", _spans(place, mine)),
        _looked(attachment, mine),
        tuple(dict.fromkeys(message_of(reason, locale) for reason in mine if reason.source is not Source.POLICY)),
    )


def _spans(place: int, reasons: Sequence[Reason]) -> list[Span]:
    return [span for reason in reasons for each in reason.attachments if each.index == place for span in each.spans]


def _looked(attachment: Attachment, reasons: Sequence[Reason]) -> Looked:
    if any(reason.source is Source.LIST for reason in reasons):
        return Looked.LISTED
    said = bool(attachment.alt) and not normalise(attachment.alt or "").is_empty
    return Looked.WORDS if said else Looked.NOTHING

"""What the review page shows of a campaign beside one of its comments: how many there are, and a few of the others."""

from __future__ import annotations

from dataclasses import dataclass

from console.marks import Piece, pieces
from records import campaigns, comments
from records.unit_of_work import Reading
from records.values import CaseRecord

SHOWN = 5
"""Other comments on the page: enough to see what is spread."""


@dataclass(frozen=True, slots=True)
class CampaignView:
    """`size` comments belong to it; `others` are the texts of the newest of them."""

    size: int
    others: tuple[tuple[Piece, ...], ...]


def view_campaign(look: Reading, case: CaseRecord) -> CampaignView | None:
    """The campaign that this case is about; None where it is about none."""
    campaign = campaigns.of_case(look, case.id)
    if campaign is None:
        return None
    newest = campaigns.comments_of(look, campaign.id, limit=SHOWN + 1, newest_first=True)
    others = [comments.get(look, comment_id).text for comment_id in newest if comment_id != case.comment_id]
    return CampaignView(campaigns.size(look, campaign.id), tuple(pieces(text) for text in others[:SHOWN] if text))

"""What the review page shows of a campaign beside one of its comments: how many there are, and a few of the others."""

from __future__ import annotations

from dataclasses import dataclass

from console.excerpts import excerpt
from console.harshness import Quoted, harsh_ones
from moderation.behaviour import BurstKind
from records import campaign_findings, campaigns, comments
from records.unit_of_work import Reading
from records.values import CaseRecord

SHOWN = 5
"""Other comments on the page: enough to see what is spread."""


@dataclass(frozen=True, slots=True)
class CampaignView:
    """`size` comments belong to it; `others` are the texts of the newest of them, long ones in part.

    `is_alike`: a verdict may go over all. `finding` is its id where its evidence was weighed.
    """

    size: int
    is_alike: bool
    finding: str | None
    others: tuple[Quoted, ...]


def view_campaign(look: Reading, case: CaseRecord) -> CampaignView | None:
    """The campaign to which the comment of this case belongs; None where it belongs to none."""
    campaign = campaigns.about(look, case)
    if campaign is None:
        return None
    newest = campaigns.comments_of(look, campaign.id, limit=SHOWN + 1, newest_first=True)
    others = [comments.get(look, comment_id) for comment_id in newest if comment_id != case.comment_id][:SHOWN]
    harsh = harsh_ones(look, [one.id for one in others])
    weighed = campaign_findings.find(look, campaign.id)
    return CampaignView(
        size=campaigns.size(look, campaign.id),
        is_alike=campaign.kind != BurstKind.THREAD,
        finding=campaign.id if weighed else None,
        others=tuple(Quoted(one.id, excerpt(one.text).text, one.id in harsh) for one in others if one.text),
    )

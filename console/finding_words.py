"""Which sentences say what a campaign's evidence says; one page says them all, and others a few."""

from __future__ import annotations

from moderation.behaviour import BurstKind
from moderation.behaviour.hands import Confidence, Hand, SignName
from records.campaign_findings import Answer, FindingRecord

KINDS = {
    BurstKind.TEXT: "finding.kind_text",
    BurstKind.CONTACT: "finding.kind_contact",
    BurstKind.THREAD: "finding.kind_thread",
}
ANSWERS = {
    Answer.ONE_HAND: "finding.answer_one_hand",
    Answer.MANY_PEOPLE: "finding.answer_many_people",
    Answer.NO_CAMPAIGN: "finding.answer_no_campaign",
}
SIGNS = {
    SignName.CONTACT: "finding.sign_contact",
    SignName.DEVICE: "finding.sign_device",
    SignName.NETWORK: "finding.sign_network",
    SignName.STRANGERS: "finding.sign_strangers",
    SignName.REPEATS: "finding.sign_repeats",
    SignName.SPELLINGS: "finding.sign_spellings",
    SignName.RHYTHM: "finding.sign_rhythm",
    SignName.PACE: "finding.sign_pace",
    SignName.VOLLEYS: "finding.sign_volleys",
    SignName.RETURNED: "finding.sign_returned",
    SignName.TOGETHER: "finding.sign_together",
}
THINGS = {
    "text": "finding.thing_text",
    "contact": "finding.thing_contact",
    "device": "finding.thing_device",
    "network": "finding.thing_network",
    "thread": "finding.thing_thread",
}
_SAYS = {
    (Hand.ONE, Confidence.STRONG): "finding.one_hand_strong",
    (Hand.ONE, Confidence.FAIR): "finding.one_hand_fair",
    (Hand.MANY, Confidence.STRONG): "finding.many_people_strong",
    (Hand.MANY, Confidence.FAIR): "finding.many_people_fair",
    (Hand.UNCLEAR, Confidence.NONE): "finding.unclear_none",
}


def says(found: FindingRecord) -> str:
    """The key of the sentence that says who is probably behind it."""
    return _SAYS[found.hand, found.confidence]

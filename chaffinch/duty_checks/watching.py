"""Whether the house is looked at as it works, its models are learnt and gated, and campaigns are found."""

from __future__ import annotations

from chaffinch.duty_checks.people import active
from chaffinch.duty_checks.rehearsal import stored
from chaffinch.duty_words import say
from chaffinch.installation import Installation
from console.permissions import may
from console.routes import PAGES
from governance import campaigns as finding
from governance import overview
from governance.campaigns import QUEUE, Spread
from governance.duties import Found
from moderation.behaviour import Burst, BurstKind
from moderation.decision import Outcome
from records import accountability, cases
from records import campaigns as kept
from records import decisions as judged
from registry.gate_file import Verdict, read_gate
from registry.names import CHAMPION, MODEL_NAME
from registry.pointers import find_pointer

LIVE = "/lead"
STATE = "/state"
"""What goes on by surface and minute, for everybody who works here."""


def live_page(place: Installation) -> Found:
    """5(5): the page of what waits now is there, has its figures, and somebody may see it."""
    page = next((page for page in PAGES if page.path == LIVE), None)
    with place.reading() as look:
        may_see = [user.name for user in active(look) if page and page.action and may(user.role, page.action)]
        now = overview.live(look, now=place.now)
    if lacking := [path for path in (LIVE, STATE) if path not in {each.path for each in PAGES}]:
        return place.off("watching.live_page_2", lacking=lacking[0])
    if not may_see:
        return place.off("watching.live_page_3")
    waiting = sum(queue.now.waiting for queue in now.queues)
    seen = say("watching.figures", waiting=waiting, queues=len(now.queues), people=len(may_see))
    return place.held("watching.live_page_1", state=STATE, live=LIVE, seen=seen)


def training_loop(place: Installation) -> Found:
    """5(6): the model that answers came through the gate, and the gate's yes is about this very bundle."""
    todo = "chaffinch train starter, chaffinch promote VERSION (or chaffinch demo)"
    pointer = find_pointer(place.settings.registry_root, MODEL_NAME, CHAMPION)
    if pointer is None:
        return place.off("watching.training_loop_2", todo=todo)
    if not pointer.path.is_dir():
        return place.off("watching.training_loop_3", version=pointer.version, path=pointer.path)
    gate = read_gate(pointer.path)
    if gate is None or gate.verdict is not Verdict.YES or gate.bundle_hash != pointer.hash:
        return place.off("watching.training_loop_4", version=pointer.version, todo=todo)
    return place.held(
        "watching.training_loop_1", version=pointer.version, gate=gate.gate, created_at=gate.created_at[:10]
    )


def campaigns(place: Installation) -> Found:
    """7: one thing spread by many becomes one case, with every copy."""
    burst = Burst(BurstKind.CONTACT, 0x7F3A91)
    with place.rehearsing() as unit:
        ids = []
        for number in range(3):
            one = stored(place, unit, Outcome.PASS, text=f"演练 {number} 7f3a91")
            ids.append(one.comment_id)
            decision = judged.get(unit, one.decision_id).decision
            finding.collect(unit, [Spread(one.comment_id, one.decision_id, decision, (burst,))], now=place.now)
        found = kept.by_bursts(unit, [burst]).get(burst)
        collected = set(kept.comments_of(unit, found.id)) if found else set()
        queue = cases.get(unit, found.case_id).queue if found else None
    if collected != set(ids) or queue != QUEUE:
        return place.off("watching.campaigns_2")
    with place.reading() as look:
        seen = accountability.campaigns_seen(look)
    return place.held("watching.campaigns_1", seen=seen)

"""What is like the case in hand and decided together: the way there, with what was chosen, and when it is offered."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from console.forms import Form
from console.in_hand import is_known_to_be_blind
from console.permissions import Action
from console.visit import Visit
from governance import bulk
from records import campaigns, overview
from records.unit_of_work import Reading
from records.values import CaseRecord, VerdictKind, VerdictRecord
from review import quality

BROUGHT = ("ground", "measure", "confidence")
"""What else than labels is brought along from a case's page to its campaign's."""


@dataclass(frozen=True, slots=True)
class Alike:
    """Two of one text were decided alike, one by one: how many more wait, and where they are decided together."""

    sentence: str
    more: int
    place: str


def campaign_address(visit: Visit, case_id: str, said: Form, *, page: str = "campaign") -> str:
    """The page of the case's campaign, or of its `group`, with what was chosen so far; a note goes into no address."""
    told = {"labels": ",".join(said.all("labels")), **{name: said.one(name) for name in BROUGHT}}
    query = urlencode({name: value for name, value in told.items() if value})
    return visit.url(f"/work/{case_id}/{page}") + (f"?{query}" if query else "")


def brought(visit: Visit) -> Form:
    """What was chosen before the page was opened, as its address says."""
    told = {name: (visit.query[name],) for name in BROUGHT if visit.query.get(name)}
    return Form({"labels": tuple(filter(None, visit.query.get("labels", "").split(","))), **told})


def offer(look: Reading, visit: Visit, case: CaseRecord) -> Alike | None:
    """What is offered where the visitor's last two verdicts said the same of two comments of this case's campaign.

    A case that measures somebody, unseen, offers it by the same rule: it tells the visitor's own word, and how many
    others wait.
    """
    if is_known_to_be_blind(case):
        return None
    last = overview.last_verdicts_by(look, visit.me.id, count=2)
    if len(last) < 2 or not visit.may(Action.DECIDE_ANEW) or quality.said(last[0]) != quality.said(last[1]):
        return None
    about = {each.comment_id for each in last}
    if len(about) < 2 or not about <= campaigns.spread_with(look, case.comment_id):
        return None
    touched = bulk.touched(look, case)
    if touched is None or not touched.revisions:
        return None
    said = Form({"labels": last[0].labels, **{name: (value,) for name, value in _brought(last[0])}})
    return Alike(sentence_of(visit, last[0]), len(touched.revisions), campaign_address(visit, case.id, said))


def _brought(verdict: VerdictRecord) -> list[tuple[str, str]]:
    return [(name, value) for name, value in (("ground", verdict.ground), ("measure", verdict.measure)) if value]


def sentence_of(visit: Visit, verdict: VerdictRecord) -> str:
    """A verdict in words."""
    if verdict.verdict is VerdictKind.APPROVE:
        return visit.words("said.approved")
    if verdict.verdict is VerdictKind.UNSURE:
        return visit.words("said.unsure")
    titles = [visit.parts.taxonomy.title(code, visit.preferences.locale) for code in verdict.codes]
    return visit.words("said.rejected", labels=", ".join(titles))

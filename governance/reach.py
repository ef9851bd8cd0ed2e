"""Whom a rule or an entry of a list would have touched of late: counted for who answers, who sees more than its words.

The last comments of seven days are read, the newest two thousand at most: enough to tell a rule that holds one advert
from one that holds a thread, and done in about a second. Nobody is named: people are counted, and surfaces by name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from moderation.contacts import find_contacts
from moderation.decision import Outcome
from moderation.effective_rules import StoredRule
from moderation.lists import ACCOUNT, ATTACHMENT, Hashed, ListEntry, Lists
from moderation.normaliser import normalise
from moderation.rules import RuleContext, RuleSet, RuleState
from moderation.rules.rule import judged_alone
from records import judged
from records.judged import JudgedText, Place
from records.unit_of_work import Reading

LOOKS_BACK = timedelta(days=7)
MOST = 2_000
"""Comments that are read, the newest."""


@dataclass(slots=True)
class Reach:
    """Of `read` comments those that it `hits`, and those that it alone would hold or block.

    `people` are their authors, as far as they are known; `surfaces` how many of them stood where.
    """

    read: int = 0
    hits: int = 0
    touched: int = 0
    people: int = 0
    surfaces: Counter[str] = field(default_factory=Counter)

    @property
    def facts(self) -> dict[str, Any]:
        """As a question keeps them."""
        told = {"read": self.read, "hits": self.hits, "touched": self.touched, "people": self.people}
        return {**told, "surfaces": dict(self.surfaces.most_common())}


def of_rule(look: Reading, rule_id: str, document: Mapping[str, Any], *, now: datetime) -> dict[str, Any] | None:
    """What a question says of a rule's reach; None where that takes a backtest, since it counts over many comments."""
    return of_rules(look, {rule_id: document}, now=now)[rule_id]


def of_rules(
    look: Reading, documents: Mapping[str, Mapping[str, Any]], *, now: datetime
) -> dict[str, dict[str, Any] | None]:
    """The same of several rules by id, each for itself, over comments that are read once."""
    comments = recent(look, now=now) if documents else []
    return {rule_id: _of_rule(comments, rule_id, document) for rule_id, document in documents.items()}


def _of_rule(comments: Sequence[JudgedText], rule_id: str, document: Mapping[str, Any]) -> dict[str, Any] | None:
    entry = StoredRule(rule_id, 0, RuleState.LIVE, document).as_entry()
    if not entry.is_sound:
        return None
    rule = replace(entry.rule.as_rule(), state=RuleState.LIVE)
    if rule.when.features:
        return None
    rules = RuleSet([judged_alone(rule)], "reach")

    def hits(each: JudgedText) -> bool:
        return bool(rules.find(normalise(each.text), RuleContext(surface=each.surface, language=each.lang)))

    return _counted(comments, hits, rule.action, without=rule_id).facts


def of_entry(look: Reading, entry: ListEntry, *, hashed: Hashed, now: datetime) -> dict[str, Any] | None:
    """The same of an entry of a list; None of attachments, which are not kept beside the texts."""
    if entry.kind == ATTACHMENT:
        return None
    lists, keys = Lists([entry], hashed=hashed), {entry.key}

    def hits(each: JudgedText) -> bool:
        if entry.kind == ACCOUNT:
            return each.author_index in keys
        return any(found for _, found in lists.known_in(normalise(each.text), find_contacts))

    return _counted(recent(look, now=now), hits, None if entry.allows else Outcome(entry.action.value)).facts


def recent(look: Reading, *, now: datetime) -> list[JudgedText]:
    """The comments that are read: of the last seven days, the newest two thousand at most."""
    since = Place(now - LOOKS_BACK, "")
    earliest = judged.place_before(look, MOST)
    if earliest is not None and earliest.created_at > since.created_at:
        since = earliest
    return list(judged.judged_texts(look, since=since))


def _counted(
    comments: Sequence[JudgedText], hits: Callable[[JudgedText], bool], action: Outcome | None, *, without: str = ""
) -> Reach:
    """`action` is what it does with what it hits; None where it allows, and touches what was not simply passed."""
    found, people = Reach(), set[str]()
    for each in comments:
        found.read += 1
        if not hits(each):
            continue
        found.hits += 1
        others = [said for name, said in each.by_rules.items() if name != without]
        otherwise = max((each.otherwise, *others), key=lambda outcome: outcome.severity)
        if otherwise is not Outcome.PASS if action is None else action.severity > otherwise.severity:
            found.touched += 1
            found.surfaces[each.surface] += 1
            people.update([each.author_index] if each.author_index else [])
    found.people = len(people)
    return found

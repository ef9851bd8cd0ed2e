"""Names that exist here, and what is wrong with a filter or a body that gives others: labels, queues, kinds, URLs.

Schemas know nothing of them. What is found here is told beside what a schema finds, so that one round is enough.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from governance import campaigns
from governance import webhooks as governing
from governance.complaint_rules import ComplaintRules
from governance.targets import Targets
from moderation.errors import Fault
from moderation.policy import Policy
from moderation.taxonomy import Taxonomy
from records import cases
from records.database import Database
from records.waiting import APPEALS, COMPLAINTS, ESCALATED, SECOND_LOOK
from review.checks import label_faults
from serving.schemas import (
    ClaimRequest,
    ComplaintRequest,
    EndpointRequest,
    FeedbackRequest,
    VerdictRequest,
)
from serving.standing_schemas import BulkMeasureRequest, MeasureRequest

OWN_QUEUES = (ESCALATED, SECOND_LOOK, campaigns.QUEUE, COMPLAINTS, APPEALS)
"""Beside surfaces, and names that `chaffinch data select` was given."""

ENDPOINT_FIELDS = {"url": "/url", "event": "/events", "description": "/description", "overlap": "/overlap_hours"}
"""Where a fault of a webhook's endpoint lies in a body, by what `governance.webhooks` calls it."""

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Made once. Whatever is asked of it may raise `PartUnavailableError` where only the database knows."""

    database: Database
    taxonomy: Taxonomy
    policies: Callable[[], Mapping[str, Policy]]
    targets: Targets
    complaints: ComplaintRules

    def label_fault(self, where: str, name: str) -> Fault | None:
        """What is wrong with a label that is looked for."""
        names = self.taxonomy.names
        return None if name in names else Fault(where, f"there is no such label; known labels: {', '.join(names)}")

    def queue_fault(self, where: str, name: str) -> Fault | None:
        """What is wrong with a queue that is looked for: no surface, no queue of the house, and no case is in it."""
        known = self._queues()
        if name in known:
            return None
        with self.database.reading() as look:
            known |= look.queues.promises.by_queue.keys() | {depth.queue for depth in cases.depths(look)}
            if name in known or cases.any_in(look, name):
                return None
        return Fault(where, f"there is no such queue; known queues: {', '.join(sorted(known))}")

    def filter_faults(self, filters: Mapping[str, str]) -> Iterator[Fault]:
        """Of parameters of a query, by their names."""
        checks = {"queue": self.queue_fault, "label": self.label_fault}
        for name, check in checks.items():
            if name in filters and (fault := check(name, filters[name])):
                yield fault

    def body_faults(self, schema: type[BaseModel], body: object) -> list[Fault]:
        """Of a body's JSON, however much of it is no body of this schema."""
        if not isinstance(body, dict):
            return []
        find = self._by_schema().get(schema)
        return [] if find is None else list(find(body))

    def _by_schema(self) -> Mapping[type[BaseModel], Callable[[Body], Iterable[Fault]]]:
        return {
            ClaimRequest: self._claim,
            FeedbackRequest: self._labels,
            VerdictRequest: self._labels,
            EndpointRequest: self._endpoint,
            ComplaintRequest: self._complaint,
            MeasureRequest: self._policy,
            BulkMeasureRequest: self._policy,
        }

    def _claim(self, body: Body) -> Iterator[Fault]:
        checks = {"queue": self.queue_fault, "label": self.label_fault}
        for name, check in checks.items():
            value = body.get(name)
            if isinstance(value, str) and (fault := check(f"/{name}", value)):
                yield fault

    def _labels(self, body: Body) -> Iterable[Fault]:
        labels = _texts(body, "labels")
        return label_faults(labels, self.taxonomy.names) if len(labels) <= len(self.taxonomy.names) else ()

    def _endpoint(self, body: Body) -> Iterator[Fault]:
        url, description = body.get("url"), body.get("description")
        wish = governing.Wish(
            url if isinstance(url, str) else "",
            _texts(body, "events"),
            "",
            description if isinstance(description, str) else "",
        )
        for fault in governing.faults_of(wish, self.targets):
            if fault.where != "url" or (isinstance(url, str) and url):
                yield Fault(ENDPOINT_FIELDS.get(fault.where, fault.where), fault.detail)

    def _complaint(self, body: Body) -> Iterator[Fault]:
        kind = body.get("kind")
        if isinstance(kind, str) and kind not in self.complaints.kinds:
            yield Fault("/kind", f"must be one of {', '.join(self.complaints.kinds)}")

    def _policy(self, body: Body) -> Iterator[Fault]:
        known, name = self.policies(), body.get("policy")
        if isinstance(name, str) and name not in known:
            yield Fault("/policy", f"there is no such policy; known policies: {', '.join(sorted(known))}")

    def _queues(self) -> set[str]:
        return {*OWN_QUEUES, *(name for policy in self.policies().values() for name in policy.surfaces)}


def _texts(body: Body, name: str) -> list[str]:
    """A list's texts; none where it is no list of texts: its schema says so."""
    found = body.get(name)
    return found if isinstance(found, list) and all(isinstance(each, str) for each in found) else []

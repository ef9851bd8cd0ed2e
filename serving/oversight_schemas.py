"""What may be asked about emergencies, incidents and inspections; `schemas.py` says how bodies are read."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from governance.emergencies import LONGEST, MOST_A_MINUTE
from governance.inspections import LONGEST_DAYS
from serving.schemas import Name, Past, Pseudonym, Question, Reason, Said, Text
from serving.sentences import COUNTRY

Times = Annotated[float, Field(gt=0, le=1, strict=False)]
Minutes = Annotated[int, Field(ge=1, le=int(LONGEST.total_seconds() // 60))]
Fields = dict[Name, Text]
"""What is told, by the names of `configs/incidents.toml`."""


class EmergencyRequest(Question):
    """The body of `POST /v1/emergencies`. What is left out of the scope holds everywhere."""

    effect: Literal["thresholds", "pre_review", "slow_mode", "closed"]
    minutes: Minutes
    surface: Name | None = None
    thread_id: Name | None = None
    label: Name | None = None
    review_times: Times = 1.0
    block_times: Times = 1.0
    a_minute: Annotated[int, Field(ge=1, le=MOST_A_MINUTE)] | None = None
    reason: Said
    ground: Name = "emergency plan"
    drill: bool = False


class WhyRequest(Question):
    """A body that says why, and nothing else."""

    reason: Said


class IncidentRequest(Question):
    """The body of `POST /v1/incidents`; without `found_at` it was found now."""

    kind: Name
    severity: Literal["low", "medium", "high", "critical"]
    found_at: Past | None = None
    fields: Fields = Field(default_factory=dict)
    reason: Said = "found"


class MoreRequest(Question):
    """The body of `POST /v1/incidents/{incident_id}/fields`: what is known by now, and where it stands."""

    fields: Fields = Field(default_factory=dict)
    state: Literal["open", "mended", "closed"] | None = None
    reason: Said


class ReportedRequest(Question):
    """The body of `POST /v1/incidents/{incident_id}/reported`: which authority was told, and its number."""

    to: Said
    receipt: Reason = ""


class DemandRequest(Question):
    """The body of `POST /v1/rectifications`: what has to be put right, by whom, until when."""

    finding: Said
    demand: Said
    owner: Name
    due_at: Past
    authority: Name = "the house"
    reference: Reason = ""
    incident_id: Name | None = None


class ProofRequest(Question):
    """The body of `POST /v1/rectifications/{item_id}/proof`: what shows that it is done."""

    proof: Said


class InspectionRequest(Question):
    """The body of `POST /v1/inspections`: an authority's request, as the house records it.

    `inspector` is the log-in name of who reads; `surfaces` left out are all, so are
    `accounts` (pseudonyms) and `threads`; with `measures` it is about measures of these kinds, taken in the time, and
    what they were taken for. `texts` asks for texts and pseudonyms too.
    """

    authority: Name
    reference: Name
    asked: Said
    ground: Name
    inspector: Name
    since: Past
    until: Past
    days: Annotated[int, Field(ge=1, le=LONGEST_DAYS)]
    surfaces: Annotated[list[Name], Field(min_length=1, max_length=50)] | None = None
    accounts: Annotated[list[Name], Field(min_length=1, max_length=50)] | None = None
    threads: Annotated[list[Name], Field(min_length=1, max_length=50)] | None = None
    measures: Annotated[list[Name], Field(min_length=1, max_length=50)] | None = None
    texts: bool = False
    reason: Said

    @property
    def narrowed(self) -> dict[str, list[str] | None]:
        """By what it is narrower than surfaces and time."""
        return {"accounts": self.accounts, "threads": self.threads, "measures": self.measures}


class HoldRequest(Question):
    """The body of `POST /v1/holds`: what is not erased, for whom, on which ground, and until when.

    `target` is a pseudonym (`author`), the platform's id of a comment, or a request's id (`inspection`). One of `until`
    and `review_at` is needed; `tell` says that the person may be told.
    """

    kind: Literal["author", "comment", "inspection"]
    target: Pseudonym
    authority: Name
    reference: Name
    ground: Name
    until: Past | None = None
    review_at: Past | None = None
    tell: bool = False
    reason: Said


class FlaggerRequest(Question):
    """The body of `POST /v1/flaggers`: whose notices come first, and on which award (DSA 22).

    `value` is the pseudonym that you tell as `reporter` (`platform`), or the prefix of the API key with which they give
    notice (`key`). `expertise` names labels, grounds or kinds of reports, none for all; `country` is the authority's.
    """

    source: Literal["platform", "key"]
    value: Pseudonym
    name: Name
    authority: Name
    country: Annotated[str, Field(pattern=COUNTRY)]
    reference: Name
    expertise: Annotated[list[Name], Field(max_length=50)] = Field(default_factory=list)
    valid_from: Past | None = None
    valid_until: Past | None = None
    reason: Said


ASKED: tuple[type[Question], ...] = (
    EmergencyRequest, WhyRequest, IncidentRequest, MoreRequest, ReportedRequest, DemandRequest, ProofRequest,
    InspectionRequest, HoldRequest, FlaggerRequest,
)  # fmt: skip

"""What may be asked, exactly as API.md writes it: unknown fields are refused, and every fault is told at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError, from_json

from moderation import comment as core
from moderation.comment import DEFAULT_SURFACE, MAX_TEXT, Comment
from moderation.errors import Fault, InvalidInputError
from moderation.policy import DEFAULT
from moderation.spans import Span
from moderation.typed import is_in_our_days
from records.idempotency import MAX_KEY
from serving.errors import MalformedError
from serving.sentences import LABEL, LANGUAGE, SHA256, sentence

MAX_ITEMS = 256
MAX_ATTACHMENTS = 32
MAX_LINKS = 64
MAX_PSEUDONYM = 256
SUMMARY = "The request cannot be used."

Asked = TypeVar("Asked", bound=BaseModel)


class Question(BaseModel):
    """A schema at the edge: nothing is guessed from a value of another type, nothing unknown is let through."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def _without_nul(text: str) -> str:
    if "\x00" in text:
        raise PydanticCustomError("nul", "holds a NUL character; remove it")
    return text


def _in_our_days(moment: datetime) -> datetime:
    if not is_in_our_days(moment):
        raise PydanticCustomError("our_days", "must lie between 1970 and 2100")
    return moment


def _not_ahead(moment: datetime) -> datetime:
    if moment > datetime.now(UTC) + timedelta(days=1):  # clocks and time zones differ
        raise PydanticCustomError("ahead", "lies in the future: nobody agreed then")
    return moment


def _tells_apart(value: str) -> str:
    if not any(char.isalnum() for char in value):
        raise PydanticCustomError("blank", "holds no letter and no digit")
    return value


def _without_default(schema: dict[str, Any]) -> None:
    """What holds where none is named is the key's and the house's, which no schema knows."""
    schema.pop("default", None)


Text = Annotated[str, Field(min_length=1, max_length=MAX_TEXT), AfterValidator(_without_nul)]
Name = Annotated[str, Field(min_length=1, max_length=128), AfterValidator(_without_nul)]
PolicyName = Annotated[Name, Field(json_schema_extra=_without_default)]
Pseudonym = Annotated[str, Field(min_length=1, max_length=MAX_PSEUDONYM), AfterValidator(_without_nul)]
Past = Annotated[AwareDatetime, AfterValidator(_in_our_days)]
Note = Annotated[str, Field(max_length=2000), AfterValidator(_without_nul)]
Reason = Annotated[str, Field(max_length=500), AfterValidator(_without_nul)]
Said = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000), AfterValidator(_without_nul)
]
Language = Annotated[str, Field(pattern=LANGUAGE)]
LabelName = Annotated[str, Field(pattern=LABEL)]


class Attachment(Question):
    """Something beside the text. What has no `alt` could not be judged."""

    kind: Literal["image", "audio", "video", "file"]
    sha256: Annotated[str, Field(pattern=SHA256)]
    alt: Text | None = None


class Content(Question):
    """What was written."""

    text: Text
    lang: Language | None = None
    type: Literal["comment", "reply", "danmaku", "nickname", "bio"] = "comment"
    attachments: Annotated[list[Attachment], Field(max_length=MAX_ATTACHMENTS)] | None = None


class Author(Question):
    """Who wrote it, as the platform's pseudonym."""

    id: Pseudonym | None = None
    verified: bool | None = None
    created_at: AwareDatetime | None = None


class Context(Question):
    """Where it stands."""

    surface: Name | None = None
    thread_id: Name | None = None
    parent_id: Name | None = None
    parent_text: Text | None = None


class Client(Question):
    """Opaque pseudonyms of device and network."""

    device: Pseudonym | None = None
    network: Pseudonym | None = None


class ScoreOptions(Question):
    """How to answer. `deadline_ms` is how long the model may take before the policy's fallback answers."""

    explain: bool = False
    store: bool = True
    deadline_ms: Annotated[int, Field(ge=1, le=30_000)] | None = None


class ScoreRequest(Question):
    """The body of `POST /v1/score`; only `content.text` is required."""

    id: Name | None = None
    content: Content
    author: Author | None = None
    context: Context | None = None
    client: Client | None = None
    options: ScoreOptions | None = None
    policy: PolicyName = DEFAULT

    @property
    def asked(self) -> ScoreOptions:
        """The options, stated or not."""
        return self.options or _AS_IT_COMES

    def under(self, policy: str) -> Self:
        """The same, judged by this policy."""
        return self if self.policy == policy else self.model_copy(update={"policy": policy})

    @property
    def writer(self) -> core.Author:
        """Who wrote it, as far as the request says."""
        author = self.author
        return core.Author(author.id, author.verified, author.created_at) if author else _NOBODY

    def comment(self) -> Comment:
        """As the core sees it."""
        content, context, client = self.content, self.context, self.client
        return Comment(
            text=content.text,
            id=self.id,
            lang=content.lang,
            type=content.type,
            attachments=tuple(core.Attachment(a.kind, a.sha256.lower(), a.alt) for a in content.attachments or ()),
            author=self.writer,
            context=_context(context) if context else _NOWHERE,
            client=core.Client(client.device, client.network) if client else _NOTHING,
        )


class StreamItem(ScoreRequest):
    """An item of `WS /v1/stream`. The key is a member of its own here: a message has no headers."""

    idempotency_key: Annotated[str, Field(min_length=1, max_length=MAX_KEY), AfterValidator(_without_nul)] | None = None


_AS_IT_COMES = ScoreOptions()
_NOBODY, _NOWHERE, _NOTHING = core.Author(), core.Context(), core.Client()


def _context(context: Context) -> core.Context:
    return core.Context(context.surface or DEFAULT_SURFACE, context.thread_id, context.parent_id, context.parent_text)


class BatchRequest(Question):
    """The body of `POST /v1/score:batch`. Items are read one by one, so that one that is wrong is refused alone."""

    items: Annotated[list[Any], Field(min_length=1, max_length=MAX_ITEMS)]


class SpanIn(Question):
    """Code points `start <= i < end` of the text as sent."""

    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=1)]

    def span(self) -> Span:
        """As the core sees it."""
        return Span(self.start, self.end)


class ClaimRequest(Question):
    """The body of `POST /v1/cases:claim`."""

    queue: Name | None = None
    label: LabelName | None = None
    lang: Name | None = None
    count: Annotated[int, Field(ge=1, le=10)] = 1


class LeaseRequest(Question):
    """The body of a case's `/release`; the lease's token guards against a second tab."""

    lease_token: Name | None = None
    reason: Reason = ""


class EscalateRequest(LeaseRequest):
    """The body of a case's `/escalate`: reason and note are for whoever decides it; the ledger keeps the reason."""

    note: Note = ""


class ReopenRequest(Question):
    """The body of a case's `/reopen`."""

    reason: Reason


class VerdictRequest(Question):
    """The body of a case's `/verdict`."""

    verdict: Literal["approve", "reject", "unsure"]
    labels: Annotated[list[LabelName], Field(max_length=32)] = []
    ground: LabelName | None = None
    measure: Name | None = None
    span: SpanIn | None = None
    note: Note | None = None
    confidence: Annotated[float, Field(ge=0, le=1, strict=False)] | None = None
    answer: Name | None = None
    lease_token: Name | None = None


class FeedbackRequest(Question):
    """The body of a decision's `/feedback`."""

    verdict: Literal["false_positive", "false_negative"]
    labels: Annotated[list[LabelName], Field(max_length=32)] = []
    note: Note | None = None


class ComplaintRequest(Question):
    """The body of `POST /v1/complaints`. Only a key with scope `feedback` may tell who reports."""

    comment_id: Name
    kind: Annotated[str, Field(pattern=LABEL)]
    text: Note = ""
    reporter: Pseudonym | None = None


class ContestRequest(Question):
    """The body of `POST /v1/contests`: whose answer is contested (the receipt's `token`), and why, in their words."""

    token: Name
    text: Note = ""


class AppealRequest(Question):
    """The body of `POST /v1/appeals`: what is appealed, and why, in the author's words."""

    decision_id: Name | None = None
    measure_id: Name | None = None
    entry_id: Name | None = None
    text: Note = ""


class ApprovalRequest(Question):
    """The body of `POST /v1/approvals/{approval_id}`. Who answers is known by the key; it is no field."""

    approve: bool
    note: Said


class WithdrawalRequest(Question):
    """The body of `DELETE /v1/approvals/{approval_id}`: why whoever asked takes the question back."""

    reason: Said


class LintRequest(Question):
    """The body of `POST /v1/rules:lint`: one `[[rules]]` table as it stands in a pack.

    `tried` is a text to look at with it; with `rule_id` it has to be a version of that rule.
    """

    text: Annotated[str, AfterValidator(_without_nul)]
    tried: Annotated[str, AfterValidator(_without_nul), StringConstraints(max_length=MAX_TEXT)] = ""
    rule_id: Annotated[str, StringConstraints(max_length=200)] = ""


class LinkIn(Question):
    """Something that accounts may share. The value is hashed with a key on arrival, and kept nowhere."""

    kind: Literal["identity", "phone", "device", "network"]
    value: Annotated[Pseudonym, AfterValidator(_tells_apart)]


class AuthorRequest(Question):
    """The body of `PUT /v1/authors/{author_id}`: all that is known; what is left out is not known any more."""

    verified: bool | None = None
    created_at: Past | None = None
    agreement_version: Name | None = None
    consented_at: Annotated[Past, AfterValidator(_not_ahead)] | None = None
    links: Annotated[list[LinkIn], Field(max_length=MAX_LINKS)] = []


class EndpointRequest(Question):
    """The body of `POST /v1/webhooks`: of all events where `events` is empty."""

    url: Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(_without_nul)]
    events: Annotated[list[Name], Field(max_length=16)] = []
    description: Annotated[str, Field(max_length=200), AfterValidator(_without_nul)] = ""


class EndpointReason(Question):
    """The body of a webhook endpoint's `/disable`, `/enable` and `DELETE`."""

    reason: Said


class RotateRequest(EndpointReason):
    """The body of a webhook endpoint's `/rotate`: for so many hours the secrets before sign too."""

    overlap_hours: Annotated[float, Field(ge=0, le=720, strict=False)] = 24.0


class ReplayRequest(Question):
    """The body of a webhook endpoint's `/replay`: these dead letters, or all without `ids`."""

    ids: Annotated[list[Name], Field(min_length=1, max_length=200)] | None = None


class EmptyRequest(Question):
    """A body that says nothing."""


NOTHING = b"{}"
"""What an empty body means where nothing is required."""


def named_policy(asked: BaseModel) -> str | None:
    """The policy that a body names; None where it leaves that to its key and the house."""
    named: str = getattr(asked, "policy", DEFAULT)
    return named if "policy" in asked.model_fields_set else None


def parse(schema: type[Asked], body: bytes) -> Asked:
    """`body` as `schema`. Raises `MalformedError` where it is no JSON, `InvalidInputError` with every fault."""
    try:
        return schema.__pydantic_validator__.validate_json(body)  # type: ignore[no-any-return]
    except ValidationError as error:
        raise refusal(error) from None


def read(schema: type[Asked], body: bytes) -> Asked | InvalidInputError:
    """`body` as `schema`, or what is wrong with it. Raises `MalformedError` where it is no JSON."""
    try:
        return parse(schema, body)
    except InvalidInputError as error:
        return error


def refusal(error: ValidationError) -> MalformedError | InvalidInputError:
    """Pydantic's findings as our own. Never with the input: it may be somebody's words."""
    found = error.errors(include_url=False, include_input=False)
    if found[0]["type"] == "json_invalid":
        return MalformedError(_why_no_json(found[0]["msg"].removeprefix("Invalid JSON: ")))
    faults = [Fault(pointer(item["loc"]), sentence(item)) for item in _of_its_branch(found)]
    return InvalidInputError(SUMMARY, list(dict.fromkeys(faults)))


def _of_its_branch(found: Sequence[ErrorDetails]) -> list[ErrorDetails]:
    """Without what other branches of a union say: a text that is too short need not be an object."""
    other = {"string_type", "model_type"}
    told = {(pointer(item["loc"]), item["type"] in other) for item in found}

    def is_spoken_of(place: str) -> bool:
        return (place, False) in told or any(each.startswith(f"{place}/") for each, _ in told)

    return [item for item in found if item["type"] not in other or not is_spoken_of(pointer(item["loc"]))]


def _why_no_json(detail: str) -> str:
    """In the reader's own words, but for a lone surrogate, of which they speak in riddles."""
    if "surrogate" in detail or "hex escape" in detail:
        place = detail.partition(" at ")[2]
        where = f" (before {place})" if place else ""
        return (
            f"The text holds half of a surrogate pair{where}: \\ud800 to \\udfff stand for a character only in pairs. "
            "Send whole characters."
        )
    return f"The body is not valid JSON ({detail})."


MAX_POINTER = 200


_BRANCH = re.compile(r"function-(after|before|plain|wrap)\[|ReasonIn$")
"""What pydantic calls a branch of a union: the reader's, and no part of the body."""


def pointer(path: Iterable[str | int]) -> str:
    """A JSON pointer (RFC 6901). A name that a client made up is cut, since it is answered back."""
    parts = (str(part).replace("~", "~0").replace("/", "~1") for part in path if not _BRANCH.match(str(part)))
    return "".join(f"/{part[:MAX_POINTER]}" for part in parts)


def loosely(body: bytes) -> object:
    """The JSON value, for a closer look at what was refused; None where there is none."""
    try:
        value: object = from_json(body)
    except ValueError:
        return None
    return value

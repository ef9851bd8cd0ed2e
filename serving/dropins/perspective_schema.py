"""What the Perspective API takes and answers, by its discovery document (revision of v1alpha1, in Google's JSON form).

JSON names are lowerCamelCase; the names of the protocol buffer (`requested_attributes`) are read too, and null is a
field that is not there. A name that nobody knows is a fault, as it was at Google.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

MAX_TOKEN = 1024
"""Characters of what is echoed or told to a moderator."""

Token = Annotated[str, Field(max_length=MAX_TOKEN)]


class Message(BaseModel):
    """A message of the API."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, alias_generator=to_camel, populate_by_name=True
    )  # fmt: skip


class TextEntry(Message):
    """A text and its type, `PLAIN_TEXT` or `HTML`."""

    text: str | None = None
    type: str | None = None


class ArticleAndParentComment(Message):
    """What was commented on, and what was answered."""

    article: TextEntry | None = None
    parent_comment: TextEntry | None = None


class Context(Message):
    """What the comment stands beside: one of the two."""

    entries: list[TextEntry] | None = None
    article_and_parent_comment: ArticleAndParentComment | None = None


class AttributeParameters(Message):
    """How one attribute is to be answered."""

    score_type: str | None = None
    score_threshold: Annotated[float, Field(ge=0, le=1)] | None = None


class Score(Message):
    """A value and its type."""

    value: float | None = None
    type: str | None = None


class SpanScore(Message):
    """The score of the code points `begin <= i < end` of the text as sent."""

    begin: int | None = None
    end: int | None = None
    score: Score | None = None


class AttributeScores(Message):
    """The score of an attribute, of the whole text and of its parts."""

    summary_score: Score | None = None
    span_scores: list[SpanScore] | None = None


class Commented(Message):
    """What both methods take."""

    comment: TextEntry | None = None
    context: Context | None = None
    languages: Annotated[list[str], Field(max_length=32)] | None = None
    client_token: Token | None = None
    session_id: Token | None = None
    community_id: Token | None = None


class AnalyzeCommentRequest(Commented):
    """The body of `comments:analyze`; `comment.text` and `requestedAttributes` are required."""

    requested_attributes: Annotated[dict[str, AttributeParameters | None], Field(max_length=64)] | None = None
    span_annotations: bool | None = None
    do_not_store: bool | None = None


class SuggestCommentScoreRequest(Commented):
    """The body of `comments:suggestscore`: the scores that the caller thinks right."""

    attribute_scores: Annotated[dict[str, AttributeScores | None], Field(max_length=64)] | None = None


class AnalyzeCommentResponse(Message):
    """The answer of `comments:analyze`; what has no value is left out."""

    attribute_scores: dict[str, AttributeScores] | None = None
    languages: list[str]
    detected_languages: list[str] | None = None
    client_token: str | None = None


class SuggestCommentScoreResponse(Message):
    """The answer of `comments:suggestscore`."""

    client_token: str | None = None
    detected_languages: list[str] | None = None
    requested_languages: list[str] | None = None


class GoogleStatus(BaseModel):
    """What is wrong, as google.rpc.Status in JSON."""

    code: int
    message: str
    status: str
    details: list[dict[str, object]]


class GoogleError(BaseModel):
    """A refusal in Google's form."""

    error: GoogleStatus

"""What OpenAI's moderation endpoint takes and answers, as `openai-python` 3.57 writes it."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

CATEGORIES = (
    "harassment",
    "harassment/threatening",
    "hate",
    "hate/threatening",
    "illicit",
    "illicit/violent",
    "self-harm",
    "self-harm/instructions",
    "self-harm/intent",
    "sexual",
    "sexual/minors",
    "violence",
    "violence/graphic",
)
"""The categories of the contract: every answer has them all."""


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class TextInput(_Message):
    """A text among several inputs."""

    type: Literal["text"]
    text: str


class ImageUrl(_Message):
    """Where an image is, or what it is."""

    url: str


class ImageInput(_Message):
    """An image: refused, since nothing here can judge one."""

    type: Literal["image_url"]
    image_url: ImageUrl


class ModerationRequest(_Message):
    """The body of `POST /v1/moderations`: one text, up to 256, or the parts of one message."""

    input: str | list[str] | list[TextInput | ImageInput]
    model: str | None = None


class ModerationResult(BaseModel):
    """One text. A category with no applied input type was not looked for."""

    flagged: bool
    categories: dict[str, bool]
    category_scores: dict[str, float]
    category_applied_input_types: dict[str, list[Literal["text", "image"]]]


class ModerationAnswer(BaseModel):
    """The results in the order of the inputs; `model` is the one that answered."""

    id: str
    model: str
    results: list[ModerationResult]


class OpenAIProblem(BaseModel):
    """What is wrong, and where."""

    message: str
    type: str
    param: str | None
    code: str | None


class OpenAIError(BaseModel):
    """A refusal in OpenAI's form."""

    error: OpenAIProblem

"""OpenAI's moderation endpoint: `POST /v1/moderations`.

`flagged` obeys the policy's decision, and a category is true where a reason of that decision names one of its labels,
be it the model's, a rule's or a list's. A score is the model's alone. Images are refused: nothing here can judge one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import orjson
from pydantic import ValidationError
from pydantic_core import from_json
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from moderation.comment import MAX_TEXT
from moderation.decision import Decision, Outcome
from moderation.errors import UnauthenticatedError
from serving.bodies import body_of
from serving.dropins.configs import OpenAIConfig
from serving.dropins.openai_schema import CATEGORIES, ImageInput, ModerationRequest, TextInput
from serving.dropins.shared import House, check_scored, headers_of, question, score_of
from serving.errors import DropInError
from serving.forms import JSON
from serving.keys import Caller, Scope
from serving.once import Work
from serving.schemas import MAX_ITEMS, ScoreRequest
from serving.scoring import Result

PATH = "/v1/moderations"


@dataclass(frozen=True, slots=True)
class Moderations:
    """The one address."""

    house: House
    config: OpenAIConfig

    def routes(self) -> list[Route]:
        """For the router."""
        return [Route(PATH, self.moderate, methods=["POST"])]

    async def moderate(self, request: Request) -> Response:
        """One result a text, in order; all of them or none."""
        caller = await self._caller(request)
        asked = _parse(await body_of(request))
        self._check_model(asked.model)
        texts = _texts(asked.input)
        self.house.gate.charge(caller, len(texts) - 1)
        deadline = self.house.options.deadline_ms if len(texts) == 1 else self.house.options.batch_deadline_ms

        async def work() -> Work:
            engine = self.house.scoring.holder.engine  # one for all: the answer names one model
            judging = (
                self.house.judge(
                    request, self._question(text), empty=_empty(where), deadline_ms=deadline, engine=engine
                )
                for where, text in texts
            )
            judged = await asyncio.gather(*judging)
            check_scored(judged)
            return Work({"body": self._answer(judged), "headers": _told(judged)}, judged)

        held = self._is_pre
        given = await self.house.give(request, caller if self.config.store else None, work, held=held)
        headers = {**given.answer["headers"], **given.headers}
        return Response(orjson.dumps(given.answer["body"]), given.status, headers, JSON)

    @property
    def _is_pre(self) -> bool:
        return self.house.scoring.holds(self._question("-"))

    def _question(self, text: str) -> ScoreRequest:
        return question(self.config, text, store=self.config.store)

    async def _caller(self, request: Request) -> Caller:
        try:
            return await self.house.admit(request, Scope.SCORE, self.config)
        except UnauthenticatedError:
            if "authorization" in request.headers:
                told = "Incorrect API key provided. Keys are made with `chaffinch keys create`."
                raise DropInError(401, told, code="invalid_api_key") from None
            told = "You didn't provide an API key: send it as Authorization: Bearer ck_..."
            raise DropInError(401, told) from None

    def _check_model(self, name: str | None) -> None:
        if name is not None and name not in self.config.models:
            known = ", ".join(self.config.models)
            raise DropInError(400, f"Invalid value for 'model'. Known names: {known}.", param="model")
        if not self.house.has_scores:
            told = "No model is loaded here: rules and people alone give decisions and no scores. See /v1/score."
            raise DropInError(404, told, param="model", code="model_not_found")

    def _answer(self, judged: Sequence[Result]) -> dict[str, Any]:
        versions = judged[0].decision.versions
        return {
            "id": f"modr-{uuid4().hex}",
            "model": f"{versions.model}@{versions.model_version}",
            "results": [self._result(one.decision) for one in judged],
        }

    def _result(self, decision: Decision) -> dict[str, Any]:
        least = Outcome.REVIEW if self._is_pre else self.config.outcome
        named = {reason.code for reason in decision.reasons if reason.outcome.severity >= least.severity}
        scores = {label.name: label.score for label in decision.labels}
        backed = self.config.categories
        names = (*CATEGORIES, *(name for name in backed if name not in CATEGORIES))
        return {
            "flagged": decision.outcome.severity >= least.severity,
            "categories": {name: bool(named & set(backed.get(name, ()))) for name in names},
            "category_scores": {name: score_of(scores, backed[name]) if name in backed else 0.0 for name in names},
            "category_applied_input_types": {name: ["text"] if name in backed else [] for name in names},
        }


def _told(judged: Sequence[Result]) -> dict[str, str]:
    """The decision behind a single text; of many there is no one to tell."""
    return headers_of(judged[0]) if len(judged) == 1 else {}


def _parse(body: bytes) -> ModerationRequest:
    try:
        return ModerationRequest.__pydantic_validator__.validate_json(body)  # type: ignore[no-any-return]
    except ValidationError as error:
        raise _unreadable(error, body) from None


def _unreadable(error: ValidationError, body: bytes) -> DropInError:
    """OpenAI tells the first fault; a union's findings say less than a look at what was sent."""
    first = error.errors(include_url=False, include_input=False)[0]
    if first["type"] == "json_invalid":
        return DropInError(400, "We could not parse the JSON body of your request.")
    sent = from_json(body)
    if not isinstance(sent, dict):
        return DropInError(400, "The body must be a JSON object.", code="invalid_type")
    if sent.get("input") is None:
        return DropInError(
            400, "Missing required parameter: 'input'.", param="input", code="missing_required_parameter"
        )
    unknown = next((name for name in sent if name not in ModerationRequest.model_fields), None)
    if unknown is not None:
        return DropInError(400, f"Unknown parameter: '{unknown[:64]}'.", param=unknown[:64], code="unknown_parameter")
    where = str(first["loc"][0])
    told = "a string, an array of strings, or an array of {type: text} parts" if where == "input" else "a string"
    return DropInError(400, f"Invalid type for '{where}': expected {told}.", param=where, code="invalid_type")


def _texts(given: str | Sequence[str] | Sequence[TextInput | ImageInput]) -> list[tuple[str, str]]:
    """What is to be judged, a text for each result, and where it lies. Raises `DropInError` in OpenAI's words."""
    if isinstance(given, str):
        _check("input", given)
        return [("input", given)]
    if not 0 < len(given) <= MAX_ITEMS:
        code = "array_above_max_length" if given else "empty_array"
        raise DropInError(400, f"Invalid 'input': give 1 to {MAX_ITEMS} items.", param="input", code=code)
    for place, item in enumerate(given):
        _check(f"input[{place}]", item)
    if isinstance(given[0], str):
        return [(f"input[{place}]", str(item)) for place, item in enumerate(given)]
    whole = "\n".join(item.text for item in given if isinstance(item, TextInput))
    _check("input", whole)
    return [("input", whole)]


def _check(where: str, item: str | TextInput | ImageInput) -> None:
    if isinstance(item, ImageInput):
        told = "Images cannot be judged here: send the text alone, and have a person look at the image."
        raise DropInError(400, f"Invalid '{where}': {told}", param=where, code="unsupported_image")
    text = item if isinstance(item, str) else item.text
    if len(text) > MAX_TEXT:
        told = f"string too long. Expected at most {MAX_TEXT:,} characters, but got {len(text):,} instead."
        raise DropInError(400, f"Invalid '{where}': {told}", param=where, code="string_above_max_length")
    if "\x00" in text:
        raise DropInError(400, f"Invalid '{where}': it holds a NUL character.", param=where, code="invalid_value")
    if not text:
        raise _empty(where)


def _empty(where: str) -> DropInError:
    return DropInError(400, f"Invalid '{where}': it has no visible text.", param=where, code="empty_string")

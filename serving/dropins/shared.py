"""What every drop-in does, and does as `POST /v1/score`: judge, store, answer once for an `Idempotency-Key`; doubt."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.requests import Request

from governance import feedback
from moderation.answer import SCORE_DIGITS
from moderation.errors import InvalidInputError, PartUnavailableError
from moderation.pipeline import Engine
from moderation.ports import NO_TIER
from moderation.spans import Span
from records import comments, decisions
from records.database import Database
from records.personal import Keyring
from records.storing import Stored
from records.unit_of_work import Unit
from records.values import Doubt
from registry.scorers import NoneScorer
from serving.bodies import body_of
from serving.dropins.configs import DropIn
from serving.errors import DropInError, NotStoredError, OverloadedError
from serving.forms import DECISION
from serving.idempotency import Claims, request_of
from serving.keys import Caller, Gate, Scope
from serving.metrics import Metrics
from serving.once import Given, Work, give_once
from serving.parts import Options
from serving.schemas import ScoreRequest
from serving.scoring import Result, Scoring

DECISION_ID = "x-chaffinch-decision-id"
REASONS = "x-chaffinch-reasons"
MISSING = "x-chaffinch-missing"
MODEL_PART = "model"
TEXT = "/content/text"
"""Where the engine says that there is nothing to judge; what else a text may not be is told before it is asked."""


@dataclass(frozen=True, slots=True)
class House:
    """What stands behind the drop-ins; made once."""

    scoring: Scoring
    claims: Claims
    gate: Gate
    metrics: Metrics
    options: Options
    database: Database
    keyring: Keyring
    labels: Sequence[str]
    now: Callable[[], datetime]

    async def admit(self, request: Request, scope: Scope, config: DropIn, *, key: str | None = None) -> Caller:
        """Who asks. Raises as `Gate.require`, and `OtherPolicyError` for a key that is bound to another policy."""
        caller = await self.gate.require(request, scope, key=key)
        self.gate.policy_for(caller, config.policy)
        return caller

    async def judge(
        self,
        request: Request,
        asked: ScoreRequest,
        *,
        empty: DropInError,
        deadline_ms: int | None = None,
        parts: Sequence[Span] = (),
        engine: Engine | None = None,
    ) -> Result:
        """The comment judged; nothing is stored yet. Raises `empty` where it has no visible text."""
        deadline = deadline_ms or self.options.deadline_ms
        try:
            return await self.scoring.judge(
                asked,
                arrived=request.state.arrived,
                deadline_ms=deadline,
                parts=parts,
                engine=engine,
                by=request.state.caller,
            )
        except InvalidInputError as error:
            if any(fault.where == TEXT for fault in error.faults):
                raise empty from None
            raise

    async def give(
        self, request: Request, caller: Caller | None, work: Callable[[], Awaitable[Work]], *, held: bool
    ) -> Given:
        """The answer, once it is on disk. `held`: the surface is seen before publication.

        `caller` is who may repeat it under an `Idempotency-Key`: nobody where nothing of it is to be kept. Raises
        what `work` raises, `OverloadedError`, and `NotStoredError` where a part does not answer.
        """
        try:
            asked = request_of(request, caller, await body_of(request)) if caller else None
            until = request.state.arrived + self.options.deadline_ms / 1000
            return await give_once(self.scoring, self.claims, asked, work, until=until)
        except OverloadedError as error:
            self.metrics.refused(error.part)
            raise
        except PartUnavailableError as error:
            self.metrics.unavailable(error.part)
            raise NotStoredError(error, held=held) from error

    def names(self, kind: str, *words: str) -> list[str]:
        """What a comment without an id may be stored as: a keyed hash of what tells it apart, and which tells nothing.

        By every key of this installation; the first is what it would be called now.
        """
        what = "\0".join(words)
        newest = self.keyring.index(kind, what)
        others = [index for index in self.keyring.indexes(kind, what) if index != newest]
        return [f"{kind}:{index}" for index in (newest, *others)]

    async def latest(self, external_ids: Sequence[str]) -> str | None:
        """The last decision about the first comment that was stored under one of these ids."""
        return await asyncio.to_thread(self._latest, external_ids)

    def _latest(self, external_ids: Sequence[str]) -> str | None:
        with self.database.reading() as look:
            known = comments.known_ids(look, external_ids)
            found = next((known[name] for name in external_ids if name in known), None)
            return None if found is None else decisions.latest_of(look, found).id

    async def doubted(
        self,
        request: Request,
        doubt: Doubt,
        *,
        known: str | None,
        asked: ScoreRequest,
        empty: DropInError,
        answer: object,
    ) -> Work:
        """What opens or joins a case about the decision `known`; where there is none the comment is judged first."""

        def about(decision_id: str, unit: Unit) -> None:
            feedback.give(unit, self.labels, decision_id, doubt, now=self.now())

        if known is not None:
            return Work(answer, (), lambda unit, _: about(known, unit))
        result = await self.judge(request, asked, empty=empty)

        def about_it(unit: Unit, stored: Sequence[Stored]) -> None:
            about(stored[0].decision_id, unit)

        return Work(answer, (result,), about_it)

    @property
    def has_scores(self) -> bool:
        """Whether a model is meant to answer here: rules and people alone give decisions and no scores."""
        return not isinstance(self.scoring.holder.engine.scorer, NoneScorer)


def question(config: DropIn, text: str, *, store: bool, **more: Any) -> ScoreRequest:  # noqa: ANN401 - its members
    """A foreign request as our own. Raises pydantic's `ValidationError` where a member does not fit."""
    content = {"text": text} | more.pop("content", {})
    context = {"surface": config.surface} | more.pop("context", {})
    options = {"store": store}
    asked = {"content": content, "context": context, "options": options, "policy": config.policy, **more}
    return ScoreRequest.model_validate(asked)


def check_scored(results: Sequence[Result]) -> None:
    """Raises `PartUnavailableError` where the model gave no scores: none may be made up in its place."""
    if any(result.decision.versions.tier == NO_TIER for result in results):
        raise PartUnavailableError(MODEL_PART, "The model did not answer.")


def headers_of(result: Result) -> dict[str, str]:
    """Headers with what the other service's answer has no room for."""
    decision = result.decision
    found = {
        DECISION: decision.outcome.value,
        DECISION_ID: result.answer.get("decision_id"),
        REASONS: ",".join(dict.fromkeys(reason.code for reason in decision.reasons)),
        MISSING: ",".join(decision.missing),
    }
    return {name: value for name, value in found.items() if value}


def score_of(scores: Mapping[str, float], labels: Sequence[str]) -> float:
    """The score of labels together, rounded as in every answer: the largest (LABELS.md, "What a source knows")."""
    return round(max(scores[label] for label in labels), SCORE_DIGITS)

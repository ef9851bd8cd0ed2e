"""The Perspective API (Google, until 2026-12-31): `comments:analyze`, `comments:suggestscore`, the discovery document.

A score is the model's calibrated probability of a label, or the largest of several labels'. Where the model gave none
the request is refused, with 503 where it did not answer: a zero would be a lie. The comment is stored unless
`doNotStore` says otherwise, under a name made of its words, so that a suggestion for the same words finds it again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from moderation.comment import MAX_TEXT
from moderation.decision import Decision
from moderation.errors import UnauthenticatedError
from moderation.language import MAX_READ, detect
from moderation.normaliser import normalise
from moderation.spans import Span
from records.values import Doubt
from review.checks import FALSE_NEGATIVE, FALSE_POSITIVE, MAX_NOTE
from serving.bodies import body_of
from serving.dropins import discovery
from serving.dropins.configs import Attribute, PerspectiveConfig
from serving.dropins.perspective_refusals import EMPTY, Wrong, key_refused, parse, refusal
from serving.dropins.perspective_schema import (
    AnalyzeCommentRequest,
    AttributeParameters,
    Commented,
    Context,
    SuggestCommentScoreRequest,
)
from serving.dropins.sentences import sentences
from serving.dropins.shared import House, check_scored, headers_of, question, score_of
from serving.errors import DropInError
from serving.forms import JSON, header
from serving.keys import Caller, Scope
from serving.once import Given, Work
from serving.schemas import ScoreRequest
from serving.scoring import Result
from serving.sentences import LANGUAGE

PLAIN_TEXT, HTML, UNSPECIFIED = "PLAIN_TEXT", "HTML", "TEXT_TYPE_UNSPECIFIED"
PROBABILITY = "PROBABILITY"
_SCORE_TYPES = {PROBABILITY, "SCORE_TYPE_UNSPECIFIED"}
_TEXT_TYPES = {None, "", PLAIN_TEXT, UNSPECIFIED}
_LANGUAGE = re.compile(LANGUAGE)
_HOST = re.compile(r"[A-Za-z0-9.-]{1,253}(:\d{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:\d{1,5})?")

LEFT_OUT = "x-chaffinch-left-out"
"""Attributes that were asked for and are not in the answer, since nothing backs them."""

HARMFUL_FROM = 0.5
"""A suggested value from which the caller says that the comment is of that kind."""


@dataclass(frozen=True, slots=True)
class Perspective:
    """The three addresses."""

    house: House
    config: PerspectiveConfig

    def routes(self) -> list[Route]:
        """For the router."""
        return [
            Route(discovery.ANALYZE, self.analyze, methods=["POST"]),
            Route(discovery.SUGGEST, self.suggest, methods=["POST"]),
            Route("/$discovery/rest", self.discover, methods=["GET"]),
        ]

    async def discover(self, request: Request) -> Response:
        """The discovery document, with the address asked as its root. It needs no key, as Google's needs none."""
        version = request.query_params.get("version", discovery.VERSION)
        if version != discovery.VERSION:
            raise DropInError(404, f"There is no such version; this server has {discovery.VERSION}.")
        return Response(
            orjson.dumps(discovery.document(_root(request))), 200, {"cache-control": "no-store"}, JSON
        )  # fmt: skip

    async def analyze(self, request: Request) -> Response:
        """Scores of one comment."""
        caller = await self._caller(request, Scope.SCORE)
        whole = parse(AnalyzeCommentRequest, await body_of(request), self._analysis_faults)
        asked, left_out = self._less_what_is_unbacked(whole)
        store = not asked.do_not_store
        comment = self._question(asked, store=store)
        spans = sentences(comment.content.text) if asked.span_annotations else []

        async def work() -> Work:
            result = await self.house.judge(request, comment, empty=refusal([EMPTY]), parts=spans)
            check_scored([result])
            answer = {"body": self._answer(asked, result), "headers": headers_of(result) | left_out}
            return Work(answer, (result,))

        if self.house.scoring.holds(comment):
            raise DropInError(503, "Here comments are reviewed before publication: ask /v1/score.", decision="review")
        given = await self.house.give(request, caller if store else None, work, held=False)
        return _respond(given, asked)

    async def suggest(self, request: Request) -> Response:
        """Doubt about a comment's scores: opens or joins a case, which a moderator decides."""
        caller = await self._caller(request, Scope.FEEDBACK)
        asked = parse(SuggestCommentScoreRequest, await body_of(request), self._suggestion_faults)
        comment = self._question(asked, store=True)
        text = comment.content.text
        names = [*self._names(asked.community_id, text), *self._names(None, text)]

        async def work() -> Work:
            known = await self.house.latest(names)
            languages = {"requestedLanguages": asked.languages} if asked.languages else {}
            answer = {"body": languages | {"detectedLanguages": [_detected(text)]}, "headers": {}}
            doubt, empty = self._doubt(caller, asked), refusal([EMPTY])
            return await self.house.doubted(
                request, doubt, known=known, asked=comment, empty=empty, answer=answer
            )  # fmt: skip

        given = await self.house.give(request, caller, work, held=self.house.scoring.holds(comment))
        return _respond(given, asked)

    def _less_what_is_unbacked(self, asked: AnalyzeCommentRequest) -> tuple[AnalyzeCommentRequest, dict[str, str]]:
        """What is left to answer of a `lenient` house's request, and the header that tells the rest."""
        wanted = asked.requested_attributes or {}
        backed = {name: how for name, how in wanted.items() if not any(self._unknown("", name, scored=True))}
        if not self.config.lenient or not backed or len(backed) == len(wanted):
            return asked, {}
        told = ",".join(name[:64] for name in wanted if name not in backed)
        return asked.model_copy(update={"requested_attributes": backed}), {LEFT_OUT: header(told)}

    async def _caller(self, request: Request, scope: Scope) -> Caller:
        """Google's clients send the key as `?key=`, which no log of ours holds, or in a header of its own."""
        key = request.query_params.get("key") or request.headers.get("x-goog-api-key")
        try:
            return await self.house.admit(request, scope, self.config, key=key)
        except UnauthenticatedError:
            if key or "authorization" in request.headers:
                raise key_refused() from None
            raise DropInError(
                403, "The request is missing a valid API key: add ?key=ck_... (`chaffinch keys create`)."
            ) from None

    def _question(self, asked: Commented, *, store: bool) -> ScoreRequest:
        text = _text(asked)
        stated = asked.languages or []
        content = {"lang": stated[0]} if len(stated) == 1 else {}
        parent = _parent(asked.context)
        return question(
            self.config,
            text,
            store=store,
            id=self._names(asked.community_id, text)[0] if store else None,
            content=content,
            context={"parent_text": parent} if parent else {},
        )

    def _names(self, community: str | None, text: str) -> list[str]:
        return self.house.names("perspective", community or "", text)

    def _answer(self, asked: AnalyzeCommentRequest, result: Result) -> dict[str, Any]:
        scores = {
            name: found
            for name, wanted in (asked.requested_attributes or {}).items()
            if (found := self._scores(self.config.attributes[name], wanted, result, len(_text(asked))))
        }
        language = result.decision.language
        detected = _detected(_text(asked)) if asked.languages else language
        body = {"languages": asked.languages or [language], "detectedLanguages": [detected]}
        return {"attributeScores": scores} | body if scores else body

    def _scores(
        self, attribute: Attribute, wanted: AttributeParameters | None, result: Result, length: int
    ) -> dict[str, Any] | None:
        """None where the score does not reach the threshold that was asked for."""
        least = (wanted.score_threshold if wanted else None) or 0.0
        whole = _value(result.decision, attribute)
        if whole < least:
            return None
        parts = [(span, _value(one, attribute)) for span, one in result.parts if not one.degraded]
        spans = [_span(span, value) for span, value in parts or [(Span(0, length), whole)] if value >= least]
        return {"spanScores": spans, "summaryScore": _score(whole)}

    def _doubt(self, caller: Caller, asked: SuggestCommentScoreRequest) -> Doubt:
        """What the suggested values come to: harmful where one reaches a half, with the labels behind those."""
        values = dict(_suggested(asked))
        labels = [
            label
            for name, value in values.items()
            if value >= HARMFUL_FROM
            for label in self._labels_of(self.config.attributes[name])
        ]
        said = ", ".join(f"{name} {value:.2f}" for name, value in values.items())
        where = f" ({asked.community_id})" if asked.community_id else ""
        verdict = FALSE_NEGATIVE if labels else FALSE_POSITIVE
        return Doubt(caller.id, verdict, tuple(dict.fromkeys(labels)), f"Perspective: {said}{where}"[:MAX_NOTE])

    def _labels_of(self, attribute: Attribute) -> tuple[str, ...]:
        return attribute.labels or (str(attribute.kind).partition(".")[0],)

    def _analysis_faults(self, whole: AnalyzeCommentRequest) -> Iterator[Wrong]:
        asked, _ = self._less_what_is_unbacked(whole)
        yield from self._comment_faults(asked)
        yield from self._attribute_faults(asked)

    def _comment_faults(self, asked: Commented) -> Iterator[Wrong]:
        comment, text = asked.comment, _text(asked)
        if not text:
            yield EMPTY
        elif len(text) > MAX_TEXT:
            yield Wrong("comment.text", f"Comment text too long. (Over {MAX_TEXT:,} characters.)", "COMMENT_TOO_LONG")
        elif "\x00" in text:
            yield Wrong("comment.text", "Comment text holds a NUL character.")
        if comment is not None and comment.type == HTML:
            yield Wrong("comment.type", "Currently, only 'PLAIN_TEXT' comments are supported")
        elif comment is not None and comment.type not in _TEXT_TYPES:
            yield Wrong("comment.type", "Unknown text type")
        yield from _context_faults(asked.context)
        if not _are_languages(asked.languages):
            yield Wrong("languages", "Languages are ISO 639-1 codes, such as en or zh-CN.")

    def _attribute_faults(self, asked: AnalyzeCommentRequest) -> Iterator[Wrong]:
        wanted = asked.requested_attributes or {}
        if not wanted:
            yield Wrong("requested_attributes", "Missing requested_attributes", "NO_REQUESTED_ATTRIBUTES")
        for name, how in wanted.items():
            yield from self._unknown("requested_attributes", name, scored=True)
            kind = (how.score_type if how else None) or PROBABILITY
            if kind not in _SCORE_TYPES:
                told = f"Requested score type {kind[:64]} is not supported by attribute {name[:64]}"
                yield Wrong(f"requested_attributes.{name[:64]}.score_type", told)
            yield from self._language_faults(asked, name)

    def _suggestion_faults(self, asked: SuggestCommentScoreRequest) -> Iterator[Wrong]:
        yield from self._comment_faults(asked)
        for name in asked.attribute_scores or {}:
            yield from self._unknown("attribute_scores", name, scored=False)
        if not _suggested(asked):
            yield Wrong("attribute_scores", "Missing attribute_scores: give at least one value.")
        for name, value in _suggested(asked):
            if not 0 <= value <= 1:
                yield Wrong(f"attribute_scores.{name[:64]}", "A PROBABILITY is a number from 0 to 1.")

    def _unknown(self, where: str, name: str, *, scored: bool) -> Iterator[Wrong]:
        """What nothing backs is refused, and told why where it is one of Perspective's."""
        attribute, place = self.config.attributes.get(name), f"{where}.{name[:64]}"
        if attribute is None:
            why = self.config.unbacked.get(name)
            yield Wrong(place, f"Unknown requested attribute: {name[:64]}" + (f" ({why})" if why else ""))
        elif scored and attribute.kind is not None:
            told = f"the model that answers here has no measured scores for the kind {attribute.kind}"
            yield Wrong(place, f"Unknown requested attribute: {name} ({told})")
        elif scored and not self.house.has_scores:
            told = "no model is loaded here: rules and people alone give decisions and no scores"
            yield Wrong(place, f"Unknown requested attribute: {name} ({told})")

    def _language_faults(self, asked: AnalyzeCommentRequest, name: str) -> Iterator[Wrong]:
        stated = asked.languages or []
        spoken = {language.partition("-")[0].lower() for language in stated}
        if stated and _are_languages(stated) and not spoken & set(self.config.languages):
            more = {"requestedLanguages": stated, "attribute": name[:64]}
            yield Wrong(
                "languages",
                f"Attribute {name[:64]} does not support request languages: {', '.join(stated)}",
                "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE",
                {"languageNotSupportedByAttributeError": more},
            )


def _context_faults(context: Context | None) -> Iterator[Wrong]:
    if context is None:
        return
    if context.entries and context.article_and_parent_comment:
        told = "Context can have either entries or article_and_parent_comment, but both fields were populated."
        yield Wrong("context", told)
    parent = _parent(context)
    if parent and ("\x00" in parent or len(parent) > MAX_TEXT):
        yield Wrong("context.article_and_parent_comment.parent_comment", "Parent comment too long, or no text.")


def _parent(context: Context | None) -> str | None:
    both = context.article_and_parent_comment if context else None
    return both.parent_comment.text if both and both.parent_comment else None


def _text(asked: Commented) -> str:
    return (asked.comment.text or "") if asked.comment else ""


def _are_languages(stated: Sequence[str] | None) -> bool:
    return all(_LANGUAGE.match(language) for language in stated or ())


def _detected(text: str) -> str:
    return detect(normalise(text[: 2 * MAX_READ]).canonical.text)


def _suggested(asked: SuggestCommentScoreRequest) -> list[tuple[str, float]]:
    """The value that is suggested for each attribute: of the whole, else the largest of its parts."""
    found = []
    for name, scores in (asked.attribute_scores or {}).items():
        parts = [span.score for span in (scores.span_scores or []) if span.score] if scores else []
        whole = scores.summary_score if scores else None
        values = [score.value or 0.0 for score in ([whole] if whole else parts)]
        if values:
            found.append((name, max(values)))
    return found


def _value(decision: Decision, attribute: Attribute) -> float:
    return score_of({label.name: label.score for label in decision.labels}, attribute.labels)


def _score(value: float) -> dict[str, Any]:
    return {"value": value, "type": PROBABILITY}


def _span(span: Span, value: float) -> dict[str, Any]:
    return {"begin": span.start, "end": span.end, "score": _score(value)}


def _respond(given: Given, asked: Commented) -> Response:
    """The token comes from the request at hand: of a client's words nothing is kept with an answer."""
    token = {} if asked.client_token is None else {"clientToken": asked.client_token}
    answer = given.answer
    return Response(
        orjson.dumps(answer["body"] | token), given.status, {**answer["headers"], **given.headers}, JSON
    )  # fmt: skip


def _root(request: Request) -> str:
    """The address asked. Behind a proxy that ends TLS, `X-Forwarded-Proto` says so; a lie harms its teller alone."""
    host = request.headers.get("host", "")
    if not _HOST.fullmatch(host):
        raise DropInError(400, "The header Host names no address.")
    secure = request.url.scheme == "https" or request.headers.get("x-forwarded-proto") == "https"
    return f"{'https' if secure else 'http'}://{host}/"

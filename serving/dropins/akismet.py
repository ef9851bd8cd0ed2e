"""Akismet: `/1.1/comment-check`, `submit-spam`, `submit-ham`, `verify-key`; forms in, a word out, byte for byte.

What the policy does not pass is `true`, and the site holds it; there are no scores, so rules alone answer here too,
and a model that does not answer leaves it to the policy. Akismet's clients send who somebody is: name, e-mail address
and IP address become keyed hashes on arrival and are kept nowhere. A comment is stored under such a hash of blog, IP
address and words, by which `submit-spam` and `submit-ham` find it again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from moderation.comment import MAX_TEXT
from moderation.decision import Outcome
from moderation.errors import ForbiddenError, UnauthenticatedError
from records.values import Doubt
from review.checks import FALSE_NEGATIVE, FALSE_POSITIVE
from serving.bodies import body_of
from serving.dropins.configs import AkismetConfig
from serving.dropins.shared import House, headers_of, question
from serving.errors import DropInError, MalformedError
from serving.forms import PLAIN, header
from serving.keys import Caller, Scope
from serving.once import Given, Work
from serving.schemas import ScoreRequest
from serving.scoring import Result

TRUE, FALSE, VALID, INVALID = "true", "false", "valid", "invalid"
THANKS = "Thanks for making the web a better place."

HELP, GUID, PRO_TIP, RECHECK = (
    "x-akismet-debug-help", "x-akismet-guid", "x-akismet-pro-tip", "x-akismet-recheck-after",
)  # fmt: skip
RECHECK_SECONDS = 60
"""When a comment that passed without all parts there is worth asking about again."""

MOST_FIELDS = 1000
"""WordPress sends the whole environment of its web server along."""

FORM = "application/x-www-form-urlencoded"
_CHARSET = re.compile(
    r"utf-?8|iso-8859-\d{1,2}|(windows-|cp)12\d\d|gb2312|gbk|gb18030|big5|shift_jis|euc-(jp|kr)|koi8-r"
)
_OCTETS = "latin-1"
"""Every octet as one character, until the form has told its charset."""

_MAX_NAME = 128

Fields = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Akismet:
    """The four addresses."""

    house: House
    config: AkismetConfig

    def routes(self) -> list[Route]:
        """For the router."""
        return [
            Route("/1.1/comment-check", self.check, methods=["POST"]),
            Route("/1.1/submit-spam", self.submit_spam, methods=["POST"]),
            Route("/1.1/submit-ham", self.submit_ham, methods=["POST"]),
            Route("/1.1/verify-key", self.verify, methods=["POST"]),
        ]

    async def verify(self, request: Request) -> Response:
        """Whether the key may be used, and `blog` is an address."""
        fields = await _fields(request)
        found = await self._caller(request, fields, Scope.SCORE, key=fields.get("key") or fields.get("api_key"))
        return found if isinstance(found, Response) else _word(VALID)

    async def check(self, request: Request) -> Response:
        """Whether the site should hold the comment."""
        fields = await _fields(request)
        caller = await self._caller(request, fields, Scope.SCORE)
        if isinstance(caller, Response):
            return caller
        if self._is_guaranteed(fields):
            return _word(TRUE, {GUID: uuid4().hex})
        comment = self._question(fields, store=self.config.store and not _is_test(fields))

        async def work() -> Work:
            result = await self.house.judge(request, comment, empty=_empty())
            return Work(self._answer(result), (result,))

        keyed = caller if comment.asked.store else None
        return _respond(await self.house.give(request, keyed, work, held=self.house.scoring.holds(comment)))

    async def submit_spam(self, request: Request) -> Response:
        """What was passed and should not have been: opens or joins a case."""
        return await self._submit(request, FALSE_NEGATIVE, self.config.spam)

    async def submit_ham(self, request: Request) -> Response:
        """What was held and should not have been: opens or joins a case."""
        return await self._submit(request, FALSE_POSITIVE, ())

    async def _submit(self, request: Request, verdict: str, labels: tuple[str, ...]) -> Response:
        fields = await _fields(request)
        caller = await self._caller(request, fields, Scope.FEEDBACK)
        if isinstance(caller, Response):
            return caller
        comment = self._question(fields, store=True)
        answer = {"word": THANKS, "headers": {}}
        if _is_test(fields) or self._is_guaranteed(fields):
            return _word(THANKS)

        async def work() -> Work:
            known = await self.house.latest(self._names(fields))
            doubt = Doubt(caller.id, verdict, labels, "Akismet")
            return await self.house.doubted(request, doubt, known=known, asked=comment, empty=_empty(), answer=answer)

        return _respond(await self.house.give(request, caller, work, held=self.house.scoring.holds(comment)))

    async def _caller(
        self, request: Request, fields: Fields, scope: Scope, *, key: str | None = None
    ) -> Caller | Response:
        """Who asks, or the answer to a key or a blog that is none; both are `invalid`, and the header says which."""
        try:
            caller = await self.house.admit(request, scope, self.config, key=key or fields.get("api_key"))
        except (UnauthenticatedError, ForbiddenError) as error:
            return _word(INVALID, {HELP: header(str(error))})
        if not _is_address(fields.get("blog", "")):
            return _word(INVALID, {HELP: "We were unable to parse your blog URI"})
        return caller

    def _question(self, fields: Fields, *, store: bool) -> ScoreRequest:
        """The comment. Raises `DropInError` for a field that is missing, and for words that cannot be judged."""
        text = _text(fields)
        thread = fields.get("permalink")
        author = fields.get("comment_author_email") or fields.get("comment_author")
        kind = "reply" if fields.get("comment_type") == "reply" else "comment"
        return question(
            self.config,
            text,
            store=store,
            id=self._names(fields)[0] if store else None,
            content={"type": kind},
            context={"thread_id": self._short("thread", thread)} if thread else {},
            author={"id": self._hash("author", author.strip().lower())} if author else None,
            client={"network": self._hash("network", fields["user_ip"])},
        )

    def _names(self, fields: Fields) -> list[str]:
        return self.house.names("akismet", fields.get("blog", ""), fields["user_ip"], fields["comment_content"])

    def _hash(self, kind: str, value: str) -> str:
        return f"akismet:{self.house.keyring.index(f'akismet {kind}', value)}"

    def _short(self, kind: str, value: str) -> str:
        """The address of a page as it is, unless it is too long for a name or no text."""
        return value if len(value) <= _MAX_NAME and "\x00" not in value else self._hash(kind, value)

    def _is_guaranteed(self, fields: Fields) -> bool:
        said = {fields.get("comment_author"), fields.get("comment_author_email")}
        return bool(said & set(self.config.guaranteed_spam))

    def _answer(self, result: Result) -> dict[str, object]:
        decision = result.decision
        guid = result.answer.get("decision_id")
        headers = {GUID: guid.replace("-", "") if guid else uuid4().hex} | headers_of(result)
        if decision.outcome is Outcome.PASS:
            later = {RECHECK: str(RECHECK_SECONDS)} if decision.degraded else {}
            return {"word": FALSE, "headers": headers | later}
        drop = decision.outcome is Outcome.BLOCK and set(decision.measures) & set(self.config.discard)
        return {"word": TRUE, "headers": headers | ({PRO_TIP: "discard"} if drop else {})}


async def _fields(request: Request) -> Fields:
    """The form. Raises `MalformedError` for what is none."""
    kind = request.headers.get("content-type", FORM).partition(";")[0].strip().lower()
    if kind != FORM:
        raise MalformedError(f"Send the fields as {FORM}.")
    body = await body_of(request)
    try:
        octets = parse_qsl(
            body.decode(_OCTETS), keep_blank_values=True, max_num_fields=MOST_FIELDS, encoding=_OCTETS
        )  # fmt: skip
        charset = dict(octets).get("blog_charset", "utf-8").strip().lower()
        known = charset if _CHARSET.fullmatch(charset) else "utf-8"
        return {name.encode(_OCTETS).decode(known): value.encode(_OCTETS).decode(known) for name, value in octets}
    except LookupError:
        raise MalformedError("This blog_charset is not known; send UTF-8.") from None
    except ValueError:
        raise MalformedError("The body is no form, has too many fields, or is not of its blog_charset.") from None


def _text(fields: Fields) -> str:
    """The words. Akismet answers 200 to what it cannot use too, with a sentence in the place of its two words."""
    for name in ("user_ip", "comment_content"):
        if not fields.get(name):
            raise DropInError(200, f"Missing required field: {name}.")
    text = fields["comment_content"]
    if len(text) > MAX_TEXT:
        raise DropInError(200, f"The field comment_content is longer than {MAX_TEXT:,} characters.")
    if "\x00" in text:
        raise DropInError(200, "The field comment_content holds a NUL character.")
    return text


def _empty() -> DropInError:
    return DropInError(200, "The field comment_content has no visible text.")


def _is_test(fields: Fields) -> bool:
    return fields.get("is_test", "").lower() in ("1", "true")


def _is_address(blog: str) -> bool:
    try:
        found = urlsplit(blog)
        return found.scheme in ("http", "https") and bool(found.hostname)
    except ValueError:
        return False


def _word(word: str, headers: Mapping[str, str] | None = None) -> Response:
    return Response(word.encode(), 200, dict(headers or {}), PLAIN)


def _respond(given: Given) -> Response:
    return _word(given.answer["word"], {**given.answer["headers"], **given.headers})

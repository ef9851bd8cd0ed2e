"""Headers of answers in the OpenAPI: what every answer has, and what some have by status, method or address.

One table, from which each answer is completed; a test holds it against what is really sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from serving.edge import SECURITY
from serving.forms import DECISION, form_of

REF = "#/components/headers/"

REQUEST_ID, RETRY_AFTER, REPLAYED = "X-Request-ID", "Retry-After", "Idempotency-Replayed"
AUTHENTICATE, IN_FLIGHT = "WWW-Authenticate", "X-Chaffinch-In-Flight"

_TEXT = {"type": "string"}
_SECONDS = {"type": "integer", "minimum": 1}

WORDS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    REQUEST_ID: ("The request's id: the client's own, if it sent a plain one, else a new one.", _TEXT),
    RETRY_AFTER: ("After how many seconds to ask again.", _SECONDS),
    REPLAYED: ("`true` where this answer was given before, under the same `Idempotency-Key`.", {"enum": ["true"]}),
    AUTHENTICATE: ("How to send a key.", _TEXT),
    IN_FLIGHT: ("How many items may be sent ahead.", _SECONDS),
    "Upgrade": ("The protocol that this address speaks.", _TEXT),
    "ETag": ("What the page is, for `If-None-Match`.", _TEXT),
    "Content-Language": ("The language of the page.", _TEXT),
    "Vary": ("What the answer depends on, for caches.", _TEXT),
    "X-Chaffinch-Decision": ("`pass`, `review` or `block`; on a 503 `review` where the comment is held.", _TEXT),
    "X-Chaffinch-Decision-Id": ("The decision's id, where it was stored.", _TEXT),
    "X-Chaffinch-Reasons": ("Codes of its reasons, the severest first.", _TEXT),
    "X-Chaffinch-Missing": ("Parts that did not answer.", _TEXT),
    "X-Chaffinch-Left-Out": ("Attributes that nothing here backs, where `lenient` leaves them out.", _TEXT),
    "X-Akismet-Guid": ("The decision's id without hyphens, or one of its own.", _TEXT),
    "X-Akismet-Pro-Tip": ("`discard` for what need not be kept.", _TEXT),
    "X-Akismet-Recheck-After": ("Seconds after which to ask again.", _TEXT),
    "X-Akismet-Debug-Help": ("What is wrong, in a sentence.", _TEXT),
    **{name.title(): ("As a browser is told to keep to itself.", _TEXT) for name in SECURITY},
}  # fmt: skip
"""What each says, and its schema."""

_EVERY = (REQUEST_ID, *(name.title() for name in SECURITY))
_BY_STATUS: Mapping[str, tuple[str, ...]] = {
    "101": (IN_FLIGHT,),
    "401": (AUTHENTICATE,),
    "409": (RETRY_AFTER,),
    "426": ("Upgrade",),
    "429": (RETRY_AFTER,),
    "503": (RETRY_AFTER,),
}
_TOLD = ("X-Chaffinch-Decision", "X-Chaffinch-Decision-Id", "X-Chaffinch-Reasons", "X-Chaffinch-Missing")
_AKISMET = ("X-Akismet-Guid", "X-Akismet-Pro-Tip", "X-Akismet-Recheck-After")
_HELP = "X-Akismet-Debug-Help"
_TRANSCRIPT = ("ETag", "Content-Language", "Vary")


def declare(schema: dict[str, Any]) -> None:
    """Adds them to every answer of an OpenAPI document."""
    schema["components"]["headers"] = {
        name: {"description": words, "schema": dict(kind)} for name, (words, kind) in WORDS.items()
    }
    for path, methods in schema["paths"].items():
        for operation in methods.values():
            for status, answer in operation["responses"].items():
                names = dict.fromkeys([*_EVERY, *_some(path, status, operation)])
                answer["headers"] = {name: {"$ref": f"{REF}{name}"} for name in names}


def _some(path: str, status: str, operation: Mapping[str, Any]) -> Iterator[str]:
    yield from _BY_STATUS.get(status, ())
    if status == "200" and any(each["name"] == "Idempotency-Key" for each in operation.get("parameters", ())):
        yield REPLAYED
    if status in ("200", "304") and path.endswith("/transcript"):
        yield from _TRANSCRIPT
    if form_of(path) is not None:
        yield from _of_another_service(path, status)


def _of_another_service(path: str, status: str) -> Iterator[str]:
    if status == "200" and not path.startswith("/$"):
        yield from _TOLD
    if status == "200" and path.startswith("/v1alpha1/"):
        yield "X-Chaffinch-Left-Out"
    if status == "503":
        yield DECISION.title()
    if path.startswith("/1.1/"):
        yield from (*_AKISMET, _HELP) if status == "200" else (_HELP,)

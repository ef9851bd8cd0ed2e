"""`/v1/complaints`, `/v1/contests` and `/v1/appeals`: what the public asks for, as the public pages do.

A complaint needs no key: it is counted by the address that sends it, and that address' keyed hash is who reports. A
platform that sends its readers' complaints on uses a key with scope `feedback`, and may tell the pseudonym of each.
Whoever has a receipt may contest its answer, counted as a complaint is.
An appeal comes from the platform, which knows whose comment it is; an author appeals by the public page, under the
reference that `GET /v1/decisions/{decision_id}` gives the platform. Receipts need no key: whoever has one may read it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from console.visitors import Network, Turnstile, address_of
from governance import (
    account_appeals,
    account_notices,
    appeals,
    causes,
    complaints,
    contests,
    flaggers,
    receipts,
)
from governance.account_appeals import ENTRY, MEASURE, Subject
from governance.complaint_rules import APPEAL, COMPLAINT, ComplaintRules
from governance.complaints import Report, Reporter
from governance.receipts import Status
from moderation.errors import Fault, InvalidInputError, UnauthenticatedError
from moderation.taxonomy import Taxonomy
from records.house_queues import Redress
from records.personal import Keyring
from records.standing_values import MeasureRecord
from records.unit_of_work import Reading, Unit
from serving.bodies import body_of
from serving.complaint_answers import AppealReceipt, ComplaintReceipt
from serving.desk import Complete, Desk, Document, answer
from serving.errors import TooManyFormsError
from serving.keys import Caller, Scope, check_local
from serving.openapi import described, takes
from serving.schemas import SUMMARY, AppealRequest, ComplaintRequest, ContestRequest, loosely
from serving.views import moment

OPEN: Final[dict[str, Any]] = {"security": []}
"""In the OpenAPI: no key is needed."""


@dataclass(frozen=True, slots=True)
class PublicDesk:
    """What these endpoints need. `refused` is told of what came too often."""

    desk: Desk
    keyring: Keyring
    taxonomy: Taxonomy
    rules: ComplaintRules
    turnstile: Turnstile
    proxies: tuple[Network, ...] = ()
    refused: Callable[[str], None] = lambda _: None


def router(public: PublicDesk) -> APIRouter:
    """The endpoints."""
    routes = APIRouter(tags=["complaints"])
    desk, rules = public.desk, public.rules

    def contests_life(said: Mapping[str, Any]) -> bool:
        with desk.database.reading() as look:
            return receipts.is_about_life(look, public.keyring, str(said.get("token")), rules)

    @routes.post(
        "/v1/complaints", **described(ComplaintReceipt, 404, 409), openapi_extra=takes(ComplaintRequest) | OPEN
    )
    async def complain(request: Request) -> Response:
        """Reports a comment; no key is needed, and the receipt is the way to the answer."""
        caller = await _whoever(public, request, lambda said: rules.is_about_life(said.get("kind")))

        def make(unit: Unit, caller: Caller, asked: ComplaintRequest) -> Document:
            report = Report(asked.comment_id, asked.kind, asked.text, _reporter(unit, public, request, caller, asked))
            made = complaints.make(unit, report, rules, keyring=public.keyring, now=desk.now())
            status = receipts.complaint_status(unit, made, rules, now=desk.now())
            return {"id": made.id, **complaint_document(public.taxonomy, status, unit.queues.redress)}

        return await desk.change_by(
            caller, request, ComplaintRequest, make, complete=_with_token(public, COMPLAINT), secret=public_hash(public)
        )

    @routes.get("/v1/complaints/{token}", **described(ComplaintReceipt, 404), openapi_extra=dict(OPEN))
    async def complaint(token: str, request: Request) -> Response:
        """What became of a complaint; the receipt is enough."""

        def find(look: Reading) -> Document:
            status = receipts.complaint_under(look, public.keyring, token, rules, now=desk.now())
            return {"token": token, **complaint_document(public.taxonomy, status, look.queues.redress)}

        return await _show(public, request, find)

    @routes.post("/v1/contests", **described(ComplaintReceipt, 404, 409), openapi_extra=takes(ContestRequest) | OPEN)
    async def object_to(request: Request) -> Response:
        """Contests that a reported comment stays: once, within the stated time; the receipt is enough."""
        caller = await _whoever(public, request, contests_life)

        def make(unit: Unit, _: Caller, asked: ContestRequest) -> Document:
            complaint_id = receipts.complaint_in(public.keyring, asked.token)
            contests.make(unit, complaint_id, asked.text, rules, now=desk.now())
            status = receipts.complaint_under(unit, public.keyring, asked.token, rules, now=desk.now())
            return {"id": complaint_id, **complaint_document(public.taxonomy, status, unit.queues.redress)}

        return await desk.change_by(
            caller, request, ContestRequest, make, complete=_with_token(public, COMPLAINT), secret=public_hash(public)
        )

    @routes.post("/v1/appeals", **described(AppealReceipt, 404, 409), openapi_extra=takes(AppealRequest))
    async def contest(request: Request) -> Response:
        """Appeals a decision, a measure or an account's entry on a list, for whom it is about: once, in time."""

        def of_account(
            unit: Unit, caller: Caller, asked: AppealRequest, subject: Subject[Any], about: str
        ) -> Document:  # fmt: skip
            made = account_appeals.make(unit, subject, about, asked.text, rules, sender=caller.name, now=desk.now())
            return {"id": made.id, **appeal_document(public.taxonomy, receipts.question_status(unit, made, rules))}

        def make(unit: Unit, caller: Caller, asked: AppealRequest) -> Document:
            if entry_id := _entry(unit, asked, desk.now()):
                return of_account(unit, caller, asked, ENTRY, entry_id)
            measure_id = asked.measure_id or ""
            if asked.decision_id is None and account_appeals.is_alone(unit, measure_id, rules, now=desk.now()):
                return of_account(unit, caller, asked, MEASURE, measure_id)
            made = appeals.make(unit, _decision(unit, asked), asked.text, rules, sender=caller.name, now=desk.now())
            return {"id": made.id, **appeal_document(public.taxonomy, receipts.appeal_status(unit, made, rules))}

        return await desk.change(
            request,
            Scope.FEEDBACK,
            AppealRequest,
            make,
            complete=_with_token(public, APPEAL),
            secret=public_hash(public),
        )

    @routes.get("/v1/appeals/{token}", **described(AppealReceipt, 404), openapi_extra=dict(OPEN))
    async def appeal(token: str, request: Request) -> Response:
        """What became of an appeal; the receipt is enough."""

        def find(look: Reading) -> Document:
            status = receipts.appeal_under(look, public.keyring, token, rules)
            return {"token": token, **appeal_document(public.taxonomy, status)}

        return await _show(public, request, find)

    return routes


def offer_of(look: Reading, public: PublicDesk, decision_id: str) -> dict[str, str | None] | None:
    """What an author needs to appeal a decision; None where there is nothing to appeal.

    Where their account is on a list and nothing else refused the comment, the entry is appealed: while it holds.
    """
    entry = account_appeals.entry_behind(look, decision_id, now=public.desk.now())
    try:
        until = None if entry else appeals.appealable(look, decision_id, public.rules, now=public.desk.now()).until
    except appeals.NotAppealableError:
        return None
    reference = receipts.given_for(public.keyring, receipts.REFERENCE, decision_id)
    return {"reference": reference, "until": moment(entry.expires_at if entry else until)}


def complaint_document(taxonomy: Taxonomy, status: Status, redress: Redress) -> dict[str, Any]:
    """A complaint's status as JSON."""
    return {
        "kind": status.kind,
        **_comment_document(taxonomy, status),
        **_reversal_document(taxonomy, status),
        "automated": status.automated,
        "removed_by": status.removed_by,
        "contest_until": moment(status.contest_until),
        "contest": status.contest
        and {**_answer_document(taxonomy, status.contest), **_reversal_document(taxonomy, status.contest)},
        "elsewhere": status.elsewhere and status.elsewhere.as_dict(),
        "measure": status.measure and _measure_document(status.measure, redress),
    }


def _reversal_document(taxonomy: Taxonomy, status: Status) -> dict[str, Any]:
    first = status.first_reasons
    return {
        "reversed": status.reversed,
        "first_answer": status.first_answer and status.first_answer.as_dict(),
        "first_reasons": None if first is None else _reasons(taxonomy, first),
    }


def _measure_document(made: MeasureRecord, redress: Redress) -> dict[str, Any]:
    return {
        "id": made.id,
        "measure": made.measure,
        "starts_at": moment(made.starts_at),
        "ends_at": moment(made.ends_at),
        "notice": account_notices.notice(made, redress),
    }


def appeal_document(taxonomy: Taxonomy, status: Status) -> dict[str, Any]:
    """An appeal's status as JSON."""
    return {
        "about": status.about,
        "cause": status.cause and causes.document(status.cause),
        **_comment_document(taxonomy, status),
        "elsewhere": status.elsewhere and status.elsewhere.as_dict(),
        "words_erased": status.is_wordless,
    }


def _comment_document(taxonomy: Taxonomy, status: Status) -> dict[str, Any]:
    return {"comment_id": status.comment_id, **_answer_document(taxonomy, status), "shown": status.shown}


def _answer_document(taxonomy: Taxonomy, status: Status) -> dict[str, Any]:
    return {
        "state": status.state,
        "created_at": moment(status.created_at),
        "due_at": moment(status.due_at),
        "answered_at": moment(status.answered_at),
        "outcome": status.outcome,
        "answer": status.answer and status.answer.as_dict(),
        "reasons": _reasons(taxonomy, status.reasons),
        "again": status.again,
        "since": status.since or None,
    }


def _reasons(taxonomy: Taxonomy, reasons: Iterable[tuple[str, str]]) -> list[dict[str, Any]]:
    return [
        {"code": code, "ground": ground, "message": found.message.as_dict()}
        for code, ground in reasons
        if (found := taxonomy.find(code))
    ]


def public_hash(public: PublicDesk) -> Callable[[str], str]:
    """For idempotency: what somebody wrote is kept as a keyed hash."""
    return lambda words: public.keyring.index("request", words)


async def _whoever(
    public: PublicDesk, request: Request, is_about_life: Callable[[Mapping[str, Any]], bool] = lambda _: False
) -> Caller:
    """A key's owner, or somebody at an address, counted. Raises `TooManyFormsError`.

    What is sent says whether it is counted apart, good or not: what else is wrong with it is found out later.
    """
    gate = public.desk.gate
    if "authorization" in request.headers and not gate.is_open:
        return await gate.require(request, Scope.FEEDBACK)
    if gate.is_open:
        check_local(request)
    address = address_of(request, public.proxies)
    said = loosely(await body_of(request))

    def count() -> int:
        apart = is_about_life(said if isinstance(said, dict) else {})
        return public.turnstile.wait(address, public.desk.now(), is_about_life=apart)

    wait = await run_in_threadpool(count)
    if wait:
        public.refused("public")
        raise TooManyFormsError(wait)
    return Caller(f"public:{public.keyring.index('address', address)}", PUBLIC, frozenset())


PUBLIC = "public"
"""What stands where the prefix of a key stands, for whoever has none."""


def _reporter(
    unit: Unit, public: PublicDesk, request: Request, caller: Caller, asked: ComplaintRequest
) -> Reporter:  # fmt: skip
    """Who reports; whoever has the key of a trusted flagger gives notice as that flagger."""
    if caller.prefix != PUBLIC and flaggers.is_key_of_one(unit, public.keyring, caller.prefix, now=public.desk.now()):
        return Reporter(complaints.KEY, caller.prefix)
    if asked.reporter is None:
        return Reporter(complaints.ADDRESS, address_of(request, public.proxies))
    if caller.prefix == PUBLIC and not public.desk.gate.is_open:
        raise UnauthenticatedError("Who reports is told by the platform, with a key of scope 'feedback'.")
    return Reporter(complaints.PLATFORM, asked.reporter)


def _entry(look: Reading, asked: AppealRequest, now: datetime) -> str | None:
    """The entry of a list that is appealed: by its id, or by a decision that stands on nothing else."""
    if sum(each is not None for each in (asked.decision_id, asked.measure_id, asked.entry_id)) != 1:
        raise InvalidInputError(SUMMARY, [Fault("", "give one of decision_id, measure_id and entry_id")])
    if asked.decision_id is None:
        return asked.entry_id
    entry = account_appeals.entry_behind(look, asked.decision_id, now=now)
    return entry.id if entry else None


def _decision(look: Reading, asked: AppealRequest) -> str:
    return asked.decision_id or appeals.decision_of(look, asked.measure_id or "")


def _with_token(public: PublicDesk, kind: str) -> Complete:
    """The receipt in the place of the id: no kept answer holds it."""

    def complete(_: Reading, document: Document) -> Document:
        rest = {name: value for name, value in document.items() if name != "id"}
        return {"token": receipts.given_for(public.keyring, kind, document["id"]), **rest}

    return complete


async def _show(public: PublicDesk, request: Request, find: Callable[[Reading], Document]) -> Response:
    """Without a key. An open server still answers no page of elsewhere."""
    if public.desk.gate.is_open:
        check_local(request)

    def read() -> Document:
        with public.desk.database.reading() as look:
            return find(look)

    return answer(await run_in_threadpool(read))

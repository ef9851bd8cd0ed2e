"""What each public page says. A form that cannot be taken is shown again, as it was written, with what is wrong."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from starlette.responses import RedirectResponse, Response

from console.public.reader import FORM_FIELD, Reader
from console.public.rendering import render
from console.refusals import RefusalError
from governance import (
    account_appeals,
    account_notices,
    appeals,
    carried_out,
    complaints,
    contests,
    list_notices,
    processing,
    receipts,
    retention,
)
from governance.account_appeals import ENTRY
from governance.account_notices import reason_in
from governance.appeals import Appealable, NotAppealableError
from governance.complaint_rules import APPEAL, COMPLAINT
from governance.complaints import MAX_NOTE, Report, Reporter
from governance.receipts import Status
from governance.statements import codes_of
from moderation.errors import ConflictError, Fault, FaultsError, InvalidInputError, NotFoundError
from records import acted, agreements, idempotency
from records.agreements import Agreement, Published
from records.house_queues import Redress
from records.idempotency import Replay
from records.standing_values import MeasureState
from records.unit_of_work import Reading, Unit

MAX_ID = 128
"""The longest id of a comment, as the API takes it."""

_SENDER = "public page"


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a form is shown again: a word of `problem`, an HTTP status, seconds to wait."""

    word: str = ""
    status: int = 200
    wait: int = 0


NONE = Problem()


def home(reader: Reader) -> Response:
    """GET /: where to go."""
    return render(reader, "index.html")


def complain(reader: Reader) -> Response:
    """GET /complaints: the form, with the comment of the address filled in."""
    return _complaint_form(reader, {"comment": reader.query.get("comment", "")[:MAX_ID]})


def send_complaint(reader: Reader) -> Response:
    """POST /complaints: to the receipt, or the form again."""
    sent = {name: reader.form.one(name) for name in ("comment", "kind", "text")}
    number = reader.sent_form()
    is_about_life = reader.parts.rules.is_about_life(sent["kind"])
    hindrance = _hindrance(reader, number, _missing(reader, sent), is_about_life=is_about_life)
    if hindrance:
        return _complaint_form(reader, sent, hindrance)

    def make(unit: Unit) -> str:
        report = Report(sent["comment"], sent["kind"], _words(sent), Reporter(complaints.ADDRESS, reader.address))
        parts = reader.parts
        return complaints.make(unit, report, parts.rules, keyring=parts.keyring, now=reader.now).id

    try:
        made = _once(reader, number or "", make)
    except NotFoundError:
        return _complaint_form(reader, sent, Problem("unknown", 404))
    except InvalidInputError as error:
        return _complaint_form(reader, sent, Problem(_of_fault(error), 422))
    except ConflictError:
        return _complaint_form(reader, sent, Problem("erased", 409))
    return _to_receipt(reader, COMPLAINT, made)


def complaint(reader: Reader) -> Response:
    """GET /complaints/{receipt}: the receipt, what became of it, and a way to contest that."""
    return _complaint(reader, reader.path_values["receipt"])


def send_contest(reader: Reader) -> Response:
    """POST /contests: to the receipt, or its page again, with the form as it was written."""
    receipt, number = reader.form.one("receipt"), reader.sent_form()
    sent = {"text": reader.form.one("text")}
    with reader.parts.database.reading() as look:
        is_about_life = receipts.is_about_life(look, reader.parts.keyring, receipt, reader.parts.rules)
    fault = "text_too_long" if len(_words(sent)) > MAX_NOTE else ""
    hindrance = _hindrance(reader, number, fault, is_about_life=is_about_life)
    if hindrance:
        return _complaint(reader, receipt, sent, hindrance)

    def make(unit: Unit) -> str:
        complaint_id = receipts.complaint_in(reader.parts.keyring, receipt)
        contests.make(unit, complaint_id, _words(sent), reader.parts.rules, now=reader.now)
        return complaint_id

    try:
        made = _once(reader, number or "", make)
    except InvalidInputError as error:
        return _complaint(reader, receipt, sent, Problem(_of_fault(error), 422))
    except ConflictError:
        return _complaint(reader, receipt, sent, Problem("", 409))
    return _to_receipt(reader, COMPLAINT, made)


def contest(reader: Reader) -> Response:
    """GET /appeals: asks for the reference, or shows what can be appealed under it."""
    reference = reader.query.get("reference", "").strip()
    return _appeal_form(reader, reference) if reference else render(reader, "reference.html", problem="", reference="")


def send_appeal(reader: Reader) -> Response:
    """POST /appeals: to the receipt, or the form again."""
    reference, number = reader.form.one("reference"), reader.sent_form()
    sent = {"text": reader.form.one("text")}
    hindrance = _hindrance(reader, number, "text_too_long" if len(_words(sent)) > MAX_NOTE else "", counted_as=APPEALS)
    if hindrance:
        return _appeal_form(reader, reference, sent, hindrance)

    def make(unit: Unit) -> str:
        decision_id, rules = receipts.decision_under(reader.parts.keyring, reference), reader.parts.rules
        if entry := account_appeals.entry_behind(unit, decision_id, now=reader.now):
            return account_appeals.make(unit, ENTRY, entry.id, _words(sent), rules, sender=_SENDER, now=reader.now).id
        return appeals.make(unit, decision_id, _words(sent), rules, sender=_SENDER, now=reader.now).id

    try:
        made = _once(reader, number or "", make)
    except NotFoundError:
        return render(reader, "reference.html", status=404, problem="reference_unknown", reference=reference)
    except InvalidInputError as error:
        return _appeal_form(reader, reference, sent, Problem(_of_fault(error), 422))
    except ConflictError:
        return _appeal_form(reader, reference, sent, Problem("", 409))
    return _to_receipt(reader, APPEAL, made)


def appeal(reader: Reader) -> Response:
    """GET /appeals/{receipt}: the receipt, and what became of it."""

    def find(look: Reading) -> Status:
        return receipts.appeal_under(look, reader.parts.keyring, reader.path_values["receipt"], reader.parts.rules)

    return _receipt(reader, find, "appeal.html")


def collected(reader: Reader) -> Response:
    """GET /collected: what is collected, why, for how long and who sees it; in short, and as the whole record."""
    rules = reader.parts.rules
    kept = {"complaints": rules.complaints.kept_days, "appeals": rules.appeals.kept_days}
    told = getattr(retention.told(reader.parts.retention), reader.locale)
    record = reader.parts.record
    periods = processing.periods(record, reader.parts.retention, reader.locale)
    standing = reader.parts.retention.standing.days
    bases = processing.bases(record, reader.parts.standing, reader.locale)
    shown = {"retention": told, "standing": standing, "rows": _COLLECTED, "record": record, "periods": periods}
    return render(reader, "collected.html", kept=kept, bases=bases, **shown)


def civility(reader: Reader) -> Response:
    """GET /civility: what every rule forbids and leaves free, how to say it well, and what is misuse of reports."""
    taxonomy = reader.parts.taxonomy
    misuse = {name: policy.misuse for name, policy in reader.parts.policies().items() if policy.misuse is not None}
    labels, notices = (*taxonomy.labels, *taxonomy.grounds), reader.parts.notices
    return render(reader, "civility.html", labels=labels, notices=notices, misuse=misuse)


def agreement(reader: Reader) -> Response:
    """GET /agreement: the user agreement that holds, and every other version with when it holds from."""
    with reader.parts.database.reading() as look:
        return _agreement(reader, agreements.in_force(look, now=reader.now), agreements.every(look))


def earlier_agreement(reader: Reader) -> Response:
    """GET /agreement/{version}: that version, whether it holds, held or will. Raises `NotFoundError`."""
    with reader.parts.database.reading() as look:
        return _agreement(reader, agreements.get(look, reader.path_values["version"]), agreements.every(look))


def _agreement(reader: Reader, shown: Agreement | None, every: Sequence[Published]) -> Response:
    """`every` has the one that holds last at its head: a version holds until the one above it does."""
    until = {each.version: later.valid_from for later, each in pairwise(every)}
    holds = next((each.version for each in every if each.valid_from <= reader.now), None)
    text = "" if shown is None else {"zh": shown.text_zh, "en": shown.text_en}[reader.locale]
    return render(reader, "agreement.html", shown=shown, text=text, every=every, until=until, holds=holds)


def refused(reader: Reader, refusal: RefusalError) -> Response:
    """A page that says no in a plain sentence."""
    return render(reader, "refusal.html", status=refusal.status, key=refusal.key)


_COLLECTED = (
    "reported",
    "who_reports",
    "appealed",
    "comment",
    "pseudonym",
    "measure",
    "credit",
    "hashes",
    "decision",
    "log",
)


def _once(reader: Reader, number: str, make: Callable[[Unit], str]) -> str:
    """What `make` makes, once for each form: sent again as it was, it leads to the same receipt."""
    said = {name: values for name, values in reader.form.values.items() if name != FORM_FIELD}
    # A keyed hash: the plain one of a few words can be guessed.
    body = reader.parts.keyring.index("request", json.dumps(said, sort_keys=True))
    request = idempotency.Request("public", f"{number}:{body[-32:]}", "POST", reader.path, _digest(body))
    with reader.parts.database.unit() as unit:
        begun = idempotency.begin(unit, idempotency.to_start(request), now=reader.now)
        if isinstance(begun, Replay):
            return str(begun.response["id"])
        made = make(unit)
        idempotency.finish(unit, begun, status=303, response={"id": made})
        unit.commit()
    return made


def _digest(body: str) -> bytes:
    return hashlib.sha256(body.encode()).digest()


APPEALS = " appeals"
"""What is counted apart: behind one address stand many, and no report of a neighbour makes an author's appeal wait."""


def _hindrance(
    reader: Reader, number: str | None, fault: str, *, counted_as: str = "", is_about_life: bool = False
) -> Problem | None:
    """Why a form is shown again: it lay open for long, has a `fault`, or one place sends too many."""
    if number is None:
        return Problem("stale", 403)
    if fault:
        return Problem(fault, 422)
    wait = reader.parts.turnstile.wait(f"{reader.address}{counted_as}", reader.now, is_about_life=is_about_life)
    return Problem("wait_life" if is_about_life else "wait", 429, wait) if wait else None


def _words(sent: Mapping[str, str]) -> str:
    """As typed: a browser sends two characters for each new line."""
    return sent["text"].replace("\r\n", "\n")


def _missing(reader: Reader, sent: Mapping[str, str]) -> str:
    """What is wrong with a complaint at first sight: a word of `problem`, or empty."""
    if not 0 < len(sent["comment"]) <= MAX_ID:
        return "no_comment"
    if sent["kind"] not in reader.parts.rules.kinds:
        return "no_kind"
    return "text_too_long" if len(_words(sent)) > MAX_NOTE else ""


def _of_fault(error: FaultsError) -> str:
    where = next(iter(error.faults), Fault("", "")).where
    return {"/text": "text_odd", "/kind": "no_kind"}.get(where, "no_comment")


def _complaint_form(reader: Reader, sent: Mapping[str, str], problem: Problem = NONE) -> Response:
    return render(
        reader,
        "complain.html",
        status=problem.status,
        retry_after=problem.wait,
        sent={"comment": "", "kind": "", "text": "", **sent},
        problem=problem.word,
        minutes=max(1, -(-problem.wait // 60)),
        kinds=reader.parts.rules.kinds,
        form=reader.new_form(),
        max_note=MAX_NOTE,
        max_id=MAX_ID,
    )


def _appeal_form(
    reader: Reader,
    reference: str,
    sent: Mapping[str, str] | None = None,
    problem: Problem = NONE,
) -> Response:
    """What is appealed, and the form; or why it cannot be.

    Where an account is on a list and nothing else refused its comment, it is the entry: told as its notice has it.
    """
    found: Appealable | None = None
    why, listed, by_people = "", "", None
    try:
        with reader.parts.database.reading() as look:
            decision_id = receipts.decision_under(reader.parts.keyring, reference)
            if entry := account_appeals.entry_behind(look, decision_id, now=reader.now):
                account_appeals.check_entry(look, entry, now=reader.now)
                listed = " ".join(list_notices.sentences(entry, reader.locale, look.queues.redress))
            else:
                found = appeals.appealable(look, decision_id, reader.parts.rules, now=reader.now)
                one = acted.one(look, found.decision.id)
                by_people = carried_out.by_people(one, codes_of(one))
    except NotFoundError:
        return render(reader, "reference.html", status=404, problem="reference_unknown", reference=reference[:64])
    except NotAppealableError as error:
        why = error.why
    return render(
        reader,
        "contest.html",
        status=problem.status,
        retry_after=problem.wait,
        found=found,
        listed=listed,
        by_people=by_people,
        why=why,
        reasons=[] if found is None else _reasons(reader, found),
        sent=sent or {"text": ""},
        problem=problem.word,
        minutes=max(1, -(-problem.wait // 60)),
        reference=reference,
        days=reader.parts.rules.appeals.days,
        form=reader.new_form(),
        max_note=MAX_NOTE,
    )


def _reasons(reader: Reader, found: Appealable) -> list[str]:
    """What was found, in the reader's language: the words of who took a measure, a person's labels, the machine's."""
    if found.holds.taken is not None:
        return [reason_in(found.holds.taken, reader.locale)]
    if found.holds.verdict is not None:
        said = [reader.parts.taxonomy.find(code) for code in found.holds.verdict.codes]
        return [getattr(each.message, reader.locale) for each in said if each]
    told = [reason.message.get(reader.locale, reason.code) for reason in found.decision.decision.reasons]
    return list(dict.fromkeys(told))


def _to_receipt(reader: Reader, kind: str, record_id: str) -> Response:
    receipt = receipts.given_for(reader.parts.keyring, kind, record_id)
    return RedirectResponse(reader.url(f"/{kind}s/{receipt}"), status_code=303)


def _receipt(reader: Reader, find: Callable[[Reading], Status], template: str) -> Response:
    with reader.parts.database.reading() as look:
        status, redress = find(look), look.queues.redress
    return render(reader, template, **_told(reader, status, redress))


def _complaint(
    reader: Reader, receipt: str, sent: Mapping[str, str] | None = None, problem: Problem = NONE
) -> Response:  # fmt: skip
    """A complaint's receipt; while its answer can be contested with the form for it. Raises `NotFoundError`."""
    parts = reader.parts
    with parts.database.reading() as look:
        status = receipts.complaint_under(look, parts.keyring, receipt, parts.rules, now=reader.now)
        redress = look.queues.redress
    asked = {} if status.contest is None else _told(reader, status.contest)
    return render(
        reader,
        "complaint.html",
        status=problem.status,
        retry_after=problem.wait,
        receipt=receipt,
        contest_answer=asked.get("answer"),
        contest_first=asked.get("first_answer"),
        contest_reasons=asked.get("reasons"),
        contest_late=asked.get("late"),
        sent=sent or {"text": ""},
        problem=problem.word,
        minutes=max(1, -(-problem.wait // 60)),
        days=parts.rules.contest_days,
        form=reader.new_form(),
        max_note=MAX_NOTE,
        **_told(reader, status, redress),
    )


def _told(reader: Reader, status: Status, redress: Redress = account_notices.USUAL) -> dict[str, Any]:
    """What a receipt says, in the reader's language; `redress` says how a measure is contested."""
    taxonomy, locale = reader.parts.taxonomy, reader.locale
    known = [(found, ground) for code, ground in status.reasons if (found := taxonomy.find(code))]
    kind = reader.parts.rules.kinds.get(status.kind or "")
    return {
        "status_": status,
        "answer": status.answer and getattr(status.answer, locale),
        "first_answer": status.first_answer and getattr(status.first_answer, locale),
        "reasons": [(getattr(found.message, locale), ground) for found, ground in known],
        "kind": getattr(kind.title, locale) if kind else status.kind,
        "late": status.answered_at is None and status.due_at < reader.now,
        "told": status.measure and account_notices.notice(status.measure, redress)[locale],
        "taken": _notice_of_taken(status, redress, locale),
    }


def _notice_of_taken(status: Status, redress: Redress, locale: str) -> str:
    """Of the measure that is appealed, while it is in force; empty else, since the answer says what became of it."""
    if status.taken is None or status.taken.state is not MeasureState.IN_FORCE:
        return ""
    return account_notices.notice(status.taken, redress, status.cause)[locale]

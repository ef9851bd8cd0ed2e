"""What was decided, told over HTTP to keys of people and programs that decide cases themselves.

As in the console (`console/in_hand.py`): whoever is asked blind about a comment is not told, and whoever was told is
not asked afterwards, under their log-in or any key that is named after them. A platform's key, which never had a case
in hand, reads as it likes; who read a whole decision is traced all the same (`records/looks.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from moderation.errors import ForbiddenError
from records import comments, knowing
from records.unit_of_work import Reading
from records.waiting import ANEW, DISAGREEMENT
from review import copies
from serving.desk import Desk, Document, Things, answer
from serving.keys import ANYBODY, Caller, Scope

_DECIDE_FIRST = "You are asked about this comment without being told what was decided before: decide that case first."

SAID_TO_BE_BLIND = frozenset({*ANEW, DISAGREEMENT})
"""Why somebody is asked blind who knows that they are; whoever gives a second opinion does not know it."""

Told = tuple[Document, Collection[str]]
"""What is answered, and the ids of the comments of which it tells what was decided."""


Blind = Callable[[str, str | None], str | None]
"""Of a comment (its id and text) why the caller is asked about it, or about a text of which it is a copy, blind
(`records/waiting.py`); None where they are not."""

Find = Callable[[Reading, Blind], Told]
"""What is read, less what they must not know who are asked blind."""


async def tell(
    desk: Desk, request: Request, find: Find, *, listed: str | None = None, things: Things | None = None
) -> Response:
    """What `find` found. It counts for what is asked later too: of a line of a list, where another person decided.

    `listed`: of a list, what it lists; it leaves a trace as such (`Desk.traced_list`). `things`: what else than the
    comments leaves a trace.

    Raises `ForbiddenError` where the caller is asked blind about it.
    """
    caller = await desk.gate.require(request, Scope.RECORDS)
    document = await run_in_threadpool(_tell, desk, caller, find, listed is None, things)
    if listed is not None:
        await run_in_threadpool(desk.traced_list, caller, request, listed, document)
    return answer(document)


def _tell(desk: Desk, caller: Caller, find: Find, whole: bool, things: Things | None) -> Document:
    with desk.database.reading() as look:
        is_asked = caller is not ANYBODY and knowing.may_ever_be_asked(look, caller.name)
        asked = {each.comment_id: each.why for each in knowing.unsettled(look, caller.name)} if is_asked else {}
        blind = _blind(look, asked)
        document, told = find(look, blind)
        if whole and asked and any(blind(each, comments.get(look, each).text) for each in told):
            raise ForbiddenError(_DECIDE_FIRST)
        read = set(told) if whole or not is_asked else knowing.told_by(look, told, caller.name)
    if read and is_asked:
        with desk.database.unit() as unit:
            knowing.read(unit, read, caller.name, now=desk.now())
            unit.commit()
    opened = [("comment", each) for each in told] if things is None else things
    return desk.traced(caller, document, opened if whole else ())  # a list is no look at one, and noted as a list


def heard(desk: Desk, caller: Caller, comment_ids: Collection[str]) -> None:
    """Before something else is told, whole, that says what was decided about these: they know it from now on.

    Raises `ForbiddenError` where the caller is asked blind about one, or about a copy of it.
    """
    with desk.database.reading() as look:
        if not comment_ids or caller is ANYBODY or not knowing.may_ever_be_asked(look, caller.name):
            return
        blind = _blind(look, {each.comment_id: each.why for each in knowing.unsettled(look, caller.name)})
        if any(blind(each, comments.get(look, each).text) for each in comment_ids):
            raise ForbiddenError(_DECIDE_FIRST)
    with desk.database.unit() as unit:
        knowing.read(unit, comment_ids, caller.name, now=desk.now())
        unit.commit()


def open_account(desk: Desk, caller: Caller, indexes: Sequence[str]) -> None:
    """Before all that is held of an account (by its keyed hashes) is told: it holds what was decided of each comment.

    Raises `ForbiddenError` where the caller is asked blind about one; else they know it from now on.
    """
    with desk.database.reading() as look:
        if caller is ANYBODY or not knowing.may_ever_be_asked(look, caller.name):
            return
        mine = sorted({each.comment_id for each in knowing.unsettled(look, caller.name)})
        if knowing.written_by(look, mine, indexes):
            raise ForbiddenError(
                "You are asked about a comment of this account without being told what was decided before: decide "
                "that case first."
            )
        read = knowing.told_by_account(look, indexes, caller.name)
    if read:
        with desk.database.unit() as unit:
            knowing.read(unit, read, caller.name, now=desk.now())
            unit.commit()


def _blind(look: Reading, asked: Mapping[str, str]) -> Blind:
    """By the comments about which the caller is asked blind, and why: what was said of a copy is the answer."""
    if not asked:
        return lambda _, __: None
    found = copies.of_many(look, asked)
    return lambda comment_id, text: next((asked[each] for each in sorted(found.originals(comment_id, text))), None)

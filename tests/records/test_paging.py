"""Cursors: each is of one list, as it was asked for, and no other takes it."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Mapping
from datetime import timedelta

import pytest

import records
from moderation.errors import InvalidInputError
from records import (
    approvals,
    campaign_findings,
    cases,
    comments,
    decisions,
    emergencies,
    flaggers,
    holds,
    incidents,
    inspections,
    keys,
    ledger,
    ledger_pages,
    lists,
    measures,
    measures_listed,
    outbox,
    paging,
    report_floods,
    reporter_findings,
    returns,
    search,
    story,
    transcripts,
    users,
    webhooks,
)  # fmt: skip
from records.approvals import ApprovalState
from records.database import Database
from records.inspections import Within
from records.outbox import DeliveryState
from records.paging import encode, list_of
from records.personal import Keyring
from records.proving import Wanted
from records.report_floods import FloodState
from records.returns import ReturnState
from records.search import Sought
from records.standing_values import MeasureState
from records.story import Whose
from records.unit_of_work import Reading
from records.values import CaseState
from tests.records.databases import NOW
from tests.records.factories import a_comment, an_answer, put

List = Callable[[Reading, str | None], object]
OPEN, SHUT = (MeasureState.IN_FORCE,), (MeasureState.ENDED,)
HERE, THERE = Within(("news",), NOW, NOW + timedelta(1)), Within(None, NOW, NOW + timedelta(1))


def _lists(keyring: Keyring) -> Mapping[Callable[..., object], tuple[List, ...]]:
    """Every function that pages, as it is asked with and without filters."""
    return {
        approvals.page: (
            lambda look, at: approvals.page(look, cursor=at),
            lambda look, at: approvals.page(look, states=(ApprovalState.WAITING,), cursor=at),
        ),
        campaign_findings.page: tuple(
            lambda look, at, waiting=waiting: campaign_findings.page(look, waiting=waiting, cursor=at)  # type: ignore[misc]
            for waiting in (None, True, False)
        ),
        cases.page: (
            lambda look, at: cases.page(look, cursor=at),
            lambda look, at: cases.page(look, queue="news", cursor=at),
            lambda look, at: cases.page(look, label="news", cursor=at),
            lambda look, at: cases.page(look, state=CaseState.OPEN, cursor=at),
            lambda look, at: cases.page(look, comment_id="news", cursor=at),
        ),
        comments.of_thread: (
            lambda look, at: comments.of_thread(look, "t-1", cursor=at),
            lambda look, at: comments.of_thread(look, "t-2", cursor=at),
        ),
        comments.of_author: (lambda look, at: comments.of_author(look, keyring, "t-1", cursor=at),),
        decisions.page: (
            lambda look, at: decisions.page(look, cursor=at),
            lambda look, at: decisions.page(look, comment_id="a", cursor=at),
        ),
        emergencies.page: (lambda look, at: emergencies.page(look, cursor=at),),
        flaggers.page: (lambda look, at: flaggers.page(look, cursor=at),),
        holds.page: (lambda look, at: holds.page(look, cursor=at),),
        incidents.page: (lambda look, at: incidents.page(look, cursor=at),),
        inspections.page: (
            lambda look, at: inspections.page(look, cursor=at),
            lambda look, at: inspections.page(look, inspector="ivy", cursor=at),
        ),
        inspections.evidence: (
            lambda look, at: inspections.evidence(look, HERE, cursor=at),
            lambda look, at: inspections.evidence(look, THERE, cursor=at),
        ),
        keys.page: (lambda look, at: keys.page(look, cursor=at),),
        ledger.page: (
            lambda look, at: ledger.page(look, cursor=at),
            lambda look, at: ledger.page(look, subject_id="a", cursor=at),
        ),
        ledger_pages.leaf: (
            lambda look, at: ledger_pages.leaf(look, Wanted(), limit=5, cursor=at),
            lambda look, at: ledger_pages.leaf(look, Wanted(), actors=("a",), limit=5, cursor=at),
            lambda look, at: ledger_pages.leaf(look, Wanted(kinds=("a",)), limit=5, cursor=at),
            lambda look, at: ledger_pages.leaf(look, Wanted(since=NOW), limit=5, cursor=at),
        ),
        lists.page: (
            lambda look, at: lists.page(look, cursor=at),
            lambda look, at: lists.page(look, kind="domain", cursor=at),
            lambda look, at: lists.page(look, due_before=NOW, cursor=at),
        ),
        measures.page: (
            lambda look, at: measures.page(look, cursor=at),
            lambda look, at: measures.page(look, states=OPEN, cursor=at),
            lambda look, at: measures.page(look, author_id="a", cursor=at),
            lambda look, at: measures.page(look, thread_id="a", cursor=at),
        ),
        measures_listed.listed: (
            lambda look, at: measures_listed.listed(look, measures_listed.Asked(OPEN), limit=5, cursor=at),
            lambda look, at: measures_listed.listed(look, measures_listed.Asked(SHUT), limit=5, cursor=at),
            lambda look, at: measures_listed.listed(look, measures_listed.Asked(OPEN, "warn"), limit=5, cursor=at),
        ),
        outbox.page: (
            lambda look, at: outbox.page(look, DeliveryState.DEAD, cursor=at),
            lambda look, at: outbox.page(look, DeliveryState.WAITING, cursor=at),
            lambda look, at: outbox.page(look, DeliveryState.DEAD, endpoint_id="a", cursor=at),
        ),
        report_floods.page: (
            lambda look, at: report_floods.page(look, cursor=at),
            lambda look, at: report_floods.page(look, state=FloodState.WAITING, cursor=at),
        ),
        reporter_findings.page: (
            lambda look, at: reporter_findings.page(look, cursor=at),
            lambda look, at: reporter_findings.page(look, state=FloodState.WAITING, cursor=at),
        ),
        returns.page: (
            lambda look, at: returns.page(look, cursor=at),
            lambda look, at: returns.page(look, state=ReturnState.WAITING, cursor=at),
        ),
        search.find: (
            lambda look, at: search.find(look, Sought(), cursor=at),
            lambda look, at: search.find(look, Sought("下注"), cursor=at),
            lambda look, at: search.find(look, Sought(since=NOW), cursor=at),
        ),
        story.comment_ids: (
            lambda look, at: story.comment_ids(look, Whose(thread="a"), limit=5, cursor=at),
            lambda look, at: story.comment_ids(look, Whose(("a",)), limit=5, cursor=at),
        ),
        transcripts.page: (
            lambda look, at: transcripts.page(look, "t-1", cursor=at),
            lambda look, at: transcripts.page(look, "t-2", cursor=at),
        ),
        users.page: (lambda look, at: users.page(look, cursor=at),),
        webhooks.page: (lambda look, at: webhooks.page(look, cursor=at),),
    }  # fmt: skip


def _paged_in_records() -> set[Callable[..., object]]:
    modules = [importlib.import_module(f"records.{each.name}") for each in pkgutil.iter_modules(records.__path__)]
    found = {
        function
        for module in modules
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if not name.startswith("_") and function.__module__ == module.__name__
    }
    return {each for each in found if {"limit", "cursor"} <= set(inspect.signature(each).parameters)}


def test_every_list_is_walked_here(keyring: Keyring) -> None:
    assert _paged_in_records() - {paging.asked_of} == set(_lists(keyring))


def test_no_two_lists_have_one_mark(
    database: Database, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    marks: list[str] = []

    def noted(name: str, **asked: object) -> str:
        marks.append(list_of(name, **asked))
        return marks[-1]

    for each in pkgutil.iter_modules(records.__path__):
        module = importlib.import_module(f"records.{each.name}")
        if getattr(module, "list_of", None) is list_of:
            monkeypatch.setattr(module, "list_of", noted)
    told: list[str] = []
    with database.reading() as look:
        for ask in (ask for asked in _lists(keyring).values() for ask in asked):
            marks.clear()
            ask(look, None)
            told += set(marks)
    assert len(told) == len(set(told)) == sum(map(len, _lists(keyring).values()))


def test_a_cursor_of_another_list_is_refused_by_each(database: Database, keyring: Keyring) -> None:
    put(database, keyring, *(an_answer(a_comment(str(number), thread_id="t-9")) for number in range(2)))
    with database.reading() as look:
        theirs = transcripts.page(look, "t-9", limit=1).next_cursor
        assert theirs
        assert ["1"] == [line.text for line in transcripts.page(look, "t-9", cursor=theirs).items]
        for ask in (ask for asked in _lists(keyring).values() for ask in asked):
            for foreign in (theirs, encode("", "a"), encode("", 1.0, "a")):
                with pytest.raises(InvalidInputError) as refused:
                    ask(look, foreign)
                assert ["cursor"] == [fault.where for fault in refused.value.faults]


def test_the_order_of_what_is_asked_for_makes_no_other_list() -> None:
    assert list_of("a", states={"x", "y"}, by=None) == list_of("a", by=None, states={"y", "x"})
    assert "secret" not in list_of("secret", word="secret")

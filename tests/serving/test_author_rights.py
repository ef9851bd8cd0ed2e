"""What is held of an author is given out and erased over HTTP, with an entry in the ledger that names nobody."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from governance import access
from records import ledger, ledger_pages
from records.database import Database
from serving.errors import NotErasedError
from serving.examples import ERASURE
from serving.parts import utc_now
from serving.standing_answers import ErasureAnswer, ExportAnswer
from tests.serving.asking import CLEAN, question

Make = Callable[..., TestClient]
AUTHOR, PATH = "author-77-canary", "/v1/authors/author-77-canary"
WHY = "a letter of the second of March"


class Eraser:
    """Remembers whom it was told to erase; fails as often as it is told to."""

    def __init__(self, failing: int = 0) -> None:
        self.asked: list[tuple[str, str, str]] = []
        self.failing = failing

    def __call__(self, author: str, prefix: str, why: str) -> Mapping[str, Any]:
        self.asked.append((author, prefix, why))
        if len(self.asked) <= self.failing:
            raise NotErasedError("a disk is full")
        return ERASURE


@pytest.fixture
def keys(database: Database) -> dict[str, str]:
    with database.unit() as unit:
        made = {
            scope: access.create_key(unit, f"platform-{scope}", scopes=[scope], rate=None, now=utc_now())[1]
            for scope in ("admin", "records", "score")
        }
        unit.commit()
    return made


def told(client: TestClient, keys: dict[str, str], scope: str, method: str, path: str, **how: Any) -> Any:
    headers = {"authorization": f"Bearer {keys[scope]}", **how.pop("headers", {})}
    return client.request(method, path, headers=headers, **how)


def entries(database: Database) -> list[dict[str, Any]]:
    with database.reading() as look:
        ids = look.execute(text("SELECT id FROM ledger WHERE kind LIKE 'author.exported'")).scalars().all()
        return [ledger_pages.words_of(look, ledger.get(look, each)) for each in ids]


def test_all_that_is_held_is_given_out_and_the_ledger_says_that_it_was(
    make_client: Make, database: Database, keys: dict[str, str]
) -> None:
    client = make_client()
    for at in range(3):
        told(client, keys, "score", "POST", "/v1/score", json=question(CLEAN, id=f"c-{at}", author={"id": AUTHOR}))
    other = question("someone else", id="c-9", author={"id": "other"})
    told(client, keys, "score", "POST", "/v1/score", json=other)
    given = told(client, keys, "records", "GET", f"{PATH}/export", params={"reason": WHY})
    assert (200, "application/json") == (given.status_code, given.headers["content-type"])
    answer = ExportAnswer.model_validate(given.json())
    tables = [record["table"] for record in answer.records]
    assert (AUTHOR, 3, 3) == (answer.author, tables.count("comments"), tables.count("decisions"))
    assert "someone else" not in given.text
    (entry,) = entries(database)
    assert ("key", WHY, len(tables)) == (entry["actor"]["kind"], entry["reason"], entry["facts"]["records"])
    assert AUTHOR not in json.dumps(entry)


def test_of_whom_nothing_is_held_is_told_so(make_client: Make, keys: dict[str, str]) -> None:
    given = told(make_client(), keys, "records", "GET", "/v1/authors/nobody/export", params={"reason": WHY})
    assert {"author": "nobody", "records": []} == given.json()


@pytest.mark.parametrize("why", ["", f"{AUTHOR} asked for it"])
def test_a_reason_that_is_none_or_names_the_author_is_pointed_at(
    make_client: Make, database: Database, keys: dict[str, str], why: str
) -> None:
    eraser = Eraser()
    client = make_client(erase=eraser)
    given = told(client, keys, "records", "GET", f"{PATH}/export", params={"reason": why})
    gone = told(client, keys, "admin", "DELETE", PATH, json={"reason": why})
    assert (422, ["reason"]) == (given.status_code, [each["parameter"] for each in given.json()["errors"]])
    assert (422, ["/reason"]) == (gone.status_code, [each["pointer"] for each in gone.json()["errors"]])
    assert ([], []) == (entries(database), eraser.asked)


def test_an_author_is_erased_in_the_name_of_the_key(make_client: Make, keys: dict[str, str]) -> None:
    eraser = Eraser()
    gone = told(make_client(erase=eraser), keys, "admin", "DELETE", PATH, json={"reason": WHY})
    assert (200, ERASURE) == (gone.status_code, gone.json())
    ErasureAnswer.model_validate(gone.json())
    ((author, prefix, why),) = eraser.asked
    assert (AUTHOR, WHY) == (author, why)
    assert keys["admin"].startswith(f"ck_{prefix}_")


def test_who_reads_erases_nobody(make_client: Make, keys: dict[str, str]) -> None:
    eraser = Eraser()
    client = make_client(erase=eraser)
    assert 403 == told(client, keys, "records", "DELETE", PATH, json={"reason": WHY}).status_code
    assert 403 == told(client, keys, "score", "GET", f"{PATH}/export", params={"reason": WHY}).status_code
    assert [] == eraser.asked


def test_a_server_without_data_sets_says_where_to_erase(make_client: Make, keys: dict[str, str]) -> None:
    refused = told(make_client(), keys, "admin", "DELETE", PATH, json={"reason": WHY})
    assert (409, True) == (refused.status_code, "chaffinch erase" in refused.json()["detail"])


def test_repeated_with_its_key_it_is_done_once_and_what_failed_is_done_again(
    make_client: Make, database: Database, keys: dict[str, str]
) -> None:
    eraser = Eraser(failing=1)
    client = make_client(erase=eraser)
    once = {"json": {"reason": WHY}, "headers": {"idempotency-key": "e-1"}}
    answers = [told(client, keys, "admin", "DELETE", PATH, **once) for _ in range(3)]
    assert [503, 200, 200] == [each.status_code for each in answers]
    assert "goes on with what is still there" in answers[0].json()["detail"]
    assert "disk" not in answers[0].text
    assert answers[1].json() == answers[2].json()
    assert ("true", 2) == (answers[2].headers["idempotency-replayed"], len(eraser.asked))
    with database.reading() as look:
        kept = str(look.execute(text("SELECT * FROM idempotency")).all())
    assert AUTHOR not in kept

"""`chaffinch webhooks` as it is typed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from tests.chaffinch.conftest import Run
from tests.serving.webhooks.receiver import Receiver, Reply, receiving

NEAR = {"CHAFFINCH_WEBHOOK_HTTP": "true", "CHAFFINCH_WEBHOOK_NETWORKS": "127.0.0.0/8"}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


def told(run: Run, *arguments: str) -> Any:
    done = run("webhooks", *arguments, "--json", **NEAR)
    assert 0 == done.returncode, done.stderr
    return json.loads(done.stdout)


def test_an_endpoint_from_its_first_secret_to_its_end(run: Run, receiver: Receiver) -> None:
    added = told(run, "add", receiver.url, "--by", "mia", "--event", "decision.final")
    name = added["id"]
    assert told(run, "test", name)["taken"]
    [got] = receiver.got
    assert "webhook.test" == Webhook(added["secret"]).verify(got.body, dict(got.headers))["type"]
    rolled = told(run, "rotate", name, "--by", "mia", "--why", "yearly")["secret"]
    assert rolled != added["secret"]
    told(run, "test", name)
    for secret in (rolled, added["secret"]):
        assert Webhook(secret).verify(receiver.got[1].body, dict(receiver.got[1].headers))
    assert "disabled" == told(run, "disable", name, "--by", "mia", "--why", "moving")["state"]
    [row] = told(run, "list")
    assert ("disabled", ["decision.final"], "moving") == (row["state"], row["events"], row["disabled_why"])
    assert not {added["secret"], rolled} & {str(value) for value in row.values()}
    assert "enabled" == told(run, "enable", name, "--by", "mia", "--why", "moved")["state"]
    assert [] == told(run, "dead")
    assert 0 == told(run, "replay", name, "--by", "mia", "--all")["replayed"]
    assert "removed" == told(run, "remove", name, "--by", "mia", "--why", "closed")["state"]
    assert [] == told(run, "list")


def test_a_receiver_that_does_not_take_the_test_is_told_with_exit_1(run: Run, receiver: Receiver) -> None:
    receiver.behave = lambda _: Reply(401)
    name = told(run, "add", receiver.url, "--by", "mia")["id"]
    done = run("webhooks", "test", name, **NEAR)
    assert (1, True) == (done.returncode, "did not take it: answered 401" in done.stderr)
    done = run("webhooks", "test", name)
    assert (1, True) == (done.returncode, "not https" in done.stderr), "settings count at each sending"


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (("add", "https://localhost/x", "--by", "mia"), "CHAFFINCH_WEBHOOK_NETWORKS"),
        (("add", "http://hooks.example.com/x", "--by", "mia"), "CHAFFINCH_WEBHOOK_HTTP"),
        (("replay", "none", "--by", "mia"), "say --all"),
        (("rotate", "none", "--by", "mia", "--why", "x"), "no webhook endpoint none"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_sentence(run: Run, arguments: tuple[str, ...], fault: str) -> None:
    done = run("webhooks", *arguments)
    assert (1, True) == (done.returncode, fault in done.stderr), done.stderr
    assert "Traceback" not in done.stderr


def test_a_network_that_is_none_stops_the_command(run: Run) -> None:
    done = run("webhooks", "list", CHAFFINCH_WEBHOOK_NETWORKS="everywhere")
    assert (1, True) == (done.returncode, "everywhere" in done.stderr)

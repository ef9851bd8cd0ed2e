"""Clients that others wrote, with nothing changed but the address."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import akismet
import httpx
import openai
import pytest
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError

from tests.serving.processes import Server

DOCUMENT = "/$discovery/rest?version=v1alpha1"
BLOG, IP = "https://blog.example/", "192.0.2.7"
RUDE, CLEAN, ADVERT = "你这个混蛋", "今天的晚霞真好看", "百家乐带单回血，加薇bjl7712"
"""What the model finds abusive, what nobody minds, and what rules send to a person."""

MANY = "x" * 10_001


@contextmanager
def google(server: Server, key: str | None = None) -> Iterator[Any]:
    """`comments()` of the client that the published samples build."""
    client = build(
        "commentanalyzer",
        "v1alpha1",
        developerKey=key,
        discoveryServiceUrl=f"{server.address}{DOCUMENT}",
        static_discovery=False,
    )
    try:
        yield client.comments()
    finally:
        client.close()


def asking(text: str = CLEAN, *names: str, **more: Any) -> dict[str, Any]:
    """The body of `comments:analyze`."""
    wanted: dict[str, Any] = {name: {} for name in names or ("TOXICITY",)}
    return {"comment": {"text": text}, "requestedAttributes": wanted} | more


def value(answer: dict[str, Any], name: str = "TOXICITY") -> float:
    return float(answer["attributeScores"][name]["summaryScore"]["value"])


def refused(call: Any) -> tuple[int, str, str, list[dict[str, Any]]]:
    """(code, status, message, details) of a refusal by Google's client."""
    with pytest.raises(HttpError) as caught:
        call.execute()
    error = json.loads(caught.value.content)["error"]
    assert caught.value.resp.status == error["code"]
    return error["code"], error["status"], error["message"], error["details"]


@contextmanager
def openai_client(server: Server, key: str = "unused") -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{server.address}/v1", api_key=key, max_retries=0, timeout=60) as client:
        yield client


class ElsewhereTransport(httpx.HTTPTransport):
    """Sends what is meant for Akismet to another address: the client's own cannot be changed."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self._address = httpx.URL(address)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        here = self._address
        request.url = request.url.copy_with(scheme=here.scheme, host=here.host, port=here.port)
        request.headers["host"] = here.netloc.decode()
        return super().handle_request(request)


@contextmanager
def akismet_client(server: Server, key: str = "unused", blog: str = BLOG) -> Iterator[akismet.SyncClient]:
    """A client that has not asked whether its key is valid."""
    with httpx.Client(transport=ElsewhereTransport(server.address), timeout=60) as http:
        yield akismet.SyncClient(config=akismet.Config(key=key, url=blog), http_client=http)


def cases(server: Server) -> list[dict[str, Any]]:
    with server.client() as client:
        items: list[dict[str, Any]] = client.get("/v1/cases?limit=200").json()["items"]
    return items


def case_about(server: Server, text: str) -> dict[str, Any]:
    (found,) = [case for case in cases(server) if case["comment"]["text"] == text]
    return found

"""Spans: what a request waited for, in the trace that it came with, without a word of it; and nothing where off."""

from __future__ import annotations

import gzip
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from starlette.testclient import TestClient

from moderation.errors import ConfigError
from serving.tracing import NO_SPANS, OtelSpans, spans_to
from tests.serving.asking import CLEAN, score
from tests.serving.loaders import FakeLoader
from tests.serving.models import FaultyScorer

pytest.importorskip("opentelemetry.sdk", reason="the extra `otel` is not installed: make install")

from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
WITHIN = ("model.wait", "model.judge", "store.wait", "store.commit")
Make = Callable[..., TestClient]


@pytest.fixture
def sent() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def client(make_client: Make, sent: InMemorySpanExporter) -> TestClient:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(sent))
    return make_client(spans=OtelSpans(provider))


def by_name(sent: InMemorySpanExporter) -> dict[str, ReadableSpan]:
    return {span.name: span for span in sent.get_finished_spans()}


def test_a_request_s_span_goes_on_with_its_trace_and_holds_what_it_waited_for(
    client: TestClient, sent: InMemorySpanExporter
) -> None:
    score(client, headers={"traceparent": f"00-{TRACE}-{PARENT}-01", "x-request-id": "r-1"})
    found = by_name(sent)
    assert {"POST /v1/score", *WITHIN} == found.keys()
    whole = found["POST /v1/score"]
    assert whole.parent is not None
    assert (int(TRACE, 16), int(PARENT, 16)) == (whole.context.trace_id, whole.parent.span_id)
    told = {"http.request.method": "POST", "http.route": "/v1/score", "http.response.status_code": 200}
    assert told | {"chaffinch.request_id": "r-1"} == dict(whole.attributes or {})
    moments = [whole.start_time]
    for name in WITHIN:
        span = found[name]
        assert span.parent is not None
        assert whole.context.span_id == span.parent.span_id
        moments += [span.start_time, span.end_time]
    moments.append(whole.end_time)
    assert sorted(moments, key=lambda moment: moment or 0) == moments


def test_what_was_not_sampled_upstream_is_not_sent(client: TestClient, sent: InMemorySpanExporter) -> None:
    score(client, headers={"traceparent": f"00-{TRACE}-{PARENT}-00"})
    assert () == sent.get_finished_spans()


def test_no_span_holds_what_was_written_or_who_wrote_it(client: TestClient, sent: InMemorySpanExporter) -> None:
    score(client, "canary-text", id="canary-id", author={"id": "canary-author"})
    client.get("/v1/authors/canary-author")
    client.get("/v1/threads/canary-thread/transcript?cursor=canary-cursor")
    client.get("/canary-path")
    client.post("/v1/score", content='{"canary-json')
    told = "".join(span.to_json() for span in sent.get_finished_spans())
    assert {"GET /v1/authors/{author_id}", "GET /v1/threads/{thread_id}/transcript", "GET"} <= by_name(sent).keys()
    assert "canary" not in told


def test_a_failure_of_ours_is_marked_and_a_refusal_is_not(
    make_client: Make, client: TestClient, sent: InMemorySpanExporter, loader: FakeLoader
) -> None:
    client.get("/v1/decisions/no-such")
    assert StatusCode.UNSET is by_name(sent)["GET /v1/decisions/{decision_id}"].status.status_code
    loader.put_model(FaultyScorer())
    client.app.state.machinery.follower.look()  # type: ignore[attr-defined]
    score(client)
    client.get("/readyz")
    ready = by_name(sent)["GET /readyz"]
    assert (StatusCode.ERROR, None) == (ready.status.status_code, ready.status.description)


def test_off_there_are_none_and_asked_for_without_the_packages_it_is_a_clear_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert NO_SPANS is spans_to("", version="1")
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with pytest.raises(ConfigError, match=r"CHAFFINCH_TRACES.*pip install -e '\.\[serve,otel\]'"):
        spans_to("http://127.0.0.1:4318/v1/traces", version="1")


def test_spans_reach_a_collector_when_the_server_stops(make_client: Make) -> None:
    exporter = "opentelemetry.exporter.otlp.proto.http.trace_exporter"
    pytest.importorskip(exporter, reason="the extra `otel` is not installed: make install")
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    bodies: list[bytes] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            bodies.append(gzip.decompress(body) if self.headers.get("content-encoding") == "gzip" else body)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Collector) as collector:
        threading.Thread(target=collector.serve_forever, daemon=True).start()
        spans = spans_to(f"http://127.0.0.1:{collector.server_port}/v1/traces", version="1")
        client = make_client(spans=spans)
        assert 200 == score(client, CLEAN).status_code
        spans.stop()
        collector.shutdown()
    asked = ExportTraceServiceRequest.FromString(bodies[0])
    (resource,) = asked.resource_spans
    assert "chaffinch" in {
        each.value.string_value for each in resource.resource.attributes if each.key == "service.name"
    }
    assert {"POST /v1/score", *WITHIN} == {span.name for scope in resource.scope_spans for span in scope.spans}

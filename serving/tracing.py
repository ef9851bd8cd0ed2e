"""Spans of OpenTelemetry, where somebody asks for them: a request, and within it what it waited for.

Off, which is how it starts, nothing of OpenTelemetry is imported and a request pays for a call that does nothing. On,
a request's span goes on with the trace of its `traceparent`, and has within it

    model.wait    from joining the model's queue to its batch
    model.judge   the batch that it was judged in
    store.wait    from joining the writer's queue to its transaction
    store.commit  the transaction that it shares, to disk

No span holds a text, an id of the platform's, an address beyond its route, or a key.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Protocol

from starlette.datastructures import Headers
from starlette.types import Scope

from moderation.errors import ConfigError, Fault

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

NAME = "chaffinch"
SERVER_FAULT = 500

Ended = Callable[[int], None]
"""Told the status that a request was answered with."""


class Spans(Protocol):
    """Where spans go."""

    def request(self, scope: Scope, headers: Headers) -> AbstractContextManager[Ended]: ...  # noqa: D102
    def waited(self, queue: str, work: str, moments: list[float]) -> None:
        """Two spans of the request at hand: its wait, and the work it waited for.

        `moments` are `time.monotonic()` seconds: queued, begun, ended; those that never came are missing.
        """

    def stop(self) -> None:
        """Sends what is still here."""


class NoSpans:
    """Nobody asked for any."""

    def request(self, scope: Scope, headers: Headers) -> AbstractContextManager[Ended]:
        """Nothing."""
        return _NOTHING

    def waited(self, queue: str, work: str, moments: list[float]) -> None:
        """Nothing."""

    def stop(self) -> None:
        """Nothing."""


_NOTHING: AbstractContextManager[Ended] = nullcontext(lambda _: None)
NO_SPANS = NoSpans()


class OtelSpans:
    """To a provider of OpenTelemetry's SDK."""

    def __init__(self, provider: TracerProvider) -> None:
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        self._provider = provider
        self._tracer = provider.get_tracer(NAME)
        self._context = TraceContextTextMapPropagator()

    @contextmanager
    def request(self, scope: Scope, headers: Headers) -> Iterator[Ended]:
        """The span of one request or stream, from its arrival to the end of its answer."""
        from opentelemetry.trace import SpanKind, StatusCode

        method: str = scope.get("method", "WS")
        carrier = {name: headers[name] for name in ("traceparent", "tracestate") if name in headers}
        told = {"http.request.method": method, "chaffinch.request_id": scope["state"]["request_id"]}
        with self._tracer.start_as_current_span(
            method,
            self._context.extract(carrier),
            SpanKind.SERVER,
            attributes=told,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:

            def ended(status: int) -> None:
                if route := _route_of(scope):
                    span.update_name(f"{method} {route}")
                    span.set_attribute("http.route", route)
                span.set_attribute("http.response.status_code", status)
                if status >= SERVER_FAULT:
                    span.set_status(StatusCode.ERROR)

            yield ended

    def waited(self, queue: str, work: str, moments: list[float]) -> None:
        """As `Spans` says; a wait that never came to its work ends now."""
        from opentelemetry.trace import get_current_span

        if not get_current_span().is_recording():
            return
        since = time.time_ns() - time.monotonic_ns()
        queued, *rest = (since + int(moment * 1e9) for moment in moments)
        begun = rest[0] if rest else time.time_ns()
        self._tracer.start_span(queue, start_time=queued).end(begun)
        if len(rest) > 1:
            self._tracer.start_span(work, start_time=begun).end(rest[1])

    def stop(self) -> None:
        """Sends what is still here."""
        self._provider.shutdown()


def _route_of(scope: Scope) -> str:
    """The pattern of the address that answered, with no name of anybody in it; empty where none did.

    FastAPI says it of its own routes alone.
    """
    chosen = scope.get("route")
    if chosen is None and "endpoint" in scope:
        routes = scope["app"].router.routes
        chosen = next((each for each in routes if getattr(each, "endpoint", None) == scope["endpoint"]), None)
    path = getattr(chosen, "path", "")
    return f"{scope.get('root_path', '')}{path}" if path else ""


def spans_to(endpoint: str, *, version: str) -> Spans:
    """Spans sent by OTLP over HTTP to `endpoint`; none where it is empty.

    OpenTelemetry's own variables hold beside it (`OTEL_SERVICE_NAME`, `OTEL_TRACES_SAMPLER`, `OTEL_BSP_*`, ...).
    Raises `ConfigError` where its packages are not installed.
    """
    if not endpoint:
        return NO_SPANS
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        detail = f"asks for spans, and OpenTelemetry is not installed ({error.name}): pip install -e '.[serve,otel]'"
        raise ConfigError("Spans cannot be sent.", [Fault("CHAFFINCH_TRACES", detail)]) from error
    name = os.environ.get("OTEL_SERVICE_NAME", NAME)
    provider = TracerProvider(resource=Resource.create({"service.name": name, "service.version": version}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))
    return OtelSpans(provider)

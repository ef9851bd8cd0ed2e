"""What Prometheus scrapes at `/metrics`; the names are the contract's (API.md)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

from moderation.decision import Decision, Outcome
from moderation.drift import Drift
from moderation.language import LATIN_LANGUAGES
from moderation.pipeline import Engine, Reading
from records.cases import Depth
from records.house_values import EndpointRecord
from records.outbox import Backlog
from records.shadow import ShadowRun
from records.worker_chores import ChoreRecord
from serving.shared_metrics import Together

CONTENT_TYPE = CONTENT_TYPE_LATEST
_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
_LANGUAGES = {*LATIN_LANGUAGES, "ja", "ko", "zh", "th", "ru", "ar", "hi", "und"}
_OTHER = "other"
"""For languages that a client made up: a label of a metric must have few values."""


class Metrics:
    """One registry an application, so that two in one process do not share counts."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.together: Together | None = None
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self._seconds = Histogram(
            "chaffinch_score_seconds",
            "From a request's arrival to its decision, by the tier that answered.",
            ["tier"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._decisions = Counter(
            "chaffinch_decisions",
            "Decisions given, by outcome, by the label of the severest reason, by language.",
            ["decision", "label", "lang"],
            registry=self.registry,
        )
        self._degraded = self._counter("chaffinch_degraded", "Decisions for which a part did not answer.", "part")
        self._refused = self._counter("chaffinch_refused", "Requests refused for want of room.", "part")
        self._unavailable = self._counter(
            "chaffinch_unavailable", "Requests answered 503, since a part did not answer.", "part"
        )
        self._streams = self._counter("chaffinch_streams_closed", "Streams that ended, by close code.", "code")
        self._cut = self._counter("chaffinch_streams_cut", "Streams whose client did not go and was cut off.", "code")
        self._reloads = self._counter("chaffinch_reload_failures", "New parts that could not be loaded.", "part")
        self._rules = Counter(
            "chaffinch_rule_hits",
            "Comments that a rule hit, by its id and state; those in the shadow decide nothing.",
            ["rule", "state"],
            registry=self.registry,
        )
        self._lists = Counter(
            "chaffinch_list_hits",
            "Comments in which an entry of a list was met, by what it is about and what it does.",
            ["kind", "action"],
            registry=self.registry,
        )
        self._depth = self._gauge("chaffinch_queue_depth", "Cases that wait for a person.", "queue")
        self._age = self._gauge("chaffinch_queue_age_seconds", "Age of the oldest case that waits.", "queue")
        self._model = self._gauge("chaffinch_model_info", "1 for the model that answers now.", "name", "version")
        self._drift = self._gauge(
            "chaffinch_drift_psi",
            "Population stability index of the last day's scores, and of its languages, against the bundle's.",
            "label",
        )
        self._shadow = self._gauge(
            "chaffinch_shadow_decisions",
            "Answers that the challenger was drawn for: agreed, differed, or left_out.",
            "version",
            "result",
        )
        self._shadow_fault = self._gauge(
            "chaffinch_shadow_fault", "1 for a challenger that cannot be loaded.", "version"
        )

        self._webhooks = self._gauge(
            "chaffinch_webhook_deliveries",
            "Sendings of all workers since the endpoint was added: events delivered, tries that failed, events that "
            "were given up.",
            "endpoint",
            "outcome",
        )
        self._outbox = self._gauge("chaffinch_webhook_outbox", "Events that wait to be sent.", "endpoint")
        self._outbox_age = self._gauge(
            "chaffinch_webhook_outbox_age_seconds", "Age of the oldest event that waits to be sent.", "endpoint"
        )

        self._chore_failures = self._gauge(
            "chaffinch_worker_chore_failures", "How often a chore of the workers failed, of all of them.", "chore"
        )
        self._chore_failing = self._gauge(
            "chaffinch_worker_chore_failing_seconds",
            "For how long a chore of the workers has failed and nobody did it; 0 where it is done.",
            "chore",
        )
        self._chore_done = self._gauge(
            "chaffinch_worker_chore_last_success_seconds", "Seconds since any worker did the chore.", "chore"
        )

    def _counter(self, name: str, words: str, label: str) -> Counter:
        return Counter(name, words, [label], registry=self.registry)

    def _gauge(self, name: str, words: str, *labels: str) -> Gauge:
        return Gauge(name, words, labels, registry=self.registry)

    def watch(self, part: str, waiting: Callable[[], int]) -> None:
        """Shows how many requests wait for a part of this process."""
        gauge = Gauge(f"chaffinch_{part}_waiting", f"Requests that wait for the {part}.", registry=self.registry)
        gauge.set_function(waiting)

    def packs(self, differ: Callable[[], bool]) -> None:
        """Shows whether this process's disk has other packs than those in force, and waits for somebody's word."""
        words = "1 where the disk has other packs than those in force, which nobody brought in."
        Gauge("chaffinch_packs_differ", words, registry=self.registry).set_function(lambda: float(differ()))

    def disks(self, names: Sequence[str], free: Callable[[str], float]) -> None:
        """Shows how many bytes are free in the folders that answers need."""
        room = self._gauge("chaffinch_disk_free_bytes", "Bytes free in the folder of what is kept.", "folder")
        for name in names:
            room.labels(name).set_function(partial(free, name))

    def streams(self, are_open: Callable[[], int]) -> None:
        """Shows how many streams are open in this process."""
        Gauge("chaffinch_streams", "Streams that are open.", registry=self.registry).set_function(are_open)

    def stream_closed(self, code: int) -> None:
        """Counts a stream's end."""
        self._streams.labels(str(int(code))).inc()

    def stream_cut(self, code: int) -> None:
        """Counts a stream's client who did not read its end."""
        self._cut.labels(str(int(code))).inc()

    def decided(self, decision: Decision, seconds: float) -> None:
        """Counts an answer."""
        label = decision.reasons[0].code if decision.outcome is not Outcome.PASS and decision.reasons else "none"
        lang = decision.language if decision.language in _LANGUAGES else _OTHER
        self._seconds.labels(decision.versions.tier).observe(seconds)
        self._decisions.labels(decision.outcome.value, label, lang).inc()
        for part in decision.missing:
            self._degraded.labels(part).inc()

    def found(self, reading: Reading) -> None:
        """Counts what rules and lists found, rules in the shadow too."""
        for hit in (*reading.hits, *reading.shadow_hits):
            self._rules.labels(hit.rule.id, hit.rule.state.value).inc()
        for met in reading.listed:
            self._lists.labels(met.entry.kind, met.entry.action.value).inc()

    def refused(self, part: str) -> None:
        """Counts a 429."""
        self._refused.labels(part).inc()

    def unavailable(self, part: str) -> None:
        """Counts a 503."""
        self._unavailable.labels(part).inc()

    def reload_failed(self, part: str) -> None:
        """Counts a new part that was refused."""
        self._reloads.labels(part).inc()

    def answers_with(self, engine: Engine) -> None:
        """Shows the model that is live."""
        self._model.clear()
        self._model.labels(engine.scorer.name, engine.scorer.version).set(1)

    def queues(self, depths: Sequence[Depth], now: datetime) -> None:
        """Shows what waits for people."""
        self._depth.clear()
        self._age.clear()
        for depth in depths:
            self._depth.labels(depth.queue).set(depth.waiting)
            self._age.labels(depth.queue).set((now - depth.oldest).total_seconds())

    def drifts(self, found: Mapping[str, Drift]) -> None:
        """Shows what a worker computed; a name that it no longer found is no longer shown."""
        self._drift.clear()
        for name, each in found.items():
            self._drift.labels(name).set(each.psi)

    def shadowed(self, run: ShadowRun | None) -> None:
        """Shows how far the challenger is that worked last, in whichever process."""
        self._shadow.clear()
        self._shadow_fault.clear()
        if run is None:
            return
        counts = {"agreed": run.agreed, "differed": run.scored - run.agreed, "left_out": run.left_out}
        for result, count in counts.items():
            self._shadow.labels(run.version, result).set(count)
        self._shadow_fault.labels(run.version).set(run.fault is not None)

    def webhooks(self, endpoints: Sequence[EndpointRecord], backlog: Sequence[Backlog], now: datetime) -> None:
        """Shows what was sent, by whichever worker, and what waits; an endpoint that is gone is no longer shown."""
        for gauge in (self._webhooks, self._outbox, self._outbox_age):
            gauge.clear()
        for each in endpoints:
            counts = {"delivered": each.delivered, "failed": each.failed, "dead": each.died}
            for outcome, count in counts.items():
                self._webhooks.labels(each.id, outcome).set(count)
            self._outbox.labels(each.id).set(0)
            self._outbox_age.labels(each.id).set(0)
        for waits in backlog:
            self._outbox.labels(waits.endpoint_id).set(waits.waiting)
            self._outbox_age.labels(waits.endpoint_id).set(max(0.0, (now - waits.oldest).total_seconds()))

    def chores(self, records: Sequence[ChoreRecord], now: datetime) -> None:
        """Shows how the workers' chores go, in whichever process; one never done has no last success."""
        for gauge in (self._chore_failures, self._chore_failing, self._chore_done):
            gauge.clear()
        for each in records:
            self._chore_failures.labels(each.chore).set(each.failures)
            self._chore_failing.labels(each.chore).set(_seconds_since(each.failing_since, now))
            if each.done_at is not None:
                self._chore_done.labels(each.chore).set(_seconds_since(each.done_at, now))

    def leave(self) -> None:
        """Where there are other processes, they are told this one's figures."""
        if self.together is not None:
            self.together.leave(generate_latest(self.registry))

    def text(self) -> bytes:
        """The exposition, of all processes of this server."""
        own = generate_latest(self.registry)
        return own if self.together is None else self.together.added_up(own)


def _seconds_since(moment: datetime | None, now: datetime) -> float:
    return 0.0 if moment is None else max(0.0, (now - moment).total_seconds())

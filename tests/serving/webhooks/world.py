"""A courier over a real database, with endpoints, events and a clock that tests set."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import ip_network
from typing import Any

from governance import webhooks as governing
from governance.events import DECISION_FINAL
from governance.targets import Targets
from governance.webhooks import Wish
from records import outbox, webhooks
from records.database import Database
from records.house_values import DeliveryRecord, DeliveryState, EndpointRecord
from records.outbox import NewEvent
from records.personal import Keyring
from serving.parts import utc_now
from serving.webhooks.courier import Courier
from serving.webhooks.sending import Resolve, Sender

NEAR = Targets((ip_network("127.0.0.0/8"),), http=True)
"""Lets webhooks go to this machine, unencrypted."""


@dataclass
class Clock:
    ahead: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        return utc_now() + self.ahead


@dataclass
class World:
    database: Database
    keyring: Keyring
    keys: Callable[[], Keyring]
    """Opens them as a worker does."""
    clock: Clock = field(default_factory=Clock)
    targets: Targets = NEAR
    resolve: Resolve | None = None
    seconds: float = 60.0
    """For one request: no test waits for it but those that are about it."""

    def endpoint(self, url: str, *events: str) -> tuple[EndpointRecord, str]:
        with self.database.unit() as unit:
            wish = Wish(url, events, by="mia")
            made = governing.add(unit, wish, targets=NEAR, keyring=self.keyring, now=self.clock())
            unit.commit()
        return made

    def events(self, count: int = 1, **data: Any) -> list[str]:
        """Puts so many events into the outbox; their ids."""
        with self.database.unit() as unit:
            ids = [
                outbox.put(unit, NewEvent(DECISION_FINAL, f"v-{n}", {"n": n, **data}, self.clock()), now=self.clock())
                for n in range(count)
            ]
            unit.commit()
        return [found for found in ids if found is not None]

    def courier(self, owner: str = "one") -> Courier:
        def sender() -> Sender:
            return Sender(self.targets, resolve=self.resolve, seconds=self.seconds)

        return Courier(self.database, lambda: self.keys(), sender, owner=owner, now=self.clock, every=0.02)  # noqa: PLW0108 - a test may change them

    @contextmanager
    def sending(self, owner: str = "one") -> Iterator[Courier]:
        courier = self.courier(owner)
        courier.start()
        try:
            yield courier
        finally:
            courier.stop()

    def of(self, endpoint_id: str) -> EndpointRecord:
        with self.database.reading() as look:
            found = webhooks.find(look, endpoint_id)
        assert found is not None
        return found

    def states(self) -> dict[str, int]:
        return {state.value: len(self.all_in(state)) for state in DeliveryState if self.all_in(state)}

    def all_in(self, state: DeliveryState) -> Sequence[DeliveryRecord]:
        with self.database.reading() as look:
            return outbox.page(look, state, limit=200).items

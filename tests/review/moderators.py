"""Run by `test_many_moderators.py`: moderators at work in one process, who may be killed at any point.

Each asks, with a skill and a limit, for the next case and one ahead of it, decides, and prints the case's id once its
verdict is committed. Some leave a case until its lease ran out and decide it too late, some skip, some send a verdict
twice at once, some are unsure, and some take a verdict back and give it again.
"""

from __future__ import annotations

import random
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from moderation.errors import ConflictError, NotFoundError, PartUnavailableError
from records.cases import Wanted
from records.database import Database
from records.values import CaseRecord, Judgement, VerdictKind
from review import exposure, queue
from review.exposure import Wellness
from review.queue import Skip
from review.verdicts import give_verdict, undo
from tests.records.factories import NAMES

LEASE = timedelta(seconds=1.5)
queue.AHEAD_FOR = timedelta(seconds=0.5)  # the case in hand runs out so much before the one ahead of it
REJECT = Judgement(VerdictKind.REJECT, ("gambling",))
ANYTHING = Wanted(languages=("zh",))
WELLNESS = Wellness(worst_an_hour=1_000_000, in_a_row=5)


@dataclass
class Moderator:
    name: str
    database: Database
    chance: random.Random

    def work(self) -> None:
        while True:
            case = None
            with suppress(PartUnavailableError):  # the database was busy for a minute: asked again, as people do
                case = self.next()
            if case is None:
                time.sleep(0.2)
                continue
            with suppress(
                ConflictError, NotFoundError, PartUnavailableError
            ):  # it went on without us: what leases and tokens are for
                self.handle(case)

    def next(self) -> CaseRecord | None:
        with self.database.unit() as unit:
            now = datetime.now(UTC)
            wish = exposure.spared(unit, self.name, ANYTHING, WELLNESS, now=now)[-1]
            case = queue.next_of(unit, self.name, wish, now=now, lease=LEASE)
            if case is not None:
                queue.ahead_of(unit, self.name, case, wish, now=now, lease=LEASE)
            unit.commit()
        return case

    def handle(self, case: CaseRecord) -> None:
        drawn = self.chance.random()
        if drawn < 0.04:
            time.sleep(LEASE.total_seconds() * 1.2)
            self.decide(case)
        elif drawn < 0.08:
            self.skip(case)
        elif drawn < 0.12:
            both = [threading.Thread(target=self.try_to_decide, args=(case,)) for _ in range(2)]
            for one in both:
                one.start()
            for one in both:
                one.join()
        elif drawn < 0.15:
            self.take_back(case)
        else:
            self.decide(case)

    def try_to_decide(self, case: CaseRecord) -> None:
        with suppress(ConflictError, NotFoundError, PartUnavailableError):
            self.decide(case)

    def decide(self, case: CaseRecord, judgement: Judgement = REJECT) -> None:
        now = datetime.now(UTC)
        with self.database.unit() as unit:
            give_verdict(unit, NAMES, case.id, judgement, moderator=self.name, token=case.lease_token, now=now)
            unit.commit()
        if judgement.verdict is not VerdictKind.UNSURE:
            sys.stdout.write(f"{case.id}\n")
            sys.stdout.flush()

    def skip(self, case: CaseRecord) -> None:
        with self.database.unit() as unit:
            now = datetime.now(UTC)
            queue.skip(unit, case.id, self.name, case.lease_token, why=Skip.LATER, now=now)
            unit.commit()

    def take_back(self, case: CaseRecord) -> None:
        now = datetime.now(UTC)
        with self.database.unit() as unit:
            unsure = Judgement(VerdictKind.UNSURE)
            give_verdict(unit, NAMES, case.id, unsure, moderator=self.name, token=case.lease_token, now=now)
            unit.commit()
        with self.database.unit() as unit:
            again = undo(unit, case.id, moderator=self.name, now=datetime.now(UTC), lease=LEASE)
            unit.commit()
        self.decide(again)


def main(url: str, first: int, count: int, seed: int) -> None:
    database = Database(url, busy_seconds=60)
    for number in range(first, first + count):
        moderator = Moderator(f"m{number}", database, random.Random(1000 * seed + number))
        threading.Thread(target=moderator.work).start()


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))

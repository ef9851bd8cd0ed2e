"""How long texts and pseudonyms are kept: by surface and kind, as `configs/retention.toml` says.

What is older is erased in small units, so a run that is cut off goes on where it stopped when it is run again. What
people still look at stays until they decided, and what is held for an authority (`governance/holds.py`) as long as it
is; how much that is the entry of the run says. Each unit has its entry, in its own transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

from pydantic import Field

from governance import erasure, house_words, recommendations
from moderation.taxonomy import Words
from moderation.toml import StrictModel, parse_file
from records import erasing, exposures, kept, ledger, looks, quotations, search, words_of_house
from records.database import Database
from records.erased import NAMES
from records.erasing import Erased
from records.ledger import Actor, Entry
from records.unit_of_work import Reading

FILE = "retention.toml"
ERASED, RAN = "retention.erased", "retention.ran"
"""Entries: a step of a run that erased something, and a run that came to its end."""

SURFACES = ("news", "forum", "live")
KINDS = ("comment", "reply", "danmaku", "nickname", "bio")

_BY = Actor("system", "retention")

Days = Annotated[int, Field(ge=0, le=36_500)]
Progress = Callable[[str, int], None]


class Keep(StrictModel):
    """Comments of one surface and kind are kept for so many days after they were last stored; 0: for good."""

    surface: str = Field(pattern=f"^({'|'.join(SURFACES)})$")
    kind: str = Field(pattern=f"^({'|'.join(KINDS)})$")
    days: Days


class Otherwise(StrictModel):
    """Of whatever no other table names."""

    days: Days = 0


class Standing(StrictModel):
    """Of an account that is erased while it is closed, suspended or on the blacklist."""

    days: Annotated[int, Field(ge=1, le=36_500)] = kept.DAYS
    """How long the keyed hashes that hold it are kept where measure or entry has no end of its own."""


class Traces(StrictModel):
    """Of traces of who opened what outside of their cases."""

    days: Annotated[int, Field(ge=7, le=36_500)] = 365
    """How long single looks are kept; the ledger keeps their number."""


class Reasons(StrictModel):
    """Of why an account was erased, or its records given out, in the words of who ordered it."""

    days: Annotated[int, Field(ge=1, le=36_500)] = kept.DAYS
    """How long these words are kept; the ledger commits to them, and says that they went."""


class Retention(StrictModel):
    """`retention.toml`."""

    otherwise: Otherwise = Otherwise()
    standing: Standing = Standing()
    looks: Traces = Traces()
    reasons: Reasons = Reasons()
    keep: tuple[Keep, ...] = ()

    def days(self, surface: str, kind: str) -> int:
        """How long; 0: for good."""
        found = [each.days for each in self.keep if (each.surface, each.kind) == (surface, kind)]
        return found[-1] if found else self.otherwise.days


@dataclass(frozen=True, slots=True)
class Old:
    """Comments that are older than they may be."""

    surface: str
    kind: str
    days: int
    before: datetime
    comments: int


def load_retention(configs: Path) -> Retention:
    """The rules; where there is no file everything is kept. Raises `ConfigError` with every fault."""
    path = configs / FILE
    return parse_file(Retention, path) if path.exists() else Retention()


def told(rules: Retention) -> Words:
    """How long what is kept, in words for the public."""
    zh = [f"{_ZH[each.surface]}的{_ZH[each.kind]}{_days_zh(each.days)}" for each in rules.keep]
    en = [f"{each.kind} on {each.surface}: {_days_en(each.days)}" for each in rules.keep]
    rest_zh, rest_en = ("其余", "everything else: ") if rules.keep else ("", "")
    return Words(
        zh="，".join([*zh, f"{rest_zh}{_days_zh(rules.otherwise.days)}"]),
        en="; ".join([*en, f"{rest_en}{_days_en(rules.otherwise.days)}"]),
    )


_ZH = {
    "news": "新闻", "forum": "论坛", "live": "直播", "comment": "评论", "reply": "回复", "danmaku": "弹幕",
    "nickname": "昵称", "bio": "简介",
}  # fmt: skip


def _days_zh(days: int) -> str:
    return f"保留 {days} 天" if days else "没有期限"


def _days_en(days: int) -> str:
    return f"{days} days after it was last stored" if days else "without a limit"


def due(look: Reading, rules: Retention, *, now: datetime) -> list[Old]:
    """What a run would erase."""
    found = [
        Old(surface, kind, days, before, erasing.count_older(look, surface, kind, before, now=now))
        for surface, kind, days, before in _bounds(rules, now)
    ]
    return [old for old in found if old.comments]


def held(look: Reading, rules: Retention, *, now: datetime) -> dict[str, int]:
    """How many comments are older than they may be and stay all the same, since they are held; by surface and kind."""
    counts = {
        f"{surface} {kind}": erasing.count_held(look, surface, kind, before, now=now)
        for surface, kind, _days, before in _bounds(rules, now)
    }
    return {what: many for what, many in counts.items() if many}


def run(
    database: Database,
    rules: Retention,
    *,
    now: datetime,
    os_user: str | None = None,
    progress: Progress = lambda _what, _done: None,
) -> list[Old]:
    """Erases what is older than it may be; how much of each."""
    erased: list[Old] = []
    quotations.catch_up_all(database)
    for surface, kind, days, before in _bounds(rules, now):
        total = Erased()
        while True:
            with database.reading() as look:
                coming = erasing.next_older(look, surface, kind, before, now=now)
            search.thin_out(database, coming)
            with database.unit(os_user=os_user) as unit:
                done = erasing.erase_older(unit, surface, kind, before, now=now)
                if done.comments:
                    old = Old(surface, kind, days, before, done.comments)
                    ledger.append(unit, _entry(old), now=now)
                unit.commit()
            total += done
            progress(f"{surface} {kind}", total.comments)
            if not done.comments:
                break
        if total.comments:
            erased.append(Old(surface, kind, days, before, total.comments))
    _release(database, now, os_user)
    _forget_reasons(database, rules.reasons.days, now, os_user)
    old_looks = now - timedelta(days=rules.looks.days)
    with database.unit(os_user=os_user) as unit:
        recommendations.end_unshown(unit, now=now)
        looks.count_days(unit, now=now)
        looks.forget(unit, before=old_looks.date(), now=now)
        exposures.forget_before(unit, old_looks)
        ledger.append(unit, _ended(erased, held(unit, rules, now=now)), now=now)
        unit.commit()
    return erased


def _release(database: Database, now: datetime, os_user: str | None) -> None:
    """Lets go what was kept of erased accounts, where its time is over or nothing holds them any more."""
    with database.reading() as look:
        over = kept.due(look, now=now)
    for author_id in over:
        with database.unit(os_user=os_user) as unit:
            erasure.release(unit, author_id, by=_BY, why="what was kept of an erased account is over", now=now)
            unit.commit()


def _forget_reasons(database: Database, days: int, now: datetime, os_user: str | None) -> None:
    """Removes why accounts were erased and records given out, some at a time; an entry says so of each."""
    over = now - timedelta(days=days)
    done = 1
    while done:
        with database.unit(os_user=os_user) as unit:
            old = words_of_house.too_old(unit, over)
            for each in old:
                house_words.forget_old(unit, each, by=_BY, days=days, now=now)
            unit.commit()
        done = len(old)


def _bounds(rules: Retention, now: datetime) -> Iterator[tuple[str, str, int, datetime]]:
    for surface in SURFACES:
        for kind in KINDS:
            if days := rules.days(surface, kind):
                yield surface, kind, days, now - timedelta(days=days)


def _ended(erased: list[Old], stays: dict[str, int]) -> Entry:
    facts = {"erased": {f"{each.surface} {each.kind}": each.comments for each in erased}, "held": stays}
    return Entry(RAN, _BY, "retention", "retention", "every period was looked at", FILE, facts=facts)


def _entry(old: Old) -> Entry:
    facts = {"kind": old.kind, "days": old.days, "before": old.before.isoformat(), "comments": old.comments, **NAMES}
    reason = f"kept for {old.days} days"
    return Entry(ERASED, _BY, "surface", old.surface, reason, FILE, facts=facts)

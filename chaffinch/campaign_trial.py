"""Campaigns tried: made-up worlds, and real texts, through the code that runs in service, on records of their own.

Comments are read, counted, stored and collected by `serving/watcher.py` and `governance/`, and weighed as the worker
weighs them; only what model and rules would say of a comment is drawn (`campaign_worlds.py`). What is asked: of the
bursts, how many are found; of what is found, how much is one; and whose hand is said to be behind it.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from chaffinch.campaign_worlds import HARDER, KINDS, TRUTH, Posted, Texts, World, make
from governance import campaign_findings
from moderation.behaviour.hands import Hand
from moderation.comment import Author, Client, Comment, Context
from moderation.contacts import find_contacts
from moderation.decision import Decision, Outcome, Reason, Source, Versions
from moderation.normaliser import normalise
from moderation.rules.backtest import Share
from records import campaign_findings as findings
from records import campaigns, comments
from records.database import Database
from records.ids import new_id
from records.personal import Keyring, open_keyring
from records.storing import Answered, store_decisions
from serving.watcher import Watcher

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
APART = timedelta(days=40)
"""Between two worlds: what was known of one is nothing to the next."""

TURN = 60.0
"""Seconds of a world that are stored together, after which the worker has its turn."""

REAL_AN_HOUR, THREADS, LONGEST = 1500, 12, 200
"""Of real messages: how many come within an hour, in how many threads, and how much is read of one."""

_VERSIONS = Versions("trial", "0", "none", "trial", "default@1", "1", "1")
_INSULT = Reason("abuse", Source.MODEL, Outcome.REVIEW, {}, "trial")

USUAL = tuple(kind for kind in KINDS if kind not in HARDER)

Told = Callable[[int, int], None]
"""Hears how many worlds of how many are done."""


@dataclass(frozen=True, slots=True)
class Found:
    """A campaign that was found in a world: how many of its comments belong to the burst, and what its signs said."""

    kind: str
    burst: int
    comments: int
    hand: Hand
    confidence: str

    @property
    def is_right(self) -> bool:
        """Whether it is about the burst: at least half of its comments are."""
        return 2 * self.burst >= self.comments > 0 and TRUTH[self.kind] is not None


@dataclass(frozen=True, slots=True)
class Tried:
    """Of one kind: worlds, those whose burst was found, and what was said of who is behind it, by world."""

    kind: str
    worlds: int
    found: int
    said: Counter[Hand]

    @property
    def recall(self) -> Share:
        """Bursts that were found."""
        return Share(self.found, self.worlds)

    @property
    def named(self) -> Share:
        """Of those found, the ones whose hand was said rightly."""
        truth = TRUTH[self.kind]
        return Share(self.said[truth] if truth else 0, self.found)


@dataclass(frozen=True, slots=True)
class Trial:
    """All of it. `precision`: campaigns that are about a burst; `words`: how often each hand was said rightly."""

    seed: int
    tried: tuple[Tried, ...]
    precision: Share
    words: tuple[tuple[Hand, Share], ...]


@dataclass(frozen=True, slots=True)
class RealTried:
    """Of one set of real texts: rows, those labelled as spam, campaigns, those mostly of spam, spam within them."""

    name: str
    rows: int
    spam: int
    campaigns: int
    mostly_spam: Share
    comments_spam: Share


def try_out(texts: Texts, *, worlds: int, seed: int, kinds: Sequence[str] = USUAL, told: Told) -> Trial:
    """So many worlds of each kind. Raises `NotFoundError` for no kind of them."""
    found: dict[str, list[list[Found]]] = {kind: [] for kind in kinds}
    number = 0
    with _records() as (database, keyring):
        for kind in kinds:
            for _ in range(worlds):
                number += 1
                world = make(kind, number, texts, seed=seed)
                found[kind].append(_lived(database, keyring, world, BEGIN + number * APART))
                told(number, worlds * len(kinds))
    tried = tuple(_tried(kind, each) for kind, each in found.items())
    every = [one for each in found.values() for world in each for one in world]
    words = tuple((hand, _rightly(hand, every)) for hand in (Hand.ONE, Hand.MANY))
    return Trial(seed, tried, Share(sum(one.is_right for one in every), len(every)), words)


def try_real(spam: Path, others: Path, *, rows: int, seed: int) -> RealTried:
    """Real messages of bursts among as many of real people: so many of each file in `spam`, in its order, one a line.

    The sets say nothing of accounts and times: each message is from an account of its own, and they come evenly.
    """
    chance = Random(seed)  # noqa: S311 - a simulation
    spread = [text for path in sorted(spam.glob("*_*.txt")) for text in _lines(path)[:rows]]
    calm = [text for path in sorted(others.glob("*.txt")) for text in _lines(path)]
    among = chance.sample(calm, min(len(calm), len(spread)))
    told: list[tuple[float, str, bool]] = [(place, text, True) for place, text in enumerate(spread)]
    told += [(chance.uniform(0, len(spread)), text, False) for text in among]
    posted = [
        Posted(number * 3600 / REAL_AN_HOUR, f"a{number}", f"t{chance.randrange(THREADS)}", text, is_burst=is_spam)
        for number, (_, text, is_spam) in enumerate(sorted(told))
    ]
    with _records() as (database, keyring):
        found = _lived(database, keyring, World("ring", 0, tuple(posted)), BEGIN + APART)
    return RealTried(
        name=spam.name,
        rows=len(posted),
        spam=len(spread),
        campaigns=len(found),
        mostly_spam=Share(sum(2 * one.burst > one.comments for one in found), len(found)),
        comments_spam=Share(sum(one.burst for one in found), sum(one.comments for one in found)),
    )


def document(trial: Trial) -> dict[str, Any]:
    """For programs."""
    return {
        "seed": trial.seed,
        "kinds": [
            {
                "kind": each.kind,
                "truth": TRUTH[each.kind],
                "worlds": each.worlds,
                "found": _share(each.recall),
                "said": {hand.value: each.said[hand] for hand in Hand},
                "named_rightly": _share(each.named),
            }
            for each in trial.tried
        ],
        "precision": _share(trial.precision),
        "words": {hand.value: _share(share) for hand, share in trial.words},
    }


def real_document(tried: RealTried) -> dict[str, Any]:
    """The same of real texts."""
    return {
        "name": tried.name,
        "rows": tried.rows,
        "spam": tried.spam,
        "campaigns": tried.campaigns,
        "mostly_spam": _share(tried.mostly_spam),
        "comments_spam": _share(tried.comments_spam),
    }


def _share(share: Share) -> dict[str, Any]:
    return {"hits": share.hits, "of": share.rows, "share": share.share, "interval": share.interval}


def _tried(kind: str, worlds: Sequence[Sequence[Found]]) -> Tried:
    """Where a burst became several campaigns, the largest speaks for it."""
    about = [max(right, key=lambda one: one.burst) for each in worlds if (right := [o for o in each if o.is_right])]
    return Tried(kind, len(worlds), len(about), Counter(one.hand for one in about))


def _rightly(hand: Hand, found: Sequence[Found]) -> Share:
    said = [one for one in found if one.hand is hand]
    return Share(sum(one.is_right and TRUTH[one.kind] is hand for one in said), len(said))


@contextmanager
def _records() -> Iterator[tuple[Database, Keyring]]:
    """A database of its own with a key, gone afterwards."""
    with tempfile.TemporaryDirectory() as folder, closing(Database(f"sqlite:///{folder}/trial.db")) as database:
        database.migrate()
        yield database, open_keyring(database, Path(folder) / "keys", now=BEGIN)


def _lived(database: Database, keyring: Keyring, world: World, start: datetime) -> list[Found]:
    """The world, comment after comment; the campaigns that it had."""
    clock = [start]
    watcher = Watcher(database, keyring, lambda: clock[0])
    for number, turn in enumerate(_turns(world.posted)):
        with database.unit() as unit:
            for place, each in enumerate(turn):
                clock[0] = start + timedelta(seconds=each.after)
                answered = [_answered(watcher, each, f"w{world.number}-{number}-{place}")]
                watcher.keep(unit, answered, store_decisions(unit, answered, keyring=keyring, now=clock[0]))
            unit.commit()
        if turn[-1].after >= 0:
            campaign_findings.look_for_rushes(database, clock[0])
            campaign_findings.look_for_tied(database, clock[0])
    while campaign_findings.weigh_some(database, clock[0]):
        pass
    return list(_found(database, world, start))


def _answered(watcher: Watcher, each: Posted, name: str) -> Answered:
    comment = Comment(
        each.text,
        id=f"{'b' if each.is_burst else 'e'}-{name}",
        author=Author(each.account),
        context=Context(thread_id=each.thread),
        client=Client(each.device, each.network),
    )
    read = normalise(each.text)
    seen = watcher.count(comment, read, find_contacts(read)) if each.after >= 0 else None
    reasons = (_INSULT,) if each.is_hostile else ()
    outcome = Outcome.REVIEW if each.is_hostile else Outcome.PASS
    return Answered(comment, Decision(outcome, (), reasons, (), "zh", _VERSIONS), new_id(), 1.0, seen=seen)


def _turns(posted: Sequence[Posted]) -> Iterator[list[Posted]]:
    """What came before the burst is one turn, then a minute each."""
    turn = [each for each in posted if each.after < 0]
    if turn:
        yield turn
    turn = []
    for each in (each for each in posted if each.after >= 0):
        if turn and each.after - turn[0].after >= TURN:
            yield turn
            turn = []
        turn.append(each)
    if turn:
        yield turn


def _found(database: Database, world: World, start: datetime) -> Iterator[Found]:
    with database.reading() as look:
        for finding in findings.page(look, limit=200).items:
            if finding.created_at < start:
                return
            ids = campaigns.comments_of(look, finding.campaign_id, limit=10_000)
            burst = sum((comments.get(look, one).external_id or "").startswith("b-") for one in ids)
            yield Found(world.kind, burst, len(ids), finding.hand, finding.confidence.value)


def _lines(path: Path) -> list[str]:
    """Messages, one a line, as long as a comment is."""
    lines = path.read_text("utf-8", errors="ignore").splitlines()
    return [line.strip()[:LONGEST] for line in lines if len(line.strip()) >= 8 and line.isprintable()]

"""The user agreement, version by version: published with a reason, never changed, accepted by name.

    publish   both languages, from when it holds, who says so and why; an entry, and a page for everybody
    accept    what the platform states of a user is held against what was published

A version is refused as accepted from the moment on from which a published one holds: until then a platform that keeps
its texts elsewhere states whatever it calls them, and between publishing and holding it has time to state ours. What an
account accepted before stays with it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from governance import approvals, said_about
from governance.approvals import ByKey
from governance.wording import seen
from moderation.errors import ConflictError, Fault, InvalidInputError
from records import agreements, ledger
from records.agreements import Agreement, Draft, content_hash_of
from records.unit_of_work import Reading, Unit

MAX_TEXT = 100_000
"""Code points of an agreement in one language."""

MAX_AHEAD = timedelta(days=3660)
"""How far ahead a version may be published: what is further away is a slip of the pen."""

MOST_NAMED = 5
"""Versions that a refusal names."""

ANYWAY = "published though a text does not look like its language:"
"""What stands in the reason before the one that was given for that."""

_LEAST_CHINESE, _MOST_CHINESE = 0.5, 0.2
"""Shares of Han characters among letters: at least so many in a Chinese text, at most in an English one, which may
name the house and its laws in Chinese."""
_HAN = re.compile(r"[\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af]")

_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_LINES = "\n\t"


@dataclass(frozen=True, slots=True)
class Wish:
    """An agreement as somebody would publish it; without `valid_from` it holds from now on."""

    version: str
    zh: str
    en: str
    valid_from: datetime | None
    by: str | ByKey
    why: str
    anyway: str = ""
    """Why a text is published though it does not look like its language."""


def publish(unit: Unit, wish: Wish, *, now: datetime) -> Agreement:
    """Publishes it. The same once more changes nothing and is no second entry.

    Raises `InvalidInputError` with every fault, `ConflictError` where the version stands with other words or another
    day, or another version begins at that very moment.
    """
    who = approvals.asker(unit, wish.by, needs=approvals.LOOK_AFTER)
    why = approvals.words("why", f"{wish.why}; {ANYWAY} {wish.anyway}" if wish.why and wish.anyway else wish.why)
    said_about.check_lasting(unit, "why", why)
    zh, en = _plain(wish.zh), _plain(wish.en)
    if faults := [*_version_faults(wish.version), *_text_faults("zh", zh), *_text_faults("en", en)]:
        raise InvalidInputError("The agreement cannot be published.", faults)
    if agreements.is_published(unit, wish.version):
        return _standing(unit, wish, zh, en)
    if not wish.anyway.strip() and (faults := list(_language_faults(zh, en))):
        raise InvalidInputError("The agreement cannot be published.", faults)
    valid_from = wish.valid_from or now
    if faults := list(_moment_faults(valid_from, now)):
        raise InvalidInputError("The agreement cannot be published.", faults)
    taken = next((each for each in agreements.every(unit) if each.valid_from == valid_from), None)
    if taken is not None:
        raise ConflictError(f"The agreement {taken.version} holds from that very moment: give another one.")
    made = agreements.add(unit, Draft(wish.version, zh, en, valid_from), by=who, why=why, now=now)
    if made is None:  # somebody else was first by a moment: what they published is there to be seen by now
        return publish(unit, wish, now=now)
    facts = {
        "version": made.version,
        "content_hash": made.content_hash,
        "valid_from": made.valid_from.isoformat(timespec="microseconds"),
    }
    entry = ledger.Entry(
        "agreement.published", approvals.named(who), "agreement", made.id, why, "user agreement", facts=facts
    )
    ledger.append(unit, entry, now=now)
    return made


def check_accepted(look: Reading, version: str | None, stands: str | None, *, now: datetime) -> None:
    """Returns where a user may be said to have accepted this; `stands` is what the account accepted before.

    Raises `InvalidInputError` at `/agreement_version` for what nobody published.
    """
    if version is None or version == stands or agreements.is_published(look, version):
        return
    if agreements.in_force(look, now=now) is None:
        return
    names = [each.version for each in agreements.every(look)]
    more = ", ..." if len(names) > MOST_NAMED else ""
    fault = Fault(
        "/agreement_version",
        f"no such agreement was published: there are {', '.join(names[:MOST_NAMED])}{more}. State one of these, or "
        "publish it first with chaffinch agreement publish",
    )
    raise InvalidInputError("Nobody can have accepted this agreement.", [fault])


def check_consent(look: Reading, version: str | None, consented_at: datetime | None) -> None:
    """Returns where that agreement could be accepted then: it was published, or said to hold, by that moment.

    Raises `InvalidInputError` at `/consented_at`.
    """
    if version is None or consented_at is None or not agreements.is_published(look, version):
        return
    published = agreements.get(look, version)
    first = min(published.created_at, published.valid_from)
    if consented_at < first:
        detail = (
            f"is before there was an agreement {version}, which was published on {first:%Y-%m-%d %H:%M} UTC: state the "
            "version that was accepted then, or the moment at which this one was"
        )
        raise InvalidInputError("Nobody can have accepted this agreement then.", [Fault("/consented_at", detail)])


def _standing(look: Reading, wish: Wish, zh: str, en: str) -> Agreement:
    stands = agreements.get(look, wish.version)
    told = f"The agreement {stands.version} stands already"
    if stands.content_hash != content_hash_of(wish.version, zh=zh, en=en):
        raise ConflictError(f"{told}, with other words, and users may have accepted it: give this text a new version.")
    if wish.valid_from not in (None, stands.valid_from):
        raise ConflictError(f"{told} and holds from {stands.valid_from:%Y-%m-%d %H:%M} UTC: that is not changed.")
    return stands


def _plain(words: str) -> str:
    """As it is kept: one kind of line end, no empty lines around it."""
    return words.replace("\r\n", "\n").replace("\r", "\n").strip()


def _version_faults(version: str) -> Iterator[Fault]:
    if not _VERSION.fullmatch(version):
        yield Fault("version", "use 1 to 64 letters, digits, dots, hyphens or underscores: 2027-01")


def _text_faults(language: str, words: str) -> Iterator[Fault]:
    if not seen(words):
        yield Fault(language, "the text is empty")
    elif len(words) > MAX_TEXT:
        yield Fault(language, f"the text has {len(words):,} characters; at most {MAX_TEXT:,} are taken")
    elif odd := next((each for each in words if unicodedata.category(each) == "Cc" and each not in _LINES), None):
        yield Fault(language, f"the text has the control character U+{ord(odd):04X}: is this a plain text file?")


def _language_faults(zh: str, en: str) -> Iterator[Fault]:
    """A file in the other one's place stands for good, and whoever cannot read it has agreed to it."""
    todo = "are the files the right way round? With a reason, --anyway publishes it as it is"
    shares = _share_of_han(zh), _share_of_han(en)
    if shares[0] < _LEAST_CHINESE:
        yield Fault("zh", f"of the letters {shares[0]:.0%} are Chinese, and in a Chinese text most are: {todo}")
    if shares[1] > _MOST_CHINESE:
        yield Fault("en", f"of the letters {shares[1]:.0%} are Chinese, and in an English text few are: {todo}")


def _share_of_han(words: str) -> float:
    """Of all letters, from 0 to 1; 0 without any."""
    letters = sum(each.isalpha() for each in words)
    return len(_HAN.findall(words)) / letters if letters else 0.0


def _moment_faults(valid_from: datetime, now: datetime) -> Iterator[Fault]:
    if valid_from < now:
        yield Fault(
            "valid_from",
            "the moment has passed, and nobody could have read it before: give a later one, or none for now",
        )
    elif valid_from > now + MAX_AHEAD:
        yield Fault("valid_from", "that is more than ten years ahead: give the day from which it holds")

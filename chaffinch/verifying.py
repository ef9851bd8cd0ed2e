"""What `chaffinch audit verify` looks at: ledger, records, guards of the schema, and whether it is here at all.

It needs no secret key, makes nothing and changes no table. Keys in the home, checkpoints and public keys from elsewhere
each say that there was a ledger: where they are and it is not, that is a finding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chaffinch.settings import Settings
from chaffinch.wiring import key_folder, standing
from moderation.errors import NotFoundError

if TYPE_CHECKING:
    from records.auditing import Audit
    from records.notes import Checkpoint, Verifier
    from records.tampering import Finding
    from records.unit_of_work import Reading

Progress = Callable[[str, float | None], None]
"""Told the stage and, where it is known, which share of it is done."""

NOTHING = (
    "Nothing was verified: {where}. No key and no checkpoint says that there was a ledger, so this may be a new "
    "home, or not the one that you mean: set CHAFFINCH_HOME (and CHAFFINCH_DATABASE_URL), or start chaffinch serve, "
    "which makes one."
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What it is held against beside itself, and whether the records under it are looked at."""

    outside: Sequence[Checkpoint] = ()
    trusted: Sequence[Verifier] = ()
    records: bool = True


def verify(settings: Settings, wanted: Wanted, progress: Progress) -> Audit:
    """Everything that was found. Raises `NotFoundError` where there is nothing to verify and nothing is missed."""
    with standing(settings) as database:
        if database is None:
            return _of_none(settings, wanted)
        with database.reading(steady=True) as look:
            found = _of_records(settings, look, wanted, progress)
    if not found.findings and not found.size and not found.unsealed:
        raise NotFoundError(NOTHING.format(where=f"the ledger of {database.address} has no entry"))
    return found


def moved_away(settings: Settings) -> str | None:
    """Where the records went, in a sentence; None where they are here, or nowhere."""
    from records import moved_away

    with standing(settings) as database:
        if database is None:
            return None
        with database.reading() as look:
            moved = moved_away.found(look)
    return None if moved is None else f"This is not the ledger in service. {moved.sentence}"


def _of_none(settings: Settings, wanted: Wanted) -> Audit:
    """Of a home without tables."""
    from records.auditing import Audit, too_short
    from records.merkle import EMPTY
    from records.signatures import unknown_keys

    findings = [*keys_alone(settings, "there is no database"), *too_short(wanted.outside, 0)]
    findings += unknown_keys((), wanted.trusted)
    where = f"there are no records at {_address(settings)}"
    if not findings:
        raise NotFoundError(NOTHING.format(where=where))
    return Audit(0, EMPTY, 0, 0, None, tuple(findings), (where[0].upper() + where[1:] + ".",))


def _of_records(settings: Settings, look: Reading, wanted: Wanted, progress: Progress) -> Audit:
    from records import guards
    from records.auditing import audit
    from records.marks import Marks

    found = audit(
        look, outside=wanted.outside, trusted=wanted.trusted, marks=Marks(key_folder(settings)),
        progress=lambda done, all_: progress("entries", done / (all_ or 1)),
    )  # fmt: skip
    progress("records", None)
    beneath, remarks = _beneath(settings, look) if wanted.records else ([], [])
    if not guards.are_known(look):
        remarks.append("What the schema refuses was not held against anything: a newer program made the tables.")
    gone = _gone(settings, look, found)
    findings = *found.findings, *gone, *beneath, *guards.faults(look)
    return replace(found, findings=findings, remarks=(*found.remarks, *remarks, *_moves_untold(settings, look)))


def _beneath(settings: Settings, look: Reading) -> tuple[list[Finding], list[str]]:
    """What differs under the ledger, and what could not be compared."""
    from records.personal import at_hand
    from records.underlying import differences

    remarks: list[str] = []
    keyring = at_hand(look, key_folder(settings))
    return list(differences(look, keyring=keyring, remarks=remarks)), remarks


def _moves_untold(settings: Settings, look: Reading) -> list[str]:
    """Moves of the champion that have no entry yet: their history is a file beside the records."""
    from governance import moves
    from registry.promotion import moves as history_of

    lacking = moves.untold(look, history_of(settings.registry_root))
    return [moves.sentence(lacking)] if lacking else []


def _gone(settings: Settings, look: Reading, found: Audit) -> Iterator[Finding]:
    """That a ledger was here, by its keys: in the home without a row, or in a row without one entry."""
    from records import ledger_keys, personal, signatures
    from records.tampering import Finding, What

    number = ledger_keys.newest(look)
    if number is None:
        yield from keys_alone(settings, "the database knows no key of a ledger", personal.numbers(look))
        return
    if not found.size and not found.unsealed:
        told = f"The ledger has a key (number {number}) and not one entry: all were removed. Restore it from a backup."
        yield Finding(What.TRUNCATED, told)
    yield from signatures.keys_missed(look, ledger_keys.published(key_folder(settings)))


def keys_alone(settings: Settings, lacks: str, known: frozenset[int] = frozenset()) -> Iterator[Finding]:
    """Keys of a home whose ledger is not there. `known`: those of pseudonyms that the database has rows of.

    Of a process that was killed as it made the first one too.
    """
    from records.tampering import Finding, What

    files = sorted(path.name for path in key_folder(settings).glob("*") if path.suffix in (".key", ".pub"))
    pseudonyms = [name for name in files if name.partition(".")[0].isdecimal()]
    kept = [name for name in files if name.startswith("ledger-")]
    kept += [name for name in pseudonyms if int(name.partition(".")[0]) not in known]
    if kept:
        told = (
            f"The ledger is not here: {key_folder(settings)} has {', '.join(kept)}, and {lacks} ({_address(settings)})."
            " Restore the database from a backup, or correct CHAFFINCH_HOME or CHAFFINCH_DATABASE_URL. (Where nothing "
            "was ever written, a process was ended as it made its first key: chaffinch serve goes on with it.)"
        )
        yield Finding(What.MISSING, told)


def _address(settings: Settings) -> str:
    """Where the records would be; no password stands in it."""
    from records.database import shown

    return shown(settings.records_url)

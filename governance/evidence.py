"""Evidence: entries of the ledger with their proofs, in one file that whoever receives it checks without us.

A ZIP with the entries' bytes, a proof for each, the signed checkpoint, the ledger's public keys, ways from earlier
checkpoints, and `verify.py`, which needs Python alone. Texts and pseudonyms are in it only where they are asked for:
then the salts are too, so that they can be held against what the entries commit to, and what could not be opened is
told with why. Every export is an entry itself.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from governance import giving
from records import ledger, ledger_keys, openings
from records.canonical import canonical
from records.house_values import LedgerEntry
from records.ledger import Actor, Entry
from records.marks import RENEWED
from records.notes import Checkpoint, Signer
from records.openings import Closed, Opening, WhyNot
from records.personal import Keyring
from records.proving import Prover, Wanted
from records.unit_of_work import Reading, Unit

VERIFIER = Path(__file__).with_name("verify_bundle.py")
MANIFEST = "manifest.txt"
_SECONDS_PRECISE_ENOUGH = (1980, 1, 1, 0, 0, 0)

_README = """Evidence out of a Chaffinch ledger.   Chaffinch 账本证据。

entries.jsonl      the entries as they were sealed, one a line, each with its number and the proof that it is there
                   账本条目，一行一条，附序号和收录证明
checkpoint.txt     what the ledger was, signed by the service (C2SP tlog-checkpoint)
                   签名的账本检查点
keys.txt           the public keys that sign the ledger, the newest first; compare them with those that the service
                   publishes
                   账本签名公钥，新者在前，请与服务方公布的公钥核对
renewals.jsonl     if there: the entries in which another key took over, with proofs
                   （如有）更换签名密钥的条目，附收录证明
manifest.txt       what was asked for and what is here: entries by kind, each file's digest; signed by the service
                   清单：请求内容、各类条目数、各文件摘要，由服务方签名
consistency.jsonl  if there: proofs that the ledger only grew since earlier checkpoints
                   （如有）证明账本自先前检查点以来只增不改
openings.jsonl     if there: what entries commit to, with the salts: text, author (pseudonym), thread, external (the
                   platform's number of the comment)
                   （如有）条目所承诺的原文、作者代号、话题串和平台评论编号，附盐值
unopened.jsonl     if there: what could not be opened and why: erased, gone (no record any more), another (the record
                   says another), no_key, altered
                   （如有）未能打开的内容及原因：已删除、记录不存在、记录与承诺不符、缺少密钥、已被改动
verify.py          checks all of this: python3 verify.py --key KEY, and a further --key for each key that was published.
                   Have them from the service, not from here. The newest vouches for those before it; an earlier one for
                   nothing that a later one signed. --checkpoint FILE shows that a checkpoint you kept still holds
                   核验程序，只需 Python 3；服务方公布过几把公钥，就写几个 --key。公钥请向服务方索取，勿取自本包。
                   新公钥可为先前公钥作证，先前公钥不能为此后签名的内容作证；--checkpoint 用于核对您保存的检查点
"""


@dataclass(frozen=True, slots=True)
class Order:
    """What is exported, for whom and why. `opened`: with the texts and pseudonyms that the entries commit to."""

    wanted: Wanted
    by: str
    why: str
    ground: str = ""
    earlier: Sequence[Checkpoint] = ()
    earlier_notes: Sequence[str] = ()
    opened: bool = False


@dataclass(frozen=True, slots=True)
class Exported:
    """What is in the file."""

    entries: int
    opened: int
    size: int
    note: str
    keys: tuple[str, ...]
    closed: Mapping[Closed, int] = field(default_factory=dict)
    """What could not be opened, and how often."""
    waiting: int = 0
    """Entries that match and were not sealed yet: they are not in it."""


def check(look: Reading, order: Order, *, typed: bool = False) -> tuple[str, str]:
    """Who gives it out and why. Raises as `giving.check`."""
    return giving.check(look, giving.Giver(order.by, order.why, order.ground, order.opened), typed=typed)


def write(look: Reading, path: Path | IO[bytes], order: Order, keyring: Keyring | None = None) -> Exported:
    """Writes the bundle. Raises `NotFoundError` before anything was sealed, `ConflictError` for another's checkpoint.

    Without a keyring no pseudonym can be opened. Texts that were erased are not in it; what is not is told.
    """
    prover = Prover(look)
    proofs = [_grown(prover, each, note) for each, note in zip(order.earlier, order.earlier_notes, strict=True)]
    signer = ledger_keys.at_hand(look)
    keys = _keys(look, signer)
    opened, kinds, closed = 0, Counter[str](), list[tuple[int, Closed]]()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        bundle = _Bundle(archive)
        for name, text in _fixed(prover, keys, proofs):
            bundle.write(name, text)
        if renewals := list(prover.entries(Wanted(kinds=[RENEWED]))):
            bundle.write("renewals.jsonl", b"".join(_proved(prover, each) for each in renewals).decode())
        with bundle.open("entries.jsonl") as file:
            for entry in prover.entries(order.wanted):
                file.write(_proved(prover, entry))
                kinds[entry.kind] += 1
        if order.opened:
            with bundle.open("openings.jsonl") as file:
                for index, each in _openings(look, prover, order.wanted, keyring):
                    if isinstance(each, Closed):
                        closed.append((index, each))
                    else:
                        file.write(_opened(index, each))
                        opened += 1
            if closed:
                bundle.write("unopened.jsonl", "".join(_unopened(*each) for each in closed))
        told = Counter(each for _, each in closed)
        done = Exported(
            kinds.total(), opened, prover.checkpoint.size, prover.note, keys, told, prover.waiting(order.wanted)
        )
        bundle.write(MANIFEST, _manifest(prover, order, done, kinds, bundle.digests, signer))
    return done


class _Bundle:
    """An archive, and the digest of each file that is written into it."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.digests: dict[str, str] = {}

    def write(self, name: str, text: str) -> None:
        """A whole file."""
        with self.open(name) as file:
            file.write(text.encode())

    @contextmanager
    def open(self, name: str) -> Iterator[_Digested]:
        """A file that is written piece by piece."""
        with self._archive.open(_named(name), "w") as file:
            digested = _Digested(file)
            yield digested
        self.digests[name] = digested.digest.hexdigest()


class _Digested:
    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def write(self, part: bytes) -> None:
        self._file.write(part)
        self.digest.update(part)


def _manifest(
    prover: Prover, order: Order, done: Exported, kinds: Counter[str], digests: Mapping[str, str], signer: Signer | None
) -> str:
    """What was asked for and what is in the bundle, signed where the key is at hand; `verify.py` asks for that."""
    told = {
        "request": _request(order),
        "entries": done.entries,
        "kinds": dict(kinds),
        "opened": done.opened,
        "waiting": done.waiting,
        "origin": prover.checkpoint.origin,
        "size": prover.checkpoint.size,
        "root": prover.checkpoint.root.hex(),
        "files": {name: digest for name, digest in digests.items() if name != "verify.py"},
    }
    text = f"chaffinch bundle\n{canonical(told).decode()}\n"
    return text if signer is None else signer.sign_text(text)


def _keys(look: Reading, signer: Signer | None) -> tuple[str, ...]:
    """Public keys, the newest first, which is the one that signs the manifest."""
    keys = tuple(str(each) for each in ledger_keys.verifiers(look))
    return keys if signer is None else keys[keys.index(str(signer.verifier)) :]


def _request(order: Order) -> dict[str, Any]:
    wanted = order.wanted
    within = wanted.within and {
        "surfaces": None if wanted.within.surfaces is None else list(wanted.within.surfaces),
        "since": wanted.within.since.isoformat(),
        "until": wanted.within.until.isoformat(),
        **{name: list(told) for name in ("accounts", "measures") if (told := getattr(wanted.within, name)) is not None},
        **({} if wanted.within.threads is None else {"threads": len(wanted.within.threads)}),
    }
    return {
        "subjects": list(wanted.subject_ids),
        "kinds": list(wanted.kinds),
        "ids": list(wanted.entry_ids),
        "since": None if wanted.since is None else wanted.since.isoformat(),
        "until": None if wanted.until is None else wanted.until.isoformat(),
        "within": within,
        "opened": order.opened,
        "by": order.by,
        "why": order.why,
        "ground": order.ground,
    }


def told_waiting(done: Exported) -> str | None:
    """That entries are not in it yet, in a sentence; None where all are."""
    if not done.waiting:
        return None
    return (
        f"{done.waiting} more entries that match wait to be sealed and are not in it: export again in a second or two. "
        "Where they stay, no server or worker is running, or chaffinch audit verify tells why they are not sealed."
    )


def told_closed(done: Exported) -> list[str]:
    """What could not be opened, in sentences."""
    counted = sorted(done.closed.items(), key=lambda each: (each[0].kind, each[0].why))
    return [f"{many} {_CALLED[each.kind]} could not be opened: {_WHY_NOT[each.why]}" for each, many in counted]


_CALLED = {
    "text": "texts", "author": "pseudonyms", "thread": "threads", "external": "numbers of comments at the platform",
    "words": "words of people",
}  # fmt: skip
_WHY_NOT = {
    WhyNot.ERASED: "they were erased.",
    WhyNot.GONE: "what they were kept in was erased as a whole, or removed, which chaffinch audit verify tells.",
    WhyNot.ANOTHER: (
        "the tables say others than the entries commit to. The platform has said others since, or somebody altered "
        "the tables, which chaffinch audit verify tells."
    ),
    WhyNot.NO_KEY: "the pseudonym key that they were stored under is not at hand. Restore it from a backup.",
    WhyNot.ALTERED: "the pseudonym key does not open them: somebody altered the tables.",
}


def note(unit: Unit, order: Order, exported: Exported, *, now: datetime) -> str:
    """The entry that says who was given what, and why; its id. Raises as `check`."""
    who, why = check(unit, order)
    wanted = order.wanted
    facts = {
        "entries": exported.entries,
        "opened": exported.opened,
        "size": exported.size,
        **not_opened(exported),
        **not_sealed(exported),
        "subjects": list(wanted.subject_ids),
        "kinds": list(wanted.kinds),
        **({"ids": list(wanted.entry_ids)} if wanted.entry_ids else {}),
        "since": None if wanted.since is None else wanted.since.isoformat(),
        "until": None if wanted.until is None else wanted.until.isoformat(),
    }
    entry = Entry("evidence.exported", Actor("user", who), "ledger", "evidence", why, order.ground, facts=facts)
    return ledger.append(unit, entry, now=now)


def not_opened(exported: Exported) -> dict[str, int]:
    """How much could not be opened, as a fact of an entry; nothing where all was."""
    many = sum(exported.closed.values())
    return {"not_opened": many} if many else {}


def not_sealed(exported: Exported) -> dict[str, int]:
    """How many entries that match were left out since they waited to be sealed; nothing where none was."""
    return {"waiting": exported.waiting} if exported.waiting else {}


def _fixed(prover: Prover, keys: Sequence[str], proofs: Sequence[str]) -> Iterator[tuple[str, str]]:
    yield "README.txt", _README
    yield "verify.py", VERIFIER.read_text(encoding="utf-8")
    yield "checkpoint.txt", prover.note
    yield "keys.txt", "".join(f"{key}\n" for key in keys)
    if proofs:
        yield "consistency.jsonl", "".join(f"{proof}\n" for proof in proofs)


def _grown(prover: Prover, earlier: Checkpoint, note: str) -> str:
    proof = [each.hex() for each in prover.consistency(earlier)]
    return json.dumps({"checkpoint": note, "proof": proof}, ensure_ascii=False)


def _proved(prover: Prover, entry: LedgerEntry) -> bytes:
    index, body = entry.sealed_index or 0, entry.body
    told: dict[str, Any] = {"index": index, "body": body.decode(), "proof": [p.hex() for p in prover.inclusion(index)]}
    return json.dumps(told, ensure_ascii=False).encode() + b"\n"


def _openings(
    look: Reading, prover: Prover, wanted: Wanted, keyring: Keyring | None
) -> Iterator[tuple[int, Opening | Closed]]:  # fmt: skip
    for entry in prover.entries(wanted):
        for each in openings.of_entry(look, entry, keyring):
            yield entry.sealed_index or 0, each


def _opened(index: int, each: Opening) -> bytes:
    told = {"index": index, "kind": each.kind, "salt": each.salt.hex(), "value": each.value}
    return json.dumps(told, ensure_ascii=False).encode() + b"\n"


def _unopened(index: int, each: Closed) -> str:
    return json.dumps({"index": index, "kind": each.kind, "why": each.why.value}) + "\n"


def _named(name: str) -> zipfile.ZipInfo:
    """The same content gives the same file: no moment of making in it."""
    info = zipfile.ZipInfo(name, _SECONDS_PRECISE_ENOUGH)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    return info

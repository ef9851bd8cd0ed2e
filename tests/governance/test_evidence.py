"""Evidence is checked by who receives it, with Python alone; what was changed on the way is told."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from governance import evidence
from governance.evidence import Order
from moderation.errors import ConflictError, InvalidInputError, NotFoundError
from records import ledger, ledger_keys, notes, sealing
from records.database import Database
from records.ledger_keys import open_signer
from records.notes import Signer
from records.personal import Keyring
from records.proving import Wanted
from records.sealing import seal
from tests.records.databases import NOW
from tests.records.factories import a_comment, an_answer, put

TEXT = "加个好友吧，看这里"


def sealed(database: Database, signer: Signer) -> str:
    """The checkpoint after it."""
    with database.unit() as unit:
        seal(unit, signer, owner="one", now=NOW)
        unit.commit()
    with database.reading() as look:
        last = sealing.newest(look)
    assert last is not None
    return str(last.note)


def verified(folder: Path, *words: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(folder / "verify.py"), *words], capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def bundle(sqlite: Database, keyring_of_sqlite: Keyring, tmp_path: Path) -> Path:
    """Four decisions, the first three sealed when somebody kept a checkpoint."""
    signer = open_signer(sqlite, tmp_path / "keys", now=NOW)
    stored = [put(sqlite, keyring_of_sqlite, an_answer(a_comment(f"{TEXT} {number}")))[0] for number in range(3)]
    early = sealed(sqlite, signer)
    (tmp_path / "kept.txt").write_text(early, encoding="utf-8")
    put(sqlite, keyring_of_sqlite, an_answer(a_comment("later")))
    sealed(sqlite, signer)
    wanted = Wanted(subject_ids=[stored[0].decision_id, stored[2].decision_id])
    order = Order(wanted, "mia", "asked by the authority", "art. 10", [notes.parse(early)], [early], opened=True)
    with sqlite.reading() as look:
        done = evidence.write(look, tmp_path / "e.zip", order, keyring_of_sqlite)
    assert (2, 4, 4) == (done.entries, done.opened, done.size)
    with zipfile.ZipFile(tmp_path / "e.zip") as archive:
        archive.extractall(tmp_path / "out")
    with sqlite.unit() as unit:
        evidence.note(unit, order, done, now=NOW)
        unit.commit()
    with sqlite.reading() as look:
        (tmp_path / "key").write_text(str(ledger_keys.verifiers(look)[0]))
        entry = ledger.page(look, subject_id="evidence").items[0]
    assert json.loads(entry.body)["facts"]["entries"] == 2
    assert TEXT.encode() not in entry.body
    return tmp_path / "out"


def test_a_bundle_is_verified_by_python_alone_with_a_key_and_a_checkpoint_from_elsewhere(bundle: Path) -> None:
    key = (bundle.parent / "key").read_text()
    code, told = verified(bundle, "--key", key, "--checkpoint", str(bundle.parent / "kept.txt"))
    assert (0, True, True) == (code, "2 entries are in it" in told, "4 opened texts or pseudonyms fit" in told)
    assert "It only grew since the checkpoint of 3 entries." in told
    opened = (bundle / "openings.jsonl").read_text(encoding="utf-8")
    assert TEXT in opened
    assert "author-7f3a" in opened


def edited(name: str, change: Callable[[str], str]) -> Callable[[Path], None]:
    def do(folder: Path) -> None:
        text = (folder / name).read_text(encoding="utf-8")
        assert change(text) != text
        (folder / name).write_text(change(text), encoding="utf-8")

    return do


def first_line(change: Callable[[dict[str, object]], object]) -> Callable[[str], str]:
    def do(text: str) -> str:
        head, _, rest = text.partition("\n")
        line = json.loads(head)
        change(line)
        return json.dumps(line, ensure_ascii=False) + "\n" + rest

    return do


BROKEN: list[tuple[Callable[[Path], None], str]] = [
    (edited("entries.jsonl", lambda text: text.replace("pass", "bloc", 1)), "Entry 0 is not in the ledger"),
    (edited("entries.jsonl", first_line(lambda line: line.update(index=1))), "Entry 1 is not in the ledger"),
    (edited("entries.jsonl", first_line(lambda line: line.update(proof=[]))), "Entry 0 is not in the ledger"),
    (edited("checkpoint.txt", lambda text: text.replace("\n4\n", "\n5\n")), "not signed by the ledger's key"),
    (edited("openings.jsonl", lambda text: text.replace("看这里", "看那里", 1)), "is not what the entry commits to"),
    (
        edited("consistency.jsonl", first_line(lambda line: line.update(proof=line["proof"][1:]))),  # type: ignore[index]
        "is not the beginning of this one",
    ),
]


def test_whatever_was_changed_on_the_way_is_told(bundle: Path) -> None:
    whole = {path: path.read_bytes() for path in bundle.iterdir()}
    for damage, sentence in BROKEN:
        damage(bundle)
        code, told = verified(bundle)
        assert (3, True) == (code, sentence in told), sentence
        for path, content in whole.items():
            path.write_bytes(content)


def test_a_bundle_signed_by_another_key_is_refused_by_who_knows_the_real_one(bundle: Path) -> None:
    name = (bundle.parent / "key").read_text().partition("+")[0]
    other = Signer(name, 1, Ed25519PrivateKey.generate())
    assert 3 == verified(bundle, "--key", str(other.verifier))[0]


def test_nothing_is_exported_before_anything_was_sealed_or_for_another_ledger(sqlite: Database, tmp_path: Path) -> None:
    order = Order(Wanted(), "mia", "why")
    with sqlite.reading() as look, pytest.raises(NotFoundError, match="Nothing was sealed yet"):
        evidence.write(look, tmp_path / "e.zip", order)
    signer = open_signer(sqlite, tmp_path / "keys", now=NOW)
    with sqlite.unit() as unit:
        ledger.append(unit, ledger.Entry("x", ledger.MACHINE, "x", "x", "x", ""), now=NOW)
        unit.commit()
    sealed(sqlite, signer)
    with sqlite.reading() as look:
        for size, root in ((2, bytes(32)), (0, bytes(32))):
            text = signer.sign(size, root)
            asked = Order(Wanted(), "mia", "why", "", [notes.parse(text)], [text])
            with pytest.raises(ConflictError, match="truncated, or restored"):
                evidence.write(look, tmp_path / "e.zip", asked)


def test_who_gives_evidence_away_says_who_they_are_and_why(sqlite: Database) -> None:
    done = evidence.Exported(0, 0, 0, "", ())
    with sqlite.unit() as unit:
        for order in (Order(Wanted(), "", "why"), Order(Wanted(), "mia", " ")):
            with pytest.raises(InvalidInputError):
                evidence.note(unit, order, done, now=NOW)

"""Evidence from a ledger whose key was renewed is checked with the keys that were published, whichever one holds."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from governance import evidence
from governance.evidence import Order
from records import ledger, notes
from records.auditing import audit
from records.database import Database
from records.ledger import Actor
from records.ledger_keys import open_signer, renew
from records.marks import Marks
from records.notes import Signer
from records.proving import Wanted
from records.tampering import What
from tests.governance.test_evidence import sealed, verified
from tests.records.databases import NOW
from tests.records.test_auditing import run, tampered

MIA = Actor("user", "mia")
WHY = "asked by the authority"


class House:
    """A ledger of which somebody keeps every key and checkpoint."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database, self.folder, self.keys = database, folder, folder / "keys"
        database.marks = Marks(self.keys)
        self.signers = [open_signer(database, self.keys, now=NOW)]
        self.kept: list[str] = []

    def write(self) -> None:
        """An entry that nobody sealed yet."""
        with self.database.unit() as unit:
            ledger.append(unit, ledger.Entry("rule.live", MIA, "rule", "r", "too wide", ""), now=NOW)
            unit.commit()

    def seal(self) -> Path:
        """An entry and all before it; the checkpoint that is kept."""
        self.write()
        self.kept.append(sealed(self.database, self.signers[-1], self.keys))
        path = self.folder / f"kept-{len(self.kept)}.txt"
        path.write_text(self.kept[-1], encoding="utf-8")
        return path

    def lose(self) -> None:
        """The key is gone, and another one made."""
        (self.keys / f"ledger-{self.signers[-1].number}.key").unlink()
        again = renew(self.database, self.keys, actor=MIA, why="the disk broke", now=NOW, os_user=None)
        self.signers.append(again)

    def bundle(self, name: str = "out") -> Path:
        """Everything, with a proof for each checkpoint that was kept."""
        earlier = [notes.parse(each) for each in self.kept]
        with self.database.reading() as look:
            evidence.write(look, self.folder / "e.zip", Order(Wanted(), "mia", WHY, "", earlier, self.kept))
        with zipfile.ZipFile(self.folder / "e.zip") as archive:
            archive.extractall(self.folder / name)
        return self.folder / name

    def checked(self, bundle: Path, keys: Sequence[int | Signer], *kept: Path) -> tuple[int, str]:
        """Of `verify.py`, with these of the keys."""
        signers = [self.signers[each] if isinstance(each, int) else each for each in keys]
        words = [word for each in signers for word in ("--key", str(each.verifier))]
        return verified(bundle, *words, *(word for each in kept for word in ("--checkpoint", str(each))))


@pytest.fixture
def house(sqlite: Database, tmp_path: Path) -> House:
    return House(sqlite, tmp_path)


def signed_anew(folder: Path, signer: Signer, *, keys: Sequence[Signer]) -> None:
    """What whoever holds another key can make of a bundle."""
    note = notes.parse((folder / "checkpoint.txt").read_text())
    changed = {
        "checkpoint.txt": signer.sign(note.size, note.root),
        "keys.txt": "".join(f"{each.verifier}\n" for each in keys),
    }
    document = json.loads((folder / "manifest.txt").read_text().splitlines()[1])
    for name, content in changed.items():
        (folder / name).write_text(content)
        document["files"][name] = hashlib.sha256(content.encode()).hexdigest()
    (folder / "manifest.txt").write_text(signer.sign_text(f"chaffinch bundle\n{json.dumps(document)}\n"))


def test_after_a_lost_key_the_newest_vouches_for_what_both_signed_and_the_first_for_its_own(house: House) -> None:
    kept = house.seal()
    house.lose()
    house.seal()
    bundle = house.bundle()
    for keys in ((0, 1), (1, 0), (1,)):
        code, told = house.checked(bundle, keys, kept)
        assert (0, True) == (code, told.endswith("All was checked, against what you gave.\n")), told
        assert "It only grew since the checkpoint of 2 entries." in told
        assert re.search(r"took over from chaffinch/\w+\+\w+, with entry 2\.", told)
        assert (keys == (1,)) == ("By the signed manifest's word" in told)
    code, told = house.checked(bundle, (0,), kept)
    assert (3, 3) == (code, told.count("another key of this bundle than you gave"))
    assert "What you gave vouches for the first 2 entries and no more; 2 of those here are among them." in told
    code, told = house.checked(bundle, ())
    assert (0, 2) == (code, told.split("NOT CHECKED")[1].count("chaffinch/"))


def test_a_bundle_from_before_the_new_key_sealed_anything_is_checked_with_either_of_the_two(house: House) -> None:
    kept = house.seal()
    house.lose()
    bundle = house.bundle()
    assert (0, 0) == tuple(house.checked(bundle, keys, kept)[0] for keys in ((0, 1), (1,)))
    assert "which no entry here says yet" in house.checked(bundle, (1,))[1]
    code, told = house.checked(bundle, (0,), kept)
    assert (3, True) == (code, "The manifest is signed by" in told)


def test_a_key_that_was_renewed_twice_and_checkpoints_of_every_key(house: House) -> None:
    kept = [house.seal()]
    house.lose()
    kept.append(house.seal())
    house.lose()
    house.lose()
    kept.append(house.seal())
    bundle = house.bundle()
    assert {(0, "All was checked, against what you gave.")} == {
        (code, told.splitlines()[-1])
        for code, told in (house.checked(bundle, keys, *kept) for keys in ((0, 1, 2, 3), (3,), (3, 0)))
    }
    code, told = house.checked(bundle, (0, 1), *kept)
    assert (3, True) == (code, "vouches for the first 4 entries and no more" in told), told


def test_a_bundle_of_before_is_checked_with_its_own_key_and_the_later_one_is_said_to_be_unknown_to_it(
    house: House,
) -> None:
    kept = house.seal()
    bundle = house.bundle()
    house.lose()
    assert (0, "All was checked, against what you gave.") == (
        house.checked(bundle, (0,), kept)[0],
        house.checked(bundle, (0,), kept)[1].splitlines()[-1],
    )
    code, told = house.checked(bundle, (0, 1), kept)
    assert (0, True) == (code, told.splitlines()[-1].startswith("NOT CHECKED: THAT IT IS FROM BEFORE chaffinch/"))
    assert 3 == house.checked(bundle, (1,), kept)[0]


def test_a_key_that_somebody_made_follows_nobodys(house: House) -> None:
    kept = house.seal()
    bundle = house.bundle()
    forger = Signer(house.signers[0].name, 2, Ed25519PrivateKey.generate())
    signed_anew(bundle, forger, keys=[forger, house.signers[0]])
    assert 0 == house.checked(bundle, ())[0]
    code, told = house.checked(bundle, (0,), kept)
    assert (3, True) == (code, "if it does not, somebody else made the bundle" in told)
    other = Signer("another/ledger", 1, Ed25519PrivateKey.generate())
    signed_anew(bundle, other, keys=[other, house.signers[0]])
    code, told = house.checked(bundle, (0, other), kept)
    assert (3, True) == (code, "is of another ledger" in told)


def test_an_earlier_key_that_others_know_signs_no_bundle_that_knows_of_the_next(house: House) -> None:
    kept = house.seal()
    house.lose()
    house.seal()
    first, second = house.signers
    bundle = house.bundle()
    signed_anew(bundle, first, keys=[second, first])
    told = house.checked(bundle, (0, 1), kept)[1]
    assert "The manifest is not signed by the newest key of keys.txt" in told
    assert "though another one had taken over with entry 2" in told
    signed_anew(bundle, first, keys=[first])
    assert 3 == house.checked(bundle, (0, 1), kept)[0]
    assert 3 == house.checked(bundle, (1,), kept)[0]


DAMAGE: list[tuple[Callable[[str], str], str]] = [
    (lambda text: text.replace("the disk broke", "the disk burnt"), "Entry 2 is not in the ledger of this checkpoint"),
    (lambda text: text + text, "Line 2 of renewals.jsonl is no entry, or one that was there before"),
    (lambda _text: "", "renewals.jsonl is not what the service wrote"),
]


def test_entries_about_keys_are_held_against_the_checkpoint_as_all_others(house: House) -> None:
    house.seal()
    house.lose()
    house.seal()
    bundle = house.bundle()
    whole = (bundle / "renewals.jsonl").read_text(encoding="utf-8")
    for change, sentence in DAMAGE:
        (bundle / "renewals.jsonl").write_text(change(whole), encoding="utf-8")
        code, told = house.checked(bundle, (0, 1))
        assert (3, True) == (code, sentence in told), told


def test_what_the_bundle_proves_nothing_about_is_told_of_each_checkpoint_that_was_kept(house: House) -> None:
    kept = house.seal().rename(house.folder / "first.txt")
    house.kept.clear()
    other = house.seal()
    bundle = house.bundle()
    code, told = house.checked(bundle, (0,), kept, other)
    assert (3, "The bundle proves nothing about the checkpoint that you kept (2 entries).\n") == (code, told)


def test_entries_that_match_and_wait_are_told_wherever_the_bundle_is(house: House) -> None:
    house.seal()
    with house.database.reading() as look:
        assert 0 == evidence.write(look, house.folder / "e.zip", Order(Wanted(), "mia", WHY)).waiting
    house.write()
    house.write()
    with house.database.reading() as look:
        done = evidence.write(look, house.folder / "e.zip", Order(Wanted(), "mia", WHY))
        none = evidence.write(look, house.folder / "n.zip", Order(Wanted(kinds=["verdict"]), "mia", WHY))
    assert (2, 0, None) == (done.waiting, none.waiting, evidence.told_waiting(none))
    assert str(evidence.told_waiting(done)).startswith("2 more entries that match wait to be sealed")
    code, told = house.checked(house.bundle(), (0,))
    assert (0, True) == (code, "2 more entries that match the request waited to be sealed" in told)
    with house.database.unit() as unit:
        evidence.note(unit, Order(Wanted(), "mia", WHY), done, now=NOW)
        assert 2 == json.loads(ledger.page(unit, subject_id="evidence").items[0].body)["facts"]["waiting"]


def test_verify_says_whose_another_signature_is_and_believes_what_a_key_from_elsewhere_vouches_for(
    house: House,
) -> None:
    house.seal()
    house.lose()
    house.seal()
    first, second = (each.verifier for each in house.signers)
    with house.database.reading() as look:
        assert ((), ()) == (audit(look).findings, audit(look).remarks)
        both = audit(look, trusted=[first, second])
        newest, oldest = audit(look, trusted=[second]), audit(look, trusted=[first])
        kept = audit(look, trusted=[second], outside=[notes.parse(each) for each in house.kept])
        early = audit(look, trusted=[first], outside=[notes.parse(each) for each in house.kept])
    assert ((), (), ()) == (both.findings, newest.findings, kept.findings)
    assert f"1 checkpoints are signed by another key of this ledger, {first}" in newest.remarks[0]
    assert [What.CHECKPOINT] == [each.what for each in oldest.findings]
    assert f"are signed by {second}, another key of this ledger than those that you gave" in oldest.findings[0].sentence
    assert 2 == len([each for each in early.findings if "another key of this ledger" in each.sentence])


def test_verify_names_a_key_that_no_entry_announces_and_a_signature_after_its_time(house: House) -> None:
    house.seal()
    house.lose()
    house.seal()
    first, last = house.signers[0], notes.parse(house.kept[-1])
    stranger = Signer(first.name, 3, Ed25519PrivateKey.generate()).verifier
    with tampered(
        house.database,
        lambda unit: run(
            unit, "UPDATE ledger_checkpoints SET note = :note WHERE size = :size",
            note=first.sign(last.size, last.root), size=last.size,
        ),
    ) as unit:  # fmt: skip
        assert ["though another key had taken over with entry 2" in each.sentence for each in audit(unit).findings] == [
            True
        ]
    put = "INSERT INTO ledger_keys (id, verifier, created_at) VALUES (0, :key, :now)"
    for number in (0, 3):
        statement = put.replace("(0,", f"({number},")
        with tampered(house.database, lambda unit, told=statement: run(unit, told, key=str(stranger), now=NOW)) as unit:
            found = [each.sentence for each in audit(unit).findings]
            assert any("No entry says that" in each for each in found), (number, found)

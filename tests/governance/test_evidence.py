"""Evidence is checked by who receives it, with Python alone; what was changed on the way is told."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text

from governance import evidence
from governance.evidence import Order
from moderation.comment import Author
from moderation.errors import ConflictError, InvalidInputError, NotFoundError
from records import erasing, ledger, ledger_keys, notes, sealing
from records.database import Database
from records.ledger_keys import open_signer
from records.marks import Marks
from records.notes import Signer
from records.personal import Keyring
from records.proving import Wanted
from records.sealing import seal
from records.unit_of_work import Reading
from tests.records.databases import NOW
from tests.records.factories import a_comment, an_answer, put

TEXT = "加个好友吧，看这里"


def sealed(database: Database, signer: Signer, keys: Path | None = None) -> str:
    """The checkpoint after it."""
    with database.unit() as unit:
        seal(unit, signer, owner="one", now=NOW)
        unit.commit()
    if keys := keys or (database.folder and database.folder / "keys"):
        database.marks = Marks(keys)  # whoever gives evidence away has the key that signs the manifest
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
    assert "The manifest is signed, and all that it names is here." in told
    opened = (bundle / "openings.jsonl").read_text(encoding="utf-8")
    assert TEXT in opened
    assert "author-7f3a" in opened


def test_the_last_line_says_loudly_what_was_not_checked(bundle: Path) -> None:
    key, kept = (bundle.parent / "key").read_text(), str(bundle.parent / "kept.txt")
    last = {
        words: verified(bundle, *words)[1].splitlines()[-1] for words in ((), ("--key", key), ("--checkpoint", kept))
    }
    assert last[()].startswith("NOT CHECKED: WHO SIGNED IT. The key is the bundle's own (chaffinch/")
    assert "NOT CHECKED: THAT NOTHING BEFORE IT WAS REWRITTEN" in last[()]
    assert last["--key", key].startswith("NOT CHECKED: THAT NOTHING BEFORE IT WAS REWRITTEN")
    assert last["--checkpoint", kept].startswith("NOT CHECKED: WHO SIGNED IT")
    whole = verified(bundle, "--key", key, "--checkpoint", kept)[1]
    assert "All was checked, against what you gave." == whole.splitlines()[-1]


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


def removed(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


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
    (edited("entries.jsonl", lambda text: ""), "2 entries matched the request, and 0 are here"),
    (
        edited("entries.jsonl", lambda text: text.partition("\n")[2]),
        "2 entries of the kind decision matched the request",
    ),
    (
        edited("entries.jsonl", lambda text: text.partition("\n")[0] + "\n" + text.partition("\n")[0]),
        "was there before",
    ),
    (edited("entries.jsonl", lambda text: text + "{"), "cannot be read: JSONDecodeError"),
    (edited("entries.jsonl", lambda text: "7\n" + text), "Line 1 of entries.jsonl is no entry"),
    (edited("entries.jsonl", first_line(lambda line: line.update(index="x"))), "cannot be read: TypeError"),
    (edited("openings.jsonl", lambda text: text.partition("\n")[2]), "openings.jsonl is not what the service wrote"),
    (edited("checkpoint.txt", lambda text: "eve"), "cannot be read: ValueError"),
    (edited("keys.txt", lambda text: text + "eve\n"), "cannot be read: ValueError"),
    (edited("manifest.txt", lambda text: text.replace('"entries":2', '"entries":1')), "manifest is not signed"),
    (removed("manifest.txt"), "The manifest is gone"),
    (removed("consistency.jsonl"), "consistency.jsonl is gone"),
    (removed("entries.jsonl"), "entries.jsonl is gone"),
    (lambda folder: (folder / "unopened.jsonl").write_text(""), "unopened.jsonl is not in the manifest"),
    (lambda folder: (folder / "checkpoint.txt").write_bytes(b"\xff"), "cannot be read: UnicodeDecodeError"),
]


def test_whatever_was_changed_on_the_way_is_told(bundle: Path) -> None:
    whole = {path: path.read_bytes() for path in bundle.iterdir()}
    for damage, sentence in BROKEN:
        damage(bundle)
        code, told = verified(bundle)
        assert (3, True, False) == (code, sentence in told, "Traceback" in told), (sentence, told)
        (bundle / "unopened.jsonl").unlink(missing_ok=True)
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
        for order in (
            Order(Wanted(), "", "why"),
            Order(Wanted(), "mia", " "),
            Order(Wanted(), "mia", "why", opened=True),
        ):
            with pytest.raises(InvalidInputError):
                evidence.note(unit, order, done, now=NOW)


def exported(look: Reading, folder: Path, keyring: Keyring | None) -> tuple[evidence.Exported, list[dict[str, str]]]:
    """All that decisions commit to, opened, and what the bundle says of the rest; its own script finds it whole."""
    out = folder / "out"
    shutil.rmtree(out, ignore_errors=True)
    order = Order(Wanted(kinds=["decision"]), "mia", "asked by the authority", opened=True)
    done = evidence.write(look, folder / "e.zip", order, keyring)
    with zipfile.ZipFile(folder / "e.zip") as archive:
        archive.extractall(out)
    assert 0 == verified(out)[0]
    told = out / "unopened.jsonl"
    return done, [json.loads(line) for line in told.read_text().splitlines()] if told.exists() else []


def test_places_and_numbers_at_the_platform_are_opened_with_the_rest(
    sqlite: Database, keyring_of_sqlite: Keyring, tmp_path: Path
) -> None:
    put(sqlite, keyring_of_sqlite, an_answer(a_comment("one", known_as="c-1", thread_id="t-1")))
    put(sqlite, keyring_of_sqlite, an_answer(a_comment("one", known_as="c-1", thread_id="t-2")))
    sealed(sqlite, open_signer(sqlite, tmp_path / "keys", now=NOW))
    with sqlite.reading() as look:
        done, unopened = exported(look, tmp_path, keyring_of_sqlite)
    assert (8, [], []) == (done.opened, unopened, evidence.told_closed(done))
    opened = [json.loads(line) for line in (tmp_path / "out" / "openings.jsonl").read_text().splitlines()]
    assert [("external", "c-1"), ("thread", "t-1"), ("external", "c-1"), ("thread", "t-2")] == [
        (each["kind"], each["value"]) for each in sorted(opened, key=lambda e: (e["index"], e["kind"]))
        if each["kind"] in ("thread", "external")
    ]  # fmt: skip


ANOTHER = (
    "1 {} could not be opened: the tables say others than the entries commit to. The platform has said others since, "
    "or somebody altered the tables, which chaffinch audit verify tells."
)
NO_KEY = "pseudonyms could not be opened: the pseudonym key that they were stored under is not at hand. Restore it from"
CLOSED = {
    "UPDATE comments SET author_cipher = (SELECT max(author_cipher) FROM comments WHERE external_id = 'c-2'), "
    "author_index = '' WHERE external_id = 'c-1'": ANOTHER.format("pseudonyms"),
    "UPDATE comments SET author_cipher = NULL WHERE external_id = 'c-1'": ANOTHER.format("pseudonyms"),
    "UPDATE comments SET author_cipher = '1:AAAA' WHERE external_id = 'c-1'": (
        "1 pseudonyms could not be opened: the pseudonym key does not open them: somebody altered the tables."
    ),
    "UPDATE comments SET author_cipher = '7:AAAA' WHERE external_id = 'c-1'": f"1 {NO_KEY}",
    "UPDATE comments SET text = 'other' WHERE external_id = 'c-1'": ANOTHER.format("texts"),
    "UPDATE comments SET external_id = 'c-9' WHERE external_id = 'c-1'": ANOTHER.format(
        "numbers of comments at the platform"
    ),
    "UPDATE decisions SET thread_id = NULL WHERE thread_id = 't-1'": ANOTHER.format("threads"),
}


def test_what_cannot_be_opened_is_told_in_a_sentence_with_why(
    sqlite: Database, keyring_of_sqlite: Keyring, tmp_path: Path
) -> None:
    for number, author in ((1, "ann"), (2, "bob")):
        comment = a_comment(f"text {number}", known_as=f"c-{number}", thread_id=f"t-{number}")
        put(sqlite, keyring_of_sqlite, an_answer(replace(comment, author=Author(id=author))))
    sealed(sqlite, open_signer(sqlite, tmp_path / "keys", now=NOW))
    missed = {}
    for statement, sentence in CLOSED.items():
        with sqlite.unit() as unit:
            unit.execute(text(statement))
            done, unopened = exported(unit, tmp_path, keyring_of_sqlite)
        if not (7 == done.opened and evidence.told_closed(done)[0].startswith(sentence) and 0 == unopened[0]["index"]):
            missed[statement] = evidence.told_closed(done)
    assert {} == missed


def test_without_the_key_pseudonyms_stay_closed_and_the_entry_says_how_many(
    sqlite: Database, keyring_of_sqlite: Keyring, tmp_path: Path
) -> None:
    [stored, _] = put(sqlite, keyring_of_sqlite, *(an_answer(a_comment(f"text {number}")) for number in range(2)))
    sealed(sqlite, open_signer(sqlite, tmp_path / "keys", now=NOW))
    with sqlite.reading() as look:
        done, unopened = exported(look, tmp_path, None)
    assert [f"2 {NO_KEY} a backup."] == evidence.told_closed(done)
    assert [
        {"index": 0, "kind": "author", "why": "no_key"},
        {"index": 1, "kind": "author", "why": "no_key"},
    ] == unopened
    with sqlite.unit() as unit:
        evidence.note(unit, Order(Wanted(), "mia", "asked by the authority", "art. 10", opened=True), done, now=NOW)
        assert 2 == json.loads(ledger.page(unit, subject_id="evidence").items[0].body)["facts"]["not_opened"]
        erasing.erase_one(unit, stored.comment_id, now=NOW)
        done, unopened = exported(unit, tmp_path, keyring_of_sqlite)
    assert {"text", "author"} == {each["kind"] for each in unopened if each["why"] == "erased"}
    assert [
        "1 pseudonyms could not be opened: they were erased.",
        "1 texts could not be opened: they were erased.",
    ] == (evidence.told_closed(done))

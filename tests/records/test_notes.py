"""Checkpoints are signed notes that others' tools read."""

from __future__ import annotations

import base64
import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from moderation.errors import InvalidInputError
from records.merkle import EMPTY
from records.notes import Signer, Verifier, parse, signed_by

SIGNER = Signer("chaffinch/1f", 1, Ed25519PrivateKey.from_private_bytes(bytes(32)))
PUBLIC = "ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
KEY_ID = hashlib.sha256(b"chaffinch/1f\n" + base64.b64decode(PUBLIC)).hexdigest()[:8]
KEY = f"chaffinch/1f+{KEY_ID}+{PUBLIC}"


def test_a_note_is_signed_and_read_again() -> None:
    note = SIGNER.sign(7, EMPTY)
    lines = note.split("\n")
    assert ["chaffinch/1f", "7", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", ""] == lines[:4]
    assert lines[4].startswith("— chaffinch/1f ")
    found = parse(note)
    assert (7, EMPTY) == (found.size, found.root)
    assert SIGNER.verifier.has_signed(found)
    assert parse(note.replace("\n", "\r\n")) == found  # it was sent through something that changes line ends


def test_the_key_has_the_form_of_signed_notes_and_an_id_of_its_name_and_bytes() -> None:
    assert KEY == str(SIGNER.verifier)
    assert SIGNER.verifier.id == Verifier.parse(f" {KEY}\n").id


@pytest.mark.parametrize(
    "change", [("7", "8"), ("47DEQ", "57DEQ"), ("chaffinch/1f\n7", "chaffinch/2f\n7")], ids=["size", "root", "origin"]
)
def test_a_note_that_was_changed_is_not_signed(change: tuple[str, str]) -> None:
    assert signed_by(parse(SIGNER.sign(7, EMPTY).replace(*change, 1)), [SIGNER.verifier]) is None


def test_another_key_of_the_same_name_did_not_sign_it() -> None:
    other = Signer("chaffinch/1f", 2, Ed25519PrivateKey.from_private_bytes(bytes([1] * 32)))
    note = parse(SIGNER.sign(7, EMPTY))
    assert signed_by(note, [other.verifier]) is None
    assert SIGNER.verifier == signed_by(note, [other.verifier, SIGNER.verifier])


@pytest.mark.parametrize(
    "note", ["", "a\n1\n", "a\nx\nAA==\n\n", "a\n-1\n" + "A" * 43 + "=\n\n", "a\n01\n" + "A" * 43 + "=\n\n"]
)
def test_what_is_no_note_is_refused(note: str) -> None:
    with pytest.raises(InvalidInputError, match="is no checkpoint"):
        parse(note)


@pytest.mark.parametrize("told", ["", "a+b", KEY.replace(KEY_ID, "00000000"), KEY[:-4], KEY.replace("+AT", "+AD")])
def test_what_is_no_key_is_refused(told: str) -> None:
    with pytest.raises(InvalidInputError, match="no public key"):
        Verifier.parse(told)

#!/usr/bin/env python3
"""Checks evidence out of a Chaffinch ledger. Needs Python 3.8 and nothing else; it reads the files beside it.

    python3 verify.py [--key KEY] [--checkpoint FILE]

--key         the ledger's public key as you know it from elsewhere; without it the key in the bundle is believed
--checkpoint  a checkpoint that you kept, to see that the ledger only grew since (the bundle must hold a proof of it)

Exit 0: everything that was checked fits; the last line says in capitals what was not checked. Without --key that is
whose bundle it is: whoever makes one may sign it with a key of their own, and exit 0 says that it fits itself.
Exit 3: something does not fit; what it is, is said.
What is checked: the checkpoint's signature (Ed25519, RFC 8032), each entry's way to its root (RFC 6962), the ways from
earlier checkpoints, texts that were opened against the commitments in their entries, and the signed manifest: that
every file is the one that the service wrote, and as many entries of each kind are here as it says matched the request.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import sys
from pathlib import Path
from typing import Any, NamedTuple, Tuple  # noqa: UP035 - evaluated, by Python 3.8 too

# --- Ed25519, verification alone (RFC 8032, section 5.1) -------------------------------------------------------------

Point = Tuple[int, int, int, int]  # noqa: UP006 - Python 3.8 evaluates this line

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)


def add(one: Point, two: Point) -> Point:
    """The sum of two points in extended coordinates."""
    a = (one[1] - one[0]) * (two[1] - two[0]) % P
    b = (one[1] + one[0]) * (two[1] + two[0]) % P
    c, d = 2 * one[3] * two[3] * D % P, 2 * one[2] * two[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(factor: int, point: Point) -> Point:
    """A multiple of a point."""
    found = (0, 1, 1, 0)
    while factor:
        if factor & 1:
            found = add(found, point)
        point, factor = add(point, point), factor >> 1
    return found


def decoded(raw: bytes) -> Point | None:
    """A point from its 32 bytes; None where it is none."""
    y = int.from_bytes(raw, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


BASE = decoded((4 * pow(5, P - 2, P) % P).to_bytes(32, "little")) or (0, 1, 1, 0)


def is_signed(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the signature over the message is this key's."""
    if len(signature) != 64 or len(key) != 32:
        return False
    public, nonce, rest = decoded(key), decoded(signature[:32]), int.from_bytes(signature[32:], "little")
    if public is None or nonce is None or rest >= ORDER:
        return False
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % ORDER
    left, right = times(rest, BASE), add(nonce, times(challenge, public))
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 and (left[1] * right[2] - right[1] * left[2]) % P == 0


# --- The tree (RFC 6962; RFC 9162, sections 2.1.3.2 and 2.1.4.2) -----------------------------------------------------


def leaf_hash(body: bytes) -> bytes:
    """Of an entry."""
    return hashlib.sha256(b"\x00" + body).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Of two subtrees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def walked(index: int, size: int, proof: list[bytes], old: bytes, new: bytes) -> tuple[bytes, bytes] | None:
    """The roots that a proof leads to from both starts; None where it is no proof of this size."""
    at, last = index, size - 1
    for sibling in proof:
        if last == 0:
            return None
        if at % 2 or at == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while at % 2 == 0 and at:
                at, last = at >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        at, last = at >> 1, last >> 1
    return (old, new) if last == 0 else None


def is_included(leaf: bytes, index: int, size: int, proof: list[bytes], root: bytes) -> bool:
    """Whether the leaf stands at `index` in the tree with this root."""
    if not 0 <= index < size:
        return False
    found = walked(index, size, proof, leaf, leaf)
    return found is not None and found[1] == root


def is_beginning(first: int, first_root: bytes, size: int, root: bytes, proof: list[bytes]) -> bool:
    """Whether the tree of `first` leaves is the beginning of the tree of `size`."""
    if first == size:
        return first_root == root and not proof
    steps = list(proof)
    if first & (first - 1) == 0:
        steps.insert(0, first_root)
    if not steps or not 0 < first < size:
        return False
    at, last = first - 1, size - 1
    while at % 2:
        at, last = at >> 1, last >> 1
    return walked(at, last + 1, steps[1:], steps[0], steps[0]) == (first_root, root)


# --- The bundle ------------------------------------------------------------------------------------------------------


class Key(NamedTuple):
    """A public key of the ledger: its name, the four bytes that signatures begin with, and its 32."""

    name: str
    id: bytes
    raw: bytes


class Note(NamedTuple):
    """A checkpoint; `message` is what was signed."""

    origin: str
    size: int
    root: bytes
    message: bytes
    marks: list[tuple[str, bytes]]


def note_of(text: str) -> Note:
    """A checkpoint as it is printed."""
    body, marks = parts_of(text)
    origin, size, root = body.split("\n")
    return Note(origin, int(size), base64.b64decode(root), (body + "\n").encode(), marks)


def parts_of(text: str) -> tuple[str, list[tuple[str, bytes]]]:
    """What was signed, without its last line break, and the signatures."""
    body, _, marks = text.replace("\r\n", "\n").partition("\n\n")
    signatures = [line.split(" ")[1:] for line in marks.splitlines() if line.strip()]
    return body, [(name, base64.b64decode(mark)) for name, mark in signatures]


def key_of(told: str) -> Key:
    """Name, id and bytes of `name+id+key`."""
    name, number, key = told.strip().split("+", 2)
    raw = base64.b64decode(key)
    if raw[:1] != b"\x01" or hashlib.sha256(name.encode() + b"\n" + raw).hexdigest()[:8] != number:
        raise ValueError("not a key of a ledger: " + told)
    return Key(name, bytes.fromhex(number), raw[1:])


def is_signed_note(note: Note, keys: list[Key]) -> bool:
    """Whether one of the keys signed the checkpoint."""
    for name, mark in note.marks:
        for key in keys:
            if name == key.name and mark[:4] == key.id and is_signed(key.raw, note.message, mark[4:]):
                return True
    return False


def lines_of(folder: Path, name: str) -> list[dict[str, Any]]:
    """The JSON lines of a file; none where it is not there."""
    path = folder / name
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]


def hashes(told: list[str]) -> list[bytes]:
    """From hexadecimal."""
    return [bytes.fromhex(each) for each in told]


def check_entries(folder: Path, note: Note, faults: list[str]) -> dict[int, dict[str, Any]]:
    """Every entry's way to the root; bodies by number."""
    bodies: dict[int, dict[str, Any]] = {}
    for number, line in enumerate(lines_of(folder, "entries.jsonl"), 1):
        if not isinstance(line, dict) or not isinstance(line.get("body"), str) or line.get("index") in bodies:
            faults.append(f"Line {number} of entries.jsonl is no entry, or one that was there before.")
            continue
        index, body = line["index"], line["body"].encode()
        if is_included(leaf_hash(body), index, note.size, hashes(line["proof"]), note.root):
            bodies[index] = json.loads(body)
        else:
            faults.append(f"Entry {index} is not in the ledger of this checkpoint: it was changed, or its proof was.")
    return bodies


def check_manifest(folder: Path, note: Note, keys: list[Key], bodies: dict[int, dict[str, Any]]) -> list[str]:
    """What the service says that it put in, beside what is here."""
    path = folder / "manifest.txt"
    if not path.exists():
        return ["The manifest is gone: what else was taken out of the bundle cannot be told."]
    body, marks = parts_of(path.read_text(encoding="utf-8"))
    if not is_signed_note(Note(note.origin, 0, b"", (body + "\n").encode(), marks), keys):
        return ["The manifest is not signed by the ledger's key."]
    head, _, document = body.partition("\n")
    told = json.loads(document)
    faults = [] if head == "chaffinch bundle" else ["The manifest is none."]
    if (told["origin"], told["size"], told["root"]) != (note.origin, note.size, note.root.hex()):
        faults.append("The manifest is of another checkpoint than the one that is here.")
    for name, digest in told["files"].items():
        if not (folder / name).exists():
            faults.append(f"{name} is gone.")
        elif hashlib.sha256((folder / name).read_bytes()).hexdigest() != digest:
            faults.append(f"{name} is not what the service wrote.")
    strange = {each.name for each in folder.iterdir()} - {*told["files"], "verify.py", "manifest.txt"}
    faults += [f"{name} is not in the manifest." for name in sorted(strange) if name.endswith((".jsonl", ".txt"))]
    for kind, many in told["kinds"].items():
        here = sum(each.get("kind") == kind for each in bodies.values())
        if here != many:
            faults.append(f"{many} entries of the kind {kind} matched the request, and {here} are here.")
    if told["entries"] != len(bodies):
        faults.append(f"{told['entries']} entries matched the request, and {len(bodies)} are here.")
    return faults


def check_openings(folder: Path, bodies: dict[int, dict[str, Any]], faults: list[str]) -> int:
    """Texts and pseudonyms that were opened, against what their entries hold."""
    count = 0
    for line in lines_of(folder, "openings.jsonl"):
        salt, kind, value = bytes.fromhex(line["salt"]), line["kind"], line["value"]
        found = hashlib.sha256(salt + kind.encode() + b"\0" + value.encode()).hexdigest()
        said = bodies.get(line["index"], {}).get("facts", {}).get(kind + "_commitment")
        count += 1
        if found != said:
            faults.append(f"The {kind} opened for entry {line['index']} is not what the entry commits to.")
    return count


def check_growth(folder: Path, note: Note, keys: list[Key], kept: Note | None, faults: list[str]) -> list[int]:
    """The ways from earlier checkpoints to this one; the sizes of those that it was proved for."""
    proved = [note[:3]]
    for line in lines_of(folder, "consistency.jsonl"):
        earlier = note_of(line["checkpoint"])
        if not is_signed_note(earlier, keys):
            faults.append(f"The earlier checkpoint of {earlier.size} entries is not signed by the ledger's key.")
        elif not is_beginning(earlier.size, earlier.root, note.size, note.root, hashes(line["proof"])):
            faults.append(f"The ledger of {earlier.size} entries is not the beginning of this one: it was rewritten.")
        else:
            proved.append(earlier[:3])
    if kept is not None and kept[:3] not in proved:
        faults.append(f"The bundle proves nothing about the checkpoint that you kept ({kept.size} entries).")
    return [size for _, size, _ in proved[1:]]


def main() -> int:
    """Reads, checks, tells; what cannot be read is a fault."""
    try:
        return checked()
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, OSError, RecursionError) as error:
        print(f"The bundle, or what you gave, cannot be read: {type(error).__name__}: {error}")
        return 3


def checked() -> int:
    """Every check, and what came of it."""
    parser = argparse.ArgumentParser(description="Checks evidence out of a Chaffinch ledger.")
    parser.add_argument("--key", help="the ledger's public key, as you know it from elsewhere")
    parser.add_argument("--checkpoint", help="a checkpoint that you kept")
    asked = parser.parse_args()
    folder = Path(__file__).resolve().parent
    faults: list[str] = []
    in_bundle = (folder / "keys.txt").read_text(encoding="utf-8").split()
    keys = [key_of(told) for told in ([asked.key] if asked.key else in_bundle)]
    note = note_of((folder / "checkpoint.txt").read_text(encoding="utf-8"))
    kept = note_of(Path(asked.checkpoint).read_text(encoding="utf-8")) if asked.checkpoint else None
    if not is_signed_note(note, keys):
        faults.append("The checkpoint is not signed by the ledger's key.")
    bodies = check_entries(folder, note, faults)
    faults += check_manifest(folder, note, keys, bodies)
    opened = check_openings(folder, bodies, faults)
    proved = check_growth(folder, note, keys, kept, faults)
    if faults:
        print("\n".join(faults))
        return 3
    print(f"Ledger {note.origin}, {note.size} entries, root {note.root.hex()}.")
    print(f"{len(bodies)} entries are in it as they are here; {opened} opened texts or pseudonyms fit.")
    print("The manifest is signed, and all that it names is here.")
    for size in proved:
        print(f"It only grew since the checkpoint of {size} entries.")
    print(left_open(asked.key, asked.checkpoint, keys))
    return 0


def left_open(key: str | None, checkpoint: str | None, keys: list[Key]) -> str:
    """What was not checked, for lack of what only the reader has."""
    told = []
    if not key:
        named = ", ".join(f"{each.name}+{each.id.hex()}" for each in keys)
        told.append(
            f"WHO SIGNED IT. The key is the bundle's own ({named}), and anybody can make one: compare it with the key "
            "that the service publishes, and run this again with --key"
        )
    if not checkpoint:
        told.append("THAT NOTHING BEFORE IT WAS REWRITTEN: give a checkpoint that you kept with --checkpoint")
    return f"NOT CHECKED: {'. NOT CHECKED: '.join(told)}." if told else "All was checked, against what you gave."


if __name__ == "__main__":
    sys.exit(main())

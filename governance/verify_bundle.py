#!/usr/bin/env python3
"""Checks evidence out of a Chaffinch ledger. Needs Python 3.8 and nothing else; it reads the files beside it.

    python3 verify.py [--key KEY]... [--checkpoint FILE]...

--key         a public key of the ledger as you know it from elsewhere, once for each that was published, in any order;
              without it the keys in the bundle are believed
--checkpoint  a checkpoint that you kept, to see that the ledger only grew since (the bundle must hold a proof of it)

A ledger has a new key where the old one was lost or known to others. The newest key is enough: by the signed manifest
it vouches for those before it. An earlier one vouches for nothing that a later one signed, since whoever finds it could
say that any key follows: with it alone you learn what the checkpoints show that it signed itself, and exit 3.

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
from typing import Any, Iterable, NamedTuple, Tuple  # noqa: UP035 - evaluated, by Python 3.8 too

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


def called(keys: Iterable[Key]) -> str:
    """Keys as a reader tells them apart."""
    return ", ".join(f"{key.name}+{key.id.hex()}" for key in keys)


def following(listed: list[Key]) -> list[tuple[Key, Key]]:
    """Each key with the one that it took over from."""
    return [(listed[at], listed[at + 1]) for at in range(len(listed) - 1)]


def signer_of(note: Note, keys: Iterable[Key]) -> Key | None:
    """Which of the keys signed it; a key signs for the ledger of its own name alone."""
    for name, mark in note.marks:
        for key in keys:
            if name == key.name == note.origin and mark[:4] == key.id and is_signed(key.raw, note.message, mark[4:]):
                return key
    return None


class Keys(NamedTuple):
    """`given` from elsewhere, or else the bundle's own; `known`: those and the ones that they vouch for."""

    given: list[Key]
    known: list[Key]
    listed: list[Key]

    def fault(self, what: str, note: Note) -> str | None:
        """Why its signature counts for nothing; None where it counts."""
        if signer_of(note, self.known):
            return None
        other = signer_of(note, self.listed)
        if other is None:
            return f"{what} is not signed by the ledger's key."
        return (
            f"{what} is signed by {called([other])}, another key of this bundle than you gave. If the service "
            "publishes it, run this again with a further --key; if it does not, somebody else made the bundle."
        )


class Manifest(NamedTuple):
    """What the service says that it put in, and who signed that."""

    head: str
    told: dict[str, Any]
    note: Note


def manifest_of(folder: Path, origin: str) -> Manifest | None:
    """As it stands there, whoever signed it; None where it is gone."""
    path = folder / "manifest.txt"
    if not path.exists():
        return None
    body, marks = parts_of(path.read_text(encoding="utf-8"))
    head, _, document = body.partition("\n")
    return Manifest(head, json.loads(document), Note(origin, 0, b"", (body + "\n").encode(), marks))


def keys_of(folder: Path, asked: list[str], manifest: Manifest | None) -> Keys:
    """Keys that count. The one that signed the manifest vouches for those below it in the file that it names."""
    raw = (folder / "keys.txt").read_bytes()
    listed = [key_of(told) for told in raw.decode("utf-8").split()]
    given = [key_of(told) for told in dict.fromkeys(asked)] or listed
    signer = manifest and signer_of(manifest.note, given)
    if not manifest or signer not in listed or manifest.told["files"].get("keys.txt") != sha256(raw):
        return Keys(given, given, listed)
    earlier = [key for key in listed[listed.index(signer) + 1 :] if key not in given]
    return Keys(given, given + earlier, listed)


def lines_of(folder: Path, name: str) -> list[dict[str, Any]]:
    """The JSON lines of a file; none where it is not there."""
    path = folder / name
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]


def hashes(told: list[str]) -> list[bytes]:
    """From hexadecimal."""
    return [bytes.fromhex(each) for each in told]


def sha256(content: bytes) -> str:
    """In hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def check_entries(folder: Path, name: str, note: Note, faults: list[str]) -> dict[int, dict[str, Any]]:
    """Every entry's way to the root; bodies by number."""
    bodies: dict[int, dict[str, Any]] = {}
    for number, line in enumerate(lines_of(folder, name), 1):
        if not isinstance(line, dict) or not isinstance(line.get("body"), str) or line.get("index") in bodies:
            faults.append(f"Line {number} of {name} is no entry, or one that was there before.")
            continue
        index, body = line["index"], line["body"].encode()
        if is_included(leaf_hash(body), index, note.size, hashes(line["proof"]), note.root):
            bodies[index] = json.loads(body)
        else:
            faults.append(f"Entry {index} is not in the ledger of this checkpoint: it was changed, or its proof was.")
    return bodies


def check_manifest(
    folder: Path, note: Note, keys: Keys, manifest: Manifest | None, bodies: dict[int, dict[str, Any]]
) -> list[str]:
    """What the service says that it put in, beside what is here."""
    if manifest is None:
        return ["The manifest is gone: what else was taken out of the bundle cannot be told."]
    if fault := keys.fault("The manifest", manifest.note):
        return [fault]
    told = manifest.told
    faults = [] if manifest.head == "chaffinch bundle" else ["The manifest is none."]
    if not signer_of(manifest.note, keys.listed[:1]):
        faults.append("The manifest is not signed by the newest key of keys.txt: an earlier one signs no more.")
    if (told["origin"], told["size"], told["root"]) != (note.origin, note.size, note.root.hex()):
        faults.append("The manifest is of another checkpoint than the one that is here.")
    for name, digest in told["files"].items():
        if not (folder / name).exists():
            faults.append(f"{name} is gone.")
        elif sha256((folder / name).read_bytes()) != digest:
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


def check_renewals(folder: Path, note: Note, listed: list[Key], faults: list[str]) -> dict[Key, int]:
    """With which entry each earlier key gave way, as the ledger itself says."""
    given_way: dict[Key, int] = {}
    for index, body in check_entries(folder, "renewals.jsonl", note, faults).items():
        before, now = (key_of(body["facts"][each]) for each in ("before", "now"))
        if body["kind"] == "ledger.key_renewed" and (now, before) in following(listed):
            given_way[before] = index
        else:
            faults.append(f"Entry {index} of renewals.jsonl is not about two keys that follow each other in keys.txt.")
    return given_way


def check_in_time(notes: list[Note], listed: list[Key], given_way: dict[Key, int], faults: list[str]) -> None:
    """That no key signed what was sealed after another one had taken over: who found it later might."""
    for note in notes:
        signer = signer_of(note, listed)
        if signer in given_way and note.size > given_way[signer]:
            taken_over = f"another one had taken over with entry {given_way[signer]}"
            faults.append(
                f"The checkpoint of {note.size} entries is signed by {called([signer])}, though {taken_over}."
            )


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


def check_growth(folder: Path, note: Note, keys: Keys, kept: list[Note], faults: list[str]) -> list[Note]:
    """The ways from earlier checkpoints to this one; those that it was proved for."""
    proved: list[Note] = []
    for line in lines_of(folder, "consistency.jsonl"):
        earlier = note_of(line["checkpoint"])
        if fault := keys.fault(f"The earlier checkpoint of {earlier.size} entries", earlier):
            faults.append(fault)
        elif not is_beginning(earlier.size, earlier.root, note.size, note.root, hashes(line["proof"])):
            faults.append(f"The ledger of {earlier.size} entries is not the beginning of this one: it was rewritten.")
        else:
            proved.append(earlier)
    held = [each[:3] for each in (note, *proved)]
    lacking = [each.size for each in kept if each[:3] not in held]
    faults += [f"The bundle proves nothing about the checkpoint that you kept ({size} entries)." for size in lacking]
    return proved


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
    parser.add_argument("--key", action="append", help="a public key of the ledger, as you know it from elsewhere")
    parser.add_argument("--checkpoint", action="append", help="a checkpoint that you kept")
    asked = parser.parse_args()
    folder = Path(__file__).resolve().parent
    note = note_of((folder / "checkpoint.txt").read_text(encoding="utf-8"))
    manifest = manifest_of(folder, note.origin)
    keys = keys_of(folder, asked.key or [], manifest)
    kept = [note_of(Path(each).read_text(encoding="utf-8")) for each in asked.checkpoint or ()]
    faults = [f"The key {called([key])} is of another ledger." for key in keys.given if key.name != note.origin]
    if fault := keys.fault("The checkpoint", note):
        faults.append(fault)
    bodies = check_entries(folder, "entries.jsonl", note, faults)
    faults += check_manifest(folder, note, keys, manifest, bodies)
    opened = check_openings(folder, bodies, faults)
    proved = check_growth(folder, note, keys, kept, faults)
    given_way = check_renewals(folder, note, keys.listed, faults)
    check_in_time([note, *proved], keys.listed, given_way, faults)
    if faults:
        print("\n".join([*faults, *vouched(keys, note, proved, bodies)]))
        return 3
    print(f"Ledger {note.origin}, {note.size} entries, root {note.root.hex()}.")
    print(f"{len(bodies)} entries are in it as they are here; {opened} opened texts or pseudonyms fit.")
    print("The manifest is signed, and all that it names is here.")
    for each in proved:
        print(f"It only grew since the checkpoint of {each.size} entries.")
    for remark in beside(keys, given_way, manifest):
        print(remark)
    print(left_open(asked.key, asked.checkpoint, keys))
    return 0


def vouched(keys: Keys, note: Note, proved: list[Note], bodies: dict[int, dict[str, Any]]) -> list[str]:
    """What the keys show where another one signed the checkpoint itself: a proved beginning holds its entries too."""
    signed = [each.size for each in proved if signer_of(each, keys.given)]
    if signer_of(note, keys.known) or not signed:
        return []
    first, here = max(signed), sum(index < max(signed) for index in bodies)
    return [f"What you gave vouches for the first {first} entries and no more; {here} of those here are among them."]


def beside(keys: Keys, given_way: dict[Key, int], manifest: Manifest | None) -> list[str]:
    """What is worth knowing and no fault: keys on the word of others, and what was written and is not in yet."""
    told = []
    for now, before in following(keys.listed):
        how = f"with entry {given_way[before]}" if before in given_way else "which no entry here says yet"
        told.append(f"{called([now])} took over from {called([before])}, {how}.")
    if earlier := keys.known[len(keys.given) :]:
        told.append(f"By the signed manifest's word earlier keys, which you did not give, are {called(earlier)}.")
    waiting = manifest.told.get("waiting") if manifest else 0
    if waiting:
        told.append(f"{waiting} more entries that match the request waited to be sealed when this was made: not in it.")
    return told


def left_open(given: list[str] | None, kept: list[str] | None, keys: Keys) -> str:
    """What was not checked, for lack of what only the reader has."""
    told = []
    if not given:
        told.append(
            f"WHO SIGNED IT. The key is the bundle's own ({called(keys.listed)}), and anybody can make one: compare it "
            "with what the service publishes, and run this again with --key"
        )
    if not kept:
        told.append("THAT NOTHING BEFORE IT WAS REWRITTEN: give a checkpoint that you kept with --checkpoint")
    if unheard := [key for key in keys.given if key not in keys.listed]:
        told.append(
            f"THAT IT IS FROM BEFORE {called(unheard)}, of which it knows nothing: whoever has an earlier key can "
            "still sign with that. Where the earlier one was known to others, ask for a new bundle"
        )
    return f"NOT CHECKED: {'. NOT CHECKED: '.join(told)}." if told else "All was checked, against what you gave."


if __name__ == "__main__":
    sys.exit(main())

"""The Merkle tree of RFC 6962: hashes, proofs, and how both are checked. Pure functions, no database.

A tree over n leaves is read through `Nodes`: the hash of a complete subtree of 2^level leaves. They stand in tiles of
256 (https://c2sp.org/tlog-tiles): tile (level, position) has the hashes of up to 256 subtrees of 256^level leaves each,
so that a proof among a million entries reads a handful of tiles.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence

HASH_BYTES = 32
TILE_BITS = 8
TILE = 1 << TILE_BITS
"""Hashes in a full tile."""

EMPTY = hashlib.sha256().digest()
"""The root of a tree without leaves."""

Nodes = Callable[[int, int], bytes]
"""The hash of the complete subtree of 2^level leaves at this index among its like: `nodes(level, index)`."""


def leaf_hash(body: bytes) -> bytes:
    """SHA-256 of a zero byte and the entry (RFC 6962, 2.1)."""
    return hashlib.sha256(b"\x00" + body).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256 of a one byte and both children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def complete(hashes: Sequence[bytes]) -> bytes:
    """The root over 2^k hashes of complete subtrees side by side."""
    level = list(hashes)
    while len(level) > 1:
        level = [node_hash(level[at], level[at + 1]) for at in range(0, len(level), 2)]
    return level[0]


def root(nodes: Nodes, size: int) -> bytes:
    """The root of the tree over the first `size` leaves."""
    return EMPTY if size == 0 else _over(nodes, 0, size)


def inclusion(nodes: Nodes, index: int, size: int) -> list[bytes]:
    """The proof that leaf `index` is in the tree of `size` (RFC 6962, 2.1.1), lowest sibling first."""
    if not 0 <= index < size:
        raise ValueError(f"there is no leaf {index} in a tree of {size}")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_over(nodes, middle, end))
            end = middle
        else:
            path.append(_over(nodes, start, middle))
            start = middle
    return path[::-1]


def consistency(nodes: Nodes, first: int, size: int) -> list[bytes]:
    """The proof that the tree of `first` leaves is the beginning of the tree of `size` (RFC 6962, 2.1.2)."""
    if not 0 < first <= size:
        raise ValueError(f"a tree of {first} is no beginning of one of {size}")
    path: list[bytes] = []
    start, end, known = 0, size, True  # whether the old tree's root is this subtree: then nobody needs to be told
    while first != end:
        middle = start + _split(end - start)
        if first <= middle:
            path.append(_over(nodes, middle, end))
            end = middle
        else:
            path.append(_over(nodes, start, middle))
            start, known = middle, False
    if not known:
        path.append(_over(nodes, start, end))
    return path[::-1]


def root_of_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes | None:
    """The root that the proof leads to; None where it is no proof of this size (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return None
    at, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return None
        if at % 2 or at == last:
            found = node_hash(sibling, found)
            while at % 2 == 0 and at:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        at, last = at >> 1, last >> 1
    return found if last == 0 else None


def roots_of_consistency(
    first: int, first_root: bytes, size: int, proof: Sequence[bytes]
) -> tuple[bytes, bytes] | None:
    """The old and the new root that the proof leads to; None where it is none of these sizes (RFC 9162, 2.1.4.2)."""
    if first == size:
        return (first_root, first_root) if not proof else None
    steps = list(proof)
    if first & (first - 1) == 0:
        steps.insert(0, first_root)
    if not steps or not 0 < first < size:
        return None
    at, last = first - 1, size - 1
    while at % 2:
        at, last = at >> 1, last >> 1
    old = new = steps[0]
    for sibling in steps[1:]:
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


def roots_at(leaves: Iterable[bytes], sizes: Iterable[int]) -> Iterator[tuple[int, bytes]]:
    """The root at each of `sizes` (ascending), read in one pass; sizes beyond the leaves are left out."""
    peaks: list[bytes] = []
    count, wanted = 0, iter(sizes)
    size = next(wanted, None)
    while size == 0:
        yield 0, EMPTY
        size = next(wanted, None)
    for leaf in leaves:
        found, count = leaf, count + 1
        rest = count
        while rest % 2 == 0:
            found, rest = node_hash(peaks.pop(), found), rest >> 1
        peaks.append(found)
        while size == count:
            yield count, _folded(peaks)
            size = next(wanted, None)
        if size is None:
            return


def nodes_of(tile: Callable[[int, int], Sequence[bytes]]) -> Nodes:
    """Nodes out of tiles; `tile(level, position)` gives the hashes that it has."""

    def node(level: int, index: int) -> bytes:
        height, rest = divmod(level, TILE_BITS)
        first = index << rest
        hashes = tile(height, first >> TILE_BITS)
        inside = first % TILE
        return complete(hashes[inside : inside + (1 << rest)])

    return node


def hashes_in(tile: bytes) -> list[bytes]:
    """A tile's bytes as single hashes."""
    return [tile[at : at + HASH_BYTES] for at in range(0, len(tile), HASH_BYTES)]


def _split(count: int) -> int:
    """The greatest power of two below `count`."""
    return 1 << ((count - 1).bit_length() - 1)


def _over(nodes: Nodes, start: int, end: int) -> bytes:
    """The hash over leaves `start` to `end`, where `start` is a multiple of the greatest power of two in between."""
    peaks: list[bytes] = []
    while start < end:
        level = (end - start).bit_length() - 1
        peaks.append(nodes(level, start >> level))
        start += 1 << level
    return _folded(peaks)


def _folded(peaks: Sequence[bytes]) -> bytes:
    found = peaks[-1]
    for peak in reversed(peaks[:-1]):
        found = node_hash(peak, found)
    return found

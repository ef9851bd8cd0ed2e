"""The tree: known roots of RFC 6962, proofs of every size, and no proof that proves something else."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from records.merkle import (
    EMPTY,
    TILE,
    consistency,
    inclusion,
    leaf_hash,
    node_hash,
    nodes_of,
    root,
    root_of_inclusion,
    roots_at,
    roots_of_consistency,
)

# The entries and roots of the tests of Google's Certificate Transparency code, which RFC 6962 was written beside.
ENTRIES = [bytes.fromhex(each) for each in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657")]
ENTRIES.append(bytes.fromhex("606162636465666768696a6b6c6d6e6f"))
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def plain_root(leaves: list[bytes]) -> bytes:
    """As RFC 6962 says it."""
    if len(leaves) < 2:
        return leaves[0] if leaves else EMPTY
    middle = 1 << ((len(leaves) - 1).bit_length() - 1)
    return node_hash(plain_root(leaves[:middle]), plain_root(leaves[middle:]))


def leaves_of(count: int) -> list[bytes]:
    return [leaf_hash(str(number).encode()) for number in range(count)]


def tiles_of(leaves: list[bytes]) -> dict[int, list[bytes]]:
    levels = {0: leaves}
    while len(levels[max(levels)]) >= TILE:
        below = levels[max(levels)]
        full = range(0, len(below) - TILE + 1, TILE)
        levels[max(levels) + 1] = [plain_root(below[at : at + TILE]) for at in full]
    return levels


class Tree:
    def __init__(self, leaves: list[bytes]) -> None:
        levels = tiles_of(leaves)
        self.nodes = nodes_of(lambda level, position: levels[level][position * TILE : (position + 1) * TILE])


def test_the_roots_are_those_of_certificate_transparency() -> None:
    leaves = [leaf_hash(entry) for entry in ENTRIES]
    assert ROOTS == [found.hex() for _, found in roots_at(leaves, range(1, 9))]
    assert ROOTS == [root(Tree(leaves).nodes, size).hex() for size in range(1, 9)]
    assert EMPTY == root(Tree([]).nodes, 0)


@pytest.mark.parametrize("size", [1, 2, 3, 255, 256, 257, 511, 600])
def test_every_root_and_proof_holds_and_no_other(size: int) -> None:
    leaves = leaves_of(size)
    nodes = Tree(leaves).nodes
    whole = root(nodes, size)
    assert plain_root(leaves) == whole
    for index in {0, 1, size // 2, size - 2, size - 1} & set(range(size)):
        proof = inclusion(nodes, index, size)
        assert whole == root_of_inclusion(leaves[index], index, size, proof)
        assert whole != root_of_inclusion(leaf_hash(b"other"), index, size, proof)
        assert whole != root_of_inclusion(leaves[index], (index + 1) % size, size, proof) or size == 1
        assert whole != root_of_inclusion(leaves[index], index, size, [*proof, whole])


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 300), st.data())
def test_of_any_two_sizes_the_first_is_the_beginning_of_the_second(size: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(1, size))
    leaves = leaves_of(size)
    nodes = Tree(leaves).nodes
    old, new = root(nodes, first), root(nodes, size)
    proof = consistency(nodes, first, size)
    assert (old, new) == roots_of_consistency(first, old, size, proof)
    if first < size:
        forged = roots_of_consistency(first, leaf_hash(b"other"), size, proof)
        assert forged is None or forged != (leaf_hash(b"other"), new)
        for at in range(len(proof)):
            broken = [*proof[:at], leaf_hash(b"other"), *proof[at + 1 :]]
            assert (old, new) != roots_of_consistency(first, old, size, broken)


def test_a_proof_among_a_million_has_twenty_hashes_or_one_more() -> None:
    def tile(_level: int, _position: int) -> list[bytes]:
        return [EMPTY] * TILE

    assert 20 == len(inclusion(nodes_of(tile), 777_777, 1_000_000))
    assert 21 >= len(consistency(nodes_of(tile), 777_777, 1_000_000))


def test_what_is_not_in_the_tree_has_no_proof() -> None:
    nodes = Tree(leaves_of(3)).nodes
    with pytest.raises(ValueError, match="no leaf 3"):
        inclusion(nodes, 3, 3)
    for first in (0, 4):
        with pytest.raises(ValueError, match="no beginning"):
            consistency(nodes, first, 3)
    assert root_of_inclusion(EMPTY, 3, 3, []) is None
    assert roots_of_consistency(2, EMPTY, 3, []) is None


def test_roots_come_in_one_pass() -> None:
    leaves = leaves_of(40)
    found = dict(roots_at(iter(leaves), [0, 7, 7, 39, 80]))
    assert {0: EMPTY, 7: plain_root(leaves[:7]), 39: plain_root(leaves[:39])} == found
    assert all(found[one] != found[two] for one, two in pairwise(found))

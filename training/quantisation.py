"""The weights of an ONNX graph made small, in place.

* A product with a constant matrix becomes onnxruntime's MatMulNBits: 8 bits, blocks of 16 weights with a scale each,
  and activations quantised as they come, row by row in the same blocks. The usual dynamic quantisation takes one scale
  for a whole batch of activations: a comment's score then depends on its neighbours, and moved by up to 0.2 where this
  moved it by 0.02 (docs/experiments.md).
* A matrix that lies on the packaged file's own lattice, as those of frozen layers do, keeps its 4 bits and moves
  nothing: its products are float32, since there is nothing to win by rounding what goes in.
* Matrices that must be more exact are kept as float16 and widened when the model is loaded: the first of those that
  training moved, since what is rounded low in the encoder is carried through all layers above (docs/experiments.md);
  after all of these the first of the frozen ones that lie on no such lattice.
* The table of pieces is 4 bits in blocks of 32 where that loses nothing, as with the packaged encoder's frozen table,
  else int8 in the same blocks. Where frozen matrices have 16 steps a block, int8 scales are such that they are met.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import GraphProto, ModelProto, NodeProto, TensorProto, helper, numpy_helper

from training.ngram import TrainingError

Floats = NDArray[np.float32]
Arrays = dict[str, NDArray[Any]]

BLOCK = 16
TABLE_BLOCK = 32
INT8_ACTIVATIONS = 4
"""onnxruntime's accuracy level: activations are int8 while they are multiplied."""

MICROSOFT = "com.microsoft"
FLOAT_ACTIVATIONS = 1

_EXACT = 1e-3
_ROWS = 4_096
_FINER = 15
"""Steps of the finer scale in one step of a 4-bit block: -8 to 7 become -120 to 105, which int8 holds."""


def quantise(model: ModelProto, table: tuple[int, int], *, half: Collection[str]) -> None:
    """Quantises every product with a constant matrix, and the table of pieces of shape `table`, in place.

    The products `half`, by their nodes' names, stay float16.
    """
    graph = model.graph
    for node, constant in _products(graph):
        _shrink(graph, node, constant, half=node.name in half)
    _shrink_table(graph, table)
    if all(each.domain != MICROSOFT for each in model.opset_import):
        model.opset_import.append(helper.make_opsetid(MICROSOFT, 1))


def inexact_products(graph: GraphProto, frozen: Iterable[Floats]) -> tuple[list[str], list[str]]:
    """The nodes' names of the products that 4 bits would change, from the input up: the trained ones, the frozen ones.

    `frozen` are the matrices, `(outputs, inputs)`, that training left as they were.
    """
    still = {_digest(each) for each in frozen}
    moved, left = list[str](), list[str]()
    for node, constant in _products(graph):
        weights = _weights(constant)
        if _four_bits(weights) is None:
            (left if _digest(weights.T) in still else moved).append(node.name)
    return moved, left


def _digest(weights: Floats) -> bytes:
    return sha256(np.ascontiguousarray(weights, dtype=np.float32).tobytes()).digest()


def product_bytes(weights: Floats, *, moves: bool) -> float:
    """What a product's matrix `(outputs, inputs)` takes at the least; one that training moves leaves any lattice."""
    inputs = weights.shape[1]
    if not moves and inputs % TABLE_BLOCK == 0 and _on_lattice(weights):
        return float(weights.size * (1 / 2 + 4 / TABLE_BLOCK))
    return float(weights.size * (1 + 4 / BLOCK if inputs % BLOCK == 0 else 2))


def table_bytes(weights: Floats, *, moves: bool) -> float:
    """What the table of pieces `(pieces, width)` takes."""
    width = weights.shape[1]
    if width % TABLE_BLOCK:
        return float(weights.size * (1 + 4 / width))
    exact = not moves and _on_lattice(weights)
    return float(weights.size * (1 / 2 + 2 / TABLE_BLOCK if exact else 1 + 4 / TABLE_BLOCK))


def _on_lattice(weights: Floats) -> bool:
    """Whether 4 bits would change nothing, some rows at a time: an ordinary table is known by its first ones."""
    return all(blocks_of_4_bits(weights[at : at + _ROWS]) is not None for at in range(0, len(weights), _ROWS))


def blocks_of_int8(weights: Floats, block: int) -> tuple[NDArray[np.int8], Floats]:
    """`(..., n)` weights as int8 `(..., n / block, block)` and scales `(..., n / block)`."""
    parts = weights.reshape(*weights.shape[:-1], -1, block)
    scales = _scales(weights, block)
    return np.rint(parts / scales[..., None]).astype(np.int8), scales


def blocks_of_4_bits(weights: Floats) -> tuple[NDArray[np.uint8], NDArray[np.float16]] | None:
    """`(..., n)` weights as pairs of nibbles `(..., n / 32, 16)` and scales; None where they are not exactly that.

    The form is the packaged file's (`packaged_file.dequantise` is the way back), so that its weights come out of it
    as they went in.
    """
    step, steps = _lattice(weights)
    upside_down = steps.max(axis=-1) > 7.5  # 8 is beyond a nibble, -8 is not
    steps, step = np.where(upside_down[..., None], -steps, steps), np.where(upside_down, -step, step)
    halves = step.astype(np.float16)
    if not _exact(steps) or steps.max(initial=0) > 7.5 or not np.allclose(halves, step, rtol=1e-6, atol=1e-12):
        return None
    nibbles = (np.rint(steps) + 8).astype(np.uint8)
    return nibbles[..., : TABLE_BLOCK // 2] | (nibbles[..., TABLE_BLOCK // 2 :] << np.uint8(4)), halves


def _lattice(weights: Floats) -> tuple[Floats, Floats]:
    """Blocks of 32 weights as steps of a scale by which the largest is 8: `(..., n / 32)`, `(..., n / 32, 32)`."""
    blocks = weights.reshape(*weights.shape[:-1], -1, TABLE_BLOCK)
    step = np.maximum(np.abs(blocks).max(axis=-1) / 8, np.float32(1e-20))
    return step, blocks / step[..., None]


def _exact(steps: Floats) -> bool:
    return bool(np.abs(steps - np.rint(steps)).max(initial=0.0) < _EXACT)


def _scales(weights: Floats, block: int) -> Floats:
    """Each block's scale: the one of the 4-bit lattice its weights lie on, else what the largest weight asks."""
    if weights.shape[-1] % TABLE_BLOCK == 0:
        step, steps = _lattice(weights)
        if _exact(steps):
            finer: Floats = np.repeat(step / np.float32(_FINER), TABLE_BLOCK // block, axis=-1).astype(np.float32)
            return finer
    largest = np.abs(weights.reshape(*weights.shape[:-1], -1, block)).max(axis=-1)
    scales: Floats = np.maximum(largest / np.float32(127), np.float32(1e-20)).astype(np.float32)
    return scales


def _products(graph: GraphProto) -> list[tuple[NodeProto, TensorProto]]:
    """The products with a constant matrix, from the input up, and each one's matrix."""
    found = ((node, _constant(graph, node.input[1])) for node in graph.node if node.op_type == "MatMul")
    return [(node, constant) for node, constant in found if constant is not None and len(constant.dims) == 2]


def _weights(constant: TensorProto) -> Floats:
    weights: Floats = numpy_helper.to_array(constant).astype(np.float32)
    return weights


def _four_bits(weights: Floats) -> tuple[NDArray[np.uint8], NDArray[np.float16]] | None:
    """A product's `(inputs, outputs)` matrix as the packaged file has it; None where that would change it."""
    return blocks_of_4_bits(np.ascontiguousarray(weights.T)) if len(weights) % TABLE_BLOCK == 0 else None


def _shrink(graph: GraphProto, node: NodeProto, constant: TensorProto, *, half: bool) -> None:
    weights = _weights(constant)
    inputs, outputs = weights.shape
    name = constant.name
    nibbles = _four_bits(weights)
    if nibbles is not None:
        _replace(graph, constant, {f"{name}.int4": neighbours(nibbles[0]), f"{name}.scale": _flat(nibbles[1])})
        _put(graph, node, [_product(node, f"{name}.int4", f"{name}.scale", (inputs, outputs), bits=4)])
        return
    if half or inputs % BLOCK:
        _replace(graph, constant, {f"{name}.half": weights.astype(np.float16)})
        widened = helper.make_node("Cast", [f"{name}.half"], [f"{name}.wide"], to=TensorProto.FLOAT)
        product = helper.make_node("MatMul", [node.input[0], f"{name}.wide"], list(node.output), name=node.name)
        _put(graph, node, [widened, product])
        return
    small, scales = blocks_of_int8(np.ascontiguousarray(weights.T), BLOCK)
    shifted = (small.astype(np.int16) + 128).astype(np.uint8)  # MatMulNBits counts from a zero point of 128
    _replace(graph, constant, {f"{name}.int8": shifted, f"{name}.scale": _flat(scales)})
    _put(graph, node, [_product(node, f"{name}.int8", f"{name}.scale", (inputs, outputs), bits=8)])


def neighbours(pairs: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Bytes that pair weight i with i + 16 of a block, as bytes that pair neighbours: MatMulNBits reads those."""
    nibbles = np.concatenate([pairs & np.uint8(15), pairs >> np.uint8(4)], axis=-1)
    paired: NDArray[np.uint8] = nibbles[..., 0::2] | (nibbles[..., 1::2] << np.uint8(4))
    return paired


def _flat(scales: NDArray[Any]) -> Floats:
    return scales.astype(np.float32).reshape(-1)


def _product(node: NodeProto, weights: str, scales: str, shape: tuple[int, int], *, bits: int) -> NodeProto:
    """The same product with a matrix in blocks; 4 bits are exact and stay so, 8 bits are rounded on both sides."""
    block, level = (TABLE_BLOCK, FLOAT_ACTIVATIONS) if bits == 4 else (BLOCK, INT8_ACTIVATIONS)
    return helper.make_node(
        "MatMulNBits", [node.input[0], weights, scales], list(node.output), name=node.name, domain=MICROSOFT,
        K=shape[0], N=shape[1], bits=bits, block_size=block, accuracy_level=level,
    )  # fmt: skip


def _shrink_table(graph: GraphProto, shape: tuple[int, int]) -> None:
    """The table's rows in blocks, widened after they were gathered."""
    node, table = _gathering(graph, shape)
    weights = numpy_helper.to_array(table).astype(np.float32)
    nibbles = blocks_of_4_bits(weights) if shape[1] % TABLE_BLOCK == 0 else None
    block = TABLE_BLOCK if shape[1] % TABLE_BLOCK == 0 else shape[1]
    small, scales = nibbles or blocks_of_int8(weights, block)
    name, ids = table.name, node.input[1]
    arrays: Arrays = {
        f"{name}.small": small,
        f"{name}.scale": scales[..., None],
        f"{name}.width": np.array([0, 0, shape[1]]),
    }
    _replace(graph, table, arrays | (_FOUR_BITS if nibbles else {}))
    make = helper.make_node
    _put(graph, node, [
        make("Gather", [f"{name}.small", ids], [f"{name}.rows"]),
        *(_unpacking(name) if nibbles else [make("Cast", [f"{name}.rows"], [f"{name}.floats"], to=TensorProto.FLOAT)]),
        make("Gather", [f"{name}.scale", ids], [f"{name}.found"]),
        make("Cast", [f"{name}.found"], [f"{name}.scales"], to=TensorProto.FLOAT),
        make("Mul", [f"{name}.floats", f"{name}.scales"], [f"{name}.blocks"]),
        make("Reshape", [f"{name}.blocks", f"{name}.width"], list(node.output)),
    ])  # fmt: skip


_FOUR_BITS: Arrays = {
    "nibble.mask": np.array(15, dtype=np.uint8),
    "nibble.shift": np.array(4, dtype=np.uint8),
    "nibble.zero": np.array(8, dtype=np.float32),
}


def _unpacking(name: str) -> list[NodeProto]:
    """From bytes of two nibbles to float32 steps, low nibbles first."""
    make = helper.make_node
    return [
        make("BitwiseAnd", [f"{name}.rows", "nibble.mask"], [f"{name}.low"]),
        make("BitShift", [f"{name}.rows", "nibble.shift"], [f"{name}.high"], direction="RIGHT"),
        make("Concat", [f"{name}.low", f"{name}.high"], [f"{name}.nibbles"], axis=-1),
        make("Cast", [f"{name}.nibbles"], [f"{name}.counted"], to=TensorProto.FLOAT),
        make("Sub", [f"{name}.counted", "nibble.zero"], [f"{name}.floats"]),
    ]


def _gathering(graph: GraphProto, shape: tuple[int, int]) -> tuple[NodeProto, TensorProto]:
    for node in graph.node:
        if node.op_type == "Gather":
            table = _constant(graph, node.input[0])
            if table is not None and tuple(table.dims) == shape:
                return node, table
    raise TrainingError("The exported graph looks pieces up in no table; this encoder cannot be exported.")


def _constant(graph: GraphProto, name: str) -> TensorProto | None:
    return next((each for each in graph.initializer if each.name == name), None)


def _replace(graph: GraphProto, constant: TensorProto, arrays: Arrays) -> None:
    """Puts `arrays` in the place of a constant, which stays where another node reads it too."""
    held = {each.name for each in graph.initializer}
    graph.initializer.extend(numpy_helper.from_array(array, name) for name, array in arrays.items() if name not in held)
    if _readers(graph, constant.name) <= 1:
        graph.initializer.remove(constant)


def _readers(graph: GraphProto, name: str) -> int:
    return sum(each == name for node in graph.node for each in node.input)


def _put(graph: GraphProto, node: NodeProto, instead: list[NodeProto]) -> None:
    at = list(graph.node).index(node)
    graph.node.remove(node)
    for offset, each in enumerate(instead):
        graph.node.insert(at + offset, each)

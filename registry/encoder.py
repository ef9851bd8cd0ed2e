"""The second tier: a fine-tuned encoder as quantised ONNX, answered by onnxruntime and tokenizers alone.

`encoder.onnx` says of itself what it belongs to (labels, length, the hash of its tokenizer), so that a tokenizer
trimmed for another model is refused and never answers nonsense. Comments of like length go through together, and a
comment's score does not depend on its neighbours: weights and activations are quantised block by block, row by row
(8 bits, 4 where a matrix was never trained, float16 where 8 bits would move scores: `training.quantisation`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from moderation.errors import BundleError, PartUnavailableError
from moderation.normaliser import Normalised, View
from moderation.ports import Scored, Thresholds
from moderation.spans import Span
from registry import explanation
from registry.calibration import Calibration
from registry.files import sha256
from registry.pieces import Reader, micro_batches, padded
from registry.shared_weights import SharedWeights
from registry.side_by_side import side_by_side

if TYPE_CHECKING:
    from onnxruntime import InferenceSession, SessionOptions

ENCODER_TIER = "encoder"
ENCODER, TOKENIZER = "encoder.onnx", "tokenizer.json"
WEIGHTS = "encoder.bin"
"""Beside the encoder where processes share it."""
ABOUT = "chaffinch"
"""Under which key of the ONNX file's metadata its `About` stands."""

BATCH_TOKENS, BATCH_ROWS = 512, 32
"""What goes through at once: larger batches are no faster on one core and need more memory."""

SLOWER = ("SkipLayerNormFusion", "LayerNormFusion", "BiasGeluFusion", "GeluFusionL1", "GeluFusionL2", "GeluFusion")
"""What onnxruntime would join into kernels that take longer than the parts they stand for: a tenth of an answer
(`benchmarks/fusions.py`)."""

SHARED_TOKENS = 64
"""What is less than this is not shared out among cores."""

WINDOWS = 16
_SINGLE = r"\u2e80-\u9fff\uf900-\ufaff\U00020000-\U000323af"
_WORD = re.compile(rf"[{_SINGLE}]|[^\s{_SINGLE}]+")
"""Han, kana and the like one by one, anything else up to the next space."""

Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class About:
    """What an `encoder.onnx` says of itself. `columns` is labels plus the hidden question "any harm at all?"."""

    labels: tuple[str, ...]
    columns: int
    length: int
    pieces: int
    tokenizer: str
    """SHA-256 of the `tokenizer.json` it was trained with."""
    base: str
    """The base encoder's hash."""

    def to_json(self) -> str:
        """As it stands in the file."""
        told = {name: getattr(self, name) for name in self.__slots__}
        return json.dumps(told, sort_keys=True)

    @staticmethod
    def from_json(raw: str) -> About:
        """Raises `BundleError` where it is not what this release writes."""
        try:
            told = json.loads(raw)
            return About(
                labels=tuple(told["labels"]), columns=int(told["columns"]), length=int(told["length"]),
                pieces=int(told["pieces"]), tokenizer=str(told["tokenizer"]), base=str(told["base"]),
            )  # fmt: skip
        except (ValueError, KeyError, TypeError) as error:
            raise BundleError(f"{ENCODER} does not say what it belongs to; train the bundle again.") from error


class Encoder:
    """An opened ONNX encoder: canonical texts in, raw logits out. Safe to share between threads."""

    def __init__(
        self,
        onnx: bytes,
        tokenizer: bytes,
        *,
        labels: Sequence[str],
        threads: int = 1,
        shared: SharedWeights | None = None,
    ) -> None:
        """`threads` are those of one run; weights are mapped where they are `shared` with other processes.

        Raises `BundleError` naming what does not fit.
        """
        self._session = _session(onnx, threads, shared)
        self.about = _about(self._session)
        if self.about.labels != tuple(labels):
            raise BundleError(f"{ENCODER} knows other labels than the taxonomy; train the bundle again.")
        self.reader = Reader(tokenizer, length=self.about.length)
        if sha256(tokenizer) != self.about.tokenizer or self.reader.size != self.about.pieces:
            raise BundleError(f"{TOKENIZER} was trimmed for another model than {ENCODER}; train the bundle again.")

    def logits(self, texts: Sequence[str], *, cores: int = 1) -> Matrix:
        """Raw logits of canonical texts, `(n, columns)`. Raises `PartUnavailableError` where the model fails.

        With more `cores` batches go through side by side, and are small enough that there is one for each.
        """
        rows = self.reader.read(texts) if texts else []
        lengths = [len(row) for row in rows]
        out = np.empty((len(rows), self.about.columns))

        def run(at: list[int]) -> None:
            out[at] = self._run([rows[each] for each in at])

        tokens = min(BATCH_TOKENS, max(SHARED_TOKENS, -(-sum(lengths) // cores)))
        side_by_side(run, list(micro_batches(lengths, tokens=tokens, rows=BATCH_ROWS)), cores=cores)
        return out

    def _run(self, rows: list[list[int]]) -> npt.NDArray[np.float32]:
        ids, mask = padded(rows, self.reader.pad)
        try:
            answer: npt.NDArray[np.float32] = self._session.run(None, {"input_ids": ids, "attention_mask": mask})[0]
        except Exception as error:  # onnxruntime's errors share no public base class
            raise PartUnavailableError("model", f"the encoder did not answer ({type(error).__name__})") from error
        if not np.isfinite(answer).all():
            raise PartUnavailableError("model", "the encoder answered what is no number")
        return answer


class EncoderScorer:
    """The encoder, calibrated. Implements `moderation.ports.Scorer`."""

    def __init__(
        self,
        encoder: Encoder,
        calibration: Calibration,
        thresholds: Mapping[str, Thresholds],
        *,
        name: str,
        version: str,
        cores: int = 1,
    ) -> None:
        """One call of `score` may use so many `cores`."""
        self.name, self.version = name, version
        self.labels = encoder.about.labels
        self._cores = cores
        self.thresholds: Mapping[str, Thresholds] = MappingProxyType(dict(thresholds))
        self._encoder = encoder
        self._calibration = calibration.prepared()

    def score(self, texts: Sequence[Normalised]) -> list[Scored]:
        """One `Scored` a text, in order."""
        if not texts:
            return []
        return [Scored(tuple(row), ENCODER_TIER) for row in self._probabilities(self._read(texts))]

    def logits(self, texts: Sequence[Normalised]) -> Matrix:
        """The model's own answer before calibration, `(n, labels + 1)`."""
        return self._encoder.logits(self._read(texts))

    def explain(self, text: Normalised, label: str) -> tuple[Span, ...]:
        """The words without which the label's score falls most, best first, at most five spans of the text as sent.

        Occlusion (Zeiler and Fergus 2014) over at most `WINDOWS` windows: one batch, whatever the length.
        """
        if label not in self.labels or text.is_empty:
            return ()
        view = text.canonical
        windows = _windows(view)
        without = [view.text[:start] + view.text[end:] for start, end in windows]
        scores = np.array(self._probabilities([view.text, *without]))[:, self.labels.index(label)]
        weight = np.zeros(len(view.text))
        for (start, end), score in zip(windows, scores[1:], strict=True):
            weight[start:end] = max(0.0, scores[0] - score) / (end - start)
        return explanation.spans(view, weight)

    def _read(self, texts: Sequence[Normalised]) -> list[str]:
        return [text.canonical.text for text in texts]

    def _probabilities(self, texts: Sequence[str]) -> list[list[float]]:
        answers: list[list[float]] = self._calibration.apply(self._encoder.logits(texts, cores=self._cores)).tolist()
        return answers


def _session(onnx: bytes, threads: int, shared: SharedWeights | None) -> InferenceSession:
    try:
        import onnxruntime  # noqa: F401 - native and large: only where an encoder answers
    except ImportError as error:
        raise BundleError("This bundle has an encoder and needs onnxruntime: pip install onnxruntime.") from error
    mapped = shared.made(f"encoder-{sha256(onnx)}", lambda folder: _prepare(onnx, folder)) if shared else None
    session = _opened(onnx if mapped is None else str(mapped / ENCODER), _options(threads))
    if hasattr(session, "_model_bytes"):  # kept for another provider's sake, and as large as the model itself
        session._model_bytes = b""
    return session


def _prepare(onnx: bytes, folder: Path) -> None:
    """Leaves the model as onnxruntime runs it here, its weights apart and laid out as the kernels read them.

    They are for this machine and release alone. Raises `OSError` where it cannot be written.
    """
    options = _options(threads=1)
    options.optimized_model_filepath = str(folder / ENCODER)
    options.add_session_config_entry("session.optimized_model_external_initializers_file_name", WEIGHTS)
    options.add_session_config_entry("session.optimized_model_external_initializers_min_size_in_bytes", "1024")
    options.add_session_config_entry("session.save_external_prepacked_constant_initializers", "1")
    try:
        _opened(onnx, options)
    except BundleError as error:  # a full disk looks the same; the model itself is opened again by who asked
        raise OSError(f"{ENCODER} could not be laid out in {folder}") from error


def _options(threads: int) -> SessionOptions:
    from onnxruntime import SessionOptions

    options = SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3  # it would warn that what `_prepare` leaves is for this machine
    options.enable_cpu_mem_arena = False  # it keeps what the largest batch needed, a fifth of the process, for ever
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # idle threads leave the core to others
    return options


def _opened(model: bytes | str, options: SessionOptions) -> InferenceSession:
    from onnxruntime import InferenceSession

    try:
        return InferenceSession(model, options, providers=["CPUExecutionProvider"], disabled_optimizers=list(SLOWER))
    except Exception as error:  # onnxruntime's errors share no public base class
        raise BundleError(f"{ENCODER} cannot be read as a model; train the bundle again.") from error


def _about(session: InferenceSession) -> About:
    return About.from_json(session.get_modelmeta().custom_metadata_map.get(ABOUT, ""))


def _windows(view: View) -> list[tuple[int, int]]:
    """The text in at most `WINDOWS` neighbouring parts that end between words."""
    words = [match.span() for match in _WORD.finditer(view.text)]
    per = -(-len(words) // WINDOWS)
    return [(words[at][0], words[min(at + per, len(words)) - 1][1]) for at in range(0, len(words), per)]

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.errors import BundleError, PartUnavailableError
from moderation.normaliser import normalise
from moderation.ports import Scorer, Thresholds
from registry.calibration import Calibration, LabelCalibration
from registry.encoder import ENCODER, TOKENIZER, Encoder, EncoderScorer
from registry.pieces import Reader, cut, micro_batches, padded
from tests import tiny_encoder
from tests.fakes import LABELS
from tests.tiny_encoder import opened

THRESHOLDS = {label: Thresholds(0.4, 0.9) for label in LABELS}
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tiny_encoder.bundle(tmp_path / "bundle")


def _scorer(folder: Path, calibration: Calibration | None = None) -> EncoderScorer:
    return EncoderScorer(
        opened(folder),
        calibration or Calibration.identity(LABELS),
        THRESHOLDS,
        name="chaffinch",
        version="3",
    )


def test_it_is_a_scorer(folder: Path) -> None:
    scorer: Scorer = _scorer(folder)
    scored = scorer.score([normalise("casino bonus"), normalise("今天")])
    assert (2, len(LABELS)) == np.array([each.scores for each in scored]).shape
    assert {"encoder"} == {each.tier for each in scored}
    assert [] == scorer.score([])
    assert ("chaffinch", "3") == (scorer.name, scorer.version)


def test_a_score_does_not_depend_on_neighbours_or_order(folder: Path) -> None:
    scorer = _scorer(folder)
    texts = [normalise(text) for text in [*tiny_encoder.comments(70)[0], "", "x" * 5_000, "喝茶" * 40]]
    together = [each.scores for each in scorer.score(texts)]
    assert together == pytest.approx(np.array([scorer.score([text])[0].scores for text in texts]), abs=1e-5)
    assert together[::-1] == pytest.approx(np.array([each.scores for each in scorer.score(texts[::-1])]), abs=1e-5)


def test_more_cores_change_no_score_and_leave_no_row_out(folder: Path) -> None:
    encoder = opened(folder)
    texts = [*tiny_encoder.comments(90)[0], "", "x" * 5_000]
    assert encoder.logits(texts) == pytest.approx(encoder.logits(texts, cores=3), abs=1e-5)
    assert (0, encoder.about.columns) == encoder.logits([], cores=3).shape


def test_a_batch_that_fails_beside_others_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = opened(folder)
    runs = encoder._run

    def fails_on_long(rows: list[list[int]]) -> np.ndarray:
        if max(map(len, rows)) > 12:
            raise PartUnavailableError("model", "the encoder did not answer")
        return runs(rows)

    monkeypatch.setattr(encoder, "_run", fails_on_long)
    with pytest.raises(PartUnavailableError):
        encoder.logits([*tiny_encoder.comments(90)[0], "x y " * 50], cores=3)


def test_the_model_reads_the_canonical_view(folder: Path) -> None:
    scorer = _scorer(folder)
    plain, disguised = scorer.score([normalise("casino bonus"), normalise("ＣＡＳＩＮＯ\u200b  𝐛𝐨𝐧𝐮𝐬")])
    assert plain.scores == pytest.approx(disguised.scores, abs=1e-6)


def test_explained_are_the_characters_that_were_sent(folder: Path) -> None:
    text = normalise("今天走吧 荷搽 IDIOT 天气很好")
    planted = _PlantedScorer(folder)
    (span, *_) = planted.explain(text, "abuse")
    assert "IDIOT" == text.source[span.start : span.end]


def test_a_bundle_that_reads_by_a_lexicon_is_refused(folder: Path) -> None:
    tiny_encoder.bundle(folder, {"lexicon.tsv": b"word\t-1\n"})
    with pytest.raises(BundleError, match="which is no longer done"):
        opened(folder)


def test_scores_are_calibrated(folder: Path) -> None:
    certain = Calibration(labels={label: LabelCalibration(slope=0.001, offset=-3.0) for label in LABELS})
    (scored,) = _scorer(folder, certain).score([normalise("casino")])
    assert [pytest.approx(0.047, abs=0.005)] * len(LABELS) == list(scored.scores)


def test_the_words_that_did_it_are_found_by_leaving_them_out(folder: Path) -> None:
    text = normalise("weather friend IDIOT river lamp book")
    scorer = _PlantedScorer(folder)
    (span, *_) = scorer.explain(text, "abuse")
    assert "IDIOT" == text.source[span.start : span.end]
    assert () == scorer.explain(text, "no such label")
    assert () == scorer.explain(normalise(""), "abuse")


def test_an_explanation_asks_at_most_sixteen_windows(folder: Path) -> None:
    scorer = _PlantedScorer(folder)
    spans = scorer.explain(normalise("喝茶" * 300 + " idiot " + "weather " * 500), "abuse")
    assert 17 == max(scorer.asked)
    assert 1 <= len(spans) <= 5


def test_an_altered_onnx_is_refused(folder: Path) -> None:
    raw = (folder / ENCODER).read_bytes()
    tiny_encoder.bundle(folder, {ENCODER: raw[: len(raw) // 2]})
    with pytest.raises(BundleError, match="cannot be read as a model"):
        opened(folder)


def test_a_tokenizer_trimmed_for_another_model_is_refused(folder: Path) -> None:
    tiny_encoder.bundle(folder, {TOKENIZER: tiny_encoder.tokenizer(tiny_encoder.WORDS[::-1])})
    with pytest.raises(BundleError, match="trimmed for another model"):
        opened(folder)


def test_a_tokenizer_that_is_none_is_refused(folder: Path) -> None:
    tiny_encoder.bundle(folder, {TOKENIZER: b"{}"})
    with pytest.raises(BundleError, match="is not a tokenizer"):
        opened(folder)


def test_other_labels_are_refused(folder: Path) -> None:
    files = [(folder / name).read_bytes() for name in (ENCODER, TOKENIZER)]
    with pytest.raises(BundleError, match="other labels than the taxonomy"):
        Encoder(*files, labels=(*LABELS, "spam"))


def test_a_missing_file_is_told(folder: Path) -> None:
    (folder / TOKENIZER).unlink()
    with pytest.raises(BundleError, match=f"{TOKENIZER} is missing"):
        opened(folder)


def test_an_onnx_of_somebody_else_is_refused(folder: Path) -> None:
    import onnx

    model = onnx.load(folder / ENCODER)
    del model.metadata_props[:]
    tiny_encoder.bundle(folder, {ENCODER: model.SerializeToString()})
    with pytest.raises(BundleError, match="does not say what it belongs to"):
        opened(folder)


def test_a_model_that_fails_is_told_as_unavailable(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = opened(folder)

    class Failing:
        def run(self, *_: object) -> list[np.ndarray]:
            raise RuntimeError

    monkeypatch.setattr(encoder, "_session", Failing())
    with pytest.raises(PartUnavailableError):
        encoder.logits(["casino"])


def test_answering_needs_neither_torch_nor_transformers(folder: Path) -> None:
    told = (
        "import sys; from pathlib import Path; from registry.bundle import open_bundle;"
        "from moderation.taxonomy import load_taxonomy;"
        f"second = open_bundle(Path({str(folder)!r}), load_taxonomy()).second;"
        "print(second.encoder.logits(['casino']).shape,"
        " sorted({'torch', 'transformers', 'onnx', 'scipy', 'datasets'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", told], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert "(1, 8) []\n" == done.stdout


def test_a_long_text_keeps_its_beginning_and_its_end() -> None:
    assert [0, 1, 2, 3, 4, 5, 18, 19] == cut(list(range(20)), 8)
    assert [0, 1] == cut([0, 1], 8)
    reader = Reader(tiny_encoder.tokenizer(), length=12)
    first, last = reader.read(["tea " * 3_000 + "casino"])[0], reader.read(["tea casino"])[0]
    assert 12 == len(first)
    assert last[-2:] == first[-2:]


@given(st.lists(st.integers(1, 96), max_size=80), st.integers(1, 400), st.integers(1, 20))
def test_micro_batches_hold_every_row_once_within_their_limits(lengths: list[int], tokens: int, rows: int) -> None:
    batches = list(micro_batches(lengths, tokens=tokens, rows=rows))
    assert list(range(len(lengths))) == sorted(at for batch in batches for at in batch)
    for batch in batches:
        assert 1 <= len(batch) <= rows
        assert len(batch) == 1 or max(lengths[at] for at in batch) * len(batch) <= tokens


def test_padding_is_masked() -> None:
    ids, mask = padded([[5, 6, 7], [8]], 1)
    assert [[5, 6, 7], [8, 1, 1]] == ids.tolist()
    assert [[1, 1, 1], [1, 0, 0]] == mask.tolist()


class _PlantedScorer(EncoderScorer):
    """Scores by a planted word, so that what an explanation should show is known."""

    def __init__(self, folder: Path) -> None:
        encoder = opened(folder)
        super().__init__(encoder, Calibration.identity(LABELS), THRESHOLDS, name="chaffinch", version="3")
        self._encoder = _Planted(encoder)  # type: ignore[assignment]
        self.asked = self._encoder.asked  # type: ignore[attr-defined]


class _Planted:
    def __init__(self, encoder: Encoder) -> None:
        self.about = encoder.about
        self.asked: list[int] = []

    def logits(self, texts: Sequence[str], *, cores: int = 1) -> np.ndarray:
        self.asked.append(len(texts))
        return np.array([[3.0 if "idiot" in text else -3.0] * 8 for text in texts])


@pytest.mark.parametrize("answer", [float("nan"), float("inf")])
def test_an_answer_that_is_no_number_is_no_answer(folder: Path, monkeypatch: pytest.MonkeyPatch, answer: float) -> None:
    encoder = opened(folder)
    whole = encoder._session

    class Broken:
        def run(self, _names: None, fed: dict[str, np.ndarray]) -> list[np.ndarray]:
            [logits] = whole.run(None, fed)
            logits[-1, 0] = answer
            return [logits]

    monkeypatch.setattr(encoder, "_session", Broken())
    with pytest.raises(PartUnavailableError, match="what is no number"):
        encoder.logits(["今天", "casino bonus"])

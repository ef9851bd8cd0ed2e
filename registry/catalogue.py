"""The catalogue for data scientists: versions and aliases of `chaffinch` in MLflow. The right column's alone.

A registered model is a models-from-code pyfunc whose one artifact is the bundle: whoever has the checkout loads it with
`mlflow.pyfunc.load_model("models:/chaffinch@champion")`. No pickle is written or read.
"""

from __future__ import annotations

import io
import logging
import os
import sqlite3
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, redirect_stderr
from pathlib import Path
from typing import Any

from moderation.errors import PartUnavailableError
from registry.files import DISK_FULL
from registry.names import MODEL_NAME

EXPERIMENT = "chaffinch"
MODEL_CODE = Path(__file__).with_name("pyfunc_model.py")
HASH_TAG = "bundle_hash"
ARTIFACTS = "mlflow-artifacts"
"""The folder of a local store's artifacts, under the home."""

PATIENCE = {
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "5",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    "MLFLOW_HTTP_REQUEST_BACKOFF_JITTER": "0.5",
}
"""How long a server is waited for, unless the user said otherwise: some ten seconds in all. MLflow's own seven tries of
two minutes would hold the promotion's lock all that while."""


class MlflowCatalogue:
    """MLflow behind `registry.promotion.Catalogue`, and what training asks of it beside.

    Every call raises `PartUnavailableError("mlflow", ...)` where MLflow does not answer.
    """

    def __init__(self, uri: str, *, home: Path) -> None:
        self.uri = uri
        self.home = home
        self._ready = False
        """Whether the experiment was there when MLflow was last reached."""

    def set_alias(self, alias: str, version: str) -> None:
        """Points `alias` at a registered version."""
        with self.reached() as client:
            client.set_registered_model_alias(MODEL_NAME, alias, version)

    def alias(self, alias: str) -> str | None:
        """The version that `alias` points at, None where there is none."""
        from mlflow.exceptions import MlflowException

        with self.reached() as client:
            try:
                return str(client.get_model_version_by_alias(MODEL_NAME, alias).version)
            except MlflowException as error:
                if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
                    return None
                raise

    def register(self, bundle: Path, *, bundle_hash: str, run: str) -> str:
        """Registers the bundle as the next version, logged under `run`. The same bundle keeps its version."""
        import mlflow

        with self.reached() as client:
            ensure_experiment(self.uri, self.home)  # a run is opened in the current one, whoever set it last
            for known in client.search_model_versions(f"name = '{MODEL_NAME}'"):
                if known.tags.get(HASH_TAG) == bundle_hash:
                    return str(known.version)
            # Two lines and a progress bar are printed whatever the log level says.
            with mlflow.start_run(run_id=run), redirect_stderr(io.StringIO()):
                info = mlflow.pyfunc.log_model(
                    name="model",
                    python_model=str(MODEL_CODE),
                    artifacts={"bundle": str(bundle)},
                    registered_model_name=MODEL_NAME,
                    pip_requirements=["numpy", "pydantic"],  # the checkout brings the rest
                    await_registration_for=30,
                )
            version = str(info.registered_model_version)
            client.set_model_version_tag(MODEL_NAME, version, HASH_TAG, bundle_hash)
            return version

    def curves(self, run: str) -> dict[str, list[tuple[int, float]]]:
        """What a run was told along the way, by name: step and value, in order; a figure told once is no curve."""
        with self.reached() as client:
            found = {name: client.get_metric_history(run, name) for name in sorted(client.get_run(run).data.metrics)}
        told = {name: sorted((each.step, each.value) for each in points) for name, points in found.items()}
        return {name: points for name, points in told.items() if len(points) > 1}

    def add_files(self, run: str, files: Iterable[Path], *, under: str) -> None:
        """Lays files beside a run, in the folder `under`; a later one of the same name takes an earlier one's place."""
        with self.reached() as client:
            for file in files:
                client.log_artifact(run, str(file), under)

    @contextmanager
    def reached(self) -> Iterator[Any]:
        """MLflow's client, with the experiment ready. Its own faults become one of ours."""
        with patience():
            try:
                import mlflow  # sets up its own loggers, and so comes before they are quieted
            except ModuleNotFoundError as error:
                raise PartUnavailableError("mlflow", "MLflow is not installed here (extra `train`).") from error
            prepare_sqlite(self.uri)
            with quiet(), self._told():
                mlflow.set_tracking_uri(self.uri)
                mlflow.set_registry_uri(self.uri)
                if not self._ready:
                    ensure_experiment(self.uri, self.home)
                self._ready = True
                yield mlflow.MlflowClient(self.uri)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            self._ready = False
            if not _is_mlflows(error):
                raise
            raise PartUnavailableError("mlflow", self._sentence(error)) from error

    def _sentence(self, error: Exception) -> str:
        file = self.uri.removeprefix("sqlite:///") if self.uri.startswith("sqlite:///") else None
        for cause in _causes(error):
            if isinstance(cause, OSError) and cause.errno in DISK_FULL:
                place = cause.filename2 or cause.filename or (self.home / ARTIFACTS if file else "a file for MLflow")
                return f"The disk is full: {place} was not written. Make room."
            if file and isinstance(cause, sqlite3.Error):
                if getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
                    return f"The disk is full: {file} was not written. Make room."
                return f"MLflow's database {file} cannot be used ({cause}). Check its permissions and the space left."
        return f"MLflow at {self.uri} does not answer ({type(error).__name__}); is it running?"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what led to it, down to the first."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def _is_mlflows(error: Exception) -> bool:
    """Whether MLflow, its HTTP client or its database failed; told by origin: its database is not our business."""
    return isinstance(error, OSError) or type(error).__module__.split(".")[0] in ("mlflow", "requests", "sqlalchemy")


def ensure_experiment(uri: str, home: Path) -> None:
    """Makes our experiment the current one; a local store's artifacts lie under home."""
    import mlflow

    if mlflow.get_experiment_by_name(EXPERIMENT) is None:
        local = uri.startswith("sqlite:")
        place = (home / ARTIFACTS).resolve().as_uri() if local else None
        mlflow.create_experiment(EXPERIMENT, artifact_location=place)
    mlflow.set_experiment(EXPERIMENT)


def prepare_sqlite(uri: str) -> None:
    """The folder of a SQLite store, which SQLite itself does not make."""
    if uri.startswith("sqlite:///"):
        Path(uri.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)


@contextmanager
def patience() -> Iterator[None]:
    """MLflow's client reads `PATIENCE` from the environment; what the user set there stays."""
    mine = {name: value for name, value in PATIENCE.items() if name not in os.environ}
    os.environ.update(mine)
    try:
        yield
    finally:
        for name in mine:
            os.environ.pop(name, None)


@contextmanager
def quiet() -> Iterator[None]:
    """Without the chatter of MLflow, Alembic and urllib3 (each retry): what matters is told by whoever calls."""
    names = ("mlflow", "mlflow.store.db.utils", "mlflow.models.model", "alembic", "alembic.runtime.migration",
             "urllib3.connectionpool")  # fmt: skip
    levels = {name: logging.getLogger(name).level for name in names}
    for name in names:
        logging.getLogger(name).setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)

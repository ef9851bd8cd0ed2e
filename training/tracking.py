"""What MLflow is told of a run. It may go away at any time: the bundle on disk does not depend on it.

Every call is tried once; the first that fails switches tracking off for the rest of the run, with a warning that says
how to hand the bundle in later (`chaffinch register`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from moderation.errors import PartUnavailableError
from registry.catalogue import EXPERIMENT, MlflowCatalogue

if TYPE_CHECKING:
    from mlflow import MlflowClient

Result = TypeVar("Result")
MAX_PARAM, MAX_PARAMS = 500, 100
"""Characters of one, and how many MLflow takes at once."""


class Tracking:
    """One run in MLflow. `warn` hears, once, when MLflow does not answer."""

    def __init__(self, catalogue: MlflowCatalogue | None, warn: Callable[[str], None]) -> None:
        self._catalogue = catalogue
        self._warn = warn
        self.run: str | None = None

    @property
    def alive(self) -> bool:
        """Whether MLflow answered so far."""
        return self._catalogue is not None

    def start(self, name: str, params: Mapping[str, Any], tags: Mapping[str, str], *, again: str | None) -> None:
        """Opens the run, or goes on with `again`, the run of a training that was stopped."""

        def begin(client: MlflowClient) -> str:
            from mlflow.entities import Param

            if again is not None and _exists(client, again):
                return again
            experiment = client.get_experiment_by_name(EXPERIMENT).experiment_id
            run: str = client.create_run(experiment, run_name=name, tags=dict(tags)).info.run_id
            told = [Param(key, str(value)[:MAX_PARAM]) for key, value in flat(params).items()]
            for first in range(0, len(told), MAX_PARAMS):
                client.log_batch(run, params=told[first : first + MAX_PARAMS])
            return run

        self.run = self._tried(begin)

    def metrics(self, values: Mapping[str, float], *, step: int = 0) -> None:
        """Numbers, at a step of the optimiser."""
        self.curve([(step, values)])

    def curve(self, points: Sequence[tuple[int, Mapping[str, float]]]) -> None:
        """Numbers of many steps at once, each with its step."""
        now = int(time.time() * 1_000)

        def send(client: MlflowClient) -> None:
            from mlflow.entities import Metric

            told = [Metric(name, value, now, step) for step, values in points for name, value in values.items()]
            client.log_batch(self.run, metrics=told)

        if points:
            self._tried(send)

    def artifacts(self, folder: Path, *, under: str) -> None:
        """A folder's files."""
        self._tried(lambda client: client.log_artifacts(self.run, str(folder), under))

    def finish(self, bundle: Path, bundle_hash: str, alias: str) -> str | None:
        """Registers the bundle and sets its alias; the version, None where MLflow did not answer."""
        run = self.run

        def hand_in(client: MlflowClient) -> str:
            assert self._catalogue is not None and run is not None  # noqa: S101, PT018 (`_tried` saw to it)
            version = self._catalogue.register(bundle, bundle_hash=bundle_hash, run=run)
            self._catalogue.set_alias(alias, version)
            client.set_terminated(run)
            return version

        return self._tried(hand_in)

    def fail(self, why: str) -> None:
        """Closes the run as failed."""
        self._tried(lambda client: client.set_terminated(self.run, status="KILLED" if why == "stopped" else "FAILED"))

    def _tried(self, work: Callable[[MlflowClient], Result]) -> Result | None:
        if self._catalogue is None:
            return None
        try:
            with self._catalogue.reached() as client:
                return work(client)
        except PartUnavailableError as error:
            self._catalogue = None
            self._warn(f"{error} The training goes on without it; hand the bundle in later with `chaffinch register`.")
            return None


def flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested settings as `features.bits`."""
    out: dict[str, Any] = {}
    for key, value in values.items():
        out |= flat(value, f"{prefix}{key}.") if isinstance(value, Mapping) else {f"{prefix}{key}": value}
    return out


def _exists(client: MlflowClient, run: str) -> bool:
    from mlflow.exceptions import MlflowException

    try:
        return bool(client.get_run(run))
    except MlflowException:
        return False

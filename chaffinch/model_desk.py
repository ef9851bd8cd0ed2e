"""The models page asks the command line: what moves the champion is `chaffinch promote` and `rollback` themselves."""

from __future__ import annotations

import shlex
import threading
import time
from collections.abc import Callable, Sequence

from chaffinch.beside import NotDoneError, TooLongError, ask
from chaffinch.settings import Settings
from console.model_desk import Mistake, ModelDesk, Moved
from registry.gate_file import EXAMPLES, GateFile

PATIENCE = 300.0
"""Seconds; MLflow alone takes ten to start on a small machine."""

EXAMPLES_PATIENCE = 60.0
KEPT = 60.0
"""Seconds for which texts that were looked up are told again."""

BUSY = "Others are being looked up just now; look again in a moment."


def model_desk(settings: Settings) -> ModelDesk:
    """The desk over this home's registry."""
    return ModelDesk(
        registry_root=settings.registry_root,
        promote=lambda version, by, reason: _run("promote", version, f"--by={by}", f"--reason={reason}"),
        rollback=lambda by, reason, emergency: _run(
            "rollback",
            f"--by={by}",
            f"--reason={reason}",
            *([f"--without-assessment={emergency}"] if emergency else []),
        ),
        examples=Examples(),
        mlflow=settings.tracking_uri if settings.tracking_uri.startswith(("http://", "https://")) else None,
        mlflow_command=mlflow_command(settings),
    )


def mlflow_command(settings: Settings) -> str:
    """What opens MLflow's page over this house's runs. A store that was set may hold a password: it is not repeated."""
    store = '"$CHAFFINCH_MLFLOW_URI"' if settings.mlflow_uri else shlex.quote(settings.tracking_uri)
    return f"mlflow ui --backend-store-uri {store}"


def _run(*arguments: str) -> Moved:
    """One command. What it refuses is told in its own sentence."""
    try:
        return Moved(True, str(ask(*arguments, patience=PATIENCE)["sentence"]))
    except TooLongError:
        return Moved(False, f"It takes longer than {PATIENCE:.0f} seconds; the history below says what became of it.")
    except NotDoneError as error:
        return Moved(False, str(error) or "It did not work, and nobody said why.")


class Examples:
    """Texts of the rows that a gate's answer names, looked up by a process of its own when somebody asks.

    What was found is told again for `KEPT` seconds and no longer, for a row may be erased meanwhile. One process at a
    time: whoever asks for another meanwhile is told to look again.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._turn = threading.Lock()
        self._found: dict[tuple[str, str], tuple[float, Sequence[Mistake]]] = {}

    def __call__(self, version: str, gate: GateFile) -> Sequence[Mistake]:
        """The rows' texts; where they could not be looked up their ids, with why."""
        if not gate.examples:
            return ()
        key = (gate.bundle_hash, gate.created_at)
        if (kept := self._kept(key)) is not None:
            return kept
        if not self._turn.acquire(blocking=False):
            return [Mistake(each, None, BUSY) for each in gate.examples[:EXAMPLES]]
        try:
            told = ask("gate", version, "--show", patience=EXAMPLES_PATIENCE)["examples"][:EXAMPLES]
        except (NotDoneError, TooLongError):
            return [Mistake(each, None, "looked up by chaffinch gate --show") for each in gate.examples[:EXAMPLES]]
        finally:
            self._turn.release()
        found = [Mistake(each["id"], each["text"], each["note"]) for each in told]
        self._found = {key: (self._now() + KEPT, found)}
        return found

    def _kept(self, key: tuple[str, str]) -> Sequence[Mistake] | None:
        until, found = self._found.get(key, (0.0, ()))
        return found if self._now() < until else None

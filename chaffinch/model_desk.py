"""The models page asks the command line: what moves the champion is `chaffinch promote` and `rollback` themselves."""

from __future__ import annotations

from collections.abc import Sequence

from chaffinch.beside import NotDoneError, TooLongError, ask
from chaffinch.settings import Settings
from console.model_desk import Mistake, ModelDesk, Moved
from registry.gate_file import GateFile

PATIENCE = 300.0
"""Seconds; MLflow alone takes ten to start on a small machine."""


def model_desk(settings: Settings) -> ModelDesk:
    """The desk over this home's registry."""
    return ModelDesk(
        registry_root=settings.registry_root,
        promote=lambda version, by, reason: _run("promote", version, f"--by={by}", f"--reason={reason}"),
        rollback=lambda by, reason: _run("rollback", f"--by={by}", f"--reason={reason}"),
        examples=_examples,
        mlflow=settings.tracking_uri if settings.tracking_uri.startswith(("http://", "https://")) else None,
    )


def _run(*arguments: str) -> Moved:
    """One command. What it refuses is told in its own sentence."""
    try:
        return Moved(True, str(ask(*arguments, patience=PATIENCE)["sentence"]))
    except TooLongError:
        return Moved(False, f"It takes longer than {PATIENCE:.0f} seconds; the history below says what became of it.")
    except NotDoneError as error:
        return Moved(False, str(error) or "It did not work, and nobody said why.")


def _examples(version: str, gate: GateFile) -> Sequence[Mistake]:
    """Texts of the rows that a gate's answer names; they are looked up anew each time, for a row may be erased."""
    if not gate.examples:
        return ()
    try:
        told = ask("gate", version, "--show", patience=PATIENCE)["examples"]
    except (NotDoneError, TooLongError):
        return [Mistake(each, None, "looked up by chaffinch gate --show") for each in gate.examples]
    return [Mistake(each["id"], each["text"], each["note"]) for each in told]

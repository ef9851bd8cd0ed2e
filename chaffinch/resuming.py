"""Answers that are kept while they are given, so that a run which was stopped goes on where it was.

Beside `answers.jsonl` lie `.answers.jsonl.part` and, written after it, `.answers.jsonl.part.json`, which says how much
of it counts: what stands behind that was not known to be on disk, and is given again. It also says by what the answers
were given and, as a hash, of which comments: going on with others would make a file that nobody gave.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

from chaffinch.scoring_pool import Answered
from moderation.errors import ChaffinchError
from registry.files import json_bytes, sync, write_atomically
from serving.bulk import Source, Tally

SECONDS = 5.0
"""How much work a stop may cost."""


@dataclass(frozen=True, slots=True)
class _State:
    """What counts: by what it was answered, which comments (a hash), bytes of answers, and their tally."""

    mark: str
    digest: str
    written: int
    tally: Tally


class Part:
    """The answers so far. Open it, give it what is answered, finish it; leaving without finishing keeps it."""

    def __init__(self, out: Path) -> None:
        self._out = Path(os.path.realpath(out))
        self._draft = self._out.with_name(f".{self._out.name}.part")
        self._note = self._out.with_name(f".{self._out.name}.part.json")
        self._file: BinaryIO | None = None
        self._state: _State | None = None
        self._saved = time.monotonic()

    @property
    def tally(self) -> Tally:
        """Of all answers, those of earlier runs among them."""
        return self._state.tally if self._state else Tally()

    def open(self, source: Source) -> None:
        """Takes up what was kept, and reads over the comments it is about. Raises `ChaffinchError`, `OSError`."""
        if self._out.exists() and not self._out.is_file():
            raise ChaffinchError(f"{self._out} is no file, and cannot be gone on with; leave --resume away.")
        state = self._kept()
        if state and source.skip(state.tally.bytes_read, state.tally.rows) != state.digest:
            raise ChaffinchError(
                f"The comments are not those that {self._draft} answers so far. Name the same file, or delete "
                f"{self._note} to begin anew."
            )
        self._file = self._draft.open("r+b" if state else "wb")
        if state:
            self._file.truncate(state.written)
            self._file.seek(state.written)
            self._state = state

    def add(self, answered: Answered) -> None:
        """One more batch. Raises `ChaffinchError` where it was answered by others than those before, `OSError`."""
        before = self._state or _State(answered.mark, "", 0, Tally())
        if before.mark != answered.mark:
            raise ChaffinchError(
                f"The answers so far were given by {before.mark}; now it is {answered.mark}. Name the model as it was "
                f"(--model), or delete {self._note} to begin anew."
            )
        scored = answered.scored
        self._sink.write(scored.content)
        # In one step, so that whoever is stopped between the two has written a batch that does not count.
        self._state = _State(
            answered.mark, answered.batch.digest, before.written + len(scored.content), before.tally + scored.tally
        )
        if time.monotonic() - self._saved >= SECONDS:
            self._save()

    def finish(self) -> None:
        """All is answered: the file gets its name."""
        self.close()
        self._draft.replace(self._out)
        sync(self._out.parent)
        self._note.unlink(missing_ok=True)

    def close(self) -> None:
        """Keeps what there is. Raises `OSError`."""
        if self._file is not None:
            with self._file:
                self._save()
            self._file = None

    def _save(self) -> None:
        """What there is counts from now on."""
        if self._state is None:
            return
        self._sink.flush()
        os.fsync(self._sink.fileno())
        write_atomically(self._note, json_bytes(asdict(self._state)))
        self._saved = time.monotonic()

    @property
    def _sink(self) -> BinaryIO:
        if self._file is None:
            raise RuntimeError("open it first")
        return self._file

    def _kept(self) -> _State | None:
        if not (self._note.is_file() and self._draft.is_file()):
            return None
        try:
            told = json.loads(self._note.read_text(encoding="utf-8"))
            state = _State(told["mark"], told["digest"], int(told["written"]), Tally(**told["tally"]))
        except (ValueError, KeyError, TypeError) as error:
            raise ChaffinchError(f"{self._note} cannot be read; delete it to begin anew.") from error
        return state if self._draft.stat().st_size >= state.written else None

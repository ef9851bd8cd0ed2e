"""`/metrics` of several processes: each leaves its figures in the folder that they share, and who is scraped adds up.

What is counted is the sum over all processes, those too that are no more: counts never go down while the server runs.
What is measured (gauges) is the sum where each process has a share of it, such as who waits for the model or memory;
everything else is the same in each, since it comes from the database, and is told by the one that answers. A process
that left nothing for some seconds is gone.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from prometheus_client.parser import text_string_to_metric_families

FOLDER = "metrics"
GONE_SECONDS = 10.0

_SHARED_OUT = (
    "chaffinch_model_waiting", "chaffinch_database_waiting", "chaffinch_streams", "process_resident_memory_bytes",
    "process_virtual_memory_bytes", "process_open_fds",
)  # fmt: skip
"""Gauges of which each process has a share."""

Sample = tuple[str, tuple[tuple[str, str], ...]]


@dataclass(slots=True)
class _Family:
    kind: str
    words: str
    values: dict[Sample, float] = field(default_factory=dict)


class Together:
    """The figures of one process among others; `folder` is the one that they share."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / FOLDER
        self._own = self._folder / f"{os.getpid()}-{uuid4().hex}"

    def leave(self, text: bytes) -> None:
        """For the others; where it cannot be written they do without."""
        half = self._own.with_suffix(".half")
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            half.write_bytes(text)
            half.rename(self._own)
        except OSError:
            return

    def added_up(self, text: bytes) -> bytes:
        """This process' figures and the others'."""
        whole = _read(text.decode())
        for other, is_there in self._others():
            for name, family in _read(other).items():
                _add(whole.setdefault(name, _Family(family.kind, family.words)), name, family, is_there)
        return "".join(_lines(whole)).encode()

    def _others(self) -> Iterator[tuple[str, bool]]:
        """What each left, and whether it is still there."""
        for file in sorted(self._folder.glob("*-*")):
            if file == self._own or file.suffix:
                continue
            try:
                yield file.read_text(), time.time() - file.stat().st_mtime < GONE_SECONDS
            except OSError:
                continue


def _read(text: str) -> dict[str, _Family]:
    found: dict[str, _Family] = {}
    for metric in text_string_to_metric_families(text):
        family = found[metric.name] = _Family(metric.type, metric.documentation)
        for sample in metric.samples:
            family.values[sample.name, tuple(sorted(sample.labels.items()))] = sample.value
    return found


def _add(whole: _Family, name: str, other: _Family, is_there: bool) -> None:
    counted = other.kind in ("counter", "histogram") and not name.startswith("process_start")
    for sample, value in other.values.items():
        if counted or (is_there and name in _SHARED_OUT):
            whole.values[sample] = whole.values.get(sample, 0.0) + value
        elif is_there:
            whole.values.setdefault(sample, value)


def _lines(families: Mapping[str, _Family]) -> Iterator[str]:
    for name, family in families.items():
        shown = f"{name}_total" if family.kind == "counter" else name
        words = family.words.replace("\\", r"\\").replace("\n", r"\n")
        yield f"# HELP {shown} {words}\n# TYPE {shown} {family.kind}\n"
        for (sample, labels), value in family.values.items():
            told = ",".join(f'{key}="{_escaped(each)}"' for key, each in labels)
            yield f"{sample}{{{told}}} {value!r}\n" if told else f"{sample} {value!r}\n"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")

"""Notebooks as a reader runs them, top to bottom in a kernel of their own; and what they then show."""

from __future__ import annotations

from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from chaffinch.settings import CHECKOUT

NOTEBOOKS = CHECKOUT / "notebooks"
SECONDS_A_CELL = 240


@dataclass(frozen=True)
class Table:
    """An HTML table's cells as they are read."""

    head: list[str]
    rows: list[list[str]]

    def column(self, name: str) -> list[str]:
        """The cells under the heading that ends so."""
        at = next(at for at, told in enumerate(self.head) if told.endswith(name))
        return [row[at] for row in self.rows]


@dataclass(frozen=True)
class Executed:
    """A notebook after its run; `stopped` is the cell that could not go on."""

    notebook: Any
    stopped: str | None
    address: str

    def outputs(self, cell: str) -> list[Any]:
        return list(next(each for each in self.notebook.cells if each.id == cell).outputs)

    def printed(self, cell: str, stream: str = "stdout") -> str:
        found = [each.text for each in self.outputs(cell) if each.output_type == "stream" and each.name == stream]
        return "".join(found)

    def error(self, cell: str) -> str:
        found = ["\n".join(each.traceback) for each in self.outputs(cell) if each.output_type == "error"]
        return "".join(found)

    @property
    def complaints(self) -> list[tuple[str, str]]:
        """What went to standard error, by cell, and cells that were not reached; nothing for a quiet run to the end."""
        code = [each for each in self.notebook.cells if each.cell_type == "code"]
        said = [(each.id, self.printed(each.id, "stderr")) for each in code]
        missed = [(each.id, "was not reached") for each in code if each.execution_count is None]
        return [*missed, *((cell, told) for cell, told in said if told)]

    def table(self, cell: str) -> Table:
        html = next(each.data["text/html"] for each in self.outputs(cell) if "text/html" in each.get("data", {}))
        reader = _TableReader()
        reader.feed(html)
        return Table(reader.rows[0], reader.rows[1:])

    def picture(self, cell: str) -> str:
        data = [each.get("data", {}) for each in self.outputs(cell)]
        return next(each["image/svg+xml"] for each in data if "image/svg+xml" in each)


def execute(name: str, env: dict[str, str]) -> Executed:
    """Runs `notebooks/<name>.ipynb` from its own folder, as an editor does, until its end or its first error."""
    notebook = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
    client = NotebookClient(
        notebook, timeout=SECONDS_A_CELL, kernel_name="python3", resources={"metadata": {"path": str(NOTEBOOKS)}}
    )
    kernel = client.create_kernel_manager()
    stopped = None
    try:
        client.execute(env=env, cleanup_kc=True)
    except CellExecutionError:
        stopped = next(each.id for each in notebook.cells if _failed(each))
    return Executed(notebook, stopped, kernel.ip)


def _failed(cell: Any) -> bool:
    return any(output.output_type == "error" for output in cell.get("outputs", []))


class _TableReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_data(self, data: str) -> None:
        self.rows[-1][-1] += data

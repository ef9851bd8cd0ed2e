"""What holds for all notebooks, this one and those to come."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nbformat
import pytest

from tests.notebooks.executing import NOTEBOOKS

PATHS = sorted(NOTEBOOKS.glob("*.ipynb"))
BILINGUAL = re.compile(r"#+ .*[\u4e00-\u9fff].* · [A-Za-z]")


@pytest.fixture(params=PATHS, ids=lambda path: path.stem)
def notebook(request: pytest.FixtureRequest) -> Any:
    found = nbformat.read(request.param, as_version=4)
    nbformat.validate(found)
    return found


def test_notebooks_are_numbered_from_one_without_a_gap() -> None:
    assert [f"{number:02}" for number in range(1, len(PATHS) + 1)] == [path.stem[:2] for path in PATHS]
    assert PATHS


def test_no_output_is_kept_in_the_file(notebook: Any) -> None:
    """Outputs hold comments of data sets, and differ with every run."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [] == [cell.id for cell in code if cell.outputs or cell.execution_count is not None]


def test_no_reader_s_machine_is_kept_in_the_file(notebook: Any) -> None:
    assert "python3" == notebook.metadata.kernelspec.name
    assert {"kernelspec", "language_info"} == set(notebook.metadata)
    assert [] == [cell.id for cell in notebook.cells if cell.get("attachments") or cell.metadata]


def test_headings_are_in_both_languages(notebook: Any) -> None:
    text = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    headings = [line for source in text for line in source.splitlines() if line.startswith("#")]
    assert headings
    assert [] == [line for line in headings if not BILINGUAL.match(line)]


def test_only_rooms_of_the_offline_column_are_imported(notebook: Any) -> None:
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    rooms = {name.split(".")[0] for name in re.findall(r"^\s*(?:from|import) ([\w.]+)", code, re.MULTILINE)}
    assert set() == rooms & {"serving", "console", "governance", "review", "records"}


def test_the_folder_holds_notebooks_and_nothing_else() -> None:
    others = [path for path in NOTEBOOKS.iterdir() if path.suffix != ".ipynb" and not path.name.startswith(".")]
    assert [] == [Path(path).name for path in others]

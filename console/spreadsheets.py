"""Tables as files for spreadsheets: CSV with a byte order mark, no cell of which is taken for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from starlette.responses import Response


def csv_of(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A header and a row for each."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(head)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return written.getvalue()


def answer(name: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """The file `chaffinch-{name}.csv`. Spreadsheets take UTF-8 for what it is only after a byte order mark."""
    headers = {"content-disposition": f'attachment; filename="chaffinch-{name}.csv"'}
    return Response("\ufeff" + csv_of(head, rows), media_type="text/csv; charset=utf-8", headers=headers)


def _cell(value: object) -> object:
    """A name that a spreadsheet would take for a formula is text."""
    if isinstance(value, str) and value[:1] in tuple("=+-@\t\r"):
        return f"'{value}"
    return round(value, 4) if isinstance(value, float) else value

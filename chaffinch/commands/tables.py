"""Tables of the command line, readable at any width: no id is cut, no word is broken that could stand whole.

A table is printed as it is where it fits. Where it does not, its longest columns are folded between words; then it goes
without borders; and where even that is too wide every row becomes a block of lines. A column that says
nothing in any row is left out. `--json` has all of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.box import SIMPLE_HEAD, Box
from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Column, Table
from rich.text import Text

_WIDE = 24
"""Cells that a word of Chinese, Japanese or Korean gets at least: it has no spaces and may be folded anywhere."""

_INDENT = 2
_GAP = "   "


@dataclass(frozen=True, slots=True)
class _Laid:
    """A column with its cells as text; `least` cells hold its longest word, `most` its longest line."""

    column: Column
    name: Text
    cells: tuple[Text, ...]

    @property
    def least(self) -> int:
        """Cells without which a word would be cut."""
        return max(map(_longest_word, (self.name, *self.cells)))

    @property
    def most(self) -> int:
        """Cells with which nothing is folded."""
        return max(cell_len(line) for each in (self.name, *self.cells) for line in each.plain.split("\n"))

    @property
    def says_something(self) -> bool:
        """Whether any row has a value."""
        return any(each.plain.strip() for each in self.cells)


def print_table(table: Table, console: Console | None = None) -> None:
    """Prints it as wide as the terminal is; 80 where there is none."""
    console = console or Console()
    columns = [_laid(each) for each in table.columns]
    kept = [each for each in columns if each.says_something] or columns
    for padding, box in ((2, table.box), (0, SIMPLE_HEAD)):
        overhead = len(kept) * (padding + 1) + 1
        widths = _widths(kept, console.width - overhead)
        if widths is not None:
            console.print(_rebuilt(table, kept, widths, padding=padding // 2, box=box))
            return
    if table.title:
        console.print(table.title, style="italic")
    for at in range(len(kept[0].cells)):
        if at:
            console.print()
        for line in _block(kept, at, console.width):
            console.print(line, soft_wrap=False, highlight=False)


def _laid(column: Column) -> _Laid:
    return _Laid(column, _text(column.header), tuple(_text(each) for each in column.cells))


def _text(cell: RenderableType) -> Text:
    return cell if isinstance(cell, Text) else Text.from_markup(str(cell))


def _longest_word(text: Text) -> int:
    return max((_least_of(word) for word in text.plain.split()), default=0)


def _least_of(word: str) -> int:
    whole = cell_len(word)
    return whole if whole == len(word) else min(whole, _WIDE)


def _widths(columns: Sequence[_Laid], room: int) -> list[int] | None:
    """Cells of each column; None where some word would be cut. What is left over goes where most is folded."""
    widths, most = [each.least for each in columns], [each.most for each in columns]
    left = room - sum(widths)
    if left < 0:
        return None
    while left and (lacking := [at for at, width in enumerate(widths) if width < most[at]]):
        at = max(lacking, key=lambda at: most[at] / max(1, widths[at]))
        widths[at] += 1
        left -= 1
    return widths


def _rebuilt(table: Table, columns: Sequence[_Laid], widths: Sequence[int], *, padding: int, box: Box | None) -> Table:
    made = Table(
        box=box,
        padding=(0, padding),
        title=table.title,
        title_justify=table.title_justify,
        show_lines=table.show_lines,
    )
    for each, width in zip(columns, widths, strict=True):
        made.add_column(each.name, justify=each.column.justify, style=each.column.style, width=width, overflow="fold")
    for at in range(len(columns[0].cells)):
        made.add_row(*(each.cells[at] for each in columns))
    return made


def _block(columns: Sequence[_Laid], at: int, width: int) -> Iterator[RenderableType]:
    """One row: what it is called, then its other values with their names, several short ones to a line."""
    first, *others = columns
    yield Text.assemble(first.cells[at], style="bold", overflow="fold")
    line = Text(" " * _INDENT)
    for name, value in ((each.name, each.cells[at]) for each in others if each.cells[at].plain.strip()):
        short = Text.assemble((name.plain, "dim"), " ", value)
        fits = "\n" not in value.plain and cell_len(short.plain) <= width // 2
        if line.plain.strip() and (not fits or cell_len(line.plain) + len(_GAP) + cell_len(short.plain) > width):
            yield line
            line = Text(" " * _INDENT)
        if fits:
            line = Text.assemble(line, _GAP if line.plain.strip() else "", short)
        else:
            yield from _long(name.plain, value, width)
    if line.plain.strip():
        yield line


def _long(name: str, value: Text, width: int) -> Iterator[RenderableType]:
    """Words beside their name; below it where one of them has no room there."""
    beside = cell_len(name) + 1
    if _longest_word(value) <= width - _INDENT - beside:
        line = Table.grid(padding=0)
        for cells in (_INDENT, beside):
            line.add_column(width=cells, style="dim")
        line.add_column(overflow="fold")
        line.add_row("", name, value)
        yield line
    else:
        yield Padding(Text(name, style="dim"), (0, 0, 0, _INDENT))
        yield Padding(Text.assemble(value, overflow="fold"), (0, 0, 0, 2 * _INDENT))

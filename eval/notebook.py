"""What the notebooks have in common: tables and pictures to look at, and errors told in a sentence.

A notebook shows and does not compute: what it shows comes from the rooms, and a reader can call the same functions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from numbers import Integral
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from moderation.errors import ChaffinchError
from moderation.spans import Span, merged

if TYPE_CHECKING:
    from IPython.display import HTML, SVG

    from eval.metrics import Interval

_CELL = "padding:.25em .7em;vertical-align:top;overflow-wrap:anywhere;max-width:44em;text-align:"
_NUMBER = re.compile(r"-?[\d,.]*%?")
_MARK = Markup('<mark style="background:#ffe08a;color:#222">{}</mark>')


class StoppedError(ChaffinchError):
    """The notebook cannot go on. Jupyter shows the sentence, not where in our code it was said."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows for it."""
        return str(self).splitlines()


@contextmanager
def needs(command: str) -> Iterator[None]:
    """What is done inside needs what `command` makes. Raises `StoppedError` naming it for any of our errors."""
    try:
        yield
    except ChaffinchError as error:
        raise StoppedError(f"{error}\n请先运行 · Run this first: {command}") from error


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> HTML:
    """An HTML table; columns of numbers stand right. Text is escaped, unless it is `Markup`."""
    from IPython.display import HTML  # a development install's; serving and training know nothing of it

    held = [[_told(value) for value in row] for row in rows]
    right = [all(_NUMBER.fullmatch(each) for each in column) for column in zip(*held, strict=True)]
    sides = ["right" if each else "left" for each in right or [False] * len(head)]
    titles = _row("th", head, sides)
    body = Markup("").join(_row("td", row, sides) for row in held)
    return HTML(str(Markup("<table><thead>{}</thead><tbody>{}</tbody></table>").format(titles, body)))


def share(told: Interval) -> str:
    """A share with its 95 % interval and the rows it is of; nothing where there are none."""
    if not told.rows:
        return ""
    return f"{told.share:.1%} ({told.low:.1%} – {told.high:.1%}, {told.hits:,}/{told.rows:,})"


def picture(svg: str) -> SVG:
    """A picture of `eval.charts` or `eval.plots`."""
    from IPython.display import SVG

    return SVG(data=svg)


def marked(text: str, spans: Iterable[Span]) -> Markup:
    """The text with its spans highlighted, the rest escaped; spans are code points of `text`."""
    parts: list[str] = []
    at = 0
    for span in merged(spans):
        parts += [escape(text[at : span.start]), _MARK.format(span.of(text))]
        at = span.end
    return Markup("").join([*parts, escape(text[at:])])


def _row(tag: str, cells: Sequence[str], sides: Sequence[str]) -> Markup:
    style = [_CELL + side for side in sides]
    told = [Markup(f'<{tag} style="{{}}">{{}}</{tag}>').format(*each) for each in zip(style, cells, strict=True)]  # noqa: S704 (th or td)
    return Markup("<tr>{}</tr>").format(Markup("").join(told))


def _told(value: object) -> str:
    """Text as it is, whole numbers with thousands, others with three places."""
    if isinstance(value, str):
        return value
    return f"{value:,}" if isinstance(value, Integral) else f"{value:.3f}"

"""What is asked about a find: what stands there, for which term, and what it was assumed to be written as."""

from __future__ import annotations

from dataclasses import dataclass

from moderation.rules.found import Found
from moderation.rules.paths import Step
from moderation.rules.spelling import Spelling
from moderation.rules.surroundings import Surroundings
from moderation.views.view import ViewName

LITTLE = 0.5
"""What the words around have to say at least for a term backwards, with initials for some characters or in letters."""

UNITS = frozenset(
    "个元块点月日号年岁楼级折分秒斤克米人次张件只条天周万千百十倍集章回场局轮强层座栋线路环班代箱台套双部款盒瓶本位名篇颗届季期排寸版"
    ""
)
"""What is counted behind a number."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is asked about: a find and the term, as the canonical view shows both."""

    found: Found
    drawn: Found
    """The find as it is read once the signs among Han characters are gone; itself where there are none."""
    term: str
    written: str
    """The find as it was sent, for what the canonical view hides: capitals."""
    view: ViewName
    near: Surroundings
    spelling: Spelling = Spelling.PLAIN
    chained: int = 0
    """How many single characters more its filler parts."""
    signs: tuple[str, ...] = ()
    """What the canonical view shows for each character of the term, where the view shows one for each."""
    in_piece: bool = False
    """Whether it was read in a piece of the text (`views/pieced.py`)."""
    path: tuple[Step, ...] = ()
    """How each character of the term is written, where it was read as a path (`paths.py`)."""
    text: str = ""
    """The canonical view, which the places of `path` are of."""

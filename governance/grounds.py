"""On which ground something is done: an article that is there, and words that the house knows where it asks for them.

* **A book of law** that `configs/law.toml` knows is named with an article that it has, and on which such a thing can
  stand. A person who is measured looks it up: `cn-2017:99` would send them to nothing. That is refused everywhere.
* **Words of one's own** that name no label, no rule of a book and no ground that a policy declares are refused where
  the policy says `free_grounds = false`, or the house's own does; elsewhere the command line warns of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from governance.law import Act
from governance.wording import seen, unknown_in
from moderation.errors import ConfigError, Fault
from records.house_queues import LawBook, Redress
from records.unit_of_work import Reading

_ARTICLE = re.compile(r"([1-9][0-9]{0,4})(?:\(([1-9][0-9]?)\))?")
_RANGE = 3
"""So many numbers in a row or more are told as from and to."""


@dataclass(frozen=True, slots=True)
class GroundFault(Fault):
    """`why`: `form`, `article`, `item`, `act` or `free`; pages have a sentence for each, filled in by `told`."""

    why: str = "free"
    told: dict[str, str] = field(default_factory=dict)


def faults(
    look: Reading, ground: str, act: Act, *, where: str = "/ground", policy: str | None = None, free: bool | None = None
) -> Iterator[GroundFault]:  # fmt: skip
    """What is wrong with a ground; nothing of one that is empty.

    `policy` is the one that was named. `free`: whether words of one's own are taken whatever policies say.
    """
    return faults_by(look.queues.redress, ground, act, where=where, policy=policy, free=free)


def faults_by(
    redress: Redress, ground: str, act: Act, *, where: str, policy: str | None = None, free: bool | None = None
) -> Iterator[GroundFault]:
    """The same by the books of law and the grounds that a house knows, where no records are at hand."""
    said = seen(ground)
    wrong = list(_cited(said, act, redress, where))
    yield from wrong
    is_free = free if free is not None else redress.takes_free_grounds(policy)
    if is_free or wrong:
        return
    for told, near in unknown_in(said, redress):
        meant = f"; did you mean {' or '.join(near)}?" if near else "."
        detail = (
            f"no label, rule of a book, article of a law or declared ground is called '{told}'{meant} The policy takes "
            "no words of one's own (free_grounds = false): name one of them, or declare it under [grounds]"
        )
        yield GroundFault(where, detail, "free", {"ground": told, "near": ", ".join(near)})


def said_of_rules(redress: Redress) -> Callable[[str], Iterable[str]]:
    """For who checks rules: from a ground to what is wrong with it."""
    return lambda ground: [each.detail for each in faults_by(redress, ground, Act.RULE, where="ground")]


def check_declared(redress: Redress) -> None:
    """Raises `ConfigError` where a policy's own `[grounds]` name an article that is not there."""
    wrong = [
        Fault(f"policies: {ground}", each.detail)
        for ground in sorted(redress.declared)
        for each in _cited(ground, None, redress, "")
    ]
    if wrong:
        raise ConfigError("The policies cannot be used: their grounds name articles that are not there.", wrong)


def _cited(said: str, act: Act | None, redress: Redress, where: str) -> Iterator[GroundFault]:
    """Every article of a known book that is named anywhere in it, however the book is written."""
    if not redress.law:
        return
    names = "|".join(re.escape(each) for each in sorted(redress.law, key=len, reverse=True))
    for found in re.finditer(rf"(?<![\w-])({names})\s*[:：]\s*([^\s,，;；、。]*)", said, re.IGNORECASE):
        name = next(each for each in redress.law if each.casefold() == found[1].casefold())
        yield from _of_article(name, redress.law[name], found, act, where)


def _of_article(
    name: str, book: LawBook, found: re.Match[str], act: Act | None, where: str
) -> Iterator[GroundFault]:  # fmt: skip
    title, part = f"{name} ({book.titles[1]})", found[2]
    number = _ARTICLE.fullmatch(part)
    told = {"book": name, "zh": book.titles[0], "en": book.titles[1], "part": part}
    if number is None or found[0] != f"{name}:{part}":
        example = book.grounds.get(act or "", (1,))[0]
        detail = f"'{found[0]}' is no article of {title}: write {name}:{example}, or {name}:{example}(1) for an item"
        yield GroundFault(where, detail, "form", told | {"part": found[0], "example": f"{name}:{example}"})
        return
    article, item = int(number[1]), int(number[2] or 0)
    allowed = book.grounds.get(act or "", tuple(range(1, book.articles + 1)))
    which, items = ranges(allowed), book.items.get(article)
    if article > book.articles:
        detail = f"{title} has no article {article}: it has {book.articles}, and this can stand on {which}"
        yield GroundFault(where, detail, "article", told | {"all": str(book.articles), "which": which})
    elif article not in allowed:
        detail = f"article {article} of {title} is no ground for this: it can stand on {which}"
        yield GroundFault(where, detail, "act", told | {"which": which})
    elif items is not None and item > items:
        detail = f"article {article} of {title} has no item {item}: it has {items}"
        yield GroundFault(where, detail, "item", told | {"part": str(article), "item": str(item), "all": str(items)})


def ranges(numbers: tuple[int, ...]) -> str:
    """`4, 7-9` of 4, 7, 8 and 9."""
    runs: list[list[int]] = []
    for each in sorted(numbers):
        if runs and each == runs[-1][-1] + 1:
            runs[-1].append(each)
        else:
            runs.append([each])
    told = (f"{run[0]}-{run[-1]}" if len(run) >= _RANGE else ", ".join(map(str, run)) for run in runs)
    return ", ".join(told)

"""What is told about one rule while its parts are checked, each by a module `..._mistakes`."""

from __future__ import annotations

from dataclasses import dataclass, field

from moderation.rules.entries import Entry
from moderation.rules.mistake import Mistake
from moderation.toml_places import Path as Inside


@dataclass
class Told:
    """Collects what is wrong with one rule."""

    entry: Entry
    mistakes: list[Mistake] = field(default_factory=list)
    is_judged: bool = True
    """Whether it is known well enough what the rule finds to say that an example fails."""
    idle: set[str] = field(default_factory=set)
    """Terms that can never hit, as canonical text: an example with one of them may fail for that alone."""

    def wrong(self, inside: Inside, detail: str) -> None:
        """Something to mend at `inside` of the rule's table."""
        self.mistakes.append(self.entry.mistake(inside, detail))

    def unjudged(self, inside: Inside, detail: str) -> None:
        """Wrong in such a way that examples would only fail for it."""
        self.is_judged = False
        self.wrong(inside, detail)

    def idles(self, inside: Inside, detail: str, term: str) -> None:
        """Wrong of one term among others: examples that hold it may only fail for it, and all others are judged."""
        self.idle.add(term)
        self.wrong(inside, detail)

    def advise(self, inside: Inside, detail: str) -> None:
        """Something that does not keep the rule from being used."""
        self.mistakes.append(self.entry.mistake(inside, detail, advice=True))

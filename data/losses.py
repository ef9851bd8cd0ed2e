"""What a source lost on the way in: how much of it is too much, and what to tell whoever has to mend it.

Files of other people's making change: a column gets another name, a label another spelling. Row by row that looks like
so many broken rows, and a build beside other sources would go on without the whole set. So a build stops where a source
loses more than a stated share of its rows, where nothing of a file can be read, and where no row is of a class that its
recipe maps: a label that was there yesterday.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from data.order import Ask
from data.reading import Rejected
from data.sources import Loaded
from moderation.errors import Fault, InvalidInputError

FEW: Final = 10
"""Fewer refused rows than this stop nothing, whatever share they are: no changed column breaks so few of many, and a
handful of verdicts with a broken line among them must not stop a nightly training."""

SHOWN: Final = 8
"""Causes of a source that are told, the most frequent first."""


def refuse_losses(ask: Ask, loaded: Mapping[str, Loaded]) -> None:
    """Raises `InvalidInputError` with every source that lost too much, but those that were allowed by name."""
    _refuse_unknown_names(ask)
    faults = {name: _faults_of(ask, name, each) for name, each in loaded.items() if name not in ask.allow_refused}
    lost = [name for name, found in faults.items() if found]
    if not lost:
        return
    names = ", ".join(f"'{name}'" for name in lost)
    raise InvalidInputError(
        f"The data set '{ask.config.name}' was not built: {names} would go into it with too much missing. Mend the "
        "files or the recipe under configs/sources; or, if you mean it: "
        f"{' '.join(f'--allow-refused {name}' for name in lost)}.",
        [fault for name in lost for fault in faults[name]],
    )


def _refuse_unknown_names(ask: Ask) -> None:
    known = [use.name for use in ask.config.sources]
    if unknown := sorted(ask.allow_refused.difference(known)):
        detail = f"'{unknown[0]}' is no source of '{ask.config.name}'; known: {', '.join(known)}"
        raise InvalidInputError("Nothing can be allowed for it.", [Fault("--allow-refused", detail)])


def _faults_of(ask: Ask, name: str, loaded: Loaded) -> list[Fault]:
    limit = ask.use(name).most_refused
    return [*_rows(name, loaded, ask.config.most_refused if limit is None else limit), *_classes(name, loaded)]


def _rows(name: str, loaded: Loaded, limit: float) -> Iterator[Fault]:
    refused, readable = len(loaded.rejected), loaded.readable
    share = refused / max(refused + readable, 1)
    if share > limit and refused >= FEW:
        told = f"{refused:,} of {refused + readable:,} rows ({share:.1%}) are refused, at most {limit:.1%} may be"
        yield Fault(name, told)
    elif loaded.unread:
        yield Fault(name, f"nothing of {', '.join(loaded.unread)} can be read")
    else:
        return
    yield from _causes(loaded.rejected)


def _causes(rejected: list[Rejected]) -> Iterator[Fault]:
    """The causes with how many rows each took, and the first of these."""
    counts = Counter(each.cause for each in rejected)
    for cause, count in counts.most_common(SHOWN):
        first = next(each for each in rejected if each.cause == cause)
        rows = "1 row" if count == 1 else f"{count:,} rows, this one first"
        yield Fault(f"{first.file}:{first.line}", f"{cause} ({rows})")
    if len(counts) > SHOWN:
        yield Fault("", f"and {len(counts) - SHOWN} other causes")


def _classes(name: str, loaded: Loaded) -> Iterator[Fault]:
    """Nothing where no row could be read at all: that is told already."""
    labels = loaded.recipe.labels
    for each in labels.classes() if loaded.rows else ():
        if each not in labels.rare and not loaded.classes[each]:
            there = ", ".join(f"{told} {count:,}" for told, count in loaded.classes.most_common()) or "none"
            where = labels.field or ("files" if labels.files else "votes")
            yield Fault(f"{name}: {where}", f"no row is of '{each}', which the recipe maps; there are: {there}")

"""What authors are told (`configs/notices.toml`): for every label and ground what happened and how to do better.

A label or ground without words of its own is a mistake of the file: nobody is acted on by a rule that nobody explains.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable
from functools import lru_cache
from pathlib import Path

from pydantic import Field

from governance.complaint_rules import ComplaintRules
from governance.law import Book, load_law
from moderation import emergency
from moderation.errors import ConfigError, Fault
from moderation.lists import LISTED_ACCOUNT
from moderation.policy import GROUNDS_OF_RECOMMENDING, Messages, Policy
from moderation.taxonomy import CONFIGS, Taxonomy, Words, load_taxonomy
from moderation.toml import StrictModel, parse_file
from records.house_queues import Redress

FILE = "notices.toml"


class Notice(StrictModel):
    """What happened, and how to do better."""

    text: Words
    """What happened, in a sentence to the author."""
    better: Words
    """How to do better."""


class Done(StrictModel):
    """What was done, in words, by measure."""

    warn: Words
    """A warning."""
    refuse: Words
    """Not shown."""
    delete: Words
    """Removed."""
    restrict: Words
    """Functions of the account restricted."""
    suspend: Words
    """The account may not post for a time."""
    close: Words
    """The account closed."""


class Frame(StrictModel):
    """The rest of a notice; names in braces are filled in."""

    by_machine: Words
    """Decided automatically."""
    by_person: Words
    """Decided by a person."""
    reason: Words = Words(zh="原因：{reason}。", en="Reason: {reason}.")
    """With `{reason}`."""
    ground: Words
    """With `{ground}`."""
    better: Words
    """With `{better}`."""
    appeal: Words
    """With `{until}` and `{address}`."""


class Notices(StrictModel):
    """`configs/notices.toml`."""

    labels: dict[str, Notice] = Field(min_length=1)
    """By label."""
    grounds: dict[str, Notice] = Field(default_factory=dict)
    """By ground that is no label."""
    reasons: dict[str, Notice]
    """By the code of a reason that no label carries."""
    otherwise: Notice
    """For any other reason."""
    measures: Done
    """What was done."""
    frame: Frame
    """What stands around it."""
    books: dict[str, Words] = Field(default_factory=dict)
    """Titles of sets of rules, by what stands before the colon of a ground: `platform-rules`; of laws in `law.toml`."""
    law: dict[str, Book] = Field(default_factory=dict)
    """Books of law; they stand in `law.toml`, and nowhere else."""

    def of(self, code: str) -> Notice:
        """The words for a reason."""
        return self.labels.get(code) or self.grounds.get(code) or self.reasons.get(code) or self.otherwise


def load_notices(folder: Path, taxonomy: Taxonomy) -> Notices:
    """Of a folder of configs; the checkout's own where it has none.

    Raises `ConfigError` with every fault, every label and ground without words among them.
    """
    path = folder / FILE
    notices = parse_file(Notices, path if path.exists() else CONFIGS / FILE)
    if notices.law:
        raise ConfigError(f"{FILE} cannot be used.", [Fault(f"{FILE}: law", "books of law stand in law.toml")])
    notices = notices.model_copy(update={"law": load_law(folder)})
    if faults := [Fault(f"{FILE}: {where}", detail) for where, detail in _mistakes(notices, taxonomy)]:
        raise ConfigError(f"{FILE} cannot be used.", faults)
    return notices


def redress(
    rules: ComplaintRules, notices: Notices, taxonomy: Taxonomy, policies: Iterable[Policy] = (), *, house: str = ""
) -> Redress:  # fmt: skip
    """What people are told of how to contest a measure, and of rules by their titles, in both languages.

    `house` is the policy that holds where none is named.
    """
    told, elsewhere, policies = rules.appeals, rules.appeals.elsewhere, list(policies)
    catalogue = GROUNDS_OF_RECOMMENDING | {code: each for policy in policies for code, each in policy.recommend.items()}
    codes = (*taxonomy.names, *taxonomy.grounds_beside)
    return Redress(
        days=told.within_days,
        under=told.under,
        address=told.address,
        elsewhere=None if elsewhere is None else (elsewhere.zh, elsewhere.en),
        books={name: (title.zh, title.en) for name, title in _titled(notices)},
        titles={code: (taxonomy.title(code, "zh"), taxonomy.title(code, "en")) for code in codes},
        notices={code: _in_both(notices, code) for code in codes},
        happened={code: (notices.of(code).text.zh, notices.of(code).text.en) for code in codes},
        recommended={code: (title.zh, title.en) for code, title in catalogue.items()},
        standing={each.name: each.grounds["default"] for each in policies if "default" in each.grounds},
        law={name: book.as_value() for name, book in notices.law.items()},
        declared=frozenset(ground for each in policies for ground in each.grounds.values()),
        strict=frozenset(each.name for each in policies if not each.free_grounds),
        house=house,
    )


def _titled(notices: Notices) -> Iterable[tuple[str, Words]]:
    """Laws by their titles, and sets of rules; what the house calls a law in its own words stands."""
    yield from ((name, book.title) for name, book in notices.law.items())
    yield from notices.books.items()


def _in_both(notices: Notices, code: str) -> tuple[str, str]:
    """What happened and how to do better, in Chinese and in English."""
    told, frame = notices.of(code), notices.frame.better
    zh = f"{told.text.zh}{frame.zh.format(better=told.better.zh)}"
    return zh, f"{told.text.en} {frame.en.format(better=told.better.en)}"


@lru_cache(maxsize=1)
def shipped() -> Notices:
    """The file of the checkout."""
    return load_notices(CONFIGS, load_taxonomy())


def _mistakes(notices: Notices, taxonomy: Taxonomy) -> Iterable[tuple[str, str]]:
    yield from _unexplained("label", notices.labels, taxonomy.names)
    yield from _unexplained("ground", notices.grounds, taxonomy.grounds_beside)
    for code in (*Messages.model_fields, LISTED_ACCOUNT, *map(emergency.code, emergency.Kind)):
        if code not in notices.reasons:
            yield f"reasons.{code}", "is missing: authors would be told nothing of this reason"
    for part, names in (("ground", ("{ground}",)), ("better", ("{better}",)), ("appeal", ("{until}", "{address}"))):
        words: Words = getattr(notices.frame, part)
        for name in names:
            if name not in words.zh or name not in words.en:
                yield f"frame.{part}", f"both languages have to hold {name}"


def _unexplained(what: str, told: Collection[str], known: Collection[str]) -> Iterable[tuple[str, str]]:
    """Labels or grounds without words, and words for none."""
    for name in known:
        if name not in told:
            yield f"{what}s.{name}", f"is missing: authors would be told nothing of this {what}"
    for name in told:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean '{near[0]}'? Known {what}s" if near else f"known {what}s"
            yield f"{what}s.{name}", f"there is no such {what}; {hint}: {', '.join(known)}"

"""The transparency report as tables with words in place of codes: for the page, its charts and its files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from console.charts import Columns, columns
from console.words import Words
from governance.complaint_rules import ComplaintRules
from governance.transparency import Asked, Transparency
from moderation.taxonomy import Taxonomy

_ANEW = {
    "appeal": "transparency.appeals",
    "account_appeal": "transparency.account_appeals",
    "contest": "transparency.contests",
}


@dataclass(frozen=True, slots=True)
class Table:
    """`name` is in the file's name; the first cell of a row says what it is about, the others are figures.

    A `rare` one is shown where it has rows, and its file is there always.
    """

    name: str
    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    chart: Columns | None = None
    rare: bool = False

    @property
    def is_shown(self) -> bool:
        """Whether the page has it."""
        return bool(self.rows) or not self.rare


@dataclass(frozen=True, slots=True)
class Names:
    """What codes are called in one language."""

    words: Words
    labels: Mapping[str, str]
    kinds: Mapping[str, str]

    def kind(self, name: str) -> str:
        """Of a complaint, or of appeals and contests."""
        return self.words(_ANEW[name]) if name in _ANEW else self.kinds.get(name, name)

    def code(self, name: str) -> str:
        """Of a label, a ground, or a reason that is no label."""
        return self.labels.get(name) or self.words.name_of("reason_code", name)

    def outcomes(self, asked: Asked) -> str:
        """What came of them, with counts."""
        told = (f"{self.words.name_of('asked_outcome', name)} {count}" for name, count in asked.outcomes.items())
        return self.words("work.comma").join(told)


def names_in(words: Words, taxonomy: Taxonomy, rules: ComplaintRules) -> Names:
    """The names of labels and grounds, and of what people complain about."""
    return Names(
        words,
        {each.name: getattr(each.title, words.locale) for each in (*taxonomy.labels, *taxonomy.grounds)},
        {name: getattr(kind.title, words.locale) for name, kind in rules.kinds.items()},
    )


def tables(found: Transparency, names: Names) -> list[Table]:
    """Every table of the report, in its order."""
    return [
        _months(found, names),
        _categories(found, names),
        _refused(found, names),
        _asked(found, names),
        _sources(found, names),
        _flaggers(found, names),
        _measures(found, names),
        _surfaces(found, names),
        _languages(found, names),
        _accuracy(found, names),
        _authorities(found, names),
    ]


def _months(found: Transparency, names: Names) -> Table:
    t = names.words
    head = (t("transparency.month"), t("transparency.decisions"), t("transparency.acted"))
    rows = tuple((each.month, each.decisions, each.acted) for each in found.months)
    chart = columns(
        [each.month for each in found.months],
        [float(each.acted) for each in found.months],
        of=[float(each.decisions) for each in found.months],
        titles=[
            t("transparency.of_decisions", name=each.month, n=each.acted, whole=each.decisions) for each in found.months
        ],
    )
    return Table("months", t("transparency.months"), head, rows, chart if rows else None)


def _categories(found: Transparency, names: Names) -> Table:
    t = names.words
    parts = ("acted", "by_machine", "after_notice", "automated", "by_person", "appealed", "restored")
    head = (t("transparency.category"), *(t(_KEYS[part]) for part in parts))
    rows = tuple(
        (names.code(each.code), each.acted, each.found_by_machine, each.after_notice,
         each.fully_automated, each.by_person, each.appealed, each.restored)
        for each in found.categories
    )  # fmt: skip
    chart = columns([str(row[0]) for row in rows], [float(each.acted) for each in found.categories])
    return Table("categories", t("transparency.categories"), head, rows, chart if found.acted else None)


def _refused(found: Transparency, names: Names) -> Table:
    """What was not taken whatever it said: no moderation of content, and counted apart."""
    t = names.words
    rows = tuple((names.code(code), count) for code, count in found.refused.items())
    return Table(
        "refused", t("transparency.refused"), (t("transparency.why"), t("transparency.not_taken")), rows, rare=True
    )


def _authorities(found: Transparency, names: Names) -> Table:
    """Orders and requests of authorities (DSA 15(1)(a)): who asked, and what they were given."""
    t = names.words
    head = (t("transparency.authority"), t("transparency.requests"), t("transparency.granted"),
            t("transparency.with_texts"), t("transparency.refused_them"), t("transparency.hours"),
            t("transparency.demands"), t("transparency.met"), t("transparency.late"))  # fmt: skip
    rows = tuple(
        (each.authority, each.requests, each.granted, each.with_texts, each.refused,
         None if each.hours is None else round(each.hours, 1), each.demands, each.met, each.late)
        for each in found.authorities
    )  # fmt: skip
    return Table("authorities", t("transparency.authorities"), head, rows, rare=True)


_MEASURES_OF = {"thread": "thread_measure", "reporter": "reporter_measure"}
_KEYS = {
    "acted": "transparency.acted",
    "by_machine": "transparency.by_machine",
    "after_notice": "transparency.after_notice",
    "automated": "transparency.automated",
    "by_person": "transparency.by_person",
    "appealed": "transparency.appealed",
    "restored": "transparency.restored",
}


def _asked(found: Transparency, names: Names) -> Table:
    t = names.words
    head = (t("transparency.kind"), t("transparency.came"), t("transparency.answered"), t("transparency.hours"),
            t("transparency.late"), t("transparency.outcomes"))  # fmt: skip
    every = found.every_asked
    rows = tuple(
        (names.kind(each.kind), each.asked, each.answered, None if each.hours is None else round(each.hours, 1),
         each.late, names.outcomes(each))
        for each in every
    )  # fmt: skip
    each_asked = [float(each.asked) for each in every]
    chart = columns([str(row[0]) for row in rows], each_asked) if any(each_asked) else None
    return Table("complaints", t("transparency.complaints"), head, rows, chart)


def _flaggers(found: Transparency, names: Names) -> Table:
    t = names.words
    head = (t("transparency.flagger"), t("transparency.came"), t("transparency.judged"), t("transparency.upheld"),
            t("transparency.upheld_share"), t("transparency.hours"), t("transparency.late"))  # fmt: skip
    rows = tuple(
        (each.name, each.notices, each.judged, each.upheld, each.share,
         None if each.hours is None else round(each.hours, 1), each.late)
        for each in found.flaggers
    )  # fmt: skip
    return Table("flaggers", t("transparency.flaggers"), head, rows, rare=True)


def _sources(found: Transparency, names: Names) -> Table:
    t = names.words
    rows = tuple((t.name_of("complaint_source", name), count) for name, count in found.sources.items())
    return Table("sources", t("transparency.sources"), (t("transparency.source"), t("transparency.came")), rows)


def _measures(found: Transparency, names: Names) -> Table:
    t = names.words
    rows = tuple(
        (_measure(t, kind, name), count, found.taken_back[kind].get(name, 0))
        for kind, each in found.taken.items()
        for name, count in each.items()
    )
    chart = columns([str(row[0]) for row in rows], [float(row[1]) for row in rows])
    head = (t("measures.measure"), t("transparency.taken"), t("transparency.taken_back"))
    return Table("measures", t("transparency.measures"), head, rows, chart if any(row[1] for row in rows) else None)


def _measure(t: Words, kind: str, name: str) -> str:
    """What was done, and to what where two are called alike."""
    if (kind, name) == ("comment", "warn"):
        return t("transparency.warned")
    return t.name_of(_MEASURES_OF.get(kind, "measure"), name)


def _surfaces(found: Transparency, names: Names) -> Table:
    t = names.words
    told = {t.name_of("queue_name", name): counts for name, counts in found.surfaces.items()}
    return _spread("surfaces", (t("transparency.by_surfaces"), t("transparency.surfaces")), told, t)


def _languages(found: Transparency, names: Names) -> Table:
    t = names.words
    told = {t.name_of("language_name", name): counts for name, counts in found.languages.items()}
    return _spread("languages", (t("transparency.by_languages"), t("transparency.languages")), told, t)


def _spread(name: str, titles: tuple[str, str], told: Mapping[str, tuple[int, int]], t: Words) -> Table:
    rows = tuple((called, *counts) for called, counts in told.items())
    chart = columns(
        list(told), [float(done) for _, done in told.values()], of=[float(all_) for all_, _ in told.values()]
    )
    head = (titles[1], t("transparency.decisions"), t("transparency.acted"))
    return Table(name, titles[0], head, rows, chart if rows else None)


def _accuracy(found: Transparency, names: Names) -> Table:
    t = names.words
    low, high = found.wrong.interval or (None, None)
    head = (t("transparency.what"), t("transparency.verdicts"), t("transparency.overturned"),
            t("transparency.share"), t("transparency.low"), t("transparency.high"))  # fmt: skip
    row = (t("transparency.machine"), found.verdicts, found.overturned, found.wrong.share, low, high)
    return Table("accuracy", t("transparency.accuracy"), head, (row,))

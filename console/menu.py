"""The menu of every page: what is used all day stands by itself, the rest in groups that open."""

from __future__ import annotations

from dataclasses import dataclass

from console.permissions import Action
from console.visit import Visit


@dataclass(frozen=True, slots=True)
class Entry:
    """A page of the menu; its name is `page.<name>`. `is_here`: the visitor is on it, or on a page below."""

    path: str
    name: str
    is_here: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Entries under a name of `menu`; without one they stand by themselves."""

    name: str | None
    entries: tuple[Entry, ...]

    @property
    def is_here(self) -> bool:
        """Whether the visitor is on one of its pages."""
        return any(each.is_here for each in self.entries)


_ALL_DAY = (
    ("/work", "work", Action.DECIDE),
    ("/queue", "queue", Action.SEE_QUEUE),
    ("/search", "search", Action.SEARCH),
)
_GROUPS = {
    "rules": (
        ("/rules", "rules", Action.SEE_RULES),
        ("/lists", "lists", Action.SEE_LISTS),
    ),
    "authors": (
        ("/reports", "reports", Action.SEE_REPORTS),
        ("/flaggers", "flaggers", Action.SEE_REPORTS),
        ("/campaigns", "campaigns", Action.SEE_REPORTS),
        ("/measures", "measures", Action.SEE_MEASURES),
    ),
    "watch": (
        ("/approvals", "approvals", Action.SEE_APPROVALS),
        ("/state", "live", Action.SEE_LIVE),
        ("/emergencies", "emergencies", Action.SEE_EMERGENCIES),
        ("/incidents", "incidents", Action.SEE_INCIDENTS),
        ("/inspections", "inspections", Action.SEE_INSPECTIONS),
        ("/ledger", "ledger", Action.SEE_LEDGER),
        ("/duties", "duties", Action.SEE_DUTIES),
        ("/transparency", "transparency", Action.SEE_TRANSPARENCY),
        ("/retention", "retention", Action.SEE_RETENTION),
        ("/webhooks", "webhooks", Action.CHANGE_WEBHOOKS),
    ),
    "people": (
        ("/mine", "mine", Action.DECIDE),
        ("/lead", "lead", Action.SEE_HOUSE),
        ("/quality", "quality", Action.SEE_QUALITY),
        ("/staffing", "staffing", Action.SEE_STAFFING),
        ("/accounts", "accounts", Action.SEE_ACCOUNTS),
        ("/looks", "looks", Action.SEE_LOOKS),
    ),
    "models": (
        ("/models", "models", Action.SEE_MODELS),
        ("/shadow", "shadow", Action.SEE_SHADOW),
        ("/neutrality", "neutrality", Action.SEE_NEUTRALITY),
    ),
}


def menu(visit: Visit) -> list[Group]:
    """What this visitor may see, in order. A group of one entry is no group."""
    groups = [Group(None, _entries(visit, _ALL_DAY))]
    for name, pages in _GROUPS.items():
        entries = _entries(visit, pages)
        if entries:
            groups.append(Group(name if len(entries) > 1 else None, entries))
    return groups


def _entries(visit: Visit, pages: tuple[tuple[str, str, Action], ...]) -> tuple[Entry, ...]:
    return tuple(
        Entry(path, name, _is_within(visit.path, visit.url(path))) for path, name, action in pages if visit.may(action)
    )


def _is_within(path: str, page: str) -> bool:
    return path == page or path.startswith(f"{page}/")

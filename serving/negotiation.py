"""What a client would rather have (RFC 9110, section 12.5)."""

from __future__ import annotations

from collections.abc import Sequence

JSON, HTML = "application/json", "text/html"
_UNWANTED = (0.0, 2)
"""As little as something that is named can be wanted."""


def prefers_json(accept: str) -> bool:
    """Whether JSON is wanted more than a page; a client that does not care gets the page.

    Of two that are wanted alike the one that is named wins (`application/json, */*`).
    """
    wishes = _wishes(accept)
    return _wish(wishes, JSON) > max(_UNWANTED, _wish(wishes, HTML))


def wanted_language(accept: str, offered: Sequence[str]) -> str:
    """The offered language that is wanted most, the first one where none is."""
    wishes = {
        name.partition("-")[0]: quality for name, quality in sorted(_wishes(accept).items(), key=lambda it: it[1])
    }
    return max(offered, key=lambda language: wishes.get(language, wishes.get("*", 0.0)))


def _wish(wishes: dict[str, float], kind: str) -> tuple[float, int]:
    """How much it is wanted, by the most specific range that covers it, and how specific that is."""
    ranges = ("*/*", f"{kind.partition('/')[0]}/*", kind)
    return max(((at, wishes[each]) for at, each in enumerate(ranges) if each in wishes), default=(0, 0.0))[::-1]


def _wishes(header: str) -> dict[str, float]:
    wishes = {}
    for part in header.split(","):
        name, *parameters = (each.strip().lower() for each in part.split(";"))
        stated = next((each[2:] for each in parameters if each.startswith("q=")), "1")
        if name:
            wishes[name] = _number(stated)
    return wishes


def _number(text: str) -> float:
    try:
        return min(1.0, max(0.0, float(text)))
    except ValueError:
        return 0.0

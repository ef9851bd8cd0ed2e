"""The transparency report as one HTML page that needs nothing beside itself, with every name in both languages."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from chaffinch.pages import page
from console.charts import columns
from console.transparency_view import names_in
from console.words import words_in
from registry.files import write_atomically

if TYPE_CHECKING:
    from governance.complaint_rules import ComplaintRules
    from governance.transparency import Transparency
    from moderation.taxonomy import Taxonomy


def write_page(path: Path, found: Transparency, taxonomy: Taxonomy, complaints: ComplaintRules) -> None:
    """Writes the page, whole or not at all."""
    write_atomically(path, written(found, taxonomy, complaints).encode())


def written(found: Transparency, taxonomy: Taxonomy, complaints: ComplaintRules) -> str:
    """The page."""
    zh, en = (names_in(words_in(locale), taxonomy, complaints) for locale in ("zh", "en"))

    def both(group: str, name: str) -> str:
        return f"{zh.words.name_of(group, name)} {en.words.name_of(group, name)}"

    codes = (*(each.code for each in found.categories), *found.refused)
    titles = {code: f"{zh.code(code)} {en.code(code)}" for code in codes}
    by_month = columns(
        [each.month for each in found.months],
        [float(each.acted) for each in found.months],
        of=[float(each.decisions) for each in found.months],
        titles=[f"{each.month}: {each.acted} / {each.decisions}" for each in found.months],
    )
    by_category = columns(
        [zh.code(each.code) for each in found.categories],
        [float(each.acted) for each in found.categories],
    )
    asked = [(f"{zh.kind(each.kind)} {en.kind(each.kind)}", each) for each in found.every_asked]
    return page(
        "transparency.html",
        found=found,
        titles=titles,
        by_month=by_month,
        by_category=by_category,
        asked=asked,
        both=both,
    )

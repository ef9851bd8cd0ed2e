"""The transparency report as one HTML page that needs nothing beside itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from chaffinch.pages import page
from console.charts import columns
from registry.files import write_atomically

if TYPE_CHECKING:
    from governance.transparency import Transparency
    from moderation.taxonomy import Taxonomy


def write_page(path: Path, found: Transparency, taxonomy: Taxonomy) -> None:
    """Writes the page, whole or not at all."""
    titles = {label.name: f"{label.title.zh} {label.title.en}" for label in (*taxonomy.labels, *taxonomy.grounds)}
    by_month = columns(
        [each.month for each in found.months],
        [float(each.acted) for each in found.months],
        of=[float(each.decisions) for each in found.months],
        titles=[f"{each.month}: {each.acted} / {each.decisions}" for each in found.months],
    )
    by_category = columns(
        [titles.get(each.code, each.code).partition(" ")[0] for each in found.categories],
        [float(each.acted) for each in found.categories],
    )
    html = page("transparency.html", found=found, titles=titles, by_month=by_month, by_category=by_category)
    write_atomically(path, html.encode())

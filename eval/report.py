"""One HTML page that needs nothing beside itself: figures, slices, pictures, thresholds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from eval.charts import inline
from eval.evaluation import Evaluation
from moderation.taxonomy import Taxonomy
from registry.files import write_atomically

TEMPLATES = Path(__file__).with_name("templates")


def render(evaluation: Evaluation, plots: Mapping[str, str], taxonomy: Taxonomy) -> str:
    """The report as HTML. Every value is escaped; only our own pictures go in as they are."""
    titles = {label.name: f"{label.title.zh} {label.title.en}" for label in taxonomy.labels}
    pictures = {title: inline(svg) for title, svg in plots.items()}
    return page("report.html").render(evaluation=evaluation, pictures=pictures, titles=titles)


def write_report(path: Path, evaluation: Evaluation, plots: Mapping[str, str], taxonomy: Taxonomy) -> None:
    """Writes the page, whole or not at all."""
    write_atomically(path, render(evaluation, plots, taxonomy).encode())


def page(name: str) -> Template:
    """A template of ours; what is put into it is escaped."""
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)
    environment.filters["share"] = lambda value: f"{value:.2%}"
    environment.filters["figure"] = lambda value: "" if value is None else f"{value:.3f}"
    return environment.get_template(name)


def write_plots(folder: Path, plots: Mapping[str, str]) -> None:
    """One SVG file a picture, where MLflow's page shows them one by one."""
    for title, svg in plots.items():
        name = re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_")
        write_atomically(folder / f"{name}.svg", svg.encode())

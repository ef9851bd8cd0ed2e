"""Pages from templates: everything is escaped, a missing value is an error, all in the visitor's language."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache, partial
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from console import assets, sights
from console.marks import pieces
from console.menu import menu
from console.permissions import Action
from console.preferences import THEMES
from console.refusals import RefusalError
from console.standing_words import KEYS as STANDING
from console.veils import Sight, Veil
from console.visit import Visit
from console.words import percent

TEMPLATES = Path(__file__).resolve().parent / "templates"


def render(visit: Visit, template: str, *, status: int = 200, **values: object) -> HTMLResponse:
    """A page (or, for htmx, the part of one) as an answer. Its harsh texts count where they are seen with it."""
    sight = Sight(visit.preferences.blur)
    page = _environment().get_template(template)
    body = page.render(visit=visit, t=visit.words, Action=Action, sight=sight, **values)
    if sight.ids:
        sights.with_page(visit, sight)
    body = sight.finished(body, partial(_veil, visit))
    return HTMLResponse(body, status_code=status, headers={"vary": "hx-request, cookie, accept-language"})


def _veil(visit: Visit, sight: Sight, drawn_as: Veil) -> str:
    told = {"sealed": sights.sealed(visit, sight) if sight.ids else "", "spared_for": sights.at_limit(visit, drawn_as)}
    template = _environment().get_template("_veil.html")
    return template.render(visit=visit, t=visit.words, sight=sight, veil=drawn_as, **told)


def render_refusal(visit: Visit, refusal: RefusalError) -> HTMLResponse:
    """A page, or for htmx a few lines, that says no in a plain sentence."""
    template = "_refusal.html" if visit.is_htmx else "refusal.html"
    return render(visit, template, status=refusal.status, refusal=refusal)


def new_environment() -> Environment:
    """What every page is made with, the public ones too: escaped, and nothing that is undefined is empty."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["asset"] = assets.address
    return environment


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = new_environment()
    environment.globals["next_theme"] = _next_theme
    environment.globals["menu"] = menu
    environment.globals["mark"] = pieces
    environment.globals["standing"] = STANDING
    environment.filters["percent"] = percent
    environment.filters["label_title"] = _label_title
    return environment


def _label_title(name: str, titles: Mapping[str, str]) -> str:
    """A label's name in the reader's language; the name itself where it is gone."""
    return titles.get(name, name)


def _next_theme(theme: str) -> str:
    """What the theme button turns to."""
    return THEMES[(THEMES.index(theme) + 1) % len(THEMES)]

"""The routes of the drop-ins that are served."""

from __future__ import annotations

from starlette.routing import Route

from serving.dropins.akismet import Akismet
from serving.dropins.configs import DropIns
from serving.dropins.openai import Moderations
from serving.dropins.perspective import Perspective
from serving.dropins.shared import House


def routes(house: House, served: DropIns) -> list[Route]:
    """For the router, before all others."""
    found: list[Route] = []
    if served.perspective:
        found += Perspective(house, served.perspective).routes()
    if served.openai:
        found += Moderations(house, served.openai).routes()
    if served.akismet:
        found += Akismet(house, served.akismet).routes()
    return found

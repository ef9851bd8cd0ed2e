"""Texts that people wrote to this house: a command tells them where somebody answers for it, else figures and ids."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from chaffinch.commands.shared import now, writing
from chaffinch.settings import load_settings

if TYPE_CHECKING:
    from governance.giving import Teller

TextsBy = Annotated[
    str, typer.Option("--by", help="Who answers for texts of this house's own comments: left out without.")
]
TextsWhy = Annotated[str, typer.Option("--why", help="Why they are told; stands in the ledger.")]

LEFT_OUT = (
    "Texts that people wrote here are left out. Give --by and --why to have them: that is an entry in the ledger."
)


def answering(by: str, why: str, needs: Collection[str]) -> Teller | None:
    """Who answers for texts that are told; None where nobody wants to.

    Raises `ForbiddenError` for who may not, `InvalidInputError` where one of the two is missing.
    """
    from chaffinch.wiring import open_database
    from governance.giving import teller

    if not (by or why):
        return None
    with closing(open_database(load_settings())) as database, database.reading() as look:
        return teller(look, by, why, needs=needs)


def may_tell(who: Teller | None, what: str, texts: int, *, ground: str) -> bool:
    """Whether so many texts are told now. The entry stands by then; that they are left out is said as well."""
    from governance.giving import note_texts

    if not texts:
        return True
    if who is None:
        typer.echo(LEFT_OUT, err=True)
        return False
    with writing() as unit:
        note_texts(unit, who, what, texts, ground=ground, now=now())
        unit.commit()
    return True

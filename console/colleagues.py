"""Whose a verdict, a note or a measure beside a comment is: the name, for those who answer for verdicts themselves.

For whoever does not (data scientists, who learn from them) a number, the same for one person all over the page and for
nobody elsewhere: from names beside single verdicts anybody's figures could be counted up.
"""

from __future__ import annotations

from console.people import display_name
from console.permissions import Action
from console.visit import Visit
from records.unit_of_work import Reading


def name_for(visit: Visit, look: Reading, user_id: str) -> str:
    """The name that colleagues know, of a key its id; or which of the people on this page it is."""
    if visit.may(Action.SEE_COLLEAGUES):
        return display_name(look, user_id)
    number = visit.unnamed.setdefault(user_id, len(visit.unnamed) + 1)
    return visit.words("people.by_number", number=number)

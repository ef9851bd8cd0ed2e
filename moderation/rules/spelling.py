"""What a way to write a term is: its text, the view that shows it, and of what kind it is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from moderation.views.view import ViewName


class Spelling(Enum):
    """In what way a term is written."""

    PLAIN = "as the view shows it"
    BACKWARDS = "backwards"
    INITIALS = "in initials"
    MIXED = "initials and characters"
    SURE_SLANG = "what everybody calls it"
    NEAR_SLANG = "an everyday word for it"
    PIECES = "in pieces"
    LONG_PIECES = "in pieces of which none is short"
    PARTS = "a character in its parts"
    DRAWN_LIKE = "a character for one that is drawn like it"
    DIGITS = "a digit for a character that sounds like it"
    PIECED = "with pictures or letters for a part of it"
    DRAWN = "with signs for letters"
    COMPOSED = "in several disguises at once"
    MASKED = "with stars for letters"
    OLD_LETTERS = "with v for u and j for i"
    NUMBER = "a number in digits"
    SCRIPT = "as writers of its script hide it"
    CHAT = "in the letters and digits of chats"
    LETTERED = "a word of letters and characters in letters alone"


@dataclass(frozen=True, slots=True)
class Written:
    """One way to write a term, as the view `view` shows it."""

    text: str
    view: ViewName
    spelling: Spelling

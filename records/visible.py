"""Words that the schema takes for a reason: something of them can be seen. The application asks more (`wording.seen`).

Trimming is what both databases can do in a CHECK: whoever writes past the application is refused a reason of white
space, of characters without a width, and of such as are blank to the eye.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint

_UNSEEN = (
    (0x01, 0x20), (0x7F, 0xA0), (0xAD, 0xAD), (0x034F, 0x034F), (0x061C, 0x061C), (0x115F, 0x1160), (0x1680, 0x1680),
    (0x17B4, 0x17B5), (0x180B, 0x180F), (0x2000, 0x200F), (0x2028, 0x202F), (0x205F, 0x206F), (0x2800, 0x2800),
    (0x3000, 0x3000), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF9, 0xFFFB),
)  # fmt: skip
"""White space, controls, marks of format and blank letters of the basic plane."""

UNSEEN = "".join(chr(code) for first, last in _UNSEEN for code in range(first, last + 1))

_ARGUMENTS = 50
"""Of one function; SQLite takes a hundred."""

STATED = ("reason_zh", "reason_en", "reason", "ground", "why")
"""Columns of measures, entries of lists and questions to a second person that have to say something."""

NOT_STATED = "（未写明 not stated）"
"""In the place of words that nobody could see, from before the schema refused them."""


def visible(dialect: str, *columns: str) -> str:
    """The condition that each of these columns shows something, in words of one database.

    The characters stand in it by their numbers, so that the schema can be read and printed.
    """
    codes = [ord(each) for each in UNSEEN]
    if dialect == "sqlite":
        some = (codes[at : at + _ARGUMENTS] for at in range(0, len(codes), _ARGUMENTS))
        unseen = " || ".join(f"char({', '.join(map(str, each))})" for each in some)
    else:
        unseen = "U&'" + "".join(f"\\{code:04X}" for code in codes) + "'"
    return " AND ".join(f"length(trim({column}, {unseen})) > 0" for column in columns)


def visible_checks(name: str, *columns: str) -> tuple[CheckConstraint, CheckConstraint]:
    """The constraint for each of the two databases."""
    return (
        CheckConstraint(visible("sqlite", *columns), name=name).ddl_if(dialect="sqlite"),
        CheckConstraint(visible("postgresql", *columns), name=name).ddl_if(dialect="postgresql"),
    )


def is_unseen(words: object) -> bool:
    """Whether these are words of which the schema sees nothing."""
    return isinstance(words, str) and not words.strip(UNSEEN)

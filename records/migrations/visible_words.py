"""Words that migrations 0025 and 0026 take for a reason, as they stood when those were written.

Frozen: tables that exist were made with just this. Other words are another migration, with its own.
"""

from __future__ import annotations

_UNSEEN = (
    (0x01, 0x20), (0x7F, 0xA0), (0xAD, 0xAD), (0x034F, 0x034F), (0x061C, 0x061C), (0x115F, 0x1160), (0x1680, 0x1680),
    (0x17B4, 0x17B5), (0x180B, 0x180F), (0x2000, 0x200F), (0x2028, 0x202F), (0x205F, 0x206F), (0x2800, 0x2800),
    (0x3000, 0x3000), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF9, 0xFFFB),
)  # fmt: skip

UNSEEN = "".join(chr(code) for first, last in _UNSEEN for code in range(first, last + 1))
"""White space, controls, marks of format and blank letters of the basic plane."""

NOT_STATED = "（未写明 not stated）"

_ARGUMENTS = 50


def visible(dialect: str, column: str) -> str:
    """The condition that a column shows something, in words of one database."""
    codes = [ord(each) for each in UNSEEN]
    if dialect == "sqlite":
        some = (codes[at : at + _ARGUMENTS] for at in range(0, len(codes), _ARGUMENTS))
        unseen = " || ".join(f"char({', '.join(map(str, each))})" for each in some)
    else:
        unseen = "U&'" + "".join(f"\\{code:04X}" for code in codes) + "'"
    return f"length(trim({column}, {unseen})) > 0"

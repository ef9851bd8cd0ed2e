"""Passwords on the command line: typed or piped in, never an argument, which other people's `ps` would show."""

from __future__ import annotations

import sys

import typer

from chaffinch.commands.shared import reading
from moderation.errors import ChaffinchError, ForbiddenError


def new_password(*, from_stdin: bool) -> str:
    """As piped, or as typed twice. Raises `ChaffinchError` where nobody sits there who could be asked."""
    return _asked("Password", from_stdin=from_stdin, twice=True)


def check_who_answers(name: str, *, from_stdin: bool) -> None:
    """Where people log in, whoever says to be `name` shows it by the password of that name.

    Raises `ForbiddenError` for another one, `ChaffinchError` where nobody can be asked.
    """
    from console.passwords import verify
    from records import users

    with reading() as look:
        if not users.page(look, limit=1).items:
            return
        known = users.by_name(look, name.strip())
    given = _asked(f"Password of {name}", from_stdin=from_stdin, twice=False)
    if not verify(given, known.password_hash if known else None):
        raise ForbiddenError(f"This is not the password of a user called {name}, so that nobody has answered.")


def _asked(prompt: str, *, from_stdin: bool, twice: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not is_terminal():
        raise ChaffinchError("The password cannot be asked for without a terminal: pipe it in with --password-stdin.")
    return str(typer.prompt(prompt, hide_input=True, confirmation_prompt=twice))


def is_terminal() -> bool:
    """Whether somebody sits there who can be asked."""
    return sys.stdin.isatty()

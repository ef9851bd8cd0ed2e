"""There is one way to a verdict, and one to a comment's outcome: what is asked there is asked of every way."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("chaffinch", "serving", "console", "governance", "review", "records")

GIVES_A_VERDICT = {"governance/verdicts.py"}
"""Who calls `review.verdicts.give_verdict`: after it asked `settled.check` and `another.check`."""

SETS_AN_OUTCOME = {"review/verdicts.py", "governance/account_measures.py"}
"""Who calls `records.decisions.set_final`: verdicts, and measures after they asked `settled.check_measure`."""

DECIDES_BY_IT = {
    "chaffinch/duty_checks/public.py",  # a rehearsal, rolled back
    "console/pages/work.py",
    "governance/bulk.py",
    "governance/bulk_steps.py",
    "governance/deciding.py",
    "governance/groups.py",
    "serving/cases.py",
}
"""Who calls `governance.verdicts.give`. Whoever is added here is added to a table of `test_settled_routes.py`."""


@cache
def made() -> dict[str, list[ast.Call]]:
    """Every call, by file."""
    files = [path for room in ROOMS for path in (ROOT / room).rglob("*.py")]
    trees = {str(path.relative_to(ROOT)): ast.parse(path.read_text("utf-8")) for path in files}
    return {file: [node for node in ast.walk(tree) if isinstance(node, ast.Call)] for file, tree in trees.items()}


def calls(name: str, *, of: tuple[str, ...] = ()) -> Iterator[str]:
    """Files in which something called `name` is called, as an attribute of one of `of` where that is said."""
    return (file for file, found in made().items() if any(_is(call, name, of) for call in found))


def _is(call: ast.Call, name: str, of: tuple[str, ...]) -> bool:
    function = call.func
    if isinstance(function, ast.Attribute) and function.attr == name:
        return not of or (isinstance(function.value, ast.Name) and function.value.id in of)
    return isinstance(function, ast.Name) and function.id == name


def test_every_verdict_goes_through_the_one_gate() -> None:
    assert GIVES_A_VERDICT == set(calls("give_verdict"))
    rehearsed = {each for each in calls("set_final") if each.startswith("chaffinch/duty_checks/")}  # and rolled back
    assert SETS_AN_OUTCOME == set(calls("set_final")) - rehearsed


def test_every_way_to_the_gate_is_known() -> None:
    asked = set(calls("give", of=("verdicts",)))
    assert DECIDES_BY_IT == asked


def test_no_command_decides_about_a_comment() -> None:
    """A command line believes names: what it may do is answer a question, which is carried out as the others are."""
    deciding = {"give_verdict", "set_final", "decide_member", "open_again"}
    commands = {each for name in deciding for each in calls(name) if each.startswith("chaffinch/commands/")}
    assert set() == commands | {each for each in calls("decide", of=("deciding",)) if "commands" in each}

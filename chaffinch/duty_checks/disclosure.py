"""What is handed out: evidence that others verify, and the audit of neutrality."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from chaffinch.duty_checks.rehearsal import AUTHOR, ONE, TEXT, WHY, stored
from chaffinch.installation import Installation
from chaffinch.wiring import key_folder
from governance import account_measures, transparency
from governance import evidence as bundles
from governance import neutrality as auditing
from governance.account_measures import Wish
from governance.duties import Found, LeastAudit
from governance.evidence import Order
from governance.notices import load_notices
from governance.statements import Words, faults, load_dsa, measure_statement, statement
from moderation.decision import Outcome
from records import accountability, acted, ledger_keys
from records.proving import Wanted
from records.standing_values import TargetKind
from records.unit_of_work import Unit

LATEST = "neutrality/latest.json"
"""The last audit, below the home."""

OLDEST_AUDIT = timedelta(days=100)
"""A quarter, and a week's grace."""

PATIENCE = 120
MONTH = timedelta(days=30)


def evidence(place: Installation) -> Found:
    """5(8): the newest sealed entry goes into a bundle that its own script, run apart from us, finds whole."""
    with place.reading() as look, tempfile.TemporaryDirectory() as folder:
        ledger_keys.check(look, key_folder(place.settings))
        subject = accountability.last_sealed(look)
        if subject is None:
            return place.off("nothing was sealed yet: start chaffinch serve or chaffinch worker")
        bundle = Path(folder) / "evidence.zip"
        done = bundles.write(look, bundle, Order(Wanted([subject]), "duties", "a check of duties"))
        with zipfile.ZipFile(bundle) as packed:
            packed.extractall(folder)
        script = [sys.executable, "-I", str(Path(folder) / "verify.py")]
        told = subprocess.run(script, capture_output=True, text=True, timeout=PATIENCE, check=False)  # noqa: S603 - ours
    if told.returncode:
        return place.off(f"exported evidence does not verify ({' '.join(told.stdout.split())[:300]}): report it")
    return place.held(f"{done.entries} of {done.size} sealed entries were exported, and verify.py finds them whole")


def neutrality(place: Installation) -> Found:
    """7: the audit was run here, not long ago; it compared something, and somebody answered what it found."""
    todo = "chaffinch audit neutrality --groups FILE"
    path = place.settings.home / LATEST
    if not path.is_file():
        return Found(False, f"never run: {todo}", None)
    told = json.loads(path.read_text(encoding="utf-8"))
    at = datetime.fromisoformat(told["at"])
    if place.now - at > OLDEST_AUDIT:
        return Found(False, f"last run on {at:%Y-%m-%d}, more than {OLDEST_AUDIT.days} days ago: {todo}", at)
    with place.reading() as look:
        came_to, waiting = auditing.standing(look, told["at"]), auditing.unanswered(look)
    day = f"{at:%Y-%m-%d}"
    if came_to is None:
        return Found(False, f"the ledger knows nothing of the audit of {day}: {todo}", at)
    if waiting:
        return Found(False, _unanswered(waiting), at)
    return _came_to(came_to, place.least, f"run on {day}", at, todo)


def _unanswered(waiting: Sequence[auditing.Standing]) -> str:
    """A finding stays open whatever later audits find."""
    open_ = sum(len(each.open) for each in waiting)
    since = min(each.at for each in waiting)[:10]
    return f"nobody answered {open_} findings of audits since {since}: chaffinch audit answer, or /console/neutrality"


def _came_to(came_to: auditing.Standing, least: LeastAudit, run: str, at: datetime, todo: str) -> Found:
    """Whether it looked at enough, and somebody answered each finding."""
    if not came_to.compared:
        return Found(False, f"{run} and compared nothing, no group has enough like comments: {todo}", at)
    made = f"{came_to.compared} comparisons over {came_to.texts} unlike texts"
    if came_to.compared < least.comparisons or came_to.texts < least.texts:
        asked = f"the profile asks for {least.comparisons} over {least.texts}"
        return Found(False, f"{run} with {made}, {asked}: name more groups, or a longer span: {todo}", at)
    by = ", ".join(sorted({each.answer.by for each in came_to.questions if each.answer}))
    said = f", answered by {by}" if by else ""
    return Found(True, f"{run}: {made}, {came_to.findings} findings{said}", at)


def statements(place: Installation) -> Found:
    """DSA 17, 24(5): a rehearsed removal, a suspension and the last month's are statements that the database takes."""
    words = _words(place)
    with place.rehearsing() as unit:
        removal = statement(acted.one(unit, stored(place, unit, Outcome.BLOCK, known_as=AUTHOR).decision_id), words)
        suspension = _suspension(place, unit, words)
    if removal is None or suspension is None:
        what = "a removal" if removal is None else "a suspension"
        return place.off(f"{what} has no statement of reasons: mend [measures] in configs/dsa.toml")
    rehearsed = (removal, suspension)
    if fault := next((fault for each in rehearsed for fault in faults(each, words.dsa.published)), None):
        return place.off(
            f"the transparency database would refuse a rehearsed statement ({fault}): mend configs/dsa.toml"
        )
    if AUTHOR in str(rehearsed) or TEXT in str(rehearsed):
        return place.off("a statement holds the comment's text or its author: report it")
    with place.reading() as look:
        month = transparency.report(look, words, place.now - MONTH, place.now)
    if month.unfit_statements:
        return place.off(
            f"{len(month.unfit_statements)} statements would be refused, the first is {month.unfit_statements[0]}: "
            "mend configs/dsa.toml"
        )
    return place.held(f"two rehearsed statements and the {month.statements} of the last month fit the published fields")


def _suspension(place: Installation, unit: Unit, words: Words) -> dict[str, Any] | None:
    """The statement about an account that is suspended for a comment."""
    policy = place.policy or next(iter(place.policies.values()))
    wish = Wish(TargetKind.AUTHOR, AUTHOR, {"zh": "演练：多次违规"}, WHY, "suspend", days=1, cause=AUTHOR)
    made = account_measures.take(unit, place.keyring, wish, policy, by=ONE, policies=place.policies, now=place.now)
    found = acted.measured(unit, place.now, place.now + timedelta(seconds=1))
    return next((measure_statement(each, words) for each in found if each.measure.id == made.id), None)


def transparency_report(place: Installation) -> Found:
    """DSA 15, 24(1): the report counts a rehearsed removal and a suspension once, and there is one over any span."""
    words = _words(place)
    with place.rehearsing() as unit:
        before = transparency.report(unit, words, place.now - MONTH, place.now + MONTH)
        stored(place, unit, Outcome.BLOCK, known_as=AUTHOR)
        after = transparency.report(unit, words, place.now - MONTH, place.now + MONTH)
        _suspension(place, unit, words)
        last = transparency.report(unit, words, place.now - MONTH, place.now + MONTH)
    counted = [sum(each.acted for each in one.categories) for one in (before, after)]
    if (after.acted - before.acted, counted[1] - counted[0], after.statements - before.statements) != (1, 1, 1):
        return place.off("the report does not count a rehearsed removal once: report it")
    if (last.taken["author"]["suspend"] - after.taken["author"]["suspend"], last.statements - after.statements) != (
        1,
        1,
    ):
        return place.off("the report does not count a rehearsed suspension once: report it")
    return place.held(f"the report of the last month: {before.decisions} decisions, {before.acted} acted on")


def _words(place: Installation) -> Words:
    configs = place.settings.configs
    notices = load_notices(configs, place.taxonomy)
    return Words(place.taxonomy, place.policies, notices, place.complaint_rules, load_dsa(configs))

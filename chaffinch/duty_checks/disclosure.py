"""What is handed out: evidence that others verify, and the audit of neutrality."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import zipfile
from datetime import datetime, timedelta
from pathlib import Path

from chaffinch.duty_checks.rehearsal import AUTHOR, TEXT, stored
from chaffinch.installation import Installation
from chaffinch.wiring import key_folder
from governance import evidence as bundles
from governance import transparency
from governance.duties import Found
from governance.evidence import Order
from governance.notices import load_notices
from governance.statements import Words, faults, load_dsa, statement
from moderation.decision import Outcome
from records import accountability, acted, ledger_keys
from records.proving import Wanted

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
    """7: the audit was run here, not long ago."""
    todo = "chaffinch audit neutrality --groups FILE"
    path = place.settings.home / LATEST
    if not path.is_file():
        return Found(False, f"never run: {todo}", None)
    told = json.loads(path.read_text(encoding="utf-8"))
    at = datetime.fromisoformat(told["at"])
    if place.now - at > OLDEST_AUDIT:
        return Found(False, f"last run on {at:%Y-%m-%d}, more than {OLDEST_AUDIT.days} days ago: {todo}", at)
    return Found(True, f"run on {at:%Y-%m-%d}: {told['compared']} comparisons, {len(told['findings'])} findings", at)


def statements(place: Installation) -> Found:
    """DSA 17, 24(5): a rehearsed removal and the last month's render as statements that the database takes."""
    words = _words(place)
    with place.rehearsing() as unit:
        rehearsed = statement(acted.one(unit, stored(place, unit, Outcome.BLOCK).decision_id), words)
    if rehearsed is None:
        return place.off("a removal has no statement of reasons: mend [measures] in configs/dsa.toml")
    if fault := next(faults(rehearsed, words.dsa.published), None):
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
    return place.held(f"a rehearsed statement and the {month.statements} of the last month fit the published fields")


def transparency_report(place: Installation) -> Found:
    """DSA 15, 24(1): the report counts a rehearsed removal once, and there is one over any span."""
    words = _words(place)
    with place.rehearsing() as unit:
        before = transparency.report(unit, words, place.now - MONTH, place.now + MONTH)
        stored(place, unit, Outcome.BLOCK)
        after = transparency.report(unit, words, place.now - MONTH, place.now + MONTH)
    counted = [sum(each.acted for each in one.categories) for one in (before, after)]
    if (after.acted - before.acted, counted[1] - counted[0], after.statements - before.statements) != (1, 1, 1):
        return place.off("the report does not count a rehearsed removal once: report it")
    return place.held(f"the report of the last month: {before.decisions} decisions, {before.acted} acted on")


def _words(place: Installation) -> Words:
    configs = place.settings.configs
    notices = load_notices(configs, place.taxonomy)
    return Words(place.taxonomy, place.policies, notices, place.complaint_rules, load_dsa(configs))

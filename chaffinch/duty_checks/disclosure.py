"""What is handed out: evidence that others verify, and the audit of neutrality."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from chaffinch import neutrality_bar
from chaffinch.duty_checks.rehearsal import AUTHOR, ONE, TEXT, answered, ground, hire, in_force, stored
from chaffinch.duty_words import say, see
from chaffinch.installation import Installation
from chaffinch.wiring import key_folder
from governance import account_measures, transparency
from governance import evidence as bundles
from governance import neutrality as auditing
from governance.chinese_records import chinese_record
from governance.dsa import faults, load_dsa
from governance.duties import Found, LeastAudit
from governance.evidence import Order
from governance.measure_wishes import Wish
from governance.notices import load_notices
from governance.statements import Words, measure_statement, notice, statement
from moderation.decision import Outcome, Source
from moderation.taxonomy import Words as Sentence
from records import accountability, acted, ledger_keys
from records.proving import Wanted
from records.standing_values import TargetKind
from records.storing import store_decisions
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
            return place.off("disclosure.evidence_3")
        bundle = Path(folder) / "evidence.zip"
        done = bundles.write(look, bundle, Order(Wanted([subject]), "duties", "a check of duties"))
        with zipfile.ZipFile(bundle) as packed:
            packed.extractall(folder)
        script = [sys.executable, "-I", str(Path(folder) / "verify.py")]
        told = subprocess.run(script, capture_output=True, text=True, timeout=PATIENCE, check=False)  # noqa: S603 - ours
    if told.returncode:
        return place.off("disclosure.evidence_2", names=" ".join(told.stdout.split())[:300])
    return place.held("disclosure.evidence_1", entries=done.entries, size=done.size)


def neutrality(place: Installation) -> Found:
    """7: the audit was run here, not long ago, by a bar that counts; somebody answered what it found."""
    todo = "chaffinch audit neutrality --groups FILE --by NAME --why WORDS"
    path = place.settings.home / LATEST
    if not path.is_file():
        return see(False, None, "disclosure.neutrality_1", todo=todo)
    told = json.loads(path.read_text(encoding="utf-8"))
    at = datetime.fromisoformat(told["at"])
    if place.now - at > OLDEST_AUDIT:
        return see(False, at, "disclosure.neutrality_2", at=at, days=OLDEST_AUDIT.days, todo=todo)
    with place.reading() as look:
        came_to, waiting = auditing.standing(look, told["at"]), auditing.unanswered(look)
        short = [] if came_to is None else neutrality_bar.short_of(look, came_to, place.least)
    day = f"{at:%Y-%m-%d}"
    if came_to is None:
        return see(False, at, "disclosure.neutrality_3", day=day, todo=todo)
    if waiting:
        return see(False, at, _unanswered(waiting))
    run = say("disclosure.run_on", day=day)
    if came_to.verdict and short:
        return see(False, at, "disclosure.short", run=run, why=_joined(short), todo=todo)
    return _came_to(came_to, place.least, run, at, todo)


def _joined(told: Sequence[Sentence]) -> Sentence:
    return Sentence(zh="；".join(each.zh for each in told), en="; ".join(each.en for each in told))


def _unanswered(waiting: Sequence[auditing.Standing]) -> Sentence:
    """A finding stays open whatever later audits find."""
    open_ = sum(len(each.open) for each in waiting)
    since = min(each.at for each in waiting)[:10]
    return say("disclosure.unanswered", n=open_, since=since)


def _came_to(came_to: auditing.Standing, least: LeastAudit, run: Sentence, at: datetime, todo: str) -> Found:
    """Whether it looked at enough, and somebody answered each finding."""
    if not came_to.verdict:
        return see(False, at, "disclosure.came_to_5", run=run, todo=todo)
    if not came_to.compared or came_to.verdict == auditing.NOT_JUDGED:
        return see(False, at, "disclosure.came_to_2", run=run, todo=todo)
    if came_to.apart:
        return see(False, at, "disclosure.came_to_6", run=run, n=came_to.apart, todo=todo)
    made = say("disclosure.compared", comparisons=came_to.compared, texts=came_to.texts)
    if came_to.compared < least.comparisons or came_to.texts < least.texts:
        asked = say("disclosure.asked", comparisons=least.comparisons, texts=least.texts)
        return see(False, at, "disclosure.came_to_3", run=run, made=made, asked=asked, todo=todo)
    if came_to.days < least.days:
        return see(False, at, "disclosure.came_to_4", run=run, days=came_to.days, least=least.days, todo=todo)
    by = ", ".join(sorted({each.answer.by for each in came_to.questions if each.answer}))
    said = say("disclosure.answered_by", people=by) if by else ""
    share = came_to.comments / came_to.decided if came_to.decided else 0.0
    over = say("disclosure.over", days=came_to.days, surfaces=", ".join(came_to.surfaces), share=share)
    return see(True, at, "disclosure.came_to_1", run=run, made=made, over=over, findings=came_to.findings, said=said)


def statements(place: Installation) -> Found:
    """DSA 17, 24(5): a rehearsed removal, a suspension and the last month's are statements that the database takes.

    There is none where the account was refused, and nobody is told what was found in its words.
    """
    words = words_of(place)
    with place.rehearsing() as unit:
        hire(place, unit)
        removal = statement(acted.one(unit, stored(place, unit, Outcome.BLOCK, known_as=AUTHOR).decision_id), words)
        suspension = _suspension(place, unit, words)
        told_beside = _told_beside_a_refusal(place, unit, words)
    if removal is None or suspension is None:
        what = say("disclosure.removal" if removal is None else "disclosure.suspension")
        return place.off("disclosure.statements_2", what=what)
    rehearsed = (removal, suspension)
    if fault := next((fault for each in rehearsed for fault in faults(each, words.dsa.published)), None):
        return place.off("disclosure.statements_3", fault=fault)
    if AUTHOR in str(rehearsed) or TEXT in str(rehearsed):
        return place.off("disclosure.statements_4")
    if told_beside:
        return place.off("disclosure.statements_6")
    with place.reading() as look:
        month = transparency.report(look, words, place.now - MONTH, place.now)
    if month.unfit_statements:
        return place.off(
            "disclosure.statements_5", n=len(month.unfit_statements), unfit_statements=month.unfit_statements[0]
        )
    return place.held("disclosure.statements_1", statements=month.statements)


def _told_beside_a_refusal(place: Installation, unit: Unit, words: Words) -> bool:
    """Whether its author, a record or the database learn of a label where the account was refused."""
    made = answered(place, Outcome.BLOCK, known_as=f"{AUTHOR}-refused")
    found, label = made.decision, place.taxonomy.names[0]
    refusal = replace(found.reasons[0], code="identity_unverified", source=Source.ACCOUNT)
    made = replace(made, decision=replace(found, reasons=(*found.reasons, refusal)))
    store_decisions(unit, [made], keyring=place.keyring, now=place.now)
    one, why = acted.one(unit, made.decision_id), words.notices.of(label).text
    told = [*notice(one, words, "zh", address=""), *notice(one, words, "en", address="")]
    is_named = place.taxonomy.title(label, "zh") in chinese_record(one, words)["处置理由"]
    return is_named or why.zh in told or why.en in told or statement(one, words) is not None


def _suspension(place: Installation, unit: Unit, words: Words) -> dict[str, Any] | None:
    """The statement about an account that is suspended for a comment."""
    policy = place.policy or next(iter(place.policies.values()))
    wish = Wish(TargetKind.AUTHOR, AUTHOR, {"zh": "演练：多次违规"}, ground(place), "suspend", days=1, cause=AUTHOR)
    made = account_measures.take(unit, place.keyring, wish, policy, by=ONE, policies=place.policies, now=place.now)
    in_force(place, unit, made)
    found = acted.measured(unit, place.now, place.now + timedelta(seconds=1))
    return next((measure_statement(each, words) for each in found if each.measure.id == made.id), None)


def transparency_report(place: Installation) -> Found:
    """DSA 15, 24(1): the report counts a rehearsed removal and a suspension once, and there is one over any span."""
    words = words_of(place)
    with place.rehearsing() as unit:
        hire(place, unit)
        before = transparency.report(unit, words, place.now - MONTH, place.now + MONTH)
        stored(place, unit, Outcome.BLOCK, known_as=AUTHOR)
        after = transparency.report(unit, words, place.now - MONTH, place.now + MONTH)
        _suspension(place, unit, words)
        last = transparency.report(unit, words, place.now - MONTH, place.now + MONTH)
    counted = [sum(each.acted for each in one.categories) for one in (before, after)]
    if (after.acted - before.acted, counted[1] - counted[0], after.statements - before.statements) != (1, 1, 1):
        return place.off("disclosure.transparency_report_2")
    if (last.taken["author"]["suspend"] - after.taken["author"]["suspend"], last.statements - after.statements) != (
        1,
        1,
    ):
        return place.off("disclosure.transparency_report_3")
    return place.held("disclosure.transparency_report_1", decisions=before.decisions, acted=before.acted)


def words_of(place: Installation) -> Words:
    """What renderings of this place take their words from."""
    configs = place.settings.configs
    notices = load_notices(configs, place.taxonomy)
    return Words(place.taxonomy, place.policies, notices, place.complaint_rules, load_dsa(configs))

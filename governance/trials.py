"""When a rule was tried: of late, on enough decisions, and with its comments before the eyes of who decides.

A finished backtest of just this content counts where it is no older than `TrialNeeds.days` and read `rows` decisions.
A house that has fewer tries the rule on what there is (at least half of it, as it goes on growing): then the question
to the second person says on how few. Whoever asks that the rule go live, and whoever agrees, was shown which comments
it would decide otherwise, by a page, a command or the API; the backtest keeps to whom.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from governance import approvals
from governance.approvals import ByKey
from governance.hands import names_of
from moderation.errors import ConflictError
from records import judged, rule_backtests
from records.house_values import RuleVersionRecord
from records.known_as import KEY, folded
from records.rule_backtests import BacktestRecord
from records.rules import content_of
from records.unit_of_work import Reading, Unit

NONE, OLD, SMALL, UNSEEN = "none", "old", "small", "unseen"
"""What a trial lacks."""


@dataclass(frozen=True, slots=True)
class TrialNeeds:
    """How old a trial may be, in days, and how many decisions it reads where the house has so many."""

    days: int = 14
    rows: int = 1_000


AS_SHIPPED = TrialNeeds()


class NotTriedError(ConflictError):
    """What shall go live was not tried on stored decisions as it stands now; `lack` says what is missing."""

    def __init__(self, lack: str, sentence: str) -> None:
        self.lack = lack
        super().__init__(sentence)


def lack_of(look: Reading, rule_id: str, content: str, needs: TrialNeeds, *, now: datetime) -> str:
    """What the trials of just this content lack, whoever saw them; empty for nothing."""
    return _best(look, rule_id, content, needs, now)[1]


def facts_of(
    look: Reading, version: RuleVersionRecord, needs: TrialNeeds, *, by: str, now: datetime
) -> Mapping[str, Any]:
    """What question and ledger say of its trial. Raises `NotTriedError`."""
    found, lack = _best(look, version.rule_id, content_of(version.document), needs, now)
    if found is not None and not was_shown(look, found, by):
        lack = UNSEEN
    if found is None or lack:
        raise NotTriedError(lack, _sentence(lack, version, needs, by))
    few = {"backtest_few": True} if found.seen < needs.rows else {}
    return {"backtest": found.id, "backtest_rows": found.seen, **few}


def check_shown(look: Reading, version: RuleVersionRecord, facts: Mapping[str, Any], by: str | ByKey) -> None:
    """Raises `NotTriedError` where whoever agrees did not see what the rule was found to change.

    Of a question of before trials kept to whom they were shown, and of one about what nobody tried, nothing is asked.
    """
    if facts.get("backtest_rows") is None:
        return
    who = f"{KEY}{by.prefix}" if isinstance(by, ByKey) else by
    trials = rule_backtests.done_of(look, version.rule_id, content_of(version.document))
    if not any(was_shown(look, each, who) for each in trials):
        raise NotTriedError(
            UNSEEN,
            f"{who} has not seen yet what {version.rule_id} was found to change: the question's page, `chaffinch rules "
            f"trial {version.rule_id} --by NAME` and GET /v1/approvals/{{approval_id}} show it.",
        )


def show(unit: Unit, backtest: BacktestRecord, who: str | ByKey, *, now: datetime) -> None:
    """Keeps that a finished backtest's comments were shown to somebody; the caller commits."""
    name = f"{KEY}{who.prefix}" if isinstance(who, ByKey) else approvals.person(unit, who)
    rule_backtests.show(unit, backtest.id, name, now=now)


def was_shown(look: Reading, backtest: BacktestRecord, who: str) -> bool:
    """Whether somebody saw its comments; a key has seen what its owner saw."""
    return not names_of(look, who).isdisjoint(map(folded, backtest.shown_to or {}))


def _best(
    look: Reading, rule_id: str, content: str, needs: TrialNeeds, now: datetime
) -> tuple[BacktestRecord | None, str]:
    """The newest that counts, and what all of them lack where none does."""
    trials = rule_backtests.done_of(look, rule_id, content)
    recent = [each for each in trials if each.created_at >= now - timedelta(days=needs.days)]
    if not recent:
        return None, OLD if trials else NONE
    enough = [each for each in recent if each.seen >= needs.rows]
    if not enough and (there := judged.count(look)) < needs.rows:
        enough = [each for each in recent if each.seen * 2 >= there]
    return (enough[0], "") if enough else (None, SMALL)


def _sentence(lack: str, version: RuleVersionRecord, needs: TrialNeeds, by: str) -> str:
    rule_id = version.rule_id
    what = {
        NONE: f"The rule {rule_id} was not tried on stored decisions as it stands at version {version.version}",
        OLD: f"The rule {rule_id} was tried as it stands more than {needs.days} days ago, and not since",
        SMALL: f"The rule {rule_id} was tried as it stands on fewer than {needs.rows} decisions, though there are more",
        UNSEEN: f"{by} has not seen yet which comments the trial of {rule_id} found",
    }[lack]
    return (
        f"{what}: run `chaffinch rules trial {rule_id} --by NAME`, or the backtest on its page, and look at what it "
        "hits. Where it cannot wait, --urgent 'why not' makes it live for 24 hours all the same; the ledger keeps that "
        "and why."
    )

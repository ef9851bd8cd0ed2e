"""Decisions beside their entries, and what people made of them beside the entries of what people did."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

from sqlalchemy import Row, select

from moderation.comment import CORPUS
from moderation.decision import Source
from moderation.lists import LISTED_AS
from moderation.rules.rule import RuleState
from records import retold
from records.guarding import of_row
from records.measures import STOPPING
from records.retold import Body
from records.tables import cases, decisions, ledger, rule_hits, verdicts
from records.tampering import Finding, What
from records.told_entries import BATCH, DECISION, MOST, Entry, differs, entries_about, plain, subject_of
from records.underlying_cases import gone_cases
from records.unit_of_work import Reading


def other_decisions(look: Reading) -> Iterator[Finding]:
    """Decisions beside their entries, and what people made of them beside what the entries of people's acts say."""
    query, after, many = select(decisions).order_by(decisions.c.id).limit(BATCH), "", 0
    hits = _Hits()
    while many < MOST and (rows := look.execute(query.where(decisions.c.id > after)).all()):
        after = rows[-1].id
        entries = {subject_of(each.body): each for each in entries_about(look, {row.id for row in rows}, {DECISION})}
        named = {each.body["facts"].get("case_id"): each for each in entries.values()}
        yield from gone_cases(look, {str(name): each for name, each in named.items() if name is not None})
        people = _People(look, rows)
        for row in rows:
            entry = entries.get(row.id)
            if entry is None:
                continue
            hits.note(entry.body)
            told = of_row(decisions, row, partial(_beside, entry, people.outcome(row)))
            many += len(told)
            yield from told
    if many < MOST:
        yield from hits.differences(look)


class _Hits:
    """By day and live rule how many decisions name it as a reason, and whether as many were counted (`rule_hits`)."""

    def __init__(self) -> None:
        self._told: Counter[tuple[date, str]] = Counter()

    def note(self, entry: Body) -> None:
        """A decision's entry. What a corpus holds is not counted, and an entry of a list is no rule."""
        if entry["facts"].get("surface") == CORPUS:
            return
        names = {each[3] for each in entry["facts"]["reasons"] if each[1] == Source.RULE and each[3]}
        self._told.update((retold.at(entry).date(), name) for name in names if not name.startswith(LISTED_AS))

    def differences(self, look: Reading) -> Iterator[Finding]:
        """Days of which fewer hits are counted than decisions tell; more there may be, where texts were edited."""
        live = select(rule_hits.c.day, rule_hits.c.rule_id, rule_hits.c.hits).where(rule_hits.c.state == RuleState.LIVE)
        counted = {(row.day, row.rule_id): row.hits for row in look.execute(live)}
        for (day, name), many in sorted(self._told.items()):
            if counted.get((day, name), 0) < many:
                told = (
                    f"Of the rule {name} the table rule_hits counts {counted.get((day, name), 0)} hits on {day}, and "
                    f"{many} decisions of that day name it: its row was removed or altered."
                )
                yield Finding(What.RECORD, told)


def _beside(entry: Entry, made: tuple[str | None, bool | None], row: Mapping[str, Any]) -> Iterator[Finding]:
    said, held = retold.decision(entry.body, row)
    odd = [name for name, value in said.items() if plain(value) != plain(held[name])]
    if made != (row["final_outcome"], row["overturned"]):
        odd.append("final_outcome or overturned")
    if odd:
        yield differs("decision", row["id"], odd, entry)


class _People:
    """What people did about the comments of some decisions, as the ledger tells it."""

    def __init__(self, look: Reading, rows: Sequence[Row[Any]]) -> None:
        ids, about = {row.id for row in rows}, {row.comment_id for row in rows}
        asked = select(cases.c.id).where(cases.c.decision_id.in_(ids))
        given = select(verdicts.c.case_id).where(verdicts.c.decision_id.in_(ids))
        case_ids = {*look.execute(asked).scalars(), *look.execute(given).scalars()}
        self._of_decision: dict[str, list[Body]] = defaultdict(list)
        self._of_comment: dict[str, list[Body]] = defaultdict(list)
        for each in entries_about(look, case_ids, retold.VERDICTS):
            self._of_decision[str(each.body["facts"].get("decision_id"))].append(each.body)
        for each in entries_about(look, about, retold.MEASURES):
            if each.body["facts"].get("measure") in STOPPING:
                self._of_comment[subject_of(each.body)].append(each.body)
        self._made = self._decisions(look, [one for one in about if one in self._of_comment])

    @staticmethod
    def _decisions(look: Reading, comment_ids: Sequence[str]) -> dict[str, dict[str, str]]:
        """All decisions about these comments, by comment and by entry."""
        made: dict[str, dict[str, str]] = defaultdict(dict)
        found = select(decisions.c.comment_id, decisions.c.id, ledger.c.id.label("entry_id")).where(
            decisions.c.comment_id.in_(comment_ids), ledger.c.subject_id == decisions.c.id, ledger.c.kind == DECISION
        )
        for row in look.execute(found) if comment_ids else ():
            made[row.comment_id][row.entry_id] = row.id
        return made

    def outcome(self, row: Row[Any]) -> tuple[str | None, bool | None]:
        """What they made of this decision."""
        events = [*self._of_decision.get(row.id, ()), *self._of_comment.get(row.comment_id, ())]
        if not events:
            return None, None
        return retold.outcome_of(row.id, self._made.get(row.comment_id, {}), sorted(events, key=lambda one: one["id"]))

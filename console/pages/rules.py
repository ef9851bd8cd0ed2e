"""The rules: all of them in one table, one with its history, and what somebody wants it to become."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from console.label_words import titles_in
from console.pages.backtests import note_shown, of_page
from console.people import name_of
from console.refusals import RefusalError
from console.rendering import render
from console.rule_figures import HEAD, JUDGED_DAYS, SPARK, figures_of, rows_of
from console.rule_view import (
    COUNTED_DAYS,
    JUST_NOW,
    ORDER,
    RuleLine,
    every_line,
    not_taken,
    packed_rule,
    refused,
    view_rule,
)
from console.spreadsheets import answer
from console.visit import Visit
from governance import changed_parts, trials, untried_rules, what_decides
from governance import rules as life
from governance.approvals import MAX_WORDS
from governance.rule_backtests import SIZES, candidate
from governance.rule_packs import standing
from governance.rule_rushes import RushedError
from governance.rules import UNTRIED_FOR, NotAssessedError, Standards, Wish
from governance.trials import NotTriedError
from moderation.errors import ConfigError, ConflictError, Fault, InvalidInputError, NotFoundError
from moderation.pack_files import place_of
from moderation.rules import RuleState
from moderation.typed import number
from records import approvals, rules
from records.unit_of_work import Reading
from review.agreement import ENOUGH

MOST = 300
"""Rows of the table; more than that nobody reads, and the search narrows."""

MOST_LOSSES = 20
"""Losses of rules, by packs that wait for somebody's word, that a page tells one by one."""


def show(visit: Visit) -> Response:
    """GET /rules: by state and by what is looked for."""
    return _table(visit, *_asked(visit))


def _table(visit: Visit, sought: str, state: str, *, missing: str = "", status: int = 200) -> Response:
    """`missing` is a rule that was asked for and that no readable pack has."""
    today = visit.now.date()
    with visit.parts.database.reading() as look:
        lines, faults = every_line(look, visit.parts.packs, today)
        faults += [each for each in not_taken(look, visit.parts, today) if each not in faults]
        waiting = {asked.subject_id for asked in approvals.waiting(look)}
        found = _found(lines, sought, state)
        figures = figures_of(look, found[:MOST], visit.parts.packs, now=visit.now)
        agreed = _agreed(look, found[:MOST])
        changed = what_decides.changed_packs(look, visit.parts.packs.parent)
        shipped = what_decides.shipped_packs(look, visit.parts.packs.parent)
        packs = standing(look, visit.parts.packs, place=place_of(visit.parts.packs.parent), today=visit.now.date())
    counts = {each: sum(line.state is each for line in lines) for each in ORDER}
    return render(
        visit,
        "rules.html",
        status=status,
        missing=missing,
        lines=found[:MOST],
        changed_packs=changed,
        shipped_packs=shipped,
        agreed=agreed,
        packs=packs,
        most_losses=MOST_LOSSES,
        figures=figures,
        enough=ENOUGH,
        judged_days=JUDGED_DAYS,
        spark=SPARK,
        more=max(0, len(found) - MOST),
        faults=faults,
        waiting=waiting,
        counts=counts,
        total=len(lines),
        sought=sought,
        state=state,
        days=COUNTED_DAYS,
        titles=titles(visit),
    )


def _agreed(look: Reading, lines: list[RuleLine]) -> dict[str, str]:
    """By rule, who let it go live beside its author."""
    live = [each.change for each in lines if each.change and each.state is RuleState.LIVE]
    found = {each.rule_id: changed_parts.approved(look, each) for each in live}
    return {name: name_of(look, each.answered_by) for name, each in found.items() if each}


def download(visit: Visit) -> Response:
    """GET /rules/table/rules.csv: what is looked for, all of it."""
    sought, state = _asked(visit)
    with visit.parts.database.reading() as look:
        lines = _found(every_line(look, visit.parts.packs, visit.now.date())[0], sought, state)
        figures = figures_of(look, lines, visit.parts.packs, now=visit.now)
    return answer("rules", HEAD, rows_of(lines, figures))


def _asked(visit: Visit) -> tuple[str, str]:
    """What is looked for, and in which state."""
    return visit.query.get("q", "").strip()[:200], visit.query.get("state", "")


def _found(lines: list[RuleLine], sought: str, state: str) -> list[RuleLine]:
    return [line for line in lines if (not sought or line.says(sought)) and state in ("", line.state)]


def show_one(visit: Visit) -> Response:
    """GET /rules/{rule_id}."""
    try:
        return _page(visit)
    except NotFoundError:
        return _not_there(visit)


def _not_there(visit: Visit) -> Response:
    """No such rule; where a pack cannot be read it may stand there, and the page says which pack that is."""
    with visit.parts.database.reading() as look:
        faults = every_line(look, visit.parts.packs, visit.now.date())[1]
    if not faults:
        raise NotFoundError(f"There is no rule {visit.path_values['rule_id']}.")
    return _table(visit, "", "", missing=visit.path_values["rule_id"], status=404)


def propose(visit: Visit) -> Response:
    """POST /rules/{rule_id}: what it shall become, with a reason. A rule that blocks waits for a second person."""
    to, expect = visit.form.one("to"), visit.form.one("expect")
    if to not in (RuleState.SHADOW, RuleState.LIVE, RuleState.RETIRED) or number(expect) is None:
        raise RefusalError("error.invalid", 422)
    rule_id = visit.path_values["rule_id"]
    urgent = (visit.form.one("urgent_why") or " ") if visit.form.one("urgent") == "yes" else ""
    wish = Wish(rule_id, RuleState(to), visit.me.name, visit.form.one("why"), int(expect), urgent)
    try:
        return _led_on(visit, wish, _standards(visit))
    except (NotTriedError, NotAssessedError, RushedError) as error:
        return _not_ready(visit, error)
    except ConflictError:
        return _page(visit, "rules.conflict", status=409)
    except ConfigError as error:
        return _page(visit, "rules.unusable", status=422, faults=error.faults)
    except InvalidInputError as error:
        is_urgent = any(fault.where.endswith("urgent") for fault in error.faults)
        return _page(visit, "backtest.no_urgent_why" if is_urgent else "rules.no_reason", status=422)
    except NotFoundError:
        return _not_there(visit)


def look_at(visit: Visit) -> Response:
    """POST /rules/{rule_id}/looked: an untried rule was tried since, and somebody looked: it stays."""
    rule_id = visit.path_values["rule_id"]
    try:
        with visit.parts.database.unit() as unit:
            needs, why = _standards(visit).needs, visit.form.one("why")
            untried_rules.look_at(unit, rule_id, by=visit.me.name, why=why, needs=needs, now=visit.now)
            unit.commit()
    except InvalidInputError:
        return _page(visit, "rules.no_reason", status=422)
    except NotFoundError:
        return _page(visit, "rules.conflict", status=409)
    except ConflictError:
        return _page(visit, "untried.try", status=409)
    return RedirectResponse(visit.url(f"/rules/{rule_id}"), status_code=303)


def _standards(visit: Visit) -> Standards:
    parts = visit.parts
    policies = tuple(parts.policies().values())
    return Standards(parts.taxonomy, visit.now.date(), parts.rules_tried_first, policies, parts.trials)


def _not_ready(visit: Visit, error: ConflictError) -> Response:
    if isinstance(error, NotTriedError):
        return _page(visit, f"trial_lack.{error.lack}", status=409)
    problem = "rules.rushed" if isinstance(error, RushedError) else "rules.not_assessed"
    return _page(visit, problem, status=409, faults=(Fault("to", str(error)),))


def _led_on(visit: Visit, wish: Wish, standards: Standards) -> Response:
    with visit.parts.database.unit() as unit:
        packs = visit.parts.packs
        done = life.promote(
            unit, wish, standards=standards, packed=lambda name: packed_rule(unit, packs, name), now=visit.now
        )  # fmt: skip
        unit.commit()
    path = f"/approvals/{done.approval.id}" if done.approval else f"/rules/{wish.rule_id}"
    return RedirectResponse(visit.url(path), status_code=303)


def _lack(look: Reading, visit: Visit, rule_id: str) -> str:
    """What the trials of what would go live lack, for anybody: whoever sees the page is shown them by it."""
    try:
        found = candidate(look, rule_id, lambda name: packed_rule(look, visit.parts.packs, name))
    except NotFoundError:
        return trials.NONE
    return trials.lack_of(look, rule_id, found.content, visit.parts.trials, now=visit.now)


def titles(visit: Visit) -> dict[str, str]:
    """The labels' names in the reader's language."""
    return titles_in(visit)


def code_titles(visit: Visit) -> dict[str, str]:
    """The names of labels and of other grounds in the reader's language."""
    taxonomy = visit.parts.taxonomy
    return {each.name: getattr(each.title, visit.preferences.locale) for each in (*taxonomy.labels, *taxonomy.grounds)}


def _page(visit: Visit, problem: str = "", *, status: int = 200, faults: tuple[Fault, ...] = ()) -> Response:
    with visit.parts.database.reading() as look:
        view = view_rule(look, visit.path_values["rule_id"], visit.parts.packs, _standards(visit))
        last = rules.newest(look, view.id)
        just_now = last is not None and last.author == visit.me.name and visit.now - last.created_at < JUST_NOW
        done = last if just_now and not problem else None
        kept_back = refused(look, visit.parts, visit.now.date()) if done else ()
        backtest = of_page(look, visit, view.id)
        tried = {one.version.rule_id for one in untried_rules.every(look) if one.is_tried_since}
        both = {RuleState.SHADOW, RuleState.DRAFT} <= {line.state for line in view.lines}
        of_draft = of_page(look, visit, view.id, of_draft=True) if both else None
        lack = _lack(look, visit, view.id) if visit.parts.rules_tried_first else ""
    note_shown(visit, backtest, of_draft)
    return render(
        visit,
        "rule.html",
        status=status,
        view=view,
        backtest=backtest,
        of_draft=of_draft,
        sizes=SIZES,
        lack=lack,
        days=COUNTED_DAYS,
        problem=problem,
        faults=faults,
        done=done,
        refused=kept_back,
        is_tried_since=view.id in tried,
        untried_hours=int(UNTRIED_FOR.total_seconds() // 3600),
        urgent=bool(problem) and visit.form.one("urgent") == "yes",
        urgent_why=visit.form.one("urgent_why") if problem else "",
        why=visit.form.one("why") if problem else "",
        max_words=MAX_WORDS,
        titles=titles(visit),
    )

"""What a rule that decides would hold or block no longer, were another text of it in its place.

Told by what the texts say, not by trying them: each field of a rule either widens or narrows what it hits, so whatever
narrows is a loss, whether or not a comment is at hand that shows it. What adds to a rule is none.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from moderation.decision import Outcome
from moderation.normaliser import normalise
from moderation.rules.content import content_hash
from moderation.rules.rule import Conditions, Range, Rule, RuleState, judged_alone
from moderation.rules.rule_file import RuleFile
from moderation.rules.ruleset import RuleSet


@dataclass(frozen=True, slots=True)
class Loss:
    """In which field, as authors write it, and what of it, the same in every language (`- term`, `block > review`)."""

    field: str
    told: str


def losses(before: RuleFile, after: RuleFile) -> list[Loss]:
    """What the rule loses by another text of it; nothing where it hits at least what it hit, and does as much."""
    was, is_now = before.as_rule(), after.as_rule()
    if content_hash([was]) == content_hash([is_now]):
        return []
    found = [
        *_of_life(was, is_now),
        *_of_what_is_sought(was, is_now),
        *_of_how_it_is_sought(was, is_now),
        *_of_conditions(was.when, is_now.when),
    ]
    return [*found, *_of_examples(before, was, is_now)]


def _of_life(was: Rule, is_now: Rule) -> Iterator[Loss]:
    if is_now.label != was.label:  # what is counted, measured and told by label is another's from then on
        yield Loss("label", f"{was.label} > {is_now.label}")
    if is_now.state is not RuleState.LIVE:
        yield Loss("state", f"{was.state.value} > {is_now.state.value}")
    if is_now.expires is not None and (was.expires is None or is_now.expires < was.expires):
        yield Loss("expires", f"{_day(was.expires)} > {_day(is_now.expires)}")
    if was.action is Outcome.BLOCK and is_now.action is not Outcome.BLOCK:
        yield Loss("action", f"{was.action.value} > {is_now.action.value}")


def _day(day: date | None) -> str:
    return "-" if day is None else day.isoformat()


def _of_what_is_sought(was: Rule, is_now: Rule) -> Iterator[Loss]:
    if is_now.terms or is_now.patterns:  # any of either; a rule that asks for none hits whatever they are
        yield from _fewer("terms", was.terms, is_now.terms)
        yield from _fewer("patterns", was.patterns, is_now.patterns)
        if not (was.terms or was.patterns):
            yield Loss("terms", _more(*is_now.terms, *is_now.patterns))
    for terms in is_now.all_of:
        if not any(set(terms) >= set(each) for each in was.all_of):
            yield Loss("all", _all_told(terms, was.all_of))
    if is_now.any_of:
        for terms in was.any_of or ((),):
            if not any(set(each) <= set(terms) for each in is_now.any_of):
                yield Loss("any", _less(" ".join(terms)) if terms else _more(*map(" ".join, is_now.any_of)))
    if is_now.contacts:
        yield from _fewer("contacts", was.contacts, is_now.contacts)
        if not was.contacts:
            yield Loss("contacts", _more(*is_now.contacts))
    if excusing := _beyond(is_now.none_of, was.none_of):
        yield Loss("not", _more(*excusing))


def _all_told(terms: Sequence[str], before: Collection[Sequence[str]]) -> str:
    """Of a list that must be found in part: what is gone from the one that it comes from, else all that is asked."""
    nearest = max(before, key=lambda each: len(set(each) & set(terms)), default=())
    return _less(*_beyond(nearest, terms)) if set(nearest) & set(terms) else _more(*terms)


def _of_how_it_is_sought(was: Rule, is_now: Rule) -> Iterator[Loss]:
    yield from _fewer("views", was.views, is_now.views)
    if is_now.near is not None and (was.near is None or is_now.near < was.near):
        yield Loss("near", f"{was.near or '-'} > {is_now.near}")
    if is_now.whole_words and not was.whole_words:
        yield Loss("whole_words", "false > true")


def _of_conditions(was: Conditions, is_now: Conditions) -> Iterator[Loss]:
    for name in ("surfaces", "languages"):
        before, after = getattr(was, name), getattr(is_now, name)
        if after and not before:
            yield Loss(f"when.{name}", _more(*after))
        elif after:
            yield from _fewer(f"when.{name}", before, after)
    if is_now.verified is not None and is_now.verified is not was.verified:
        yield Loss("when.verified", f"{_flag(was.verified)} > {_flag(is_now.verified)}")
    yield from _narrower("account_age_days", was.account_age_days, is_now.account_age_days)
    yield from _narrower("credit", was.credit, is_now.credit)
    for name, wanted in is_now.features.items():
        yield from _narrower(f"features.{name}", was.features.get(name), wanted)


def _flag(said: bool | None) -> str:
    return "-" if said is None else str(said).lower()


def _narrower(name: str, was: Range | None, is_now: Range | None) -> Iterator[Loss]:
    """A range that was not asked holds of what is not known, too."""
    if is_now is None:
        return
    least, most = _bounds(is_now)
    if was is None or least > _bounds(was)[0] or most < _bounds(was)[1]:
        yield Loss(f"when.{name}", f"{_range(was)} > {_range(is_now)}")


def _bounds(asked: Range) -> tuple[float, float]:
    return (
        float("-inf") if asked.at_least is None else asked.at_least,
        float("inf") if asked.below is None else asked.below,
    )


def _range(asked: Range | None) -> str:
    if asked is None:
        return "-"
    least, most = asked.at_least, asked.below
    return f"[{'-' if least is None else f'{least:g}'}, {'-' if most is None else f'{most:g}'})"


def _of_examples(before: RuleFile, was: Rule, is_now: Rule) -> Iterator[Loss]:
    """Texts that it has to hit and would not, whichever of its fields that is by."""
    if before.examples is None:
        return
    here, there = (RuleSet([judged_alone(each)], version="losses") for each in (was, is_now))
    read = {text: normalise(text) for text in before.examples.match}
    if missed := [text for text, each in read.items() if here.find(each) and not there.find(each)]:
        yield Loss("examples", _less(*missed))


def _fewer(field: str, was: Collection[str], is_now: Collection[str]) -> Iterator[Loss]:
    if gone := _beyond(was, is_now):
        yield Loss(field, _less(*gone))


def _beyond(these: Collection[str], those: Collection[str]) -> list[str]:
    return [each for each in these if each not in set(those)]


def _less(*gone: str) -> str:
    return f"- {', '.join(gone)}"


def _more(*asked: str) -> str:
    return f"+ {', '.join(asked)}"

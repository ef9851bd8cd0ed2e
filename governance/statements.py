"""One decision record, rendered for each who asks: a notice to the person, a DSA statement.

The third, the Chinese record, is in `chinese_records.py`. None of them quotes the comment or names anybody: a record
points at the decision, whose text and author are elsewhere and can be erased. What the transparency database takes is
held against its published fields before it is sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from governance import carried_out, causes, found_in, list_notices, minding
from governance.account_notices import reason_in
from governance.carried_out import Who
from governance.complaint_rules import ComplaintRules
from governance.dsa import Category, Dsa
from governance.in_chinese import CHINA
from governance.measures import Measure
from governance.notices import Notices, redress
from governance.wording import codes_in, ground_in
from moderation import emergency
from moderation.decision import Outcome, Reason
from moderation.lists import code_of
from moderation.policy import Policy
from moderation.refused import refusals
from moderation.taxonomy import Taxonomy
from records.acted import ActedOn, Measured
from records.house_queues import Redress
from records.lists import Begun
from records.standing_values import MeasureRecord

_ACCOUNT = {"content_type": ["CONTENT_TYPE_OTHER"], "content_type_other": "an account"}
_ENDS = {"restrict": "end_date_service_restriction", "suspend": "end_date_account_restriction"}


@dataclass(frozen=True, slots=True)
class Words:
    """What renderings take their words from."""

    taxonomy: Taxonomy
    policies: Mapping[str, Policy]
    notices: Notices
    complaints: ComplaintRules
    dsa: Dsa


def codes_of(acted: ActedOn) -> tuple[str, ...]:
    """What the decision stands on: the verdict's labels and ground, else codes of reasons as severe as the outcome.

    Where the account or the place was refused (`moderation/refused.py`), that alone: nothing was made of the words. A
    person who took such a comment away by name stands on what they said themselves.
    """
    refused = refusals(acted.decision)
    if not refused or acted.labels or minding.is_word_of(acted):
        return every_code_of(acted)
    return () if acted.taken else tuple(dict.fromkeys(map(code_of, refused)))


def every_code_of(acted: ActedOn) -> tuple[str, ...]:
    """The same, and what parts found in a comment whose account or place was refused, for who looks at it anew."""
    if minding.is_word_of(acted):
        return (minding.HIDDEN,)
    if acted.labels:
        return acted.labels
    told = [code_of(reason) for reason in acted.decision.reasons if reason.outcome is acted.outcome]
    return tuple(dict.fromkeys(told or [code_of(reason) for reason in acted.decision.reasons]))


def measures_of(acted: ActedOn) -> tuple[str, ...]:
    """What was asked of the platform; nothing for a comment that stands."""
    if acted.outcome is not Outcome.BLOCK:
        return ()
    if acted.measure is not None:
        return (acted.measure,)
    return acted.decision.measures or (Measure.REFUSE.value,)


def grounds_of(acted: ActedOn, words: Words) -> str:
    """The rules that it stands on, each once: for a code, that of the reason which acted, as the ledger has it.

    That is the gravest of this code, and the first of these: one that only asked for a look did not remove anything.
    """
    if acted.ground:
        return acted.ground
    policy = words.policies.get(acted.decision.versions.policy.partition("@")[0])
    told: dict[str, str] = {}
    for reason in gravest_first(acted.decision.reasons):
        told.setdefault(code_of(reason), reason.ground)
    grounds = [told.get(code) or (policy.ground(code) if policy else "") for code in codes_of(acted)]
    return ", ".join(dict.fromkeys(ground for ground in grounds if ground))


def gravest_first(reasons: Iterable[Reason]) -> list[Reason]:
    """In their own order where they are as grave as each other."""
    return sorted(reasons, key=lambda reason: -reason.outcome.severity)


def notice(acted: ActedOn, words: Words, language: str, *, address: str) -> list[str]:
    """What the author is told, in sentences: what happened, why, on which ground, how to do better, how to appeal.

    Nothing for a comment that stands. `address` is where they appeal. Of an account on a list it is told what its entry
    says, and where nothing else refused the comment, that the entry is appealed and not the comment.
    """
    if acted.outcome is not Outcome.BLOCK:
        return []
    frame = words.notices.frame
    entry, is_alone = acted.listed, acted.listed is not None and is_refusal(acted, words)
    why = _reason_in(acted, words, language)
    told = [words.notices.of(code) for code in codes_of(acted)] or ([] if why else [words.notices.otherwise])
    until = words.complaints.appeals.until(acted.decided_at, acted.decision.versions.policy)
    sentences = [*why, *(getattr(each.text, language) for each in told)]
    sentences += filter(None, [found_in.sentence(acted, codes_of(acted), language)])
    sentences += list_notices.sentences(entry, language, redress_of(words)) if entry else []
    if not minding.is_word_of(acted):
        sentences += [getattr(getattr(words.notices.measures, one), language) for one in measures_of(acted)]
        sentences += _by_whom(acted, words, language)
    if not is_alone and (ground := ground_in(grounds_of(acted, words), language, redress_of(words))):
        sentences.append(getattr(frame.ground, language).format(ground=ground))
    sentences += [getattr(frame.better, language).format(better=getattr(each.better, language)) for each in told]
    if entry and is_alone and (way := list_notices.appeal(entry, language, redress_of(words), address=address)):
        return list(dict.fromkeys([*sentences, *way]))
    in_china, elsewhere = language == "zh", words.complaints.appeals.elsewhere
    shown, zone = until.astimezone(CHINA if in_china else UTC), "（北京时间）" if in_china else " UTC"
    sentences += carried_out.appeal(acted, language)
    sentences.append(getattr(frame.appeal, language).format(until=f"{shown:%Y-%m-%d %H:%M}{zone}", address=address))
    sentences += [getattr(elsewhere, language)] if elsewhere else []
    return list(dict.fromkeys(sentences))


def _by_whom(acted: ActedOn, words: Words, language: str) -> list[str]:
    """Who decided: a person, the machine, or whoever took the measure that the machine carried out."""
    frame = words.notices.frame
    who = carried_out.who_acted(acted, codes_of(acted))
    judged = {Who.PERSON: frame.by_person, Who.MACHINE: frame.by_machine, Who.BOTH: frame.by_machine}.get(who)
    told = [] if judged is None else [getattr(judged, language)]
    return [*told, *carried_out.sentences(acted, language, redress_of(words))]


def redress_of(words: Words) -> Redress:
    """What people are told of redress, and rules by their titles."""
    return redress(words.complaints, words.notices, words.taxonomy, words.policies.values())


def is_refusal(acted: ActedOn, words: Words) -> bool:
    """Whether nobody judged what the comment says: the account or the place takes none, or not yet.

    An account that is not verified, held by a measure or on a list, a thread or a house that is closed for a time; and
    where who runs the thread hid the comment (`governance/minding.py`), which is nobody's word of the house. That is no
    moderation of content, whatever parts found in it beside (`codes_of`): no statement of reasons is due, and reports
    count it apart. Stricter limits are moderation.
    """
    if minding.is_word_of(acted):
        return True
    if acted.outcome is not Outcome.BLOCK or acted.by_person:
        return False
    judged = emergency.code(emergency.Kind.THRESHOLDS)
    codes = codes_of(acted)
    return bool(codes) and all(code in words.notices.reasons and code != judged for code in codes)


def machine_found(acted: ActedOn) -> bool:
    """Whether the machine found something in it; that the account or the place was refused is no finding."""
    return acted.decision.outcome is not Outcome.PASS and not refusals(acted.decision)


def _reason_in(acted: ActedOn, words: Words, language: str) -> list[str]:
    """Why somebody took the measure by name, in their words."""
    if acted.taken is None:
        return []
    return [getattr(words.notices.frame.reason, language).format(reason=reason_in(acted.taken, language))]


def statement(acted: ActedOn, words: Words) -> dict[str, Any] | None:
    """The statement of reasons for the transparency database; None where none is due.

    That is where nothing was done, for a warning, and for a refusal that judged no content (`is_refusal`).
    """
    if is_refusal(acted, words):
        return None
    fields = [words.dsa.measures[one] for one in measures_of(acted) if one in words.dsa.measures]
    if not fields:
        return None
    code = next(iter(codes_of(acted)), "")
    told: dict[str, Any] = {}
    for each in fields:
        told |= _as_published(each)
    told |= {
        **_category(words, code, grounds_of(acted, words)),
        "content_type": ["CONTENT_TYPE_TEXT"],
        "content_date": f"{acted.posted_at.astimezone(UTC):%Y-%m-%d}",
        "application_date": f"{acted.decided_at.astimezone(UTC):%Y-%m-%d}",
        "decision_facts": _facts(acted, words),
        "source_type": "SOURCE_ARTICLE_16" if acted.reported else "SOURCE_VOLUNTARY",
        "automated_detection": "Yes" if machine_found(acted) else "No",
        "automated_decision": _automated(acted),
        "puid": acted.decision_id,
    }
    language = acted.decision.language.partition("-")[0]
    if len(language) == 2:
        told["content_language"] = language.upper()
    return told


def measure_statement(found: Measured, words: Words) -> dict[str, Any] | None:
    """The statement about a measure on an account; None where none is due (a warning).

    It falls where the label or ground falls that it stands on, else where the comment's label does. It says nothing of
    the person nor in their words: its facts are what it stands on, for which comment (by the number of the decision
    about it) and how many measures the account had before. A comment that stands is no content that was found.
    """
    made, cause = found.measure, None if causes.stands(found.cause) else found.cause
    fields = words.dsa.measures.get(made.measure)
    if fields is None or made.starts_at is None:
        return None
    code = next(iter(codes_of(cause)), "") if cause else ""
    stands_on = next(iter(codes_in(made.ground, redress_of(words))), code)
    posted = cause.posted_at if cause else made.starts_at
    is_found = cause is not None and machine_found(cause)
    told = {
        **_as_published(fields),
        **_category(words, stands_on, made.ground),
        **({"content_type": ["CONTENT_TYPE_TEXT"]} if cause else _ACCOUNT),
        "content_date": f"{posted.astimezone(UTC):%Y-%m-%d}",
        "application_date": f"{made.starts_at.astimezone(UTC):%Y-%m-%d}",
        "decision_facts": _measure_facts(found, code, words),
        "source_type": "SOURCE_ARTICLE_16" if cause is not None and cause.reported else "SOURCE_VOLUNTARY",
        "automated_detection": "Yes" if is_found else "No",
        "automated_decision": "AUTOMATED_DECISION_PARTIALLY" if is_found else "AUTOMATED_DECISION_NOT_AUTOMATED",
        "puid": made.id,
    }
    if made.ends_at is not None and made.measure in _ENDS:
        told[_ENDS[made.measure]] = f"{made.ends_at.astimezone(UTC):%Y-%m-%d}"
    return told


def entry_statement(begun: Begun, words: Words) -> dict[str, Any]:
    """The one statement about an account that is refused because it is on a list, as of a suspension.

    It falls where the label or ground falls that it stands on. The reason is not repeated: the database is public.
    """
    entry, stands_on = begun.entry, next(iter(codes_in(begun.entry.ground, redress_of(words))), begun.entry.label or "")
    ends = "It has no end." if entry.expires_at is None else f"It ends on {entry.expires_at.astimezone(UTC):%Y-%m-%d}."
    facts = ["An account was put on a list of accounts whose comments are not shown.", ends, "A person decided."]
    told = {
        **_as_published(words.dsa.measures[Measure.SUSPEND.value]),
        **_category(words, stands_on, entry.ground),
        **_ACCOUNT,
        "content_date": f"{begun.at.astimezone(UTC):%Y-%m-%d}",
        "application_date": f"{begun.at.astimezone(UTC):%Y-%m-%d}",
        "decision_facts": " ".join(facts),
        "source_type": "SOURCE_VOLUNTARY" if entry.tells else "SOURCE_TYPE_OTHER_NOTIFICATION",
        "automated_detection": "No",
        "automated_decision": "AUTOMATED_DECISION_NOT_AUTOMATED",
        "puid": entry.id,
    }
    if entry.expires_at is not None:
        told[_ENDS[Measure.SUSPEND.value]] = f"{entry.expires_at.astimezone(UTC):%Y-%m-%d}"
    return told


def _as_published(fields: Mapping[str, str | tuple[str, ...]]) -> dict[str, Any]:
    return {name: value if isinstance(value, str) else list(value) for name, value in fields.items()}


def _category(words: Words, code: str, ground: str) -> dict[str, Any]:
    """Where a label falls, on which ground it stands, and where that applies."""
    category = words.dsa.labels.get(code) or words.dsa.grounds.get(code) or words.dsa.otherwise
    told: dict[str, Any] = {
        **_ground(words, category, code, ground),
        "category": category.category,
        "territorial_scope": sorted(words.dsa.territorial_scope),
    }
    if category.keywords:
        told["category_specification"] = list(category.keywords)
    if category.other:
        told["category_specification_other"] = category.other
    return told


def _measure_facts(found: Measured, code: str, words: Words) -> str:
    made, earlier = found.measure, found.earlier
    parts = [f"The measure '{made.measure}' was taken on an account.", *_for_which(found.cause, code, words)]
    if made.closes or made.per_hour is not None:
        rate = [] if made.per_hour is None else [f"more than {made.per_hour} comments an hour"]
        parts.append(f"Closed to it: {', '.join([*(each.value for each in made.closes), *rate])}.")
    parts += [_stated(made), f"Measures on this account in the year before: {earlier}."]
    parts.append("It has no end." if made.ends_at is None else f"It ends after {made.days:g} days.")
    return " ".join([*parts, "A person decided."])[:5000]


def _for_which(cause: ActedOn | None, code: str, words: Words) -> list[str]:
    """The comment by the number of the decision about it, under which its own statement is, and what was found."""
    if cause is None:
        return ["It was taken for no single comment."]
    named = f"a {cause.type} on the surface '{cause.surface}' of {cause.posted_at.astimezone(UTC):%Y-%m-%d}"
    told = f"It was taken for {named} (decision {cause.decision_id})"
    if causes.stands(cause):
        return [f"{told}, which stands: it was not found to break a rule."]
    title = words.taxonomy.title(code, "en")
    return [f"{told} that was found to be: {title}." if title else f"{told}."]


def _ground(words: Words, category: Category, code: str, ground: str) -> dict[str, str]:
    known = words.taxonomy.find(code)
    why = known.is_.en if known else words.notices.of(code).text.en
    why = (f"it breaks the rule: {ground}" if ground and not code else why).rstrip(".")
    ground = ground or "platform rules"
    out = {"decision_ground_reference_url": words.dsa.terms_url} if words.dsa.terms_url else {}
    if category.legal_ground:
        return out | {
            "decision_ground": "DECISION_GROUND_ILLEGAL_CONTENT",
            "illegal_content_legal_ground": category.legal_ground[:500],
            "illegal_content_explanation": f"Not allowed: {why}."[:2000],
        }
    return out | {
        "decision_ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
        "incompatible_content_ground": ground[:500],
        "incompatible_content_explanation": f"Not allowed: {why}."[:2000],
    }


_CARRIED_OUT = {
    "A person had restricted the place where it stood, which was carried out automatically.": "placed",
    "A person had restricted the account, which was carried out automatically.": "held",
    "A person had put the account on a list, which was carried out automatically.": "listed",
    "An emergency that people had begun was carried out automatically.": "emergency",
}
_SHOWN = "A person had put something that it shows on a list (entry {id}), which was carried out automatically."


def _facts(acted: ActedOn, words: Words) -> str:
    names = [words.taxonomy.title(code, "en") for code in codes_of(acted)]
    rules = carried_out.rules_met(acted)
    parts = [
        f"A {acted.type} on the surface '{acted.surface}' was found to be: {', '.join(names) or 'against a rule'}."
    ]
    parts += filter(None, [found_in.sentence(acted, codes_of(acted), "en")])
    if rules:
        parts.append(f"Rules that it met: {', '.join(rules)}.")
    versions = acted.decision.versions
    parts.append(f"Model {versions.model} {versions.model_version}, policy {versions.policy}.")
    if acted.taken is not None:
        parts.append(_stated(acted.taken))
    parts += [told for told, had in _CARRIED_OUT.items() if getattr(acted, had) is not None]
    parts += [_SHOWN.format(id=each.id) for each in acted.shows]
    if not carried_out.had_a_part(acted):
        parts.append("A moderator decided." if acted.by_person else "It was decided automatically.")
    return " ".join(parts)[:5000]


def _stated(made: MeasureRecord) -> str:
    """What it stands on. Words to a person may name somebody, and the database is public: they are not repeated."""
    return (
        f"It was taken by name and stands on: {made.ground}. The person was told why; words to them are not published."
    )


def is_automatic(acted: ActedOn) -> bool:
    """Whether no person had a part in it: nobody decided about it, and it carried out what nobody had decided."""
    return carried_out.who_acted(acted, codes_of(acted)) is Who.MACHINE


def _automated(acted: ActedOn) -> str:
    if is_automatic(acted):
        return "AUTOMATED_DECISION_FULLY"
    if not acted.by_person:
        return "AUTOMATED_DECISION_PARTIALLY"
    return "AUTOMATED_DECISION_PARTIALLY" if machine_found(acted) else "AUTOMATED_DECISION_NOT_AUTOMATED"

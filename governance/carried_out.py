"""What a person is told where people had decided something before, and the system carried it out on a comment.

A measure on its thread or its account, an entry of a list, an emergency: a person took it and the system carried it
out, and neither alone is the whole of it. Nobody judged this comment, so what can be appealed of a thread's measure is
that it was refused; a measure on the account and an entry about the account are appealed by their own numbers. An entry
about a site, a contact or a file is about nobody: the comment is appealed, and nobody who made the entry looks at it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from governance import in_chinese, minding
from governance.account_notices import USUAL, moment_in, reason_in
from governance.in_chinese import beijing
from moderation import accounts, emergency, threads
from moderation.decision import Reason
from moderation.lists import ATTACHMENT, DOMAIN, LISTED_ACCOUNT, code_of, is_of_entry, named_by
from records.acted import ActedOn
from records.emergencies import EmergencyRecord
from records.house_queues import Redress
from records.house_values import ListEntryRecord
from records.standing_values import MeasureRecord, MeasureState

_SAID: Mapping[str, Mapping[str, str]] = {
    "thread": {
        "zh": "对此处评论的限制由工作人员决定（处理编号 {id}，{since}起，{until}），系统据此处理了您的评论。",
        "en": "A person decided what holds here (measure {id}, since {since}, {until}), and the system carried it out "
        "on your comment.",
    },
    "account": {
        "zh": "对您账号的处置由工作人员决定（处理编号 {id}，{since}起，{until}），系统据此处理了您的评论。",
        "en": "A person decided what holds for your account (measure {id}, since {since}, {until}), and the system "
        "carried it out on your comment.",
    },
    "emergency": {
        "zh": "此处的应急措施由工作人员启动（应急编号 {id}，{since}起，{until}），系统据此处理了您的评论。",
        "en": "People began an emergency measure here (emergency {id}, since {since}, {until}), and the system carried "
        "it out on your comment.",
    },
    "entry": {
        "zh": "您的评论中有工作人员列入名单的{thing}（名单编号 {id}，{since}起，{until}），系统据此处理了您的评论。",
        "en": "Your comment shows a {thing} that a person put on a list (entry {id}, since {since}, {until}), and the "
        "system carried it out on your comment.",
    },
    "endless": {"zh": "没有设定期限", "en": "without an end of its own"},
    "until": {"zh": "至{at}", "en": "until {at}"},
    "reason": {"zh": "对此处采取该措施的原因：{reason}。", "en": "Why that was decided for this place: {reason}."},
    "account_reason": {
        "zh": "对您的账号采取该措施的原因：{reason}。",
        "en": "Why that was decided for your account: {reason}.",
    },
    "thread_appeal": {
        "zh": "可以申诉的是您的这条评论未予发布（处置编号 {decision}）；上述对整个主题的措施不针对任何人，不单独申诉。",
        "en": "What you can appeal is that this comment of yours was not shown (decision {decision}). What holds the "
        "whole thread is about nobody, and is not appealed by itself.",
    },
    "account_appeal": {
        "zh": "对账号的处置请凭其编号 {id} 申诉；就本条评论申诉，只审核这条评论。",
        "en": "What holds for your account is appealed by its own number, {id}; an appeal of this comment looks at "
        "this comment alone.",
    },
}
_WHAT: Mapping[str, Mapping[str, str]] = {
    DOMAIN: {"zh": "网站", "en": "website"},
    ATTACHMENT: {"zh": "文件", "en": "file"},
    "contact": {"zh": "联系方式", "en": "contact"},
}
_AND: Mapping[str, str] = {"zh": "、", "en": " and a "}
_IN_CHINESE: Mapping[str, str] = {"restrict": "限制此处评论", "suspend": "此处暂停评论", "close": "此处关闭评论"}


class Who(StrEnum):
    """Who acted on a comment. What people had decided before is named by what it was: the system carried it out."""

    PERSON = "person"
    OPERATOR = "operator"
    """Whoever runs the account under which it stands."""
    THREAD = "thread"
    ACCOUNT = "account"
    LIST = "list"
    """The account stands on one."""
    EMERGENCY = "emergency"
    ENTRY = "entry"
    """Of a list, about something that the comment shows."""
    BOTH = "both"
    """The machine found something, and what people had decided before had a part in it."""
    MACHINE = "machine"


_ALWAYS: Mapping[str, Who] = {
    **dict.fromkeys(threads.WORDS, Who.THREAD),
    **dict.fromkeys(accounts.REFUSED, Who.ACCOUNT),
    LISTED_ACCOUNT: Who.LIST,
    **dict.fromkeys(emergency.SWITCHED, Who.EMERGENCY),
}
"""Codes for which nothing but a decision of people stands, though who it was about was erased since."""


def who_acted(told: ActedOn, codes: tuple[str, ...]) -> Who:
    """Who acted, by the codes that are told: the one answer of notices, records, statements, reports and receipts."""
    if minding.is_word_of(told):
        return Who.OPERATOR
    if told.by_person:
        return Who.PERSON
    return by_people(told, codes) or (Who.BOTH if had_a_part(told) else Who.MACHINE)


def by_people(told: ActedOn, codes: tuple[str, ...]) -> Who | None:
    """What people had decided, where a decision stands on nothing else by the codes that are told.

    None where a person or the machine judged the comment itself.
    """
    behind = dict(_ALWAYS)
    behind |= dict.fromkeys(accounts.CODES, Who.ACCOUNT) if told.held else {}
    behind |= dict.fromkeys(_by_entries_alone(told), Who.ENTRY) if told.shows else {}
    if told.by_person or not codes or any(code not in behind for code in codes):
        return None
    return behind[codes[0]]


def had_a_part(told: ActedOn) -> bool:
    """Whether people had decided something before that had a part in it."""
    known = (told.placed, told.held, told.listed, told.emergency)
    named = bool(told.shows) or any(each is not None for each in known)
    return named or (not told.by_person and any(code_of(each) in _ALWAYS for each in _acting(told)))


def things(told: ActedOn, language: str) -> str:
    """What it shows that is on a list: a website, a contact, a file, each kind once."""
    return _AND[language].join(dict.fromkeys(_thing(each, language) for each in told.shows))


def found_by_entries(told: ActedOn) -> bool:
    """Whether all that the machine did was to meet entries of lists in what the comment shows."""
    acting = _acting(told)
    return bool(acting) and all(map(is_of_entry, acting))


def rules_met(told: ActedOn) -> list[str]:
    """The rules that it met: neither a measure on its thread nor an entry of a list is one."""
    rules = (each for each in told.decision.reasons if not threads.is_of_thread(each) and named_by(each) is None)
    return sorted({each.rule_id for each in rules if each.rule_id})


def sentences(told: ActedOn, language: str, redress: Redress = USUAL) -> list[str]:
    """That people decided it, under which number, since and until when; of measures why. A list says its own."""
    said = []
    if told.placed is not None:
        said += [_by("thread", told.placed, language), _why("reason", told.placed, language, redress)]
    if told.held is not None:
        said += [_by("account", told.held, language), _why("account_reason", told.held, language, redress)]
    if told.emergency is not None:
        said.append(_by("emergency", told.emergency, language))
    return [*said, *(_shown(each, language) for each in told.shows)]


def appeal(told: ActedOn, language: str) -> list[str]:
    """What of it can be appealed."""
    of_thread = [_say("thread_appeal", language, decision=told.decision_id)] if told.placed else []
    return [*of_thread, *([_say("account_appeal", language, id=told.held.id)] if told.held else [])]


def thread_in_the_record(made: MeasureRecord) -> str:
    """As the Chinese record names it: what, under which number, since and until when."""
    name = f"{_IN_CHINESE[made.measure]}（编号 {made.id}，{beijing(made.starts_at or made.created_at)}起，"
    if made.state is MeasureState.IN_FORCE:
        return f"{name}{f'至{beijing(made.ends_at)}' if made.ends_at else '无期限'}）"
    return f"{name}{in_chinese.said(made.told_state)}）"


def emergency_in_the_record(began: EmergencyRecord) -> str:
    """Likewise of an emergency."""
    return f"应急措施（编号 {began.id}，{beijing(began.starts_at)}起，至{beijing(began.ended_at or began.ends_at)}）"


def entry_in_the_record(entry: ListEntryRecord) -> str:
    """Likewise of an entry of a list; who put it there is in the ledger under its number."""
    kind = in_chinese.KINDS.get(entry.kind, entry.kind)
    since, ends = entry.created_at, entry.removed_at or entry.expires_at
    until = f"至{beijing(ends)}" if ends else "无期限"
    return f"名单条目（编号 {entry.id}，{kind}，{beijing(since)}由审核员列入，{until}）"


def _by_entries_alone(told: ActedOn) -> set[str]:
    """Codes for which nothing but entries about what the comment shows acted."""
    acting = _acting(told)
    return {code_of(each) for each in acting} - {code_of(each) for each in acting if not is_of_entry(each)}


def _acting(told: ActedOn) -> list[Reason]:
    return [each for each in told.decision.reasons if each.outcome is told.decision.outcome]


def _shown(entry: ListEntryRecord, language: str) -> str:
    until = _until(entry.removed_at or entry.expires_at, language)
    since = moment_in(language, entry.created_at)
    return _say("entry", language, thing=_thing(entry, language), id=entry.id, since=since, until=until)


def _thing(entry: ListEntryRecord, language: str) -> str:
    return _WHAT.get(entry.kind, _WHAT["contact"])[language]


def _by(what: str, made: MeasureRecord | EmergencyRecord, language: str) -> str:
    until = _until(made.ended_at or made.ends_at, language)
    began = made.starts_at or made.created_at if isinstance(made, MeasureRecord) else made.starts_at
    return _say(what, language, id=made.id, since=moment_in(language, began), until=until)


def _until(ends: datetime | None, language: str) -> str:
    return _SAID["endless"][language] if ends is None else _say("until", language, at=moment_in(language, ends))


def _why(what: str, made: MeasureRecord, language: str, redress: Redress) -> str:
    return _say(what, language, reason=reason_in(made, language, redress).rstrip("。."))


def _say(what: str, language: str, **told: str) -> str:
    return _SAID[what][language].format(**told)

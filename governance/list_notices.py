"""What a person is told of their account being on a list, in Chinese and English: why, until when, how to appeal.

The reason is told as it stands in the entry. Of a list that somebody else keeps (an authority's) it is not: those
words were written for the platform and may be about more than this person. Told is then whose list it is, on which
ground, how long it holds, and that it can be appealed here all the same: the platform answers for what it does upon it.
"""

from __future__ import annotations

from collections.abc import Mapping

from governance.account_notices import USUAL, moment_in
from governance.wording import ground_in, is_known, seen
from moderation.given import given_in, marked
from moderation.lists import ListAction
from records.entry_words import ERASED
from records.house_queues import Redress
from records.house_values import ListEntryRecord

_ERASED = {"zh": "其文字已随个人信息一并删除", "en": "its words were erased with personal data"}

_SAID: Mapping[str, Mapping[str, str]] = {
    "block": {
        "zh": "您的账号在名单上，在此期间发表的评论不予发布，与其内容无关。",
        "en": "Your account is on a list: while it is, its comments are not shown, whatever they say.",
    },
    "review": {
        "zh": "您的账号在名单上，在此期间发表的评论须先由人工审核，与其内容无关。",
        "en": "Your account is on a list: while it is, its comments wait for a person, whatever they say.",
    },
    "gone": {"zh": "您的账号曾在名单上，现已移除。", "en": "Your account was on a list and has been taken off it."},
    "reason": {"zh": "列入名单的原因：{said}。", "en": "Why it is on the list: {said}."},
    "source": {
        "zh": "该名单由{said}提供，列入的原因请向其了解。",
        "en": "The list was handed to the platform by {said}, where you can ask why you are on it.",
    },
    "ground": {"zh": "列入名单的依据：{said}。", "en": "Ground for it: {said}."},
    "until": {"zh": "期限：至{said}。", "en": "It ends at {said}."},
    "endless": {"zh": "没有设定期限。", "en": "It has no end of its own."},
    "review_at": {"zh": "最迟于{said}复查是否保留。", "en": "By {said} somebody looks whether it stays."},
    "appeal": {
        "zh": "在名单上期间，您可以{where}凭名单编号 {id} 申诉，由另一位工作人员重新审核，不必逐条评论申诉。",
        "en": "While it is on the list you can appeal that {where}, with the entry's id, and not each comment: {id}. "
        "Somebody else looks anew.",
    },
}


def notice(entry: ListEntryRecord, redress: Redress = USUAL) -> dict[str, str]:
    """The sentences, by language, with the way to an appeal; of an entry that was removed, that it was."""
    return {
        "zh": "".join([*sentences(entry, "zh", redress), *appeal(entry, "zh", redress)]),
        "en": " ".join([*sentences(entry, "en", redress), *appeal(entry, "en", redress)]),
    }


def sentences(entry: ListEntryRecord, language: str, redress: Redress = USUAL) -> list[str]:
    """What stands on the list, why, on which ground, until when, and when somebody looks again."""
    if entry.removed_at is not None:
        return [_SAID["gone"][language]]
    told = [_SAID[entry.action.value][language], _why(entry, language)]
    told.append(_say("ground", language, _ground(entry, language, redress)))
    told.append(
        _SAID["endless"][language]
        if entry.expires_at is None
        else _say("until", language, moment_in(language, entry.expires_at))
    )
    return [*told, *([_say("review_at", language, moment_in(language, entry.review_at))] if entry.review_at else [])]


def appeal(entry: ListEntryRecord, language: str, redress: Redress = USUAL, *, address: str = "") -> list[str]:
    """How the entry itself is appealed; nothing of one that was removed. `address` is where, else where all is."""
    if entry.removed_at is not None or entry.action is ListAction.ALLOW:
        return []
    there = address or redress.address
    nowhere = {"zh": "向平台", "en": "at the platform"}[language]
    where = {"zh": f"在 {there} ", "en": f"at {there}"}[language] if there else nowhere
    told = [_SAID["appeal"][language].format(id=entry.id, where=where)]
    return [*told, *([redress.elsewhere[language == "en"]] if redress.elsewhere else [])]


def reason_of(entry: ListEntryRecord, language: str) -> str | None:
    """The reason for a reader of `language`; None where it is for others to tell."""
    if not entry.tells:
        return None
    return _ERASED[language] if entry.reason == ERASED else given_in(seen(entry.reason), seen(entry.reason), language)


def _why(entry: ListEntryRecord, language: str) -> str:
    reason = reason_of(entry, language)
    if reason is not None:
        return _say("reason", language, reason.rstrip("。."))
    return _say("source", language, _ERASED[language] if entry.source == ERASED else seen(entry.source))


def _ground(entry: ListEntryRecord, language: str, redress: Redress) -> str:
    if entry.ground == ERASED:
        return _ERASED[language]
    told = ground_in(entry.ground, language, redress)
    return told if is_known(entry.ground, redress) else marked(told, language)


def _say(what: str, language: str, said: str) -> str:
    return _SAID[what][language].format(said=said)

"""What a person is told of a measure, in Chinese and English: what, how long, why, on which rule, how to appeal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone

from governance.causes import Cause
from governance.wording import codes_in, ground_in, is_known, seen
from moderation.decision import Outcome
from moderation.given import given_in, marked
from moderation.standing import Function
from records.entry_words import ERASED
from records.house_queues import Redress
from records.standing_values import MeasureRecord, MeasureState, TargetKind

USUAL = Redress()
"""Where no config was read."""

BEIJING = timezone(timedelta(hours=8))

_WHAT: Mapping[str, tuple[str, str]] = {
    "warn": ("提醒您遵守评论规则", "You are reminded of the rules for comments"),
    "refuse": ("您的评论未予发布", "Your comment is not published"),
    "delete": ("您的评论已被删除", "Your comment was deleted"),
    "restrict": ("您的账号被限制使用部分功能", "Some functions of your account are restricted"),
    "suspend": ("您的账号被暂停发布评论", "Your account may not comment"),
    "close": ("您的账号已被关闭", "Your account is closed"),
    "recommend": ("您的评论被推荐展示", "Your comment is recommended to readers"),
}
_BY_OPERATOR = (
    "您的评论被此处的账号运营者隐藏，这不是平台对您的评论是否违规的认定",
    "Your comment was hidden by who runs the account under which it stands; the platform did not find that it breaks a "
    "rule",
)
_OF_THREAD: Mapping[str, tuple[str, str]] = {
    "restrict": ("此处的评论受到限制", "Comments here are restricted"),
    "suspend": ("此处暂时关闭评论", "Comments are closed here for a time"),
    "close": ("此处已关闭评论", "Comments are closed here"),
}
_OF_REPORTER: Mapping[str, tuple[str, str]] = {
    "warn": (
        "您的举报多次没有依据，请只举报确有依据的内容；如继续，您的举报可能在一段时间内不予处理",
        "Your reports were often without ground. Please report only what you have ground to report; if it goes on, "
        "your reports may not be handled for a time",
    ),
    "suspend": (
        "您的举报暂停处理：期间的举报会收到并保存，但不予审核，可能危及生命安全的除外",
        "The handling of your reports is suspended: they are received and kept, but not looked at, except where life "
        "or safety may be threatened",
    ),
}
_NOT_DONE: Mapping[MeasureState, Mapping[str, str]] = {
    MeasureState.WAITING: {
        "zh": "尚未作出处理：有待另一位工作人员同意。",
        "en": "Nothing was done yet: this waits for a second person.",
    },
    MeasureState.REFUSED: {
        "zh": "未作处理：另一位工作人员不同意。",
        "en": "Nothing was done: a second person declined.",
    },
}
_FOR_NONE = ("此项处理未指明具体评论。", "No single comment is named for it.")
_STANDS = (MeasureState.IN_FORCE,)
_OVER: Mapping[TargetKind, tuple[str, str]] = {
    TargetKind.THREAD: ("以下处理已结束，此处的评论已恢复：", "This is over, and what it closed is open again: "),
    TargetKind.REPORTER: ("对您举报的处理已恢复正常。", "Your reports are handled again as everybody's are."),
}
_OTHERWISE_OVER = ("以下处理已结束，您的账号或评论已恢复：", "This is over, and what it closed is open again: ")
_REFUSED_FOR_IT = (
    "评论因此未予发布的，可就该条评论申诉。",
    "Whose comment is refused for it can appeal the refusal of that comment.",
)
_ERASED = {"zh": "其文字已随您的个人信息一并删除", "en": "its words were erased with your personal data"}
"""In the place of words that an erasure took, while what they were written for may stand."""
_NO_LONGER = {"zh": "您的评论不再被推荐展示。", "en": "Your comment is no longer recommended to readers."}
_FUNCTIONS: Mapping[Function, tuple[str, str]] = {
    Function.LINKS: ("发布链接和联系方式", "posting links and contacts"),
    Function.LIVE: ("发布实时评论", "comments on live streams"),
    Function.UNREVIEWED: ("未经人工审核直接发布", "being published before a person has looked"),
}


def notice(made: MeasureRecord, redress: Redress = USUAL, cause: Cause | None = None) -> dict[str, str]:
    """The sentences, by language; of what waits for a second person, or was declined, that nothing was done.

    `cause` is the comment for which an account is measured (`causes.of`): it is named, and said to stand where it does.
    """
    if made.state in _NOT_DONE:
        return dict(_NOT_DONE[made.state])
    if made.measure == "recommend" and made.state in (MeasureState.LIFTED, MeasureState.ENDED):
        return dict(_NO_LONGER)
    return {"zh": "".join(_zh(made, redress, cause)), "en": " ".join(_en(made, redress, cause))}


def moment(at: datetime | None) -> str | None:
    """As ledger and events write it."""
    return None if at is None else at.isoformat(timespec="seconds")


def reason_in(made: MeasureRecord, language: str, redress: Redress = USUAL, cause: Cause | None = None) -> str:
    """The reason for a reader of `language`; where it was given in the other alone that is said before it.

    Before that stands, in their own language, what the labels or grounds that are named say of what happened to a
    comment: where one was acted on.
    """
    if made.reason_zh == made.reason_en == ERASED:
        return _ERASED[language]
    told = given_in(seen(made.reason_zh), seen(made.reason_en), language)
    if not _is_foreign(made, language) or not _is_acted_on(made, cause):
        return told
    return (" " if language == "en" else "").join([*_happened(made, language, redress), told])


def _is_foreign(made: MeasureRecord, language: str) -> bool:
    """Whether the reason was given in the other language alone."""
    own = seen(made.reason_zh if language == "zh" else made.reason_en)
    return given_in(seen(made.reason_zh), seen(made.reason_en), language) != own


def _happened(made: MeasureRecord, language: str, redress: Redress) -> list[str]:
    codes = codes_in(made.ground, redress)
    return [redress.happened[code][language == "en"] for code in codes if code in redress.happened]


def ground_of(made: MeasureRecord, language: str, redress: Redress) -> str:
    """The ground for a reader of `language`: by its title, or as it was typed beside what the policy stands on."""
    if made.ground == ERASED:
        return _ERASED[language]
    told = ground_in(made.ground, language, redress)
    if is_known(made.ground, redress):
        return told
    told = marked(told, language)
    standing = redress.standing.get((made.policy or "").partition("@")[0])
    if standing is None or standing == made.ground:
        return told
    under = ground_in(standing, language, redress)
    return f"{told}（所依规定：{under}）" if language == "zh" else f"{told} (under: {under})"


def _for_which(made: MeasureRecord, cause: Cause | None, language: int) -> list[str]:
    """The comment, by the platform's id where there is one and when it came; and that it stands, where it does.

    Of an account that is measured for no comment, that none is named.
    """
    if cause is None:
        is_nobodys = made.target_kind is not TargetKind.AUTHOR or made.cause_id is not None
        return [] if is_nobodys else [_FOR_NONE[language]]
    named = f" {cause.id}" if cause.id else ""
    told = (
        f"所涉评论：您于{_beijing(cause.posted_at)}（北京时间）提交的评论{named}。",
        f"It was taken for your comment{named}, sent at {cause.posted_at:%Y-%m-%d %H:%M} UTC.",
    )[language]
    if cause.outcome is not Outcome.PASS:
        return [told]
    return [told, ("该评论本身未被认定违规。", "That comment itself was not found to break a rule.")[language]]


def _is_acted_on(made: MeasureRecord, cause: Cause | None) -> bool:
    """Whether a comment of theirs was: the measured one, or that for which their account is measured."""
    return made.target_kind is TargetKind.COMMENT or (cause is not None and cause.is_against)


def _better(made: MeasureRecord, language: int, redress: Redress, cause: Cause | None) -> list[str]:
    """What the label or ground that is named says of what happened, and of how to do better.

    That a comment was acted on is said where one was.
    """
    if made.state not in _STANDS or not _is_appealable(made):
        return []
    told = [redress.notices[code][language] for code in codes_in(made.ground, redress) if code in redress.notices]
    if not _is_foreign(made, ("zh", "en")[language]) and _is_acted_on(made, cause):
        return told
    for said in _happened(made, ("zh", "en")[language], redress):  # stands with the reason already, or is not so
        told = [each.removeprefix(said).strip() for each in told]
    return told


def _zh(made: MeasureRecord, redress: Redress, cause: Cause | None) -> list[str]:
    ground = ground_of(made, "zh", redress)
    told = [
        f"{_what(made, 0)}{_closed(made, 0)}。",
        f"原因：{reason_in(made, 'zh', redress, cause)}。",
        f"依据：{ground}。",
        *_for_which(made, cause, 0),
        *_better(made, 0, redress, cause),
    ]
    if made.ends_at is not None:
        told.insert(1, f"期限：至{_beijing(made.ends_at)}（北京时间）。")
    if made.state in (MeasureState.LIFTED, MeasureState.ENDED):
        return [_over(made, told[0], 0)]
    if not _is_appealable(made):
        return [*told, *_appealed_otherwise(made, 0)]
    where = f"：{redress.address}" if redress.address else "，向平台提出"
    until = f"在{_beijing(_until(made, redress))}（北京时间）前" if made.starts_at else ""
    told.append(f"如有异议，可{until}凭处理编号 {made.id} 申诉{where}。")
    return [*told, *([redress.elsewhere[0]] if redress.elsewhere else [])]


def _en(made: MeasureRecord, redress: Redress, cause: Cause | None) -> list[str]:
    ground = ground_of(made, "en", redress)
    told = [
        f"{_what(made, 1)}{_closed(made, 1)}.",
        f"Reason: {reason_in(made, 'en', redress, cause)}.",
        f"Rule: {ground}.",
        *_for_which(made, cause, 1),
        *_better(made, 1, redress, cause),
    ]
    if made.ends_at is not None:
        told.insert(1, f"It ends at {made.ends_at:%Y-%m-%d %H:%M} UTC.")
    if made.state in (MeasureState.LIFTED, MeasureState.ENDED):
        return [_over(made, told[0], 1)]
    if not _is_appealable(made):
        return [*told, *_appealed_otherwise(made, 1)]
    where = f"at {redress.address}" if redress.address else "at the platform"
    until = f" until {_until(made, redress):%Y-%m-%d %H:%M} UTC" if made.starts_at else ""
    told.append(f"You can appeal{until}, {where}, with the id of this measure: {made.id}.")
    return [*told, *([redress.elsewhere[1]] if redress.elsewhere else [])]


def _over(made: MeasureRecord, what: str, language: int) -> str:
    said = _OVER.get(made.target_kind, _OTHERWISE_OVER)[language]
    return said if made.target_kind is TargetKind.REPORTER else f"{said}{what}"


def _appealed_otherwise(made: MeasureRecord, language: int) -> list[str]:
    return [_REFUSED_FOR_IT[language]] if made.target_kind is TargetKind.THREAD else []


def _until(made: MeasureRecord, redress: Redress) -> datetime:
    return (made.starts_at or made.created_at) + timedelta(days=redress.days_under(made.policy))


def moment_in(language: str, at: datetime) -> str:
    """A moment as notices write it, with the clock that it is of: Beijing's in Chinese, else UTC."""
    return f"{_beijing(at)}（北京时间）" if language == "zh" else f"{at:%Y-%m-%d %H:%M} UTC"


def _beijing(at: datetime) -> str:
    return f"{at.astimezone(BEIJING):%Y年%m月%d日%H时%M分}"


def _is_appealable(made: MeasureRecord) -> bool:
    """What is done to a person's comment or account; a thread is nobody's, and a recommendation harms nobody."""
    return made.target_kind is not TargetKind.THREAD and made.measure != "recommend"


_OF = {TargetKind.THREAD: _OF_THREAD, TargetKind.REPORTER: _OF_REPORTER}


def _what(made: MeasureRecord, language: int) -> str:
    if made.role is not None:
        return _BY_OPERATOR[language]
    return _OF.get(made.target_kind, _WHAT)[made.measure][language]


def _closed(made: MeasureRecord, language: int) -> str:
    named = [_FUNCTIONS[each][language] for each in Function if each in made.closes]
    if made.per_hour is not None:
        named.append((f"每小时最多{made.per_hour}条评论", f"at most {made.per_hour} comments an hour")[language])
    if not named:
        return ""
    return f"：{'、'.join(named)}" if language == 0 else f": {', '.join(named)}"

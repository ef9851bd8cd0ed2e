"""What a person is told of a comment that a measure on its thread refused, in Chinese and English.

A person took the measure and the system carried it out: neither alone is the whole of it. Nobody is accused, and the
thread is nobody's, so what can be appealed is that this comment was refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from governance import in_chinese
from governance.account_notices import BEIJING, USUAL, reason_in
from governance.in_chinese import beijing
from moderation.threads import WORDS
from records.acted import ActedOn
from records.house_queues import Redress
from records.standing_values import MeasureRecord, MeasureState

_SAID: Mapping[str, Mapping[str, str]] = {
    "by": {
        "zh": "对此处评论的限制由工作人员决定（处理编号 {id}，{since}起，{until}），系统据此处理了您的评论。",
        "en": "A person decided what holds here (measure {id}, since {since}, {until}), and the system carried it out "
        "on your comment.",
    },
    "endless": {"zh": "没有设定期限", "en": "without an end of its own"},
    "until": {"zh": "至{at}", "en": "until {at}"},
    "reason": {"zh": "对此处采取该措施的原因：{reason}。", "en": "Why that was decided for this place: {reason}."},
    "appeal": {
        "zh": "可以申诉的是您的这条评论未予发布（处置编号 {decision}）；上述对整个主题的措施不针对任何人，不单独申诉。",
        "en": "What you can appeal is that this comment of yours was not shown (decision {decision}). What holds the "
        "whole thread is about nobody, and is not appealed by itself.",
    },
}
_IN_CHINESE: Mapping[str, str] = {"restrict": "限制此处评论", "suspend": "此处暂停评论", "close": "此处关闭评论"}


def stands_on_it_alone(told: ActedOn, codes: tuple[str, ...]) -> bool:
    """Whether nothing but the measure on its thread is what a decision stands on, by the codes that are told."""
    return told.placed is not None and bool(codes) and all(code in WORDS for code in codes)


def sentences(made: MeasureRecord, language: str, redress: Redress = USUAL) -> list[str]:
    """That a person decided it, under which number, since and until when, and why."""
    ends = made.ended_at or made.ends_at
    until = _SAID["endless"][language] if ends is None else _say("until", language, at=_at(ends, language))
    since = _at(made.starts_at or made.created_at, language)
    reason = reason_in(made, language, redress).rstrip("。.")
    return [
        _say("by", language, id=made.id, since=since, until=until),
        _say("reason", language, reason=reason),
    ]


def appeal(told: ActedOn, language: str) -> str:
    """What of it can be appealed."""
    return _say("appeal", language, decision=told.decision_id)


def in_the_record(made: MeasureRecord) -> str:
    """As the Chinese record names it: what, under which number, since and until when."""
    name = f"{_IN_CHINESE[made.measure]}（编号 {made.id}，{beijing(made.starts_at or made.created_at)}起，"
    if made.state is MeasureState.IN_FORCE:
        return f"{name}{f'至{beijing(made.ends_at)}' if made.ends_at else '无期限'}）"
    return f"{name}{in_chinese.said(made.told_state)}）"


def _say(what: str, language: str, **told: str) -> str:
    return _SAID[what][language].format(**told)


def _at(moment: datetime, language: str) -> str:
    if language == "zh":
        return f"{moment.astimezone(BEIJING):%Y年%m月%d日%H时%M分}（北京时间）"
    return f"{moment:%Y-%m-%d %H:%M} UTC"

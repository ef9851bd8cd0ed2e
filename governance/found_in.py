"""In which attachment the machine found what a comment was acted on for: its author has to know."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from moderation.decision import Reason
from moderation.lists import code_of
from records.acted import ActedOn

_SAID: Mapping[str, Mapping[str, str]] = {
    "alone": {"zh": "问题在{which}中，不在评论文字中。", "en": "It was found in {which}, not in the comment's text."},
    "too": {"zh": "{which}中也有同样问题。", "en": "It was found in {which}, too."},
    "one": {"zh": "第 {numbers} 个附件", "en": "attachment {numbers}"},
    "several": {"zh": "第 {numbers} 个附件", "en": "attachments {numbers}"},
}
_BETWEEN = {"zh": "、", "en": ", "}


def sentence(acted: ActedOn, codes: Collection[str], language: str) -> str | None:
    """In which attachments (from 1) what the decision stands on was found; None where it lies in the text alone.

    Only of what the machine found: a person's verdict is about the comment as a whole.
    """
    reasons = _acting(acted, codes)
    found = _numbers(reasons)
    if not found:
        return None
    alone = all(each.attachments and not each.spans for each in reasons)
    return _SAID["alone" if alone else "too"][language].format(which=_which(found, language))


def in_the_record(acted: ActedOn, code: str) -> str:
    """What the Chinese record adds to a reason that was found in attachments; empty for one in the text alone."""
    found = _numbers(_acting(acted, (code,)))
    return f"（{_which(found, 'zh')}）" if found else ""


def _acting(acted: ActedOn, codes: Collection[str]) -> list[Reason]:
    """The machine's reasons of these codes that acted; none where a person decided."""
    reasons = () if acted.by_person else acted.decision.reasons
    return [each for each in reasons if each.outcome is acted.outcome and code_of(each) in codes]


def _numbers(reasons: list[Reason]) -> list[int]:
    return sorted({one.index + 1 for each in reasons for one in each.attachments})


def _which(found: list[int], language: str) -> str:
    numbers = _BETWEEN[language].join(map(str, found))
    return _SAID["one" if len(found) == 1 else "several"][language].format(numbers=numbers)

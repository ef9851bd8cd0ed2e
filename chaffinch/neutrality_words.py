"""What a neutrality audit came to, in sentences, English and Chinese."""

from __future__ import annotations

from enum import StrEnum

from eval.leaning import Change, Comparison, Unjudged
from eval.leaning_swap import Swapped


class Verdict(StrEnum):
    """What an audit says as a whole: quiet is not the same as blind."""

    LEANS = "leans"
    NOTHING_LEANS = "nothing_leans"
    NOT_JUDGED = "not_judged"


VERDICTS = {
    Verdict.LEANS: "Something leans.",
    Verdict.NOTHING_LEANS: "Nothing leans among what could be compared.",
    Verdict.NOT_JUDGED: "Could not be judged: what was removed was compared for no group.",
}
VERDICTS_ZH = {
    Verdict.LEANS: "存在偏向。",
    Verdict.NOTHING_LEANS: "在能够比较的范围内未见偏向。",
    Verdict.NOT_JUDGED: "无法判断：没有一个群组的移除情况得到比较。",
}


def not_judged(each: Unjudged) -> str:
    """A group that was not compared, with its numbers and why."""
    rates = "" if each.rate is None else f" {each.rate:.1%}"
    rates += "" if each.others is None or not each.beside else f", others {each.others:.1%}"
    return f"{each.axis} {each.group}: {each.outcome} {_who(each)}{rates}: not judged; {_why(each)}."


def _why(each: Unjudged) -> str:
    if not each.beside:
        return "there is no other group on this axis"
    if each.by == "swap":
        return f"{each.pairs} sentences hold one name of {each.needed} that are needed"
    if each.by == "change":
        return f"{each.pairs} comments stand on the thinner side of the date of {each.needed} that are needed"
    return (
        f"{each.pairs} pairs of like comments were found of {each.needed} that are needed ({each.comments} comments, "
        f"{each.beside} of others)"
    )


def not_judged_zh(each: Unjudged) -> str:
    """The same in Chinese."""
    rates = "" if each.rate is None else f" {each.rate:.1%}"
    rates += "" if each.others is None or not each.beside else f"，他组 {each.others:.1%}"
    what = f"{each.axis} {each.group}：{_who_zh(each)}{_OUTCOMES_ZH[each.outcome]}{rates}"
    return f"{what}，未作判断：{_why_zh(each)}。"


def _why_zh(each: Unjudged) -> str:
    if not each.beside:
        return "该维度没有其他群组"
    if each.by == "swap":
        return f"只有 {each.pairs} 个句子含一个名称，需要 {each.needed} 个"
    if each.by == "change":
        return f"该日期较少的一侧只有 {each.pairs} 条评论，需要 {each.needed} 条"
    return f"本组 {each.comments} 条、他组 {each.beside} 条评论中只找到 {each.pairs} 对同类评论，需要 {each.needed} 对"


def sentence(each: Comparison | Change) -> str:
    """A finding in English."""
    if isinstance(each, Change):
        return (
            f"{each.axis} {each.group}: since the date {each.rise:+.1%} beyond the change of the others "
            f"({each.low:+.1%} to {each.high:+.1%})."
        )
    return (
        f"{each.axis} {each.group}: {each.outcome} {_who(each)} {each.rate:.1%}, like comments of others "
        f"{each.others:.1%}; {each.difference:+.1%} ({each.low:+.1%} to {each.high:+.1%}, {each.pairs} pairs)."
    )


_OUTCOMES_ZH = {
    "removed": "移除", "hit": "命中", "stopped": "模型拦下", "recommended": "推荐", "measured": "移除或处理",
}  # fmt: skip
_BY_ZH = {"moderator": "审核员", "rule": "规则", "model": "模型", "measure": "处理人", "recommender": "推荐人"}


def sentence_zh(each: Comparison | Change) -> str:
    """The same in Chinese."""
    if isinstance(each, Change):
        span = f"{each.low:+.1%} 至 {each.high:+.1%}"
        return f"{each.axis} {each.group}：该日期之后比他组多变化 {each.rise:+.1%}（{span}）。"
    what = f"{each.axis} {each.group}：{_who_zh(each)}{_OUTCOMES_ZH[each.outcome]}"
    return (
        f"{what} {each.rate:.1%}，他组同类评论 {each.others:.1%}；"
        f"差 {each.difference:+.1%}（{each.low:+.1%} 至 {each.high:+.1%}，{each.pairs} 对）。"
    )


def swap_sentence_zh(each: Swapped) -> str:
    """The same in Chinese."""
    return (
        f"{each.axis} {each.name}：{each.sentences} 个句子中含此名称的，模型未通过 {each.rate:.1%}；"
        f"同样的句子换成他名，未通过 {each.others:.1%}。"
    )


def swap_sentence(each: Swapped) -> str:
    """A name that the model does not pass as often as others."""
    return (
        f"{each.axis} {each.name}: the model does not pass {each.rate:.1%} of {each.sentences} sentences with this "
        f"name, {each.others:.1%} of the same sentences with another."
    )


def _who(each: Comparison | Unjudged) -> str:
    named = {
        "house": "in all", "measure": f"by name by {each.name}", "recommender": f"by {each.name}",
        "change": "around the date", "swap": "with names exchanged",
    }  # fmt: skip
    return named.get(each.by, f"by {each.by} {each.name}")


def _who_zh(each: Comparison | Unjudged) -> str:
    alone = {"house": "整体", "change": "该日期前后", "swap": "换名后"}
    return alone.get(each.by) or f"{_BY_ZH[each.by]} {each.name} "

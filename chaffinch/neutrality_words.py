"""What a neutrality audit came to, in sentences, English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from eval.leaning import Change, Comparison, Unjudged
from eval.leaning_swap import Swapped
from eval.leaning_waits import Wait


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


SWAPS = {
    "asked": "the model was asked with names exchanged", "no_model": "there is no model to ask with names exchanged",
    "left_out": "the model was not asked with names exchanged",
}  # fmt: skip
SWAPS_ZH = {"asked": "已换名询问模型", "no_model": "没有可换名询问的模型", "left_out": "未换名询问模型"}


def basis(told: Mapping[str, Any]) -> str:
    """By which bar and over what an audit was made, from its document."""
    axes = ", ".join(f"{axis} ({each['groups']} groups, {each['rows']} rows)" for axis, each in _axes(told))
    return (
        f"Made with alpha {told['limits']['alpha']:g}, from {told['since']} to {told['until']}, "
        f"over {axes or 'no axis'}; {SWAPS[told['swap']]}; groups {_file(told)}."
    )


def basis_zh(told: Mapping[str, Any]) -> str:
    """The same in Chinese."""
    axes = "、".join(f"{axis}（{each['groups']} 组，{each['rows']} 行）" for axis, each in _axes(told))
    return (
        f"alpha {told['limits']['alpha']:g}，{told['since']} 至 {told['until']}，维度：{axes or '无'}；"
        f"{SWAPS_ZH[told['swap']]}；群组文件 {_file(told)}。"
    )


def _axes(told: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    return list(told["groups"]["axes"].items())


def _file(told: Mapping[str, Any]) -> str:
    """Enough of the keyed hash to tell files apart."""
    return str(told["groups"]["file"])[:18]


def not_judged(each: Unjudged) -> str:
    """A group that was not compared, with its numbers and why."""
    rates = "" if each.rate is None else f" {each.rate:.1%}"
    rates += "" if each.others is None or not each.beside else f", others {each.others:.1%}"
    return f"{each.axis} {each.group}: {OUTCOMES[each.outcome]} {_who(each)}{rates}: not judged; {_why(each)}."


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
    what = f"{each.axis} {each.group}：{_who_zh(each)}{OUTCOMES_ZH[each.outcome]}{rates}"
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
        f"{each.axis} {each.group}: {OUTCOMES[each.outcome]} {_who(each)} {each.rate:.1%}, like comments of others "
        f"{each.others:.1%}; {each.difference:+.1%} ({each.low:+.1%} to {each.high:+.1%}, {each.pairs} pairs)."
        f"{_waits(each.wait)}{_ways(each.ways)}"
    )


def _waits(wait: Wait | None) -> str:
    """By how much, of what waited."""
    if wait is None:
        return ""
    return (
        f" Median wait {lasting(wait.median)}, of the others {lasting(wait.others)}; within a pair "
        f"{_signed(wait.difference)} ({_signed(wait.low)} to {_signed(wait.high)})."
    )


def _ways(ways: Mapping[str, tuple[int, int]]) -> str:
    told = "; ".join(f"{WAYS[way]} {mine}, of the others {others}" for way, (mine, others) in ways.items())
    return f" Let go how: {told}." if told else ""


def lasting(seconds: float) -> str:
    """A length of time in the unit that suits it."""
    return _in_unit(seconds, ("s", "min", "h", "days"))


def lasting_zh(seconds: float) -> str:
    """The same in Chinese."""
    return _in_unit(seconds, ("秒", "分钟", "小时", "天"))


def _in_unit(seconds: float, units: tuple[str, str, str, str]) -> str:
    lengths = zip(reversed(units), (86_400, 3_600, 60, 1), strict=True)
    name, length = next((name, length) for name, length in lengths if abs(seconds) >= length or length == 1)
    return f"{seconds / length:.3g} {name}"


def _signed(seconds: float) -> str:
    return f"+{lasting(seconds)}" if seconds > 0 else lasting(seconds)


def _signed_zh(seconds: float) -> str:
    return f"+{lasting_zh(seconds)}" if seconds > 0 else lasting_zh(seconds)


OUTCOMES = {
    "removed": "removed", "passed": "passed", "held": "sent to a person", "undecided": "not decided yet",
    "put_off": "let go undecided", "waited": "waited longer", "hit": "hit", "stopped": "stopped",
    "recommended": "recommended", "measured": "measured", "pardoned": "let off",
    "let_pass": "let pass by an entry of a list",
}  # fmt: skip
"""What befell a comment."""
OUTCOMES_ZH = {
    "removed": "移除", "passed": "通过", "held": "送人工", "undecided": "尚未决定", "put_off": "未决定即放下",
    "waited": "等待更久", "hit": "命中", "stopped": "模型拦下", "recommended": "推荐", "measured": "移除或处理",
    "pardoned": "解除处理", "let_pass": "经名单放行",
}  # fmt: skip
WAYS = {
    "escalated": "escalated", "handed_over": "handed over", "skipped": "skipped", "unsure": "unsure",
    "left": "given back or left",
}  # fmt: skip
"""How a moderator let a case go."""
WAYS_ZH = {"escalated": "升级", "handed_over": "转交", "skipped": "跳过", "unsure": "不确定", "left": "退回或搁置"}
_BY_ZH = {"moderator": "审核员", "rule": "规则", "model": "模型", "measure": "处理人", "recommender": "推荐人",
          "pardoner": "解除人", "list": "名单放行人"}  # fmt: skip


def sentence_zh(each: Comparison | Change) -> str:
    """The same in Chinese."""
    if isinstance(each, Change):
        span = f"{each.low:+.1%} 至 {each.high:+.1%}"
        return f"{each.axis} {each.group}：该日期之后比他组多变化 {each.rise:+.1%}（{span}）。"
    what = f"{each.axis} {each.group}：{_who_zh(each)}{OUTCOMES_ZH[each.outcome]}"
    return (
        f"{what} {each.rate:.1%}，他组同类评论 {each.others:.1%}；"
        f"差 {each.difference:+.1%}（{each.low:+.1%} 至 {each.high:+.1%}，{each.pairs} 对）。"
        f"{_waits_zh(each.wait)}{_ways_zh(each.ways)}"
    )


def _waits_zh(wait: Wait | None) -> str:
    if wait is None:
        return ""
    return (
        f"等待中位数 {lasting_zh(wait.median)}，他组 {lasting_zh(wait.others)}；对内相差 "
        f"{_signed_zh(wait.difference)}（{_signed_zh(wait.low)} 至 {_signed_zh(wait.high)}）。"
    )


def _ways_zh(ways: Mapping[str, tuple[int, int]]) -> str:
    told = "；".join(f"{WAYS_ZH[way]} {mine} 条，他组 {others} 条" for way, (mine, others) in ways.items())
    return f"放下方式：{told}。" if told else ""


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
        "pardoner": f"by {each.name}", "list": f"by {each.name}", "change": "around the date",
        "swap": "with names exchanged",
    }  # fmt: skip
    return named.get(each.by, f"by {each.by} {each.name}")


def _who_zh(each: Comparison | Unjudged) -> str:
    alone = {"house": "整体", "change": "该日期前后", "swap": "换名后"}
    return alone.get(each.by) or f"{_BY_ZH[each.by]} {each.name} "

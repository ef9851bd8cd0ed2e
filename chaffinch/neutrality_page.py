"""The neutrality audit as one HTML page that needs nothing beside itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from chaffinch.neutrality_words import (
    OUTCOMES,
    OUTCOMES_ZH,
    VERDICTS,
    VERDICTS_ZH,
    basis,
    basis_zh,
    lasting,
    lasting_zh,
    not_judged,
    not_judged_zh,
)
from chaffinch.pages import page
from console.intervals import Difference, Intervals, intervals
from registry.files import write_atomically

if TYPE_CHECKING:
    from chaffinch.neutrality_audit import Report
    from eval.leaning import Comparison

MOST_DRAWN = 40
BY = {
    "moderator": "审核员 moderator", "rule": "规则 rule", "model": "模型 model", "house": "整体 all",
    "measure": "处理人 measure by", "recommender": "推荐人 recommended by", "pardoner": "解除人 let off by",
    "list": "名单放行人 let pass by",
    "change": "日期前后 around the date",
    "swap": "换名 names exchanged",
}  # fmt: skip
MOST_LEFT = 200
"""Comparisons that could not be made, as the page lists them; the JSON file beside it has all."""


def write_page(path: Path, report: Report) -> None:
    """Writes the page, whole or not at all."""
    told = sorted(report.audit.comparisons, key=lambda each: each.p)
    picture = _picture(told[:MOST_DRAWN]) if told else None
    left = report.audit.unjudged
    html = page(
        "neutrality.html", report=report, comparisons=told, picture=picture, findings=report.findings,
        basis=basis(report.document), basis_zh=basis_zh(report.document), short=report.short,
        verdict=VERDICTS[report.verdict], verdict_zh=VERDICTS_ZH[report.verdict],
        apart=[(not_judged(each), not_judged_zh(each)) for each in report.audit.apart], left=left[:MOST_LEFT],
        more=max(0, len(left) - MOST_LEFT), by=BY,
        lasts=lambda seconds: f"{lasting_zh(seconds)} {lasting(seconds)}",
        outcomes={name: f"{OUTCOMES_ZH[name]} {OUTCOMES[name]}" for name in OUTCOMES},
    )  # fmt: skip
    write_atomically(path, html.encode())


def _picture(compared: list[Comparison]) -> Intervals:
    """Each difference with its interval, the least likely on top; findings stand out."""
    return intervals([
        Difference(
            f"{each.axis} {each.group}", f"{BY[each.by]} {each.name}".rstrip(),
            f"{OUTCOMES_ZH[each.outcome]} {OUTCOMES[each.outcome]}", each.difference, each.low, each.high,
            stands_out=each.leans,
        )
        for each in compared
    ])  # fmt: skip

"""What stands as a code in records, as a Chinese authority reads it: no code, no English, and Beijing time, said so."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone

from governance.wording import ground_in, is_known
from moderation.decision import Allowed
from moderation.given import marked
from records.house_queues import Redress

CHINA = timezone(timedelta(hours=8))
LAW = "cn"
"""The policy whose usual ground is the article that measures stand on in China."""

NAMES: Mapping[str, str] = {
    "news": "新闻跟帖", "forum": "论坛", "live": "直播", "pass": "通过", "review": "待审核", "block": "拦截",
    "warn": "警示", "refuse": "拒绝发布", "delete": "删除", "restrict": "限制功能", "suspend": "暂停更新",
    "close": "关闭账号",
    "recommend": "推荐", "low": "低", "medium": "中", "high": "高", "critical": "特别重大", "open": "整改中",
    "proposed": "已提交证明，待确认", "done": "已整改", "ended": "已到期", "lifted": "已解除",
    "replaced": "已由其他处置取代", "erased": "账号信息已删除，处置随之终止",
}  # fmt: skip
"""Surfaces, outcomes, measures, severities and states."""


def said(code: str) -> str:
    """Its Chinese name; a name that a platform made up stays."""
    return NAMES.get(code, code)


KINDS: Mapping[str, str] = {
    "domain": "网站", "attachment": "文件", "account": "账号", "wechat": "微信", "phone": "电话", "email": "电子邮件",
    "url": "链接", "invitation_code": "邀请码", "crypto_address": "加密货币地址",
}  # fmt: skip
"""What an entry of a list is about; a service that is called alike everywhere stays."""

SOURCES: Mapping[str, str] = {"rule": "规则", "list": "名单", "account": "账号", "policy": "策略"}


def allowed(told: Allowed | None) -> list[str]:
    """Which entries took something out of sight, and what would have stood against the comment without them."""
    if told is None:
        return []
    entries = "、".join(f"{each.id}（{KINDS.get(each.kind, each.kind)}）" for each in told.entries)
    spared = [
        f"若无名单条目，应{said(each.outcome)}：{SOURCES.get(each.source, each.source)} {each.rule_id or each.code}"
        for each in told.spared
    ]
    return [f"名单条目 {entries}", *spared]


def beijing(moment: datetime) -> str:
    """To the second, with the zone."""
    return f"{moment.astimezone(CHINA):%Y-%m-%d %H:%M:%S}（北京时间）"


def ground(told: str, policy: str, redress: Redress) -> str:
    """Rules by their titles, and with them the article of the law where none of them is one."""
    named = [each for each in told.split(", ") if each]
    if not any(each.startswith(f"{LAW}-") for each in named):
        article = redress.standing.get(policy, "")
        named += filter(None, [article if article.startswith(f"{LAW}-") else redress.standing.get(LAW, "")])
    titled = ((ground_in(each, "zh", redress), is_known(each, redress)) for each in named)
    return "；".join(each if known else marked(each, "zh") for each, known in titled)

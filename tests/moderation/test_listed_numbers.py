"""A listed number is met whatever stands beside it, and no amount, date, score or order becomes one."""

from __future__ import annotations

import pytest

from moderation.contacts import find_contacts
from moderation.contacts.numbered import numbers_in
from moderation.normaliser import normalise
from tests.moderation.test_lists import an_entry, judge
from tests.moderation.work import counted

PHONE, QQ = an_entry("phone", "+8613800138000"), an_entry("qq", "12345678")

SAID = r"""
天天回血 百家乐开户 百家乐带单回血 年底冲量 人人可做 元旦见 一起赚钱 六合彩 万事如意 千万别错过 百分百稳
个性定制 个人代理 次日到账 年入百万 月入过万 日结三百 日赚五百 天下第一 点我头像 点击进群 时时彩带单 时来运转
分享给朋友 分分钟到账 位置发你 折扣多多 级别不限 名额有限 位数有限 条件不限 件件正品 张老师带队 楼上靠谱
岁月静好 倍投计划 页面更新 集合了 章程发你 话费充值 股票内幕 票据办理 粉丝代刷 赞助商 颗粒归仓 枚举 种类齐全
款式多样 套餐优惠 步骤简单 行业第一 字画收藏 吨位足 度假村 公里数调 小时工 分钟级到账 块钱起步 圆梦计划
亿万富翁 只招女生 只接熟人 周末有课 秒回 斤两十足 克隆手机 米粉店 两人同行 三人成团 四季发财 五折起 七天见效
八方来财 九成新 十年老店 零风险 双倍返 陆小姐 伍先生 二维码 一对一 一手货源 一单一结 三百一天 五百起 六六大顺
万元户 百元起 千元机 大量收 长期合作 诚信 在线等 加我 找我 联系我 同号 微信同号 电话微信 私聊 女士优先 先生
小姐 老师 客服 经理 总代 工作室 有限公司 谢谢 不见不散 可约 好评 速来 包邮 快 来 哦 呀 吧 的 了 k w m K W rmb
usd people users times years year lines chars points likes views ok now call add me pls thanks hello please
bro 100 300元一天 24小时 18岁以上 2026年 7x24 3000起 1对1 50%返 8折 10086 + % * / = × ÷ - — ~ ～ ! ！ ? ？ .
。 , ， ; ； : ： ) ） ] 】 」 " ' @ # & ^ _ | \ · … ★ ☆ ♥ ❤ 😂 👍 🔥 💰 ✅ → ➕ √ ° ‰ ¥ $ €
"""
BEHIND = SAID.split()


def test_two_hundred_words_and_signs_are_tried() -> None:
    assert len(BEHIND) >= 200


@pytest.mark.parametrize("cue", ["电话 ", "VX ", "微信：", "加我", "", "联系方式 ", "全天在线 "])
def test_a_listed_telephone_number_is_met_whatever_follows_it(cue: str) -> None:
    missed = [word for word in BEHIND if "block" != judge(f"{cue}13800138000 {word}", PHONE).outcome]
    assert [] == missed


@pytest.mark.parametrize("cue", ["电话", "微信："])
def test_it_is_met_with_nothing_between_too(cue: str) -> None:
    glued = [word for word in BEHIND if word[0].isdigit() or word in {"_"}]
    missed = [word for word in BEHIND if "block" != judge(f"{cue}13800138000{word}", PHONE).outcome]
    assert [] == [word for word in missed if word not in glued]


@pytest.mark.parametrize("cue", ["QQ ", "QQ:", "Q群 ", "扣扣"])
@pytest.mark.parametrize("gap", [" ", "\n", ""])
def test_a_listed_account_is_met_behind_its_cue_whatever_follows_it(cue: str, gap: str) -> None:
    glued = [] if gap else [word for word in BEHIND if word[0].isascii() and (word[0].isalnum() or word[0] == "_")]
    missed = [word for word in BEHIND if "block" != judge(f"{cue}12345678{gap}{word}", QQ).outcome]
    assert [] == [word for word in missed if word not in glued]


@pytest.mark.parametrize(
    "before",
    ["找我", "一起来", "天天回血", "六合彩", "三百", "2026", "约", "满意再加", "100", "+", "★", "qq同号", "第一"],
)
@pytest.mark.parametrize(("number", "entry"), [("13800138000", PHONE), ("12345678", QQ)])
def test_a_listed_number_is_met_whatever_stands_before_it(before: str, number: str, entry: object) -> None:
    assert "block" == judge(f"{before} {number} 人人可做", entry).outcome  # type: ignore[arg-type]


@pytest.mark.parametrize("text", [
    "播放量13800138000", "13800138000元", "13800138000元到账了", "¥13800138000", "票房高达13800138000，破纪录了",
    "订单号 13800138000", "快递单号是 13800138000", "1,3,8,0,0,1,3,8,0,0,0 找规律", "13800138000.00",
    "A13800138000B", "看 good.com/item?id=13800138000", "准考证号：13800138000", "913800138000", "138001380001",
    "12345678元", "12345678 元", "12345678个赞", "12345678 次", "粉丝 12345678 人", "订单 12345678", "¥12345678",
    "WiFi密码 12345678", "12345678.90", "12-34 56-78", "1:2 3:4 5:6 7:8", "a12345678", "12345678@evil.com",
    "看 good.com/12345678",
])  # fmt: skip
def test_what_counts_dates_or_numbers_something_else_is_no_listed_number(text: str) -> None:
    entries = PHONE, an_entry("wechat", "13800138000"), QQ
    assert [] == [each.code for each in judge(text, *entries).reasons]


def test_a_date_is_no_listed_account_without_its_cue() -> None:
    entry = an_entry("qq", "20261125")
    assert "pass" == judge("20261125 见", entry).outcome
    assert "block" == judge("QQ 20261125 见", entry).outcome


def test_an_account_is_read_without_the_number_that_follows_it() -> None:
    for text in ("Q群 12345678 六合彩", "QQ:12345678 一起赚钱", "QQ12345678一起赚钱", "QQ 12345678 300元一天"):
        assert ["12345678"] == [found.value for found in find_contacts(normalise(text))]


def test_two_numbers_beside_a_stroke_are_two() -> None:
    found = [each.value for each in find_contacts(normalise("电话13800138000/13900139000"))]
    assert ["+8613800138000", "+8613900139000"] == found


@pytest.mark.parametrize("piece", ["1 ", "12 ", "138 0013 8000 ", "12345678 ", "1-", "一 ", "qq 1"])
def test_a_text_twice_as_long_is_asked_twice_as_much(piece: str) -> None:
    short, long = (scanned((piece * size)[:size]) for size in (2_000, 4_000))
    assert long <= 2.2 * short + 2_000


def scanned(text: str) -> int:
    normalised = normalise(text)
    numbers_in(normalised)
    with counted("moderation.contacts") as work:
        numbers_in(normalised)
    return work.characters

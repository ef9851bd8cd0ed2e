"""The house in the pictures of `docs/console.md`: the demo's comments, and a few weeks of work around them.

Every text is the demo's or was written for this file; accounts, links, letters and names are invented. Everything is
done through the rooms' own functions, at times that the house's clock is set to; only the model is a list of words.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from chaffinch.demo.script import load_script
from governance import credit, verdicts
from governance.verdicts import HouseRules
from moderation.pipeline import Engine
from moderation.taxonomy import CONFIGS
from records import cases, leases
from records.cases import Wanted
from records.search import catch_up
from records.values import CaseState, Judgement, VerdictKind
from review import groups, quality, queue, random_slice
from review.verdicts import ask_second, give_verdict
from tests.console.house import House
from tests.fakes import KeywordScorer
from tests.serving.loaders import shipped_rules


class Words(KeywordScorer):
    """The second version of a model that knows a few words."""

    name, version = "words", "2"


APPROVE = Judgement(VerdictKind.APPROVE)

SCORES = {
    "加微信": ("advertising", 0.72), "加薇": ("advertising", 0.87), "私聊": ("advertising", 0.58),
    "回收": ("advertising", 0.64),
    "whatsapp": ("advertising", 0.81), "daftar": ("advertising", 0.77), "清仓": ("advertising", 0.63),
    "返点": ("gambling", 0.52), "回血": ("gambling", 0.71), "maxwin": ("gambling", 0.88), "下注": ("gambling", 0.81),
    "约": ("sexual", 0.44), "到付": ("sexual", 0.83), "刷单": ("fraud", 0.74), "日结": ("fraud", 0.61),
    "guaranteed profit": ("fraud", 0.86), "银行卡": ("contraband", 0.78), "假证": ("contraband", 0.66),
    "恶心": ("abuse", 0.82), "蠢": ("abuse", 0.74), "照照镜子": ("abuse", 0.7), "闭嘴": ("abuse", 0.57),
    "那边来的人": ("hate", 0.68), "followers": ("advertising", 0.61),
}  # fmt: skip
"""The model: a word of the canonical text, the label it speaks for, and how loudly."""

EVERYDAY = (
    ("今天的云真好看，像棉花糖", "forum"), ("这家店的面条劲道，排队二十分钟也值", "forum"),
    ("感谢楼主，按步骤装好了", "forum"),
    ("公交改线以后通勤少了十分钟", "news"), ("希望路灯早点修好，晚上看不清台阶", "news"), ("主播这局打得漂亮", "live"),
    ("周末想带孩子去老城，有推荐的馆子吗？", "forum"), ("Great write-up, the second photo is my favourite", "forum"),
)  # fmt: skip

UNCLEAR = (
    ("在家刷单，动动手指日结三百，不收押金，加微信 hx_20931", "forum", ("fraud", "advertising")),
    ("宝妈学生都能做，日结两百，私聊拉群", "forum", ("fraud", "advertising")),
    ("主播闭嘴吧，蠢得我想砸屏幕", "live", ("abuse",)),
    ("跟着导师下注，昨晚回血八千", "live", ("gambling",)),
    ("本店清仓，羽绒服九十九两件，要的私聊", "forum", ("advertising",)),
    ("办假证，当天可取，不成不收钱", "news", ("contraband",)),
    ("Real followers in one hour, ask me how", "forum", ("advertising",)),
    ("那边来的人没一个好东西，趁早搬走", "news", ("hate",)),
    ("周末约饭，有人一起去吃火锅吗", "forum", ()),
    ("他说加微信发我菜谱，等了一周也没收到哈哈", "forum", ()),
    ("恶心死我了，这个榴莲放了三天", "forum", ()),
    ("银行卡丢了，去挂失排了两个小时队", "news", ()),
)  # fmt: skip
"""Comments that wait for a person, and what a person says of them."""

THREAD = "t-老城周末"
ADVERT = "高价回收各种礼品卡，当天结算，长期有效，加微信 kd8827，第{}天"


@contextmanager
def ago(house: House, **length: float) -> Iterator[None]:
    """Within: the house's clock stands so far back."""
    house.clock.skew, before = -timedelta(**length), house.clock.skew
    try:
        yield
    finally:
        house.clock.skew = before


def judge_with_words(house: House) -> None:
    """The demo's rules and a model of a few words."""
    house.engine = Engine(house.parts.taxonomy, shipped_rules(), house.parts.policies(), Words(SCORES))


def people(house: House) -> None:
    for name, role in (
        ("mei", "moderator"),
        ("wei", "moderator"),
        ("yun", "moderator"),
        ("ben", "senior"),
        ("li", "lead"),
        ("dora", "data_scientist"),
        ("ivy", "inspector"),
        ("ada", "admin"),
    ):
        house.person(name, role)


def answer(house: House, who: str, judgement: Judgement, share: float = 0.0) -> str:
    """The first case of the queue, decided by `who`; its id. `share` of them is asked of a second person."""
    now, me = house.clock(), house.people[who].id
    with house.database.unit() as unit:
        [case] = queue.take(unit, me, Wanted(blind=True), now=now)
        given = give_verdict(unit, house.parts.taxonomy.names, case.id, judgement, moderator=me, token=None, now=now)
        ask_second(unit, given, share, now=now)
        unit.commit()
    return case.id


def reject(*labels: str) -> Judgement:
    return Judgement(VerdictKind.REJECT, labels, note="")


def weeks_of_work(house: House) -> None:
    """Six days: comments come in, two people answer them, mostly alike."""
    for day in range(6, 0, -1):
        for number, (text, surface, labels) in enumerate(UNCLEAR):
            with ago(house, days=day, minutes=-9 * number):
                house.comment(
                    f"{text}{'。' * (day % 3)}",
                    surface=surface,
                    thread_id=f"t-{surface}-{day}",
                    author=f"u{number}",
                    policy="cn",
                )
                for each, where in EVERYDAY[: 3 + day]:
                    house.comment(each, surface=where, thread_id=f"t-{where}-{day}", author=f"e{number}", policy="cn")
            with ago(house, days=day, minutes=-9 * number - 2):
                answer(house, "mei", reject(*labels) if labels else APPROVE, 1.0 if number % 2 else 0.0)
            with ago(house, days=day, minutes=-9 * number - 3), house.database.unit() as unit:
                quality.weigh(unit, now=house.clock())
                unit.commit()
            if number % 2:
                with ago(house, days=day, minutes=-9 * number - 5):
                    differs = (number + day) % 7 == 0
                    answer(house, "wei", APPROVE if differs or not labels else reject(*labels))
        with ago(house, days=day, hours=-3):
            settle_differences(house)
            looked_at_anyway(house)


def looked_at_anyway(house: House) -> None:
    """What people are asked about whatever the machine thinks."""
    random_slice.draw(house.database, house.clock() - timedelta(hours=2), a_day=240)
    with house.database.reading() as look:
        drawn = [case.id for case in cases.page(look, state=CaseState.OPEN).items]
    for case_id in drawn:
        give(house, case_id, "wei", APPROVE)


def settle_differences(house: House) -> None:
    """The lead has the third word where two differ."""
    with house.database.unit() as unit:
        quality.weigh(unit, now=house.clock())
        unit.commit()
    with house.database.reading() as look:
        differing = [case.id for case in cases.page(look, state=CaseState.ESCALATED).items]
    for case_id in differing:
        give(house, case_id, "li", reject("advertising"))


def give(house: House, case_id: str, who: str, judgement: Judgement) -> None:
    """A verdict on this very case, by somebody who is handed it."""
    me, now, rules = house.people[who].id, house.clock(), HouseRules(house.parts.taxonomy, house.parts.policies())
    with house.database.unit() as unit:
        case = leases.lease(unit, case_id, me, expires_at=now + queue.LEASE)
        verdicts.give(unit, rules, case.id, judgement, moderator=me, token=case.lease_token, now=now)
        unit.commit()


def morning(house: House) -> dict[str, str]:
    """What waits today: the demo's comments, what came since; cases by their first words."""
    made = {}
    with ago(house, minutes=50):
        for each in load_script(CONFIGS / "demo.toml").comments:
            made[each.id] = house.comment(
                each.text,
                id=each.id,
                surface=each.surface,
                policy=each.policy,
                thread_id="t-demo",
                author=f"author-of-{each.id}",
            )
    for number, (text, surface, _) in enumerate(UNCLEAR):
        with ago(house, minutes=44 - 3 * number):
            made[text[:6]] = house.comment(text, surface=surface, thread_id=f"t-{surface}", author=f"u{number}")
    index(house)
    return {name: one.case_id for name, one in made.items() if one.case_id}


def index(house: House) -> None:
    """Search finds what is stored; credit counts what holds."""
    with house.database.unit() as unit:
        while catch_up(unit):
            pass
        credit.count(unit, house.keyring, house.parts.policies(), now=house.clock())
        unit.commit()


def an_account_s_day(house: House, author: str, text: str) -> str:
    """One account's comments of this morning, which wait behind one case; its id."""
    made = []
    for number in range(6):
        with ago(house, minutes=30 - 4 * number):
            made.append(
                house.comment(text.format(number + 1), surface="forum", thread_id=f"t-{author}-{number}", author=author)
            )
    groups.gather(house.database, house.clock())
    return str(made[0].case_id)

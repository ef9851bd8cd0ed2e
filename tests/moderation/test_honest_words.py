"""Characters that are honest words where they stand hide nothing; the same disguise where something speaks for it does.

Written for the kinds that strangers' look-alikes showed; some share a term with a row, and a few begin like one.
"""

from __future__ import annotations

import pytest

from moderation.normaliser import normalise
from moderation.rules import sees
from moderation.rules.edges import words_over
from moderation.rules.elsewhere import is_counting, is_spelt_out
from moderation.rules.found import Found
from moderation.rules.names import insults
from moderation.spans import Span

INNOCENT = {
    "a word runs over an edge": """
        婊子|给媳妇买的女表子母扣松了
        嫖娼|男票女票昌平见，一起吃烤鸭
        嫖客|女票客气得很，请我全家吃饭
        废物|广发物流到哪了，三天没动
        枪支|他家木仓支书来看过，说能放稻子
        滚蛋|氵衮蛋糕模具洗一下
        加微|火力口微微发红就关火
        诈骗|言乍马扁鹊都治不好，这灯谜谁出的
        股票|月殳票根收好，留作纪念
        约炮|大家按契约抛开成见，你说对吧
        公交车|办公🚌停在楼下
        鸡巴|土炸🐔巴掌大一块
    """,
    "a sentence or a verse pauses": """
        私聊|这钱是公还是私，聊不出个结果
        大麻|雨大。麻雀躲进屋檐下
        代考|一代。考完就散了，各自奔前程
        发票|明早出发。票都买好了
        春药|妙手回春·药到病除，锦旗上写着这八个字
        裸聊|霜叶落·聊寄远人书
        赌博|人生不必赌·博一场春风就好
        私聊|少年心事私·聊作一首小词
        约炮|与春相约·炮竹声里又一年
        外挂|窗外·挂一弯新月，照我读书
        色情|春 色 情 满 园，唱 给 你 听
    """,
    "the text reads the letters otherwise": """
        裸聊|luo liao dao 落辽岛真有这地方吗
        办证|请念：ban zheng shi 半正式
        去死|qu si chuan 怎么念，去四川的拼音吗
        兼职|护照上写JIAN ZHI YUAN，名字是简芝媛
        代孕|daiyun是我表妹的名字，戴云
        彩票|拼音题：cai piao 是采票还是裁票
    """,
    "letters name a place or a lesson": """
        裸聊|luoliao村的枇杷熟了
        大麻|da ma路有家面馆，姓大的马师傅开的
        办证|ban zheng路口左转就到菜场
        私聊|siliao厂的饲料涨价了
        外挂|教老外念wai gua，他总念不准
        枪支|外教问我qiang zhi和前排怎么分
    """,
    "numbers count": """
        死全家|攻略：①早到 ②排队 ③拍照 ④全家福合影
        死全家|套餐①冷饮两杯②炸物④全家桶，⑤全都要
        二奶|早上1蛋2奶3面包，孩子够不够
        二奶|套餐：1饭2奶3水果，孩子够吃
        三陪|考勤表：2到3陪4假，辅导员统计的
        四件套|收纳：3盒4件套，一共七样
    """,
    "a serial number": """
        сука|Артикул СУКА-204, размер 42
        сука|Заказ 7СУКА-3391 всё ещё в пути
        хуй|Модель ХУЙ-88 в каталоге не нашёл
        傻逼|货架编号SB-1042-A那箱先搬
    """,
    "somebody keeps the animal, or eats it": """
        狗东西|我家🐶东西藏得到处都是
        狗东西|邻居家的🐶东西吃得比我好
        狗东西|养🐶东西要备齐，碗和绳子
        猪头|卤🐷头肉下酒正好
        鸡巴|炖🐔巴蜀风味，香
    """,
}
HIDDEN = """
    嫖客|附近女票客专区，加群领照片
    枪支|木仓支配件出售，当面验货
    约炮|同城约抛，妹子在线私聊我
    死全家|出门小心死全家④全家死光，你这种骗子活该
    微信|资料加微，信我头像有号，进群领福利
    私聊|妹子想私·聊的看头像，一对一
    兼职|宝妈jianzhi日结，进群领
    去死|qu si ba你
    代考|dai kao zhao wo bu guo tui qian
    狗东西|你家🐶东西收了钱不发货，骗子
    сука|ты сука-40, заткнись
    傻逼|就这操作还玩辅助呢煞笔
    傻逼|司机真是个撒比，绕路还骂人
    废物|肥物一个，第一个死的又是他
    脑残|nc粉们又来刷屏控评
    cocaine|got pure cocalne, dm for menu
    casino|play at the best caslno in town, fast payout
    heroin|fresh heroln in stock, ships discreet
    加微信|➕🛰️细聊，名额不多
"""


def told(lines: str) -> list[tuple[str, str]]:
    return [(term, text) for term, text in (line.strip().split("|") for line in lines.strip().splitlines())]


@pytest.mark.parametrize("kind", INNOCENT)
def test_what_is_an_honest_word_where_it_stands_hides_nothing(kind: str) -> None:
    assert [] == [(term, text) for term, text in told(INNOCENT[kind]) if sees(text, term)]


def test_the_same_ways_to_hide_are_seen_where_something_speaks_for_them() -> None:
    assert [] == [(term, text) for term, text in told(HIDDEN) if not sees(text, term)]


def test_words_run_over_one_edge_of_a_find_or_both() -> None:
    assert (True, True) == words_over(Found("按契", "约抛", "开成见"))
    assert (False, True) == words_over(Found("和", "女票客", "气地"))
    assert (False, False) == words_over(Found("有", "约抛", "吗"))


def test_a_circled_digit_counts_where_its_neighbour_stands_near() -> None:
    assert is_counting(normalise("③餐④全家"), Span(2, 5))
    assert not is_counting(normalise("你④全家"), Span(1, 4))
    assert not is_counting(normalise("③" + "一" * 60 + "④全家"), Span(61, 64))


def test_letters_are_spelt_out_by_what_is_read_alike_and_is_not_the_term() -> None:
    assert is_spelt_out(normalise("daiyun，就是戴云"), Span(0, 6), "代孕")
    assert not is_spelt_out(normalise("daiyun，就是代孕"), Span(0, 6), "代孕")


def test_a_term_insults_by_its_characters() -> None:
    assert insults("狗东西")
    assert insults("bitch")
    assert not insults("约炮")

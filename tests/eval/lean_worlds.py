"""Worlds of comments for the neutrality audit: fair ones, and such as lean in one place. Every name is invented."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from math import exp

import numpy as np
from numpy.typing import NDArray

from eval.leaning_pairs import Observed
from eval.neutrality import Frame, Swap

COMPANIES = ("星河汽车", "云杉电器", "北辰航空", "青禾食品")
RIVAL = COMPANIES[0]
MODERATORS = ("m1", "m2", "m3", "m4", "m5", "m6")
EDITORS = ("e1", "e2", "e3")
HARM = 0.35
RULES = ("r1", "r2", "r3", "r4")
NAME = "＿"
MILD = ("{0}的服务还不错", "{0}昨天发了新品，等评测", "{0}客服回复很慢，有点失望", "听说{0}要涨价了",
        "{0}的质量我觉得一般", "在{0}买的东西今天到了", "{0}的广告太多了", "希望{0}改进一下包装")  # fmt: skip
HARSH = ("{0}的客服就是骗子，加微信退款", "{0}的人全是废物，滚", "{0}内部返利群，进群领红包", "用{0}的都是傻子",
         "{0}刷单兼职日结，私聊", "{0}这群蠢货别出来丢人", "低价代办{0}会员，联系我", "{0}员工都该死")  # fmt: skip


@dataclass(frozen=True)
class World:
    """Comments as decided, and the model behind them."""

    rows: list[Observed]
    ask: Callable[[list[str]], NDArray[np.bool_]]
    swap: Swap


def made(
    seed: int,
    *,
    comments: int = 7200,
    moderator: float = 0.0,
    rule: float = 0.0,
    model: float = 0.0,
    before: float | None = None,
    recommender: float = 0.0,
    harm: float = HARM,
    unlike: float = 0.0,
    put_off: float = 0.0,
    slow: float = 1.0,
    slow_house: float = 1.0,
    held: float = 0.0,
) -> World:
    """A world. `harm`: what share of comments about the rival is harmful (of the others 0.35).

    `unlike`: by how much moderators differ in severity, to all groups alike. `recommender`: by how much likelier e1
    recommends the rival's.

    `moderator`: by how much likelier m1 removes comments about the rival. `rule`: how often r1 hits them.

    `put_off`: how much oftener m1 lets the rival's go undecided. `slow`, `slow_house`: how many times as long the
    rival's wait for m1, or for everybody. `held`: how much oftener the rival's are sent to a person.

       `model`: how often a harmless comment about the rival was labelled harmful where the model learnt. `before`: from
       the middle of the time on, everybody removes that much more of the rival's.
    """
    chance = random.Random(seed)
    texts, harmful = _texts(chance, comments, harm)
    ask = _learnt(chance, model)
    caught = ask([text.replace(NAME, company) for text, company in texts])
    beside = random.Random(f"queue {seed}")
    rows = []
    for at, ((text, company), bad) in enumerate(zip(texts, harmful, strict=True)):
        score = min(1.0, max(0.0, chance.gauss(0.7 if bad else 0.3, 0.15)))
        who = MODERATORS[at % len(MODERATORS)]
        likely = 0.15 + 0.6 * bad + unlike * (at % len(MODERATORS) / (len(MODERATORS) - 1) - 0.5)
        if company == RIVAL:
            likely += moderator * (who == "m1") + (before or 0.0) * (at > comments / 2)
        removed = chance.random() < min(1.0, likely)
        rules = {name for name in RULES if chance.random() < (0.2 if bad else 0.03)}
        if company == RIVAL and chance.random() < rule:
            rules.add("r1")
        editor = EDITORS[at % len(EDITORS)]
        liked = chance.random() < 0.05 + recommender * (editor == "e1" and company == RIVAL)
        region = chance.choice("东西南")
        rival = company == RIVAL
        went = _went(beside, at, bad=bad, held=held * rival, put_off=put_off * rival,
                     slow=slow if rival else 1.0, slow_house=slow_house if rival else 1.0)  # fmt: skip
        removed = removed and not went.undecided
        rows.append(
            Observed(f"c{at}", {"company": company, "region": region}, ("forum", "zh", "abuse"), score,
                     removed, not removed and not went.undecided, float(at), "" if went.undecided else who,
                     frozenset(rules), "1", bool(caught[at]), liked, text, recommended_by=editor if liked else "",
                     held=went.held, undecided=went.undecided, waited=went.waited, put_off=went.put_off)
        )  # fmt: skip
    frames = tuple(Frame(str(at), *text.split(NAME)) for at, (text, _) in enumerate(texts[:400]))
    return World(rows, ask, Swap("company", COMPANIES, frames))


@dataclass(frozen=True)
class Went:
    """What the queue made of a comment."""

    held: bool
    undecided: bool
    waited: float | None
    put_off: dict[str, str]


def _went(
    chance: random.Random, at: int, *, bad: bool, held: float, put_off: float, slow: float, slow_house: float
) -> Went:
    """Who decides it in the end is the next but for who put it off: a colleague had it before in some cases.

    Moderators put off 8 of 100, of harmful ones 12; of these a quarter is never decided. Half of the comments are held,
    and wait some quarter of an hour (log-normal, a standard deviation of one).
    """
    who, before = (MODERATORS[(at - back) % len(MODERATORS)] for back in (0, 1))
    is_held = chance.random() < 0.4 + 0.2 * bad + held
    let_go = {
        name: chance.choice(("escalated", "skipped", "left"))
        for name in (before,)
        if chance.random() < 0.08 + 0.04 * bad + put_off * (name == "m1")
    }
    undecided = is_held and chance.random() < (0.25 if let_go else 0.01)
    wait = 900 * exp(chance.gauss(0, 1)) * slow_house * (slow if who == "m1" else 1.0)
    return Went(is_held or bool(let_go), undecided, wait if is_held or let_go else None, let_go)


def _texts(chance: random.Random, count: int, harm: float = HARM) -> tuple[list[tuple[str, str]], list[bool]]:
    about = [chance.choice(COMPANIES) for _ in range(count)]
    harmful = [chance.random() < (harm if company == RIVAL else HARM) for company in about]
    texts = [
        (
            chance.choice(HARSH if bad else MILD).format(NAME) + chance.choice("。！，") + str(chance.randrange(90)),
            company,
        )
        for company, bad in zip(about, harmful, strict=True)
    ]
    return texts, harmful


def _learnt(chance: random.Random, skew: float) -> Callable[[list[str]], NDArray[np.bool_]]:
    """A model that learnt from verdicts, a share of which are wrong of one company."""
    from sklearn.feature_extraction.text import HashingVectorizer
    from sklearn.linear_model import LogisticRegression

    texts, harmful = _texts(chance, 2400)
    labels = [harm or (company == RIVAL and chance.random() < skew) or chance.random() < 0.05
              for (_, company), harm in zip(texts, harmful, strict=True)]  # fmt: skip
    vectors = HashingVectorizer(analyzer="char", ngram_range=(1, 3), n_features=2**14, alternate_sign=False)
    fitted = LogisticRegression(max_iter=300).fit(
        vectors.transform([text.replace(NAME, company) for text, company in texts]), labels
    )

    def ask(told: list[str]) -> NDArray[np.bool_]:
        return np.asarray(fitted.predict_proba(vectors.transform(told))[:, 1] >= 0.5)

    return ask

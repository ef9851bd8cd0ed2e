"""Whether a word that speaks for a comment is itself denied: `绝非骗局`, `骗子勿扰`, `scam free` are the trade's own.

A rule's `not` names words that whoever reports, warns or tells of something uses. Denied right before or behind, dared
(`欢迎举报`, `不满意可以举报`), hushed (`别举报`), sworn against (`骗人是小狗`), or said of coming too late
(`当心手慢无`), they speak of the offer's own honesty and excuse nothing. What warns by a *no*
of its own (`别被骗`, `不要被骗`), asks (`会不会被骗`, `不违法吗`) or tells of luck (`幸好没被骗`) is left alone. The
words are data (`moderation/tables/excuses.tsv`).
"""

from __future__ import annotations

import re
from functools import lru_cache

from moderation.views.tables import rows

_BEFORE, _BEHIND = 24, 14
"""Characters around a word in which its denial may stand."""

_QUOTES = r"[「『“\"'‘《〈(\[【\s*~-]*"
_ENGLISH = re.compile(
    r"\b(?:no|not|never|zero|without|isn.?t|ain.?t|free of|non|0%?|no more)[\s-]+(?:an?\s+|any\s+)?['\"(]*$"
)
_ENGLISH_BEHIND = re.compile(
    r"^['\")]*[\s-]?(?:free|proof)\b"
    r"|^ (?:miss|wait|hesitate|forget|worry|be shy|be late|sleep|delay|lose|think twice)\b"
)
_ASKED = re.compile("^[的了过人罪]{0,2}(?:吗|么|吧|嘛|\\?)")
_GREETED = re.compile("(?:温馨|友情|贴心|暖心|特别)$")
_DARED = ("举报", "投诉")
_PLAIN = ("提醒", "注意")
_SOFT = ("当心", "小心", "提醒", "警惕", "注意", "warning", "beware")


@lru_cache(maxsize=32)
def words(name: str) -> tuple[str, ...]:
    """The words of a list of the table."""
    return tuple(next(spelt for each, spelt in rows("excuses") if each == name).split(" | "))


@lru_cache(maxsize=32)
def any_of(name: str) -> str:
    """The same as alternatives of a pattern, longer ones first."""
    return "|".join(re.escape(word) for word in sorted(words(name), key=len, reverse=True))


@lru_cache(maxsize=32)
def holding(name: str) -> re.Pattern[str]:
    """What finds one of these words; Latin ones stand alone."""
    latin = "|".join(re.escape(word) for word in words(name) if word.isascii())
    return re.compile("|".join(filter(None, (_others(name), rf"\b(?:{latin})\b" if latin else ""))))


def _others(name: str) -> str:
    return "|".join(re.escape(word) for word in words(name) if not word.isascii())


def is_denied(shown: str, start: int, end: int) -> bool:
    """Whether the word at `start` to `end` of a canonical text is denied by what stands right around it."""
    word, before, behind = shown[start:end], shown[max(0, start - _BEFORE) : start], shown[end : end + _BEHIND]
    if _behind().search(behind) or _ENGLISH_BEHIND.search(behind) or _ENGLISH.search(before):
        return True
    return (
        _says_no(word, before, behind)
        or _is_a_dare(word, before)
        or _hurries(word, before, behind)
        or _hushes(word, before, behind)
        or _swears(word, before, behind)
    )


def _hushes(word: str, before: str, behind: str) -> bool:
    """Whether readers are asked not to report, told that it is of no use, or threatened for it."""
    if word not in words("reports"):
        return False
    return before.endswith(words("stops")) or _useless().search(behind) is not None


def _swears(word: str, before: str, behind: str) -> bool:
    """Whether an oath or a pledge follows (`谁骗人谁孙子`, `如被骗全额退款`), or a call to whoever suffered it."""
    pledged = before.endswith(words("supposing")) and holding("pledges").search(behind) is not None
    sworn = word in words("sworn") and _oath().search(behind) is not None
    return pledged or sworn or _lures().search(behind) is not None


def _says_no(word: str, before: str, behind: str) -> bool:
    denial = _denial().search(before) or (_plain_no().search(before) if word.startswith(words("untrue")) else None)
    if denial is None or _ASKED.search(behind):
        return False
    return not before[: denial.start()].endswith(words("spared"))


def _is_a_dare(word: str, before: str) -> bool:
    return word in _DARED and _dare().search(before) is not None and not holding("leads").search(before)


def _hurries(word: str, before: str, behind: str) -> bool:
    """Whether a warning is of coming too late, or greets (`温馨提醒`) and warns of nothing."""
    if word not in _SOFT:
        return False
    if holding("hurries").search(behind):
        return True
    late = word in _PLAIN and holding("hurries").search(before)
    return bool(late or _GREETED.search(before)) and not _warns().search(behind)


@lru_cache(maxsize=1)
def _denial() -> re.Pattern[str]:
    return re.compile(f"(?:{any_of('denies')}|(?<![除是])非|(?<![\\d.])0)(?:{any_of('links')})*{_QUOTES}$")


@lru_cache(maxsize=1)
def _plain_no() -> re.Pattern[str]:
    return re.compile(f"(?:不|没|未|没被|未被){_QUOTES}$")


@lru_cache(maxsize=1)
def _behind() -> re.Pattern[str]:
    between = f"(?:的|者|们)?(?:{any_of('politely')}|{any_of('office')})*"
    return re.compile(rf"^[」』”\"'’》〉)\]】\s]*{between}(?:{any_of('behind')})")


@lru_cache(maxsize=1)
def _useless() -> re.Pattern[str]:
    return re.compile(rf"^(?:也|都是|者|的|我|了也)?(?:{any_of('useless')}|{any_of('oaths')})")


@lru_cache(maxsize=1)
def _oath() -> re.Pattern[str]:
    return re.compile(
        rf"^(?:人|你|的|者|一分|一次|我)*(?:就|就是|是|我|我就是|包|全部|必|遭|[一二两三四五六七八九十百千万双\d])*(?:{any_of('oaths')})"
    )


@lru_cache(maxsize=1)
def _lures() -> re.Pattern[str]:
    return re.compile(rf"^(?:过|怕了|惨了|多了)?的(?:朋友|人|都)?(?:{any_of('lured')})")


@lru_cache(maxsize=1)
def _dare() -> re.Pattern[str]:
    return re.compile(
        f"(?:{any_of('invites')})[,，\\s]?(?:可以|可|请|就|去|来|都|您|你|大家|各位|随时|直接)*{_QUOTES}$"
    )


@lru_cache(maxsize=1)
def _warns() -> re.Pattern[str]:
    return holding("warns")

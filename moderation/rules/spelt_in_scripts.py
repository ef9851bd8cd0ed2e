"""How a term in another script than Han or Latin is written by who hides it, each as its own writers do.

* **Hangul**: initial consonants alone (`ㅂㅅ`), syllables taken apart (`시ㅂㅏㄹ`), one in Latin letters (`시bal`);
* **Thai**: `x` or a star for one consonant (`เxี้ย`), two `เ` for `แ`;
* **kana**: one drawn with a digit or a character (`バ1ト`), and characters drawn with kana (`タヒね`);
* **Cyrillic**: a star for a vowel (`х*й`);
* **Arabic**: in the letters and digits of chats (`7mar`), where others speak so around it.

The readings of each are its script's own, no word's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product

from moderation.normaliser import normalise
from moderation.rules.spelling import Spelling

_LONGEST = 8
"""Characters of a term that is looked at."""

_HANGUL, _THAI, _KANA = re.compile("[가-힣]{2,}"), re.compile("[\u0e01-\u0e4e]{3,}"), re.compile("[\u3041-\u30fa]")
_CYRILLIC, _ARABIC = re.compile("[а-яё]{3,}"), re.compile("[\u0621-\u064a]{3,}")

_INITIAL = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
_VOWEL = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
_FINAL = ("", *"ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ")
_INITIAL_LATIN = (
    "g", "kk", "n", "d", "tt", "r", "m", "b", "pp", "s", "ss", "", "j", "jj", "ch", "k", "t", "p", "h",
)  # fmt: skip
_VOWEL_LATIN = (
    "a", "ae", "ya", "yae", "eo", "e", "yeo", "ye", "o", "wa", "wae", "oe", "yo", "u", "wo", "we", "wi", "yu", "eu",
    "ui", "i",
)  # fmt: skip
_FINAL_LATIN = (
    "", "k", "k", "k", "n", "n", "n", "t", "l", "k", "m", "l", "l", "l", "p", "l", "m", "p", "p", "t", "t", "ng", "t",
    "t", "k", "t", "p", "t",
)  # fmt: skip
"""Letters of Hangul in the order of Unicode's syllables (Unicode Standard 3.12), and as romanised since 2000."""

_KANA_DRAWN = {
    "イ": "1", "ロ": "口", "ニ": "二", "ト": "卜", "カ": "力", "エ": "工", "タ": "夕", "ハ": "八", "チ": "千",
    "オ": "才", "ン": "ソ", "ソ": "ン", "シ": "ツ", "ツ": "シ", "ー": "一", "コ": "ユ", "へ": "へ",
}  # fmt: skip
_HAN_IN_KANA = {
    "死": "タヒ", "神": "ネ申", "社": "ネ土", "祝": "ネ兄", "体": "イ本", "信": "イ言", "何": "イ可", "仕": "イ士",
    "化": "イヒ", "他": "イ也", "伝": "イ云", "外": "タト", "名": "タロ", "多": "タタ", "公": "ハム", "台": "ムロ",
    "加": "カロ", "功": "エカ", "江": "シエ", "沢": "シ尺", "汁": "シ十", "池": "シ也", "空": "ウ八エ", "穴": "ウハ",
}  # fmt: skip
"""What a kana and a character are drawn with."""

_ARABIZI = {
    "ا": "a", "أ": "a 2a", "إ": "e i", "آ": "a", "ب": "b", "ت": "t", "ث": "th", "ج": "j g", "ح": "7", "خ": "5 7' kh",
    "د": "d", "ذ": "th z", "ر": "r", "ز": "z", "س": "s", "ش": "sh", "ص": "9 s", "ض": "d", "ط": "6 t", "ظ": "z",
    "ع": "3", "غ": "gh 3'", "ف": "f", "ق": "2 8 q", "ك": "k", "ل": "l", "م": "m", "ن": "n", "ه": "h", "و": "w o u",
    "ي": "y i", "ى": "a", "ة": "a eh", "ء": "2", "ئ": "2", "ؤ": "2",
}  # fmt: skip
_SHORT_VOWELS, _MOST_ARABIZI = ("", "a", "e", "i", "o", "u"), 60
"""The Arabic chat alphabet; short vowels, which Arabic leaves out; how many spellings of one term are sought."""


def in_scripts(term: str) -> Iterator[tuple[str, Spelling]]:
    """The ways to write `term`, as the canonical view shows it; none where it is of no script above."""
    if len(term) > _LONGEST:
        return
    if _HANGUL.fullmatch(term):
        yield from ((_shown(text), Spelling.SCRIPT) for text in _hangul(term))
    elif _THAI.fullmatch(term):
        yield from ((text, Spelling.SCRIPT) for text in _thai(term))
    elif _CYRILLIC.fullmatch(term):
        yield from ((text, Spelling.SCRIPT) for text in _masked(term))
    elif _ARABIC.fullmatch(term):
        for text in _arabizi(term):
            yield text, Spelling.CHAT
            yield f"ya {text}", Spelling.SCRIPT  # who is called so is insulted
    elif _KANA.search(term):
        yield from ((_shown(text), Spelling.SCRIPT) for text in _kana(term))


def _shown(text: str) -> str:
    return normalise(text).canonical.text


def _hangul(term: str) -> Iterator[str]:
    letters = [_letters(char) for char in term]
    yield "".join(_INITIAL[initial] for initial, _, _ in letters)
    apart = [_INITIAL[initial] + _VOWEL[vowel] + _FINAL[final] for initial, vowel, final in letters]
    yield "".join(apart)
    for at, (initial, vowel, final) in enumerate(letters):
        latin = _INITIAL_LATIN[initial] + _VOWEL_LATIN[vowel] + _FINAL_LATIN[final]
        yield from (term[:at] + written + term[at + 1 :] for written in (apart[at], _INITIAL[initial], latin))


def _letters(syllable: str) -> tuple[int, int, int]:
    """The numbers of the letters of a syllable: initial, vowel, final."""
    number = ord(syllable) - 0xAC00
    return number // 588, number // 28 % 21, number % 28


def _thai(term: str) -> Iterator[str]:
    if "แ" in term:
        yield term.replace("แ", "เเ")
    for at, char in enumerate(term):
        if "ก" <= char <= "ฮ":
            yield from (term[:at] + mask + term[at + 1 :] for mask in "x*")


def _masked(term: str) -> Iterator[str]:
    for at in range(1, len(term) - 1):
        if term[at] in "аеёиоуыэюя":
            yield term[:at] + "*" + term[at + 1 :]


def _kana(term: str) -> Iterator[str]:
    for at, char in enumerate(term):
        if written := _KANA_DRAWN.get(char) or _HAN_IN_KANA.get(char):
            yield term[:at] + written + term[at + 1 :]


def _arabizi(term: str) -> Iterator[str]:
    """With a digit among the letters, without which it is as good as any other word, and one short vowel at most."""
    spelt = product(*(_ARABIZI.get(char, "").split() or [""] for char in term))
    found = ("".join((first, vowel, *rest)) for first, *rest in spelt for vowel in _SHORT_VOWELS)
    digits = dict.fromkeys(text for text in found if not text.isalpha())
    yield from list(digits)[:_MOST_ARABIZI]

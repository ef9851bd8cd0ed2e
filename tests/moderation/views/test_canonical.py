"""The canonical view: what is folded anywhere, what its surroundings tell, what must come out unharmed."""

from __future__ import annotations

import unicodedata

import pytest

from moderation.normaliser import normalise
from moderation.views.canonical import _MAY_COMPOSE


def canonical(text: str) -> str:
    return normalise(text).canonical.text


@pytest.mark.parametrize(
    ("expected", "sent"),
    [
        ("casino", "саѕіno"),  # Cyrillic с а ѕ і
        ("casino", "cαsιηο"),  # Greek, η only drawn alike
        ("bonus", "ВОNUS"),  # capitals look alike where their small letters do not
        ("hello", "НЕLLО"),
        ("casino", "ᑕᗩᔕIᑎO"),  # Canadian syllabics
        ("visa", "ᏙIᏚᎪ"),  # Cherokee
        ("free copy", "frее сору"),  # a word of look-alikes alone, in a Latin text
        ("加bx", "加ВХ"),
        ("казино", "кaзинo"),  # Latin a and o in a Russian word
        ("это раса людей", "это рaса людей"),  # both could spell it; the text is Russian
    ],
)
def test_a_word_is_read_in_the_alphabet_that_spells_all_of_it(expected: str, sent: str) -> None:
    assert expected == canonical(sent)


@pytest.mark.parametrize(
    "text",
    [
        "pdfы и usb-шнур",
        "γ-gtp и α-частица",
        "сосед варит рис",
        "вот рот, а вот нос",
        "оса",
        "ωραίο νησί, όλα καλά",
        "3d-модель",
        "α粒子",
    ],
)
def test_what_two_alphabets_share_stays_where_nobody_hides(text: str) -> None:
    assert text == canonical(text)


@pytest.mark.parametrize(
    ("expected", "sent"),
    [
        ("vx", "🅥🅧"),
        ("vip", "🆅🅸🅿"),
        ("casino", "ᴄᴀsɪɴᴏ"),
        ("casino", "𝓬𝓪𝓼𝓲𝓷𝓸"),
        ("casino", "ⓒⓐⓢⓘⓝⓞ"),
        ("casino", "🄲🄰🅂🄸🄽🄾"),
        ("casino free", "ouᴉsɐɔ ǝǝɹɟ"),
        ("vx", "🇻🇽"),
        ("🇨🇳🇯🇵", "🇨🇳🇯🇵"),
        ("138", "①③⑧"),
        ("138", "❶❸❽"),
        ("138", "⑴⑶⑻"),
        ("138", "⒈⒊⒏"),
        ("138", "1️⃣3️⃣8️⃣"),
        ("一二", "㈠㊁"),
        ("加12345", "加壹贰叁肆伍"),
        ("加138001", "加1叁8〇零壹"),
        ("三千五百元", "叁仟伍佰元"),
        ("五百元", "伍佰元"),
        ("伍佰唱歌", "伍佰唱歌"),
        ("陆先生", "陆先生"),
        ("大陆七天", "大陆七天"),
        ("casino", "c̷a̶s̲i̾n̸o̷"),
        ("微信", "微̶信̷"),
        ("zalgo", "z̗̪̘̞a̗̪̘̞l̗̪̘̞g̗̪̘̞o̗̪̘̞"),
        ("酒", "酒"),
        ("氵酉", "⺡酉"),
        ("赌博", "赌\u200d博"),
        ("赌博", "赌\U000e0061博"),
    ],
)
def test_styled_letters_and_numerals_read_as_plain_ones(expected: str, sent: str) -> None:
    assert expected == canonical(sent)


@pytest.mark.parametrize(
    "text",
    [
        "Tôi yêu tiếng Việt, Đà Nẵng đẹp lắm",
        "ฉันรักภาษาไทย น้ำใจดี",
        "मैं हिंदी बोलता हूँ, क्‍षमा करें",
        "আমি বাংলায় গান গাই",
        "தமிழ் மொழி இனிமை",
        "ശ്രീമതി മലയാളം",
        "ශ්‍රී ලංකාව",
        "مرحبًا بالعالم، كيفَ الحالُ؟",
        "می‌خواهم کتاب‌ها را بخوانم",
        "שָׁלוֹם עוֹלָם",
        "Привет, как дела? Всё хорошо",
        "Україна, їжак і ґанок",
        "Καλημέρα κόσμε, πώς είσαι;",
        "Բարեւ աշխարհ",
        "ᏣᎳᎩ ᎦᏬᏂᎯᏍᏗ",
        "გამარჯობა მსოფლიო",
        "안녕하세요 세계",
        "こんにちは世界、がんばれパパ",
        "Türkçe: ılık İstanbul, şığ",
        "Žluťoučký kůň úpěl ďábelské ódy",
        "Łódź, gęś i źrebię",
        "smørrebrød på Færøerne, þú",
        "ẹ̀kọ́ Yorùbá, ọ̀rọ̀",
        "Ɓaɓa da ƙasa, Hausa ɗan",
        "ትግርኛ ኣማርኛ",
        "မြန်မာဘာသာ",
        "ភាសាខ្មែរ",
        "བོད་སྐད།",
        "👩‍👩‍👧‍👦 👨🏽‍🚀 🧑‍🤝‍🧑",
    ],
)
def test_languages_and_families_of_emoji_come_out_unharmed(text: str) -> None:
    assert unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()) == canonical(text)


def test_nothing_composes_outside_the_planes_that_are_looked_through() -> None:
    others = [chr(code) for code in sorted(set(range(0x110000)).difference(*_MAY_COMPOSE))]
    assert not [char for char in others if unicodedata.decomposition(char) or unicodedata.combining(char)]
    assert not [char for char in others if unicodedata.category(char) == "Me"]

from __future__ import annotations

import pytest

from moderation.normaliser import ViewName, normalise


def joined(text: str) -> str:
    return normalise(text).view(ViewName.JOINED).text


@pytest.mark.parametrize(
    ("expected", "sent"),
    [
        ("casino", "c.a.s.i.n.o"),
        ("casino", "c a s i n o"),
        ("casino", "c, a, s, i, n, o"),
        ("casino", "с.а.ѕ.і.n.о"),  # Cyrillic, told from its surroundings once they are one word
        ("play casino now", "play c-a-s-i-n-o now"),
        ("casino", "cas*ino"),
        ("casino", "c a.s*i n-o"),
        ("ставки на спорт", "с⚽т⚽а⚽в⚽к⚽и н⚽а с⚽п⚽о⚽р⚽т"),
        ("fuck you", "f*u*c*k y*o*u"),
        ("stolen cards", "s.t.o.l.e.n c.a.r.d.s"),
        ("บาคาร่า", "บ า ค า ร่ า"),
        ("贱人", "贱丶人"),
        ("加微信", "加微 . 信"),
        ("加vx", "加-V-X"),
        ("加vx领", "加 v x 领"),
        ("加我微信领红包", "加我微❤信领红包"),
        ("加我微信领红包", "加我微+-*信领红包"),
        ("加微信", "加，微，信"),
        ("加我微信领", "加我微(信)领"),
        ("138001", "1 3 8 0 0 1"),
        ("加12345", "加壹.贰.叁.肆.伍"),
    ],
)
def test_a_word_taken_apart_is_put_together(expected: str, sent: str) -> None:
    assert expected == joined(sent)


@pytest.mark.parametrize(
    "text",
    [
        "好,我来",
        "是的。我知道。你呢?",
        "is it me, or a cat",
        "赢了3:2,2026-11-25 20:30",
        "版本1.2.3,价格1,299",
        "สวัสดี ครับ",
        "नमस्ते दुनिया, कैसे हो",
        "안녕 나 야",
        "好吗?(笑)",
    ],
)
def test_sentences_numbers_and_other_scripts_keep_their_marks(text: str) -> None:
    assert text == joined(text)


def test_a_text_without_fillers_in_words_is_its_canonical_view_itself() -> None:
    text = normalise("今天的晚霞真好看,拍了好多张")
    assert text.canonical is text.view(ViewName.JOINED)


def test_a_finding_covers_the_fillers_within_it() -> None:
    text = "看 加Ｖ.X 领"
    view = normalise(text).view(ViewName.JOINED)
    at = view.text.index("vx")
    assert "Ｖ.X" == view.to_source(at, at + 2).of(text)

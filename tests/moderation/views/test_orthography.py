"""What scripts are spelt with comes out of every view; the same marks as a disguise do not."""

from __future__ import annotations

import pytest

from moderation.normaliser import ViewName, normalise

VIEWS = tuple(ViewName)
SPELT = {
    "Persian": "کتاب\u200cها را می\u200cخوانم",
    "Urdu": "یہ کتاب ہے۔وہ قلم ہے",
    "Hindi": "पक्\u200dका रास्ता",
    "Hindi, parted": "पक्\u200cका रास्ता",
    "Sinhala": "ක්\u200dරීඩා සහ විද්\u200dයාව",
    "Malayalam": "അവന്\u200d വന്നു",
    "Tibetan": "ང་ལ་དགའ་པོ་བྱུང་། ཁ་ས",
    "Armenian": "ինչո՞ւ չէ",
    "Hebrew": "צה״ל בית־ספר",
    "Amharic": "ሰላም፡ለዓለም፡ሁሉ",
    "flags": "\U0001f1f0\U0001f1f7\U0001f1f9\U0001f1ed",
    "three flags": "\U0001f1ee\U0001f1f9\U0001f1ea\U0001f1f8\U0001f1e9\U0001f1ea",
    "a couple": "\U0001f469\u200d❤\u200d\U0001f468",
    "a family": "\U0001f469\u200d\U0001f469\u200d\U0001f466",
    "a family of many skins": "\U0001f469\U0001f3fd\u200d\U0001f91d\u200d\U0001f468\U0001f3fb",
    "a joined flag": "\U0001f3f4\u200d☠",
}


@pytest.mark.parametrize("name", VIEWS)
@pytest.mark.parametrize("script", SPELT)
def test_what_a_script_is_spelt_with_stays(script: str, name: ViewName) -> None:
    assert normalise(SPELT[script]).canonical.text == normalise(SPELT[script]).view(name).text


@pytest.mark.parametrize("script", SPELT)
def test_the_canonical_view_leaves_it_as_it_was(script: str) -> None:
    assert SPELT[script] == normalise(SPELT[script]).canonical.text


@pytest.mark.parametrize("mark", ["\u200c", "\u200d", "\u0f0b", "\u05be", "\u1361", "\u055e"])
@pytest.mark.parametrize(("word", "apart"), [("兼职", "兼{}职"), ("poker", "po{}ker"), ("ставка", "став{}ка")])
def test_such_a_mark_between_other_letters_goes(word: str, apart: str, mark: str) -> None:
    assert word == normalise(apart.format(mark)).view(ViewName.JOINED).text


@pytest.mark.parametrize(
    ("expected", "sent"),
    [
        ("nude", "\U0001f1f3\U0001f1fa\U0001f1e9\U0001f1ea"),
        ("女", "\U0001f469\u200d⚕"),
        ("男", "\U0001f468\U0001f3fe"),
    ],
)
def test_flags_that_spell_and_people_at_work_are_read(expected: str, sent: str) -> None:
    assert expected == normalise(sent).view(ViewName.EMOJI).text


def test_joined_people_between_letters_hide_nothing() -> None:
    assert "兼职" == normalise("兼\U0001f469\u200d\U0001f466职").view(ViewName.EMOJI).text

from __future__ import annotations

from array import array
from pathlib import Path

import pytest
from py3langid.langid import MODEL_FILE, LanguageIdentifier

import moderation.language
from moderation.language import LATIN_LANGUAGES, detect
from moderation.normaliser import normalise

CORPUS = Path(__file__).resolve().parents[2] / "data" / "starter"


def _texts(language: str) -> list[str]:
    """Every third written row of a language's files, as models read them."""
    lines = [
        line.split("\t")[-1]
        for path in sorted((CORPUS / language).glob("*.tsv"))
        for line in path.read_text(encoding="utf-8").split("\n")
        if line and not line.startswith("labels\t")
    ]
    return [normalise(line).canonical.text for line in lines[::3]]


@pytest.mark.parametrize("language", ["en", "es", "id", "pt"])
def test_latin_texts_are_told_as_the_library_tells_them_with_all_its_languages_in_hand(language: str) -> None:
    whole = LanguageIdentifier.from_model_file(MODEL_FILE)
    whole.set_languages(list(LATIN_LANGUAGES))
    told = {text: found for text in _texts(language) if (found := detect(text)) != "und"}
    assert len(told) >= 20
    assert {text: whole.classify(text)[0] for text in told} == told


@pytest.mark.parametrize("language", ["zh", "ja", "ko", "ru", "th"])
def test_other_scripts_are_told_by_their_letters(language: str) -> None:
    found = [detect(text) for text in _texts(language)]
    assert found.count(language) >= 0.95 * len(found)


def test_without_room_for_a_file_the_table_stays_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    def full() -> None:
        raise OSError(28, "No space left on device")

    table = array("I", [3, 1, 2])
    assert list(moderation.language._on_disk(table)) == [3, 1, 2]
    monkeypatch.setattr(moderation.language, "TemporaryFile", full)
    assert moderation.language._on_disk(table) is table

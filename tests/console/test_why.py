"""A case about a chosen comment says why in both languages."""

from __future__ import annotations

import pytest

from console.words import words_in
from review.chosen import Why


@pytest.mark.parametrize("why", list(Why))
@pytest.mark.parametrize("locale", ["zh", "en"])
def test_every_reason_to_ask_has_a_sentence(why: Why, locale: str) -> None:
    assert words_in(locale)(f"why.{why}")

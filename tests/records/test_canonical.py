"""The fast way to canonical bytes is the library's to the byte."""

from __future__ import annotations

import math
from collections import OrderedDict

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.decision import Outcome
from records.canonical import canonical

NUMBERS = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**53) + 1, 2**53 - 1)
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
KEYS = st.text(st.characters(max_codepoint=0x7E), max_size=6) | WORDS
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(KEYS, VALUES, max_size=6))
def test_any_document_gives_the_bytes_of_the_library(document: dict[str, object]) -> None:
    assert rfc8785.dumps(document) == canonical(document)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "number",
    [0.0, -0.0, 1.0, 1e-4, 9.9e-5, 1e-6, 1e-7, 1e15, 1e16, 1e21, 0.1 + 0.2, 5e-324, 2.0**53, 1.5e300, -0.012345],
)
def test_numbers_are_written_as_javascript_does(number: float) -> None:
    assert rfc8785.dumps({"n": number}) == canonical({"n": number})


def test_enumerations_are_their_words_and_tuples_are_lists() -> None:
    assert b'{"a":["pass",1]}' == canonical({"a": (Outcome.PASS, 1.0)})


def test_what_is_of_a_kind_of_its_own_is_written_as_what_it_is() -> None:
    class Share(float):
        pass

    document = {"a": OrderedDict(b=1, a=[Share(2.0)]), "c": Share(0.5)}
    assert (b'{"a":{"a":[2],"b":1},"c":0.5}', rfc8785.dumps(document)) == (canonical(document), canonical(document))


@pytest.mark.parametrize("odd", [math.nan, math.inf, 2**60, "\ud800", object()])
def test_what_json_cannot_hold_is_refused_as_the_library_does(odd: object) -> None:
    with pytest.raises(rfc8785.CanonicalizationError):
        canonical({"n": odd})

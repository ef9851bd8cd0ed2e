"""No sentence of a public set stands in the starter corpus: what is written for it was not copied.

Of chineseharm, on which models are judged, no more than a number is ever shown.
"""

from __future__ import annotations

import pytest

from moderation.errors import NotFoundError
from tests.data.copies import SETS, copies, corpus, sentences, sketches


def test_a_copy_with_a_word_changed_is_found() -> None:
    written = ["今天的云很低，拍下来给奶奶看看", "这条河夏天能游泳，晚上再说吧"]

    assert {1} == copies(
        written, sketches(written), ["完全是另一句话，谁也没有抄过它", "这条河夏天能游泳，晚上再说吧！"]
    )


def test_no_sentence_of_a_public_set_stands_in_the_starter_corpus() -> None:
    written = corpus()
    texts = list(written)
    ours, found = None, {}
    for name in SETS:
        try:
            public = list(dict.fromkeys(sentences(name)))
        except NotFoundError:
            continue
        ours = sketches(texts) if ours is None else ours
        if at := copies(texts, ours, public):
            found[name] = len(at) if name == "chineseharm" else sorted(written[texts[each]] for each in at)
    if ours is None:
        pytest.skip("no public set is on this machine")
    assert {} == found

from __future__ import annotations

from moderation.decision import Outcome
from records import comments
from records.candidates import Said, candidates, count, said_of
from records.database import Database
from records.personal import Keyring
from records.values import Judgement, VerdictKind
from review.queue import claim
from review.verdicts import give_verdict
from tests.records.databases import NOW
from tests.records.factories import NAMES, a_comment, an_answer, for_review, put


def found(database: Database, **how: object) -> list[tuple[str, str, bool]]:
    with database.reading() as look:
        return [(each.decision_id, each.text, each.had_case) for each in candidates(look, **how)]  # type: ignore[arg-type]


def test_the_last_decision_of_every_comment_is_a_candidate(database: Database, keyring: Keyring) -> None:
    put(database, keyring, an_answer(a_comment("旧的", known_as="a")))
    [edited] = put(database, keyring, an_answer(a_comment("新的", known_as="a")))
    [suspected] = put(database, keyring, for_review("加群"))

    assert [(edited.decision_id, "新的", False), (suspected.decision_id, "加群", True)] == found(database)
    assert [(suspected.decision_id, "加群", True)] == found(database, after=edited.decision_id)


def test_erased_comments_and_named_surfaces_are_no_candidates(database: Database, keyring: Keyring) -> None:
    [gone] = put(database, keyring, an_answer())
    put(database, keyring, an_answer(a_comment(surface="corpus")))
    with database.unit() as unit:
        comments.erase(unit, gone.comment_id, now=NOW)
        unit.commit()

    assert [] == found(database, but_of=["corpus"])
    with database.reading() as look:
        assert 1 == count(look)


def test_what_a_person_said_of_a_decision_is_read_beside_it(database: Database, keyring: Keyring) -> None:
    suspected, passed = put(database, keyring, for_review(), an_answer())
    with database.unit() as unit:
        [case] = claim(unit, "mia", now=NOW)
        judgement = Judgement(VerdictKind.REJECT, ("gambling",))
        give_verdict(unit, NAMES, case.id, judgement, moderator="mia", token=None, now=NOW)
        unit.commit()

    with database.reading() as look:
        said = said_of(look, [suspected.decision_id, passed.decision_id, "gone"])
    assert {
        suspected.decision_id: Said(Outcome.REVIEW, harmful=True),
        passed.decision_id: Said(Outcome.PASS, harmful=None),
    } == said

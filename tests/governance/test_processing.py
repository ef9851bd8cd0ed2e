"""Nobody adds a column that no one answers for, and texts do not outlive what retention says."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from governance import erasure, processing, retention
from governance.processing import Basis, Words, load_record
from governance.retention import Retention, load_retention
from moderation.comment import Author
from moderation.decision import Outcome
from moderation.errors import ConfigError
from moderation.taxonomy import CONFIGS
from records import ledger, openings
from records.database import Database
from records.inspections import HANDED
from records.kept import STAYS
from records.openings import Opening
from records.personal import Keyring
from records.tables import metadata
from tests.governance.standing import take, wish
from tests.governance.test_underlying import PHONE, state
from tests.records.databases import NOW
from tests.records.factories import a_comment, a_decision, an_answer, put

SCHEMA = {name: [column.name for column in table.c] for name, table in metadata.tables.items()}


def test_every_column_has_its_purpose_basis_period_and_who_sees_it() -> None:
    assert [] == list(processing.faults(load_record(CONFIGS), SCHEMA))


def test_a_basis_that_the_law_does_not_know_is_told_and_so_is_a_purpose_without_one() -> None:
    record = load_record(CONFIGS)
    why = Words(zh="更好地审核", en="to moderate better")
    interest = why.model_copy(update={"zh": "履行义务所必需的正当利益"})

    def of(**bases: tuple[Basis, ...]) -> list[str]:
        learn = record.purposes["learn"].model_copy(update=bases)
        purposes = {**record.purposes, "learn": learn}
        return list(processing.faults(record.model_copy(update={"purposes": purposes}), SCHEMA))

    assert [] == of(pipl=(Basis(of="1", why=why),), gdpr=(Basis(of="a", why=why),))
    for foreign in ("8", "f", "0", "", "３"):
        (told,) = of(pipl=(Basis(of=foreign, why=why),))
        assert f"purposes.learn: PIPL article 13 has no '{foreign}'; it has 1, 2, 3, 4, 5, 6, 7." == told
    assert ["purposes.learn: GDPR article 6(1) has no '3'; it has a, b, c, d, e, f."] == of(
        gdpr=(Basis(of="3", why=why),)
    )
    assert ["purposes.learn: PIPL article 13 knows no '正当利益'; name what it knows."] == of(
        pipl=(Basis(of="3", why=interest),)
    )
    (without,) = of(pipl=())
    assert without.startswith("purposes.learn has no basis under PIPL article 13")
    (silent,) = of(gdpr=(Basis(of="f", why=why.model_copy(update={"en": "\u200b"})),))
    assert "say in both languages" in silent


def test_a_house_tells_the_bases_of_its_own_law_first_and_each_under_its_law() -> None:
    record = load_record(CONFIGS)
    for name, said in processing.bases(record, "cn", "zh").items():
        laws = [each.startswith("《个人信息保护法》第十三条") for each in said]
        assert laws == sorted(laws, reverse=True), name
        assert not any("正当利益" in each for each, is_pipl in zip(said, laws, strict=True) if is_pipl), name
    learn, *others = processing.bases(record, "eu", "en")["learn"]
    assert "GDPR article 6(1)(f), legitimate interests: to moderate with fewer mistakes" == learn
    assert all(each.startswith("PIPL article 13") for each in others)
    china, europe = processing.bases(record, "default", "zh")["learn"]
    assert china.startswith("《个人信息保护法》第十三条第一款第三项")
    assert europe.startswith("欧盟《通用数据保护条例》第六条第一款(f)")
    assert () == processing.bases(record, "default", "en")["run"]


def test_a_column_that_nobody_answers_for_is_told_and_so_is_one_that_is_gone() -> None:
    record = load_record(CONFIGS)
    more = {**SCHEMA, "comments": [*SCHEMA["comments"], "face"]}
    less = {**SCHEMA, "comments": [name for name in SCHEMA["comments"] if name != "salt"]}
    assert ["comments.face is in no [[held]]: say what it is for, how long it is kept and who sees it."] == list(
        processing.faults(record, more)
    )
    assert ["comments.salt is in no table of the database: take it out."] == list(processing.faults(record, less))


def test_a_record_that_hides_what_inspectors_are_given_or_what_outlives_an_erasure_is_told() -> None:
    record = load_record(CONFIGS)
    for table, columns in (*HANDED.items(), *STAYS.items()):
        assert set(columns) <= set(SCHEMA[table])
    hidden = [each.model_copy(update={"seen_by": ("platform",), "period": "while_account"}) for each in record.held]
    told = set(processing.faults(record.model_copy(update={"held": tuple(hidden)}), SCHEMA))
    assert "comments.author_cipher is given to inspectors: put inspector into its seen_by." in told
    assert sum(map(len, HANDED.values())) == sum("given to inspectors" in each for each in told)
    assert sum(map(len, STAYS.values())) == sum("outlives the erasure" in each for each in told)


def test_what_an_inspector_s_file_opens_and_what_an_erasure_keeps_is_what_the_record_is_held_against(
    database: Database, keyring: Keyring
) -> None:
    [one] = put(database, keyring, an_answer(replace(a_comment("harmless", known_as="n-1"), author=Author("jade"))))
    with database.reading() as look:
        [entry] = ledger.page(look, subject_id=one.decision_id).items
        opened = {each.kind for each in openings.of_entry(look, entry, keyring) if isinstance(each, Opening)}
    assert {"text", "author", "external"} <= opened
    took = take(database, keyring, wish("suspend", "jade", days=1))
    state(database, keyring, "jade", links=[PHONE])
    erasure.erase(database, keyring, erasure.Order("jade", "mia", "they asked"), now=NOW)
    with database.reading() as look:
        for table, columns in STAYS.items():
            always = [name for name in columns if name != "same_as"]  # null of the hash that counts
            left = look.execute(select(*(metadata.tables[table].c[name] for name in always))).all()
            assert left, table
            assert all(value is not None for row in left for value in row), table
        assert took.author_id == look.execute(text("SELECT author_id FROM measures")).scalar_one()


def test_periods_are_told_with_what_the_retention_in_use_says() -> None:
    rules = Retention.model_validate({"otherwise": {"days": 9}, "standing": {"days": 77}})
    told = processing.periods(load_record(CONFIGS), rules, "en")
    assert "77 days after the erasure" in told["while_held"]
    assert "9 days after" in told["as_retention"]
    assert [] == [words for words in told.values() if "{" in words]


def test_whatever_is_content_or_a_pseudonym_is_kept_no_longer_than_needed() -> None:
    held = [each for each in load_record(CONFIGS).held if each.personal in ("content", "pseudonym")]
    assert {"comments", "comment_revisions", "verdicts", "feedback", "authors"} <= {each.table for each in held}
    assert "good" not in {each.period for each in held}


def test_what_is_old_is_erased_by_surface_and_kind_and_what_people_look_at_stays(
    database: Database, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("records.erasing.AT_ONCE", 2)
    review = a_decision(Outcome.REVIEW, gambling=0.6)
    old = [an_answer(a_comment(f"old {number}", surface="live")) for number in range(3)]
    put(database, keyring, *old, an_answer(a_comment("looked at", surface="live"), review), now=NOW)
    put(database, keyring, an_answer(a_comment("of news", surface="news")), now=NOW)
    put(database, keyring, an_answer(a_comment("young", surface="live")), now=NOW + timedelta(days=20))
    rules = Retention.model_validate({"keep": [{"surface": "live", "kind": "comment", "days": 30}]})
    later = NOW + timedelta(days=40)
    with database.reading() as look:
        assert [("live", 3)] == [(each.surface, each.comments) for each in retention.due(look, rules, now=later)]
    done = retention.run(database, rules, now=later)
    assert [("live", "comment", 3)] == [(each.surface, each.kind, each.comments) for each in done]
    assert [] == retention.run(database, rules, now=later)
    with database.reading() as look:
        left = look.execute(text("SELECT text FROM comments WHERE text IS NOT NULL")).scalars()
        assert {"looked at", "of news", "young"} == set(left)
        kinds = [entry.kind for entry in ledger.page(look, limit=200).items]
    assert 2 == kinds.count("retention.erased")


def test_the_shipped_retention_has_an_end_for_everything_and_says_it() -> None:
    rules = load_retention(CONFIGS)
    assert {1095} == {rules.days(surface, kind) for surface in retention.SURFACES for kind in retention.KINDS}
    assert "1095 days after it was last stored" == retention.told(rules).en
    shorter = Retention.model_validate(
        {"otherwise": {"days": 0}, "keep": [{"surface": "live", "kind": "danmaku", "days": 90}]}
    )
    told = retention.told(shorter)
    assert "danmaku on live: 90 days after it was last stored; everything else: without a limit" == told.en
    assert "直播的弹幕保留 90 天，其余没有期限" == told.zh


def test_a_mistake_in_the_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "retention.toml").write_text('[[keep]]\nsurface = "sea"\nkind = "comment"\ndays = -1\n')
    with pytest.raises(ConfigError) as told:
        load_retention(tmp_path)
    assert 2 == len(told.value.faults)


def test_grading_sanctions_and_who_comes_back_are_purposes_of_their_own() -> None:
    record = load_record(CONFIGS)
    told = {held.table: held.purpose for held in record.held if held.personal == "pseudonym"}
    expected = {"measures": "sanction", "credit_events": "credit", "returns": "returning", "author_links": "returning"}
    assert expected == {table: told[table] for table in expected}
    assert [] == [name for name in expected.values() if record.purposes[name] == record.purposes["account"]]

"""Reasons and grounds bear nobody's number, address or name: whoever is told has them for good."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from governance import account_measures, approvals, four_eyes, lists
from governance.four_eyes import Word
from governance.like_names import MOST_PIECES, like_names
from governance.lists import Listing
from governance.rules import Standards
from moderation.errors import InvalidInputError
from moderation.given import language_of
from moderation.lists import ListAction
from records.database import Database
from records.personal import Keyring
from records.standing_values import MeasureState
from records.unit_of_work import Unit
from tests.governance.public import TAXONOMY
from tests.governance.standing import now_of, take, wish
from tests.records.databases import NOW
from tests.records.factories import an_answer, for_review, put

KNOWN = "user_8842"
STANDARDS = Standards(TAXONOMY, NOW.date())

PERSONAL = [
    ("quotes 13812345678 of 李明", "a telephone number (characters 8 to 18)"),
    ("writes to li.ming@example.com", "an e-mail address (characters 11 to 29)"),
    ("加微信 abc12345 引流", "an account name or number at wechat (characters 5 to 12)"),
    ("身份证号11010519491231002X", "an identity number (characters 5 to 22)"),
    ("does as user_8842 did", "the account named at characters 9 to 17"),
    ("与账号 大鱼小虾 同谋", "the account named at characters 5 to 8"),
]


@pytest.fixture
def database(sqlite: Database, keyring_of_sqlite: Keyring) -> Database:
    take(sqlite, keyring_of_sqlite, wish("warn", KNOWN))
    take(sqlite, keyring_of_sqlite, wish("warn", "大鱼小虾"))
    return sqlite


@pytest.fixture
def keyring(keyring_of_sqlite: Keyring) -> Keyring:
    return keyring_of_sqlite


@pytest.mark.parametrize(("said", "found"), PERSONAL)
def test_a_measure_is_told_without_what_is_somebodys(
    database: Database, keyring: Keyring, said: str, found: str
) -> None:
    for asked, where in (
        (replace(wish("warn", "another"), reason={language_of(said) or "en": said}), "/reason"),
        (replace(wish("warn", "another"), ground=said), "/ground"),
    ):
        with pytest.raises(InvalidInputError) as refused:
            take(database, keyring, asked)
        (fault,) = refused.value.faults
        assert (where, True) == (fault.where, found in fault.detail)
        assert "say what it breaks" in fault.detail
        assert not any(part in fault.detail for part in ("138", "li.ming", "abc12345", "11010", KNOWN, "大鱼"))


@pytest.mark.parametrize(
    "said",
    [
        "repeated advertising, see https://example.com/rules#3",
        "12345678 posts in 24 hours",
        "cn-2017:8, 2026-11-29 12:30",
        "as in the measure 01a22715-4492-711a-9033-25e88efe88f5",
        "多次发布广告，账号 已被提醒",
    ],
)
def test_what_is_nobodys_is_a_reason(database: Database, keyring: Keyring, said: str) -> None:
    assert take(database, keyring, replace(wish("warn", "another"), reason={language_of(said) or "en": said}))


def test_a_comment_is_recommended_without_somebodys_number(database: Database, keyring: Keyring) -> None:
    put(database, keyring, an_answer(for_review(known_as="c-1").comment))
    with database.unit() as unit, pytest.raises(InvalidInputError, match="a telephone number"):
        account_measures.recommend(
            unit, "c-1", reason={"en": "call 13812345678"}, ground="quality", by="mia", keyring=keyring, now=NOW
        )


@pytest.mark.parametrize(("said", "found"), PERSONAL)
def test_an_entry_of_the_blacklist_names_no_other_account(
    database: Database, keyring: Keyring, said: str, found: str
) -> None:
    listing = Listing("account", "bad-one", ListAction.BLOCK, said, "police", "mia")
    with database.unit() as unit, pytest.raises(InvalidInputError) as refused:
        lists.add(unit, listing, taxonomy=TAXONOMY, keyring=keyring, now=NOW)
    assert [("reason", True)] == [(fault.where, found in fault.detail) for fault in refused.value.faults]


def test_an_entry_of_the_blacklist_does_not_name_its_own_account(database: Database, keyring: Keyring) -> None:
    listing = Listing("account", "bad-one-1", ListAction.BLOCK, "bad-one-1 is a spammer", "police", "mia")
    with database.unit() as unit, pytest.raises(InvalidInputError, match="names the account"):
        lists.add(unit, listing, taxonomy=TAXONOMY, keyring=keyring, now=NOW)


def test_of_an_imported_list_each_row_that_names_somebody_is_told_by_its_line(
    database: Database, keyring: Keyring
) -> None:
    rows = [Listing("account", f"bad-{n}", ListAction.BLOCK, why, "police", "mia")
            for n, why in enumerate(("fraud", "fraud with user_8842"))]  # fmt: skip
    with database.unit() as unit, pytest.raises(InvalidInputError, match="line 3") as refused:
        lists.add_many(unit, rows, taxonomy=TAXONOMY, keyring=keyring, now=NOW)
    assert 1 == len(refused.value.faults)


@pytest.mark.parametrize(("said", "found"), PERSONAL)
def test_so_is_what_stands_beside_a_measure(database: Database, keyring: Keyring, said: str, found: str) -> None:
    """A second person's note, why a question is taken back, why a measure is lifted: kept and told as reasons are."""
    holds = take(database, keyring, wish("suspend", "another", days=2))
    waits = take(database, keyring, wish("close", "a-third"))
    asked, more = str(waits.approval_id), {"standards": STANDARDS, "now": NOW}
    tried: tuple[Callable[[Unit], object], ...] = (
        lambda unit: account_measures.lift(unit, holds.id, why=said, by="mia", keyring=keyring, now=NOW),
        lambda unit: account_measures.lift(unit, waits.id, why=said, by="mia", keyring=keyring, now=NOW),
        lambda unit: four_eyes.answer(unit, asked, Word("ben", True, said, keyring), **more),  # type: ignore[arg-type]
        lambda unit: four_eyes.answer(unit, asked, Word("ben", False, said, keyring), **more),  # type: ignore[arg-type]
        lambda unit: four_eyes.withdraw(unit, asked, by="mia", why=said, keyring=keyring, **more),  # type: ignore[arg-type]
    )
    for act in tried:
        with database.unit() as unit, pytest.raises(InvalidInputError) as refused:
            act(unit)
        (fault,) = refused.value.faults
        assert found in fault.detail
    assert MeasureState.IN_FORCE is now_of(database, holds.id).state
    assert MeasureState.WAITING is now_of(database, waits.id).state


def test_answers_about_what_decides_name_nobody_since_the_ledger_holds_them_for_good(database: Database) -> None:
    word = Word("ben", True, "the office's number is 13812345678")
    with database.unit() as unit:
        asked = approvals.ask(unit, "parts.changed", "x", facts={"parts": {}}, by="mia", why="edited", now=NOW)
        with pytest.raises(InvalidInputError) as refused:
            four_eyes.answer(unit, asked.id, word, standards=STANDARDS, now=NOW)
    assert ["note"] == [fault.where for fault in refused.value.faults]
    assert "13812345678" not in str(refused.value)


NAMED = [
    ("user:88123", "spam with user:88123"),
    ("auth0|5f7c8ec7aa", "spam together with auth0|5f7c8ec7aa"),
    ("weibo:12345678", "as weibo:12345678 does"),
    ("u/alice1", "a ring with u/alice1."),
    ("小明2024", "替小明2024打广告"),
    ("@bob99", "with @bob99"),
    ("bob99", "with @bob99"),
    ("bob99", "with “bob99”, again"),
    ("bob99", "bob99's adverts"),
    ("7f3a9c+QQ==", "of 7f3a9c+QQ== again"),
    ("_bob99_", "with _bob99_"),
    ("acct-902", "with acct-9०2"),
    ("acct-902", "with acct-9٠2"),
    ("acct-9٠2", "with acct-9٠2"),
    ("acct-902", "with ａｃｃｔ–9\u00ad02"),
    ("open:id:o6_bmjrPTlm6", "from open:id:o6_bmjrPTlm6, twice"),
    ("o6_bmjrPTlm6", "from open:id:o6_bmjrPTlm6, twice"),
    ("big spammer 7", "as big spammer 7 does"),
    ("小明", "用户小明发广告"),
    ("小明", "小明的账号在发广告"),
    ("alice", "alice's account posts adverts"),
    ("alice", "with u/alice again"),
    ("太郎99", "太郎99が広告を出す"),
    ("x" * 90 + "-1", "as " + "x" * 90 + "-1 does"),
]
ORDINARY = [
    ("4492", "as in the measure 01a22715-4492-711a-9033-25e88efe88f5"),
    ("2026", "cn-2017:8, 2026-11-29 12:30"),
    ("2345", "in 1.2345 percent of its comments"),
    ("发布", "多次发布广告"),
    ("小明", "替小明打广告"),
    ("scam", "repeated scam"),
    ("again", "posts adverts again and again"),
    ("a1", "as a1 says"),
]


@pytest.mark.parametrize(("name", "said"), NAMED)
def test_whatever_an_account_is_called_its_name_stands_in_no_reason(
    sqlite: Database, keyring_of_sqlite: Keyring, name: str, said: str
) -> None:
    take(sqlite, keyring_of_sqlite, wish("warn", name))
    asked = replace(wish("warn", "another-1"), reason={language_of(said) or "en": said})
    with pytest.raises(InvalidInputError) as refused:
        take(sqlite, keyring_of_sqlite, asked)
    details = [fault.detail for fault in refused.value.faults if "the account named at" in fault.detail]
    assert 1 == len(details)
    assert name not in str(refused.value)


@pytest.mark.parametrize(("name", "said"), ORDINARY)
def test_a_sentence_stands_though_an_account_is_called_as_a_word_or_a_part_of_a_number_in_it(
    sqlite: Database, keyring_of_sqlite: Keyring, name: str, said: str
) -> None:
    take(sqlite, keyring_of_sqlite, wish("warn", name))
    assert take(sqlite, keyring_of_sqlite, replace(wish("warn", "another-1"), reason={language_of(said) or "en": said}))


def test_the_measured_account_itself_is_not_named_in_disguise_though_nothing_is_kept_of_it_yet(
    sqlite: Database, keyring_of_sqlite: Keyring
) -> None:
    with pytest.raises(InvalidInputError, match="names the account"):
        take(sqlite, keyring_of_sqlite, replace(wish("warn", "acct-902"), reason={"en": "ａｃｃｔ-9०2 again"}))


@pytest.mark.parametrize("piece", ["-", "a-", "1 ", "用户1的账号", "q9|", "小明2024，", "@"])
def test_what_is_asked_for_grows_with_the_text_alone(piece: str) -> None:
    """At most sixteen runs from each piece and as many around words that name, for each of six readings."""
    asked = [len(list(like_names((piece * 3_000)[:length]))) for length in (1_000, 2_000)]
    assert asked[1] <= 6 * (2 * MOST_PIECES + 1) * 2_000
    assert asked[1] <= 2 * asked[0] + 6 * (2 * MOST_PIECES + 1) * MOST_PIECES

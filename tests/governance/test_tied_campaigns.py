"""A burst under one article: opened where its accounts hang together, and not where many people say the same."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from governance import campaign_findings
from moderation.behaviour.hands import Confidence, Hand
from moderation.comment import Author, Client, Comment, Context
from moderation.contacts import find_contacts
from moderation.normaliser import normalise
from records import campaign_findings as stored
from records.campaign_findings import Answer, FindingRecord
from records.database import Database
from records.ids import new_id
from records.personal import Keyring
from records.storing import Answered, store_decisions
from serving.watcher import Watcher
from tests.records.databases import NOW
from tests.records.factories import a_decision

PRAISE = "这款面霜真的太好用了，用了一周皮肤明显变亮，强烈推荐给大家入手"
LINE = "专家表示，今年秋季流感高发，市民应当尽早接种疫苗并做好个人防护"


@pytest.fixture
def database(sqlite: Database) -> Database:
    return sqlite


@pytest.fixture
def keyring(keyring_of_sqlite: Keyring) -> Keyring:
    return keyring_of_sqlite


class Article:
    """Comments come in, and the worker looks."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        self.database, self.keyring, self.now = database, keyring, NOW
        self.watcher = Watcher(database, keyring, lambda: self.now)

    def says(self, account: str, text: str, thread: str, at: float, device: str | None, network: str | None) -> None:
        self.now = NOW + timedelta(seconds=at)
        comment = Comment(text, author=Author(account), context=Context(thread_id=thread),
                          client=Client(device, network))  # fmt: skip
        read = normalise(text)
        seen = self.watcher.count(comment, read, find_contacts(read))
        answered = [Answered(comment, a_decision(), new_id(), 1.0, seen=seen)]
        with self.database.unit() as unit:
            self.watcher.keep(unit, answered, store_decisions(unit, answered, keyring=self.keyring, now=self.now))
            unit.commit()

    def look(self, after: float = 60) -> int:
        now: datetime = NOW + timedelta(seconds=after)
        found = campaign_findings.look_for_tied(self.database, now)
        campaign_findings.weigh_some(self.database, now)
        return found

    def findings(self) -> list[FindingRecord]:
        with self.database.reading() as look:
            return list(stored.page(look).items)


@pytest.fixture
def article(database: Database, keyring: Keyring) -> Article:
    return Article(database, keyring)


def puppets(article: Article, size: int = 14, *, devices: int = 3, threads: int = 2, begin: int = 0) -> None:
    for number in range(begin, begin + size):
        article.says(f"puppet-{number}", f"{PRAISE}{'！' * (number % 3)}", f"t-{number % threads}", number * 0.14,
                     f"phone-{number % devices}", "one-network")  # fmt: skip


@pytest.mark.parametrize("threads", [1, 2])
def test_accounts_on_three_devices_that_praise_within_seconds_are_a_campaign_in_one_thread_too(
    article: Article, threads: int
) -> None:
    puppets(article, threads=threads)
    assert [1, 0] == [article.look() for _ in range(2)]
    (finding,) = article.findings()
    assert ("text", 14, Hand.ONE, Confidence.STRONG) == (finding.kind, finding.size, finding.hand, finding.confidence)
    signs = {sign["name"] for sign in finding.evidence["signs"] if sign["bits"] > 0}
    assert {"device", "network", "together"} <= signs


def test_what_comes_later_joins_it(article: Article) -> None:
    puppets(article)
    article.look()
    puppets(article, 4, begin=14)
    assert [1, 0] == [article.look(90) for _ in range(2)]
    assert [18] == [each.size for each in article.findings()]


def test_what_a_senior_called_no_campaign_is_not_collected_again(article: Article) -> None:
    puppets(article)
    article.look()
    with article.database.unit() as unit:
        of = article.findings()[0].campaign_id
        campaign_findings.decide(unit, of, Answer.NO_CAMPAIGN, by="mia", note="a class of pupils", now=NOW)
        unit.commit()
    puppets(article, 4, begin=14)
    assert 0 == article.look(90)


@pytest.mark.parametrize("said", ["同意", "加油", "前排围观", "中国加油！"])
def test_many_who_say_the_same_short_word_are_none_even_on_few_devices(article: Article, said: str) -> None:
    for number in range(30):
        article.says(f"one-{number}", said, "t-1", number * 0.5, f"phone-{number % 4}", "campus")
    assert (0, []) == (article.look(), article.findings())


def test_many_who_quote_the_article_are_none_though_some_share_a_device_and_a_network(article: Article) -> None:
    for number in range(30):
        device = f"family-{number // 2}" if number < 8 else f"phone-{number}"
        network = "campus" if number % 2 else f"home-{number}"
        article.says(f"one-{number}", LINE, "t-1", number * 1.5 + number % 7 * 4, device, network)
    assert (0, []) == (article.look(), article.findings())


def test_where_the_platform_says_no_device_words_and_moments_alone_open_none(article: Article) -> None:
    for number in range(20):
        article.says(f"one-{number}", PRAISE, "t-1", number * 0.1, None, None)
    assert (0, []) == (article.look(), article.findings())

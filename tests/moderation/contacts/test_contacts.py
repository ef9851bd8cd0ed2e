from __future__ import annotations

import hashlib
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.contacts import Contact, ContactKind, contact_hash, find_contacts, registrable_domain
from moderation.contacts.checksums import _BASE58, is_base58check
from moderation.normaliser import normalise
from tests.moderation.work import counted

HERE = Path(__file__).parent


def lines(name: str) -> list[str]:
    return [line for line in (HERE / name).read_text(encoding="utf-8").splitlines() if not line.startswith("#")]


def contacts(text: str) -> tuple[Contact, ...]:
    return find_contacts(normalise(text))


def test_the_tables_are_long_enough_to_mean_something() -> None:
    assert len(lines("found.tsv")) >= 120
    assert len(lines("harmless.txt")) >= 120


@pytest.mark.parametrize("row", lines("found.tsv"))
def test_a_contact_is_seen_however_people_write_it(row: str) -> None:
    kind, value, text = row.split("\t")
    assert [(kind, value)] == [(found.kind, found.value) for found in contacts(text)]


@pytest.mark.parametrize("text", lines("harmless.txt"))
def test_numbers_names_and_dots_of_everyday_texts_are_no_contacts(text: str) -> None:
    assert () == contacts(text)


@pytest.mark.parametrize("text", lines("harmless_links.txt"))
def test_what_stands_in_links_is_no_account_and_no_code(text: str) -> None:
    assert [] == [found for found in contacts(text) if found.kind is not ContactKind.URL]


def test_there_are_forty_links_and_more_and_those_with_a_host_are_seen() -> None:
    texts = lines("harmless_links.txt")
    assert len(texts) >= 40
    assert [] == [text for text in texts if ".com/" in text and not contacts(text)]


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        (["evil.com/vx:abc12345", "abc12345"], "看 evil.com/vx:abc12345"),
        (["evil.com/?to=boss@good.com", "boss@good.com"], "evil.com/?to=boss@good.com"),
        (["evil.com/a", "abc12345"], "evil.com/a 微信abc12345"),
        (["evil.com/", "abc12345"], "evil.com/加微信abc12345"),
        (["evil.com/?from=wechat&id=abc12345"], "evil.com/?from=wechat&id=abc12345"),
        (["+8613800138000"], "tel:13800138000"),
        (["good.com", "evil.com/x"], "https://good.com@evil.com/x"),
        (["good.com:443", "evil.com"], "https://good.com:443@evil.com"),
        (["good.com", "evil.com/x"], "https://good.com%2f@evil.com/x"),
        (["good.com"], "http://good.com\\@evil.com"),
        (["good.com/@evil.com"], "https://good.com/@evil.com"),
    ],
)
def test_what_a_path_says_hides_neither_itself_nor_the_host(expected: list[str], text: str) -> None:
    found = [each.value for each in contacts(text)]
    assert [value.rstrip("/") for value in expected] == found


SPELLINGS = {
    "+8613800138000": [
        "13800138000",
        "１３８００１３８０００",
        "+86 138 0013 8000",
        "138-0013-8000",
        "①③⑧⓪⓪①③⑧⓪⓪⓪",
        "❶❸❽⓪⓪❶❸❽⓪⓪⓪",
        "一三八零零一三八零零零",
        "壹叁捌零零壹叁捌零零零",
        "一3八〇〇1三8〇零0",
        "1\u200b38\u200d0013\ufeff8000",
        "1·3·8·0·0·1·3·8·0·0·0",
        "١٣٨٠٠١٣٨٠٠٠",
        "l38oo138oOO",
        "yi san ba ling ling yi san ba ling ling ling",
    ],
    "example.com": [
        "example.com",
        "https://www.EXAMPLE.com/",
        "example。com",
        "ｅｘａｍｐｌｅ．ｃｏｍ",
        "example点com",
        "example dot com",
        "example[.]com",
        "hxxp://example.com",
        "exa\u200bmple.com",
        "𝐞𝐱𝐚𝐦𝐩𝐥𝐞.𝐜𝐨𝐦",
        "ⓔⓧⓐⓜⓟⓛⓔ.ⓒⓞⓜ",
    ],
    "abc12345": [
        "微信abc12345",
        "薇信：ABC12345",
        "加V abc12345",
        "vx:abc12345",
        "Ｖ信【ａｂｃ１２３４５】",
        "ⓥⓧ ⓐⓑⓒ①②③④⑤",
        "wei xin abc12345",
        "➕微 abc12345",
        "abc12345是我微信",
        "v\u200bx：abc12345",
    ],
}


@pytest.mark.parametrize(("value", "text"), [(value, text) for value, texts in SPELLINGS.items() for text in texts])
def test_one_contact_in_ten_disguises_has_one_value(value: str, text: str) -> None:
    assert [value] == [found.value for found in contacts(text)]


def test_a_contact_is_shown_where_the_author_wrote_it() -> None:
    text = "看这里，加Ｖ\u200bＸ：ａｂｃ①②③好"
    (found,) = contacts(text)
    assert "ａｂｃ①②③" == found.span.of(text)


@pytest.mark.parametrize(
    "written",
    [
        "+86 138 0013 8000",
        "＋86-13800138000",
        "+八六一三八零零一三八零零零",
        "+(86)13800138000",
        "＋ eight six one three eight zero zero one three eight zero zero zero",
    ],
)
@pytest.mark.parametrize("cue", ["", "电话 ", "whatsapp: "])
def test_a_number_with_its_country_is_shown_from_its_plus_sign_on(written: str, cue: str) -> None:
    text = f"好的，{cue}{written}，随时"
    (found,) = contacts(text)
    assert ("+8613800138000", written) == (found.value, found.span.of(text))


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        ([], "苇信 xiaobai77"),
        (["xiaobai77"], "苇信：xiaobai77"),
        (["xiaobai77"], "加苇信 xiaobai77"),
        (["xiaobai77"], "苇信 @xiaobai77"),
        ([], "苇信 @bigdiscount"),
        ([], "苇信：bigdiscount"),
        (["xiaobai77"], "te1egram xiaobai77"),
        (["bigdiscount"], "te1egram: bigdiscount"),
        (["bigdiscount"], "te1egram @bigdiscount"),
        (["bigdiscount"], "加te1egram bigdiscount"),
        ([], "te1egram bigdiscount"),
        ([], "telegram: bigdiscount"),
    ],
)
def test_what_a_cue_in_disguise_wants_besides(expected: list[str], text: str) -> None:
    """As docs/reference/contacts.md says, of one known by its sound and of one known by its shape."""
    assert expected == [found.value for found in contacts(text)]


def test_a_link_s_host_is_shown_with_all_its_names() -> None:
    text = "看hxxps://a[.]b[.]example[.]com/x"
    (found,) = contacts(text)
    assert "hxxps://a[.]b[.]example[.]com/x" == found.span.of(text)


def test_a_cue_makes_a_finding_surer() -> None:
    (bare,), (cued,) = contacts("138-0013-8000"), contacts("电话138-0013-8000")
    assert bare.confidence < cued.confidence


def test_an_account_number_needs_its_cue() -> None:
    assert () == contacts("我有 246813579 个")
    assert () == contacts("246813579")
    assert [ContactKind.QQ] == [found.kind for found in contacts("扣扣246813579")]


def test_a_number_knows_its_country() -> None:
    assert ["CN", "TH"] == [found.region for found in contacts("+8613800138000 และ +66812345678")]


def test_a_look_alike_host_is_read_as_itself_where_it_opens() -> None:
    (found,) = contacts("https://gооgle.com")  # two Cyrillic letters
    assert "xn--ggle-55da.com" == found.domain


@pytest.mark.parametrize(
    ("expected", "host"),
    [
        ("example.com", "www.example.com"),
        ("example.com.cn", "a.b.example.com.cn"),
        ("somebody.github.io", "x.somebody.github.io"),
        ("xn--fsqu00a.xn--55qx5d", "例子.公司"),
        ("xn--fsqu00a.xn--55qx5d", "xn--fsqu00a.xn--55qx5d"),
        (None, "localhost"),
        (None, "com"),
        (None, "a.py1"),
    ],
)
def test_a_domain_is_what_one_owner_holds(expected: str | None, host: str) -> None:
    assert expected == registrable_domain(host)


def base58check(version: int) -> str:
    raw = bytes([version]) + bytes(range(20))
    raw += hashlib.sha256(hashlib.sha256(raw).digest()).digest()[:4]
    number, address = int.from_bytes(raw, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        address = _BASE58[digit] + address
    return "1" * (len(raw) - len(raw.lstrip(b"\0"))) + address


@pytest.mark.parametrize("version", [0x00, 0x05, 0x41, 0x30, 0x1E])
def test_an_address_is_one_only_while_its_checksum_holds(version: int) -> None:
    address = base58check(version)
    assert is_base58check(address)
    assert [address] == [found.value for found in contacts(f"USDT {address} 转")]
    changed = address[:-1] + ("2" if address[-1] != "2" else "3")
    assert () == contacts(f"USDT {changed} 转")


def test_mixed_case_of_an_ethereum_address_is_its_checksum() -> None:
    right = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
    assert [right.lower()] == [found.value for found in contacts(right)]
    assert () == contacts(right.replace("Aed", "aEd"))


MANY = {
    "wechat": ("微信 abcde{:03}，", "abcde{:03}"),
    "url": ("看 site{:03}.com 吧", "site{:03}.com"),
    "phone": ("138001{:05} ", "+86138001{:05}"),
    "email": ("b{:03}@evil.com ", "b{:03}@evil.com"),
    "telegram": ("t.me/user{:05} ", "user{:05}"),
}
LONGEST = 10_000


@pytest.mark.parametrize("kind", MANY)
def test_every_contact_of_a_text_as_long_as_may_be_is_seen(kind: str) -> None:
    written, value = MANY[kind]
    number = LONGEST // len(written.format(0))
    found = contacts("".join(written.format(at) for at in range(number)))
    assert [(kind, value.format(at)) for at in range(number)] == [(each.kind, each.value) for each in found]


def test_a_contact_written_twice_is_told_once() -> None:
    assert 1 == len(contacts("微信 abc12345，再说一遍：微信 abc12345"))


def test_hashes_meet_under_one_key_and_part_under_another() -> None:
    one = contact_hash(ContactKind.QQ, "12345678", b"k" * 32)
    assert one == contact_hash(ContactKind.QQ, "12345678", b"k" * 32)
    assert (
        len(
            {
                one,
                contact_hash(ContactKind.QQ, "12345678", b"l" * 32),
                contact_hash(ContactKind.PHONE, "12345678", b"k" * 32),
            }
        )
        == 3
    )
    assert "12345678" not in one


TELLING = """
微信 vx 加v qq ： @ . 。 com 点 dot http:// www. t.me/ 138 一三八 ① 0013 8000 abc + - 邀请码 電話 👍 бот รหัส 카톡
1A1zP1eP5 0x xn--
"""
telling = st.sampled_from([*TELLING.split(), " ", "\u200b", "\ud800"])


@given(st.text(max_size=60) | st.lists(telling, max_size=25).map("".join))
@settings(max_examples=400, deadline=None)
def test_whatever_is_written_every_finding_lies_in_the_text_and_has_a_value(text: str) -> None:
    found = contacts(text)
    for contact in found:
        assert contact.value
        assert 0 <= contact.span.start < contact.span.end <= len(text)
        assert 0.7 <= contact.confidence <= 1
    assert all(left.span.end <= right.span.start for left, right in pairwise(found))


@pytest.mark.parametrize(
    "piece", ["微信 ", "1-", "a.", "vx:a ", "138 0013 8000 ", "a@", "一", "点com", "加v 1380013800 ", "yi san ba "]
)
def test_work_grows_with_the_text_and_no_faster(piece: str) -> None:
    """Counted in Python calls: a text twice as long costs at most about twice as many."""
    short, long = (calls(piece * (size // len(piece))) for size in (2_500, 5_000))
    assert long <= 2.5 * short + 500


@pytest.mark.parametrize("kind", MANY)
def test_work_grows_with_what_is_found_and_no_faster(kind: str) -> None:
    """Counted in Python calls, for a text that is full of contacts, each another one."""
    written, _ = MANY[kind]
    short, long = (
        calls("".join(map(written.format, range(size // len(written.format(0)))))) for size in (LONGEST // 2, LONGEST)
    )
    assert long <= 2.5 * short + 500


@pytest.mark.parametrize(
    "piece",
    ["微信 ", "1-", "a.", "vx:a ", "138 0013 8000 ", "a@", "加V", "加V ", "+v", "点com", "t . me / ", "http:\\\\",
     "v1.2.", "a dot ", "a[.]", "一 ", "@ 12点 com ", "准考证", "ü."],
)  # fmt: skip
# The longest that is taken, read and scanned under a profiler, is `make proof`'s.
@pytest.mark.parametrize("longest", [LONGEST // 2, pytest.param(LONGEST, marks=pytest.mark.proof)])
def test_a_text_twice_as_long_is_scanned_twice_as_much(piece: str, longest: int) -> None:
    short, long = (scanned((piece * size)[:size]) for size in (longest // 2, longest))
    assert long <= 2.2 * short + 2_000


def scanned(text: str) -> int:
    """How many characters are scanned for what `text`, read already, holds."""
    normalised = normalise(text)
    find_contacts(normalised)
    with counted("moderation.contacts") as work:
        find_contacts(normalised)
    return work.characters


def calls(text: str) -> int:
    import sys

    normalised = normalise(text)
    find_contacts(normalised)  # tables are read once, which is not counted
    count = 0

    def note(*_: object) -> None:
        nonlocal count
        count += 1

    sys.setprofile(note)
    try:
        find_contacts(normalised)
    finally:
        sys.setprofile(None)
    return count

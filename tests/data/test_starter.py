from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.corpus_faults import read_short_harm
from data.corpus_lint import CorpusReport, look_over
from data.reading import Broken
from data.starter import Written, escape, read_file, unescape
from tests.data.conftest import CHECKOUT, HEADER, Workshop


def read(tmp_path: Path, names: tuple[str, ...], *lines: str, file: str = "zh/abuse.tsv") -> list[Written | Broken]:
    path = tmp_path / "rows.tsv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return list(read_file(path, file, names))


def test_a_row_is_read_as_posted(tmp_path: Path, names: tuple[str, ...]) -> None:
    (found,) = read(tmp_path, names, HEADER, "advertising,fraud\tfake_job\tsocial\tg1\t日结\\n加\\t我\\\\")

    assert found == Written(
        "zh/abuse.tsv", 2, "zh", ("advertising", "fraud"), "fake_job", "social", "g1", "日结\n加\t我\\"
    )


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        ("abuse\tinsult\tvideo\tg1", "has 4 columns, 5 were expected"),
        ("abuse\tinsult\tvideo\tg1\ta\tb", "has 6 columns"),
        ("rude\tinsult\tvideo\tg1\ta", "unknown label 'rude'"),
        ("ok,abuse\tinsult\tvideo\tg1\ta", "unknown label 'ok'"),
        ("abuse,abuse\tinsult\tvideo\tg1\ta", "names a label twice"),
        ("\tinsult\tvideo\tg1\ta", "unknown label ''"),
        ("abuse\tinsult\tradio\tg1\ta", "unknown voice 'radio'"),
        ("abuse\t\tvideo\tg1\ta", "kind and group must not be empty"),
        ("abuse\tinsult\tvideo\t\ta", "kind and group must not be empty"),
        ("abuse\tinsult\tvideo\tg1\ta\\x", "is no escape"),
    ],
)
def test_a_broken_row_is_told_with_its_line_and_the_next_is_read(
    tmp_path: Path, names: tuple[str, ...], line: str, cause: str
) -> None:
    broken, fine = read(tmp_path, names, HEADER, line, "ok\ttalk\tvideo\tg2\tb")

    assert isinstance(broken, Broken)
    assert (broken.file, broken.line) == ("zh/abuse.tsv", 2)
    assert cause in broken.cause
    assert isinstance(fine, Written)


def test_a_file_without_header_is_refused_whole(tmp_path: Path, names: tuple[str, ...]) -> None:
    (found,) = read(tmp_path, names, "ok\ttalk\tvideo\tg2\tb")

    assert isinstance(found, Broken)
    assert "header" in found.cause


def test_the_file_tells_ordinary_comments_from_hard_negatives(tmp_path: Path, names: tuple[str, ...]) -> None:
    row = "ok\ttalk\tvideo\tg2\tb"
    (everyday,) = read(tmp_path, names, HEADER, row, file="zh/everyday.video.tsv")
    (negative,) = read(tmp_path, names, HEADER, row, file="zh/abuse.hard_negatives.tsv")

    assert isinstance(everyday, Written)
    assert isinstance(negative, Written)
    assert (everyday.is_everyday, everyday.is_hard_negative) == (True, False)
    assert (negative.is_everyday, negative.is_hard_negative) == (False, True)


@given(st.text())
def test_escaping_is_undone_exactly(text: str) -> None:
    assert unescape(escape(text)) == text
    assert not set("\n\t") & set(escape(text))


def test_what_falls_short_is_told_in_sentences(workshop: Workshop, names: tuple[str, ...]) -> None:
    workshop.corpus("zh/abuse", ["abuse\tinsult\tvideo\tg1\t你这个人真没用", "rude\ta\tvideo\tg\tb"])

    told = "\n".join(look_over(workshop.places.starter, names).shortcomings)

    assert "1 rows cannot be read" in told
    assert "1 distinct comments, at least 12,000 are wanted" in told
    assert "no row says 'gambling'" in told
    assert "0 hard negatives beside 1 rows of 'abuse'" in told
    assert "fewer than the 1 of the largest label" in told
    assert "0 everyday comments of shop in Chinese, at least 1,200 are wanted" in told
    for lang in ("en", "id", "th", "ru", "pt", "es", "ko", "ja", "ar"):
        assert f"0 rows in {lang}, at least 250 are wanted" in told


def test_rows_nearly_alike_are_shown_to_their_author(workshop: Workshop, names: tuple[str, ...]) -> None:
    lines = [f"ok\ttalk\tvideo\tg1\t今天下班路上看见一只橘猫追着小狗跑{mark}" for mark in ("", "了")]
    workshop.corpus("zh/everyday", lines)

    report = look_over(workshop.places.starter, names)

    assert report.repeated == (("zh/everyday.tsv:2", "zh/everyday.tsv:3"),)
    assert (report.rows, report.distinct) == (2, 1)


def test_one_text_under_two_judgements_is_a_fault(workshop: Workshop, names: tuple[str, ...]) -> None:
    workshop.corpus("zh/abuse", ["abuse\tinsult\tvideo\tg1\t🐴没了？", "abuse\tinsult\tvideo\tg1\t废物东西一个"])
    workshop.corpus("zh/everyday", ["ok\ttalk\tvideo\tg2\t没了"])

    told = look_over(workshop.places.starter, names).faults

    assert "zh/abuse.tsv:2 (abuse) and zh/everyday.tsv:2 (ok) say the same" in told


def test_rows_that_count_as_one_may_not_be_judged_apart(workshop: Workshop, names: tuple[str, ...]) -> None:
    text = "今天下班路上看见一只橘猫追着小狗跑"
    workshop.corpus("zh/abuse", [f"abuse\tinsult\tvideo\tg1\t{text}"])
    workshop.corpus("zh/everyday", [f"ok\ttalk\tvideo\tg2\t{text}了"])

    told = look_over(workshop.places.starter, names).faults

    assert "zh/abuse.tsv:2 (abuse) and zh/everyday.tsv:2 (ok) say the same" in told


def test_a_label_wants_hard_negatives_in_each_of_its_languages(workshop: Workshop, names: tuple[str, ...]) -> None:
    workshop.corpus("th/gambling", [f"gambling\ttips\tvideo\tg\tเว็บตรงแตกง่าย {each}" for each in "กขค"])
    workshop.corpus("th/hard_negatives", ["ok\tgambling_news\tvideo\th\tตำรวจจับบ่อนเมื่อคืน"])
    workshop.corpus("id/gambling", ["gambling\ttips\tvideo\tg\tpola gacor malam ini"])
    workshop.corpus("id/hard_negatives", ["ok\tgambling_news\tvideo\th\tpolisi gerebek markas judi semalam"])

    report = look_over(workshop.places.starter, names)

    assert (report.beside["gambling"]["th"].positives, report.beside["gambling"]["th"].negatives) == (3, 1)
    assert "1 hard negatives beside 3 rows of 'gambling' in th: one for every two is wanted" in report.faults
    assert not any("in id" in fault for fault in report.faults)


def test_a_harmful_row_that_nobody_can_judge_alone_is_a_fault(workshop: Workshop, names: tuple[str, ...]) -> None:
    lines = [f"abuse\tinsult\tvideo\tg1\t{text}" for text in ("有货", "傻逼", "你这个废物东西")]
    workshop.corpus("zh/abuse", lines)
    workshop.write("data/starter/short_harm.txt", "# insults anywhere\n傻逼\n")

    (told,) = (fault for fault in look_over(workshop.places.starter, names).faults if "judge alone" in fault)

    assert told.startswith("1 harmful rows of up to 4 characters")
    assert told.endswith(": zh/abuse.tsv:2")


def test_a_kind_that_the_guide_does_not_know_is_a_fault(workshop: Workshop, names: tuple[str, ...]) -> None:
    lines = [f"{label}\t{kind}\tvideo\tg1\t{text}" for label, kind, text in (
        ("abuse", "insult", "你这个废物东西"), ("abuse,hate", "region", "你们那边的人全是贼"),
        ("abuse", "hint", "有些人懂的都懂吧"), ("abuse", "loan_ad", "脸皮厚得像城墙拐角"),
    )]  # fmt: skip
    workshop.corpus("zh/abuse", lines)
    workshop.corpus("zh/everyday", ["ok\tanything_at_all\tvideo\tg2\t今天的云很低"])
    guide = (
        "## Abuse\n\n### Kinds\n* `insult`: x\n\n### Edges\n`loan_ad`\n\n## Hate\n\n### Kinds\n* `region`\n\n"
        "## Every label\n\n### Kinds\n`hint`\n"
    )
    workshop.write("data/starter/GUIDE.md", guide)

    told = [fault for fault in look_over(workshop.places.starter, names).faults if "no kind" in fault]

    assert told == ["the guide knows no kind 'loan_ad' of abuse: zh/abuse.tsv:5"]


@pytest.fixture(scope="module")
def shipped(names: tuple[str, ...]) -> CorpusReport:
    return look_over(CHECKOUT / "data" / "starter", names)


def test_the_shipped_corpus_reads_without_a_broken_row(shipped: CorpusReport) -> None:
    assert shipped.broken == ()


def test_the_shipped_corpus_falls_short_in_nothing(shipped: CorpusReport) -> None:
    """12,000 distinct comments, every label with its hard negatives, everyday the largest class; in Chinese 1,200
    everyday ones of each voice, and in each of nine more languages 250 rows."""
    assert shipped.shortcomings == ()


def test_the_shipped_corpus_has_no_fault(shipped: CorpusReport) -> None:
    """No text judged twice, one hard negative for every two offences in each label and language, nothing too short to
    be judged alone, no kind that the guide does not name: what `chaffinch data starter --strict` asks."""
    assert shipped.faults == ()


def test_the_shipped_corpus_has_chinese_english_and_three_more_languages_for_every_label(shipped: CorpusReport) -> None:
    by_label = shipped.by_label

    for name, held in by_label.items():
        assert {"zh", "en"} <= set(held), name
        assert len(held) >= 5, name


def test_the_shipped_corpus_hardly_repeats_itself(shipped: CorpusReport) -> None:
    assert len(shipped.repeated) <= shipped.rows // 100


ANYBODY_MAY_WRITE = (
    "晨跑打卡第三十天", "昨晚梦见你了，奇怪", "你的声音让人安心", "你朋友圈的猫叫什么", "不信任我就算了",
    "我在看盘，等我十分钟", "你看，到账了吧", "这边是飞书会议，您静音就行", "合同发您，签完按手印拍给我",
    "看台票转让，有事去不了", "冬虫夏草，产地直供", "你几号楼 我上去", "冲就完了，不冲哪来的肉", "置顶那条说清楚了",
)  # fmt: skip


@pytest.fixture(scope="module")
def harm(names: tuple[str, ...]) -> frozenset[str]:
    """Every text of the shipped corpus that bears a label."""
    folder = CHECKOUT / "data" / "starter"
    found = (row for path in folder.glob("*/*.tsv") for row in read_file(path, f"{path.parent.name}/x.tsv", names))
    return frozenset(row.text for row in found if isinstance(row, Written) and row.labels)


def test_the_shipped_corpus_does_not_teach_everyday_sentences_as_harm(harm: frozenset[str]) -> None:
    assert not harm.intersection(ANYBODY_MAY_WRITE)


def test_every_text_called_harm_stands_in_the_shipped_corpus(harm: frozenset[str]) -> None:
    assert read_short_harm(CHECKOUT / "data" / "starter") <= harm

"""`chaffinch audit neutrality` over real records: groups as a platform gives them, a report, an entry in the ledger."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from chaffinch.main import app
from chaffinch.neutrality_audit import Report, Span, keep, look_over
from chaffinch.neutrality_groups import load_groups
from chaffinch.settings import Settings
from chaffinch.wiring import key_folder, open_database
from eval.leaning import Limits, audit
from eval.leaning_pairs import Observed
from governance import neutrality
from moderation.decision import Outcome, Reason, Source
from moderation.errors import InvalidInputError, NotFoundError
from records import ledger
from records.personal import Keyring, open_keyring
from tests.records.factories import NAMES, VERSIONS, a_comment, a_decision, an_answer, put

RIVAL, OTHER = "星河汽车", "云杉电器"
UNJUDGED = replace(VERSIONS, model="none", model_version="none")
"""Of a house without a model."""
GROUPS = f"axis,kind,id,group\ncompany,name,{RIVAL},{RIVAL}\ncompany,name,{OTHER},{OTHER}\npaying,comment,c-0,yes\n"


def typed(*words: str) -> Result:
    return CliRunner().invoke(app, ["audit", "neutrality", "--by", "ada", "--why", "the yearly look", *words])


def fill(home: Path, *, rule_hits: str) -> Keyring:
    """60 comments about each company, alike; a rule hits those about `rule_hits`."""
    settings, now = Settings(home=home), datetime.now(UTC)
    hit = Reason("abuse", Source.RULE, Outcome.BLOCK, {"zh": "像", "en": "like"}, "rule 1", "ads.rival", ())
    with closing(open_database(settings)) as database:
        keyring = open_keyring(database, key_folder(settings), now=now)
        answers = [
            an_answer(a_comment(f"{name}的服务第{at}次了", known_as=f"c-{at}"),
                      replace(a_decision(Outcome.BLOCK), reasons=(hit,), versions=UNJUDGED) if name == rule_hits
                      else replace(a_decision(), versions=UNJUDGED))
            for at, name in enumerate((RIVAL, OTHER) * 60)
        ]  # fmt: skip
        put(database, keyring, *answers, now=now)
    return keyring


@pytest.fixture
def groups(tmp_path: Path) -> Path:
    path = tmp_path / "groups.csv"
    path.write_text(GROUPS, encoding="utf-8")
    return path


def test_a_rule_that_names_a_rival_is_found_and_told_everywhere(home: Path, groups: Path) -> None:
    fill(home, rule_hits=RIVAL)
    done = typed("--groups", str(groups), "--json")
    assert 3 == done.exit_code
    told = json.loads(done.stdout)
    leaning = {(each["by"], each["name"], each["group"]) for each in told["comparisons"] if each["leans"]}
    assert ("rule", "ads.rival", RIVAL) in leaning
    assert any(RIVAL in sentence and "ads.rival" in sentence for sentence in told["findings"])
    page = Path(told["page"]).read_text(encoding="utf-8")
    assert f"company {RIVAL}" in page
    assert "的服务第" not in done.stdout + page  # no text of a comment
    kept = json.loads((home / "neutrality" / "latest.json").read_text(encoding="utf-8"))
    assert told["findings"] == kept["findings"]
    with closing(open_database(Settings(home=home))) as database, database.reading() as look:
        [entry] = [each for each in ledger.page(look, limit=200).items if each.kind == "neutrality.audited"]
    body = json.loads(entry.body)
    assert len(told["findings"]) == body["facts"]["findings"]
    assert ("ada", "the yearly look") == (body["actor"]["id"], body["reason"])


def answered(*words: str) -> Result:
    return CliRunner().invoke(app, ["audit", "answer", "--by", "ada", "--note", "the rule was retired", *words])


def test_another_audit_answers_no_finding_of_the_one_before(home: Path, groups: Path, tmp_path: Path) -> None:
    fill(home, rule_hits=RIVAL)
    told = json.loads(typed("--groups", str(groups), "--json").stdout)
    latest = (home / "neutrality" / "latest.json").read_text(encoding="utf-8")
    others = tmp_path / "others.csv"
    others.write_text("axis,kind,id,group\nregion,comment,c-1,east\nregion,comment,c-2,west\n", encoding="utf-8")
    again = typed("--groups", str(others))
    assert f"{len(told['findings'])} findings of the audit of {told['at']} are open" in again.stdout
    then = json.loads(typed("--groups", str(groups), "--from", "2099-01-01", "--to", "2099-02-01", "--json").stdout)
    assert then["page"] is None
    assert latest != (home / "neutrality" / "latest.json").read_text(encoding="utf-8")
    open_ = len(told["findings"])
    for number in range(1, open_ + 1):
        done = answered("--finding", str(number))
        assert f"finding {number} of the audit of {told['at']}. {open_ - number} are open" in done.stdout
    assert isinstance(answered("--finding", "1").exception, NotFoundError)


def test_alike_treatment_is_no_finding_and_few_pairs_say_nothing(home: Path, groups: Path) -> None:
    fill(home, rule_hits="")
    done = typed("--groups", str(groups))
    assert (0, True) == (done.exit_code, "Nothing leans among what could be compared" in done.stdout)
    later = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()
    empty = typed("--groups", str(groups), "--from", later, "--to", "2099-01-01")
    assert (3, True) == (empty.exit_code, "Could not be judged" in empty.stdout)


def two_shops(home: Path, *, comments: int = 50, deleted: int = 20) -> None:
    """Sentences about two shops, alike, of which the model suspects nothing; some of those about west are gone."""
    settings, now = Settings(home=home), datetime.now(UTC)
    hit = Reason("abuse", Source.RULE, Outcome.BLOCK, {"zh": "像", "en": "like"}, "rule 1", "ads.west", ())
    with closing(open_database(settings)) as database:
        answers = [
            an_answer(a_comment(f"{shop}的服务第{at}次了", known_as=f"{shop}-{at}"),
                      replace(a_decision(Outcome.BLOCK if gone else Outcome.PASS, **{NAMES[at % 4 + 3 * turn]: 0.2}),
                              reasons=(hit,) if gone else (), versions=UNJUDGED))
            for turn, shop in enumerate(("东街小店", "西街小店"))
            for at in range(comments)
            for gone in [turn == 1 and at < deleted]
        ]  # fmt: skip
        put(database, open_keyring(database, key_folder(settings), now=now), *answers, now=now)


SHOPS = "axis,kind,id,group\nshop,name,东街小店,east\nshop,name,西街小店,west\n"


def test_labels_that_are_suspected_of_nothing_keep_no_pair_apart(home: Path, groups: Path) -> None:
    two_shops(home)
    groups.write_text(SHOPS, encoding="utf-8")
    done = typed("--groups", str(groups), "--json")
    told = json.loads(done.stdout)
    assert ("leans", 3) == (told["verdict"], done.exit_code)
    assert {("house", "west"), ("house", "east")} <= {
        (each["by"], each["group"]) for each in told["comparisons"] if each["leans"]
    }


def test_what_was_not_compared_is_named_with_its_numbers_and_is_never_called_luck(home: Path, groups: Path) -> None:
    two_shops(home, comments=30, deleted=12)
    groups.write_text(SHOPS, encoding="utf-8")
    done = typed("--groups", str(groups), "--json")
    told = json.loads(done.stdout)
    assert ("not_judged", 3) == (told["verdict"], done.exit_code)
    house = next(each for each in told["not_compared"] if (each["by"], each["group"]) == ("house", "west"))
    assert (30, 40, 0.4, 0.0, True) == (
        house["pairs"], house["needed"], house["rate"], house["others"], house["apart"]
    )  # fmt: skip
    assert 0.2 < house["detectable"] < 0.6
    said = typed("--groups", str(groups)).stdout
    for sentence in ("Could not be judged", "shop west: removed in all 40.0%, others 0.0%: not judged", "30 pairs of"):
        assert sentence in said, sentence
    assert "nothing leans" not in said.lower()
    page = Path(told["page"]).read_text(encoding="utf-8")
    for sentence in ("Could not be judged", "无法判断", "shop west: removed in all 40.0%", "30 / 40"):
        assert sentence in page, sentence
    with closing(open_database(Settings(home=home))) as database, database.reading() as look:
        standing = neutrality.standing(look, told["at"])
    assert standing
    assert ("not_judged", 6) == (standing.verdict, standing.apart)  # removed, passed, hit of two shops


def test_what_was_compared_says_which_difference_it_would_have_found(home: Path, groups: Path) -> None:
    two_shops(home, deleted=0)
    groups.write_text(SHOPS, encoding="utf-8")
    done = typed("--groups", str(groups), "--json")
    told = json.loads(done.stdout)
    assert ("nothing_leans", 0) == (told["verdict"], done.exit_code)
    house = next(each for each in told["comparisons"] if each["by"] == "house")
    assert 0.15 < house["detectable"] < 0.4
    assert "Nothing leans among what could be compared" in typed("--groups", str(groups)).stdout


def test_a_model_is_asked_with_names_exchanged(home: Path, groups: Path, tmp_path: Path) -> None:
    keyring = fill(home, rule_hits="")
    now = datetime.now(UTC)
    span = Span(now - timedelta(days=1), now + timedelta(days=1))
    with closing(open_database(Settings(home=home))) as database, database.reading() as look:
        report = look_over(look, load_groups(groups, keyring), span, limits=Limits(), now=now,
                           ask=lambda texts: np.array([RIVAL in text for text in texts]))  # fmt: skip
    [rival, other] = sorted(report.swapped, key=lambda each: each.rate, reverse=True)
    assert (RIVAL, 1.0, 0.0, True) == (rival.name, rival.rate, rival.others, rival.leans)
    assert 0.0 == other.rate
    assert "with this name" in report.findings[0]
    page = keep(report, tmp_path).read_text(encoding="utf-8")
    assert RIVAL in page
    assert all(said in page for said in report.findings_zh)
    assert "同样的句子换成他名" in page


def test_authors_are_found_by_their_pseudonyms_and_comments_by_their_ids(home: Path, tmp_path: Path) -> None:
    keyring = fill(home, rule_hits="")
    path = tmp_path / "groups.jsonl"
    rows = [{"axis": "paying", "kind": "author", "id": "author-7f3a", "group": "yes"},
            {"axis": "region", "kind": "comment", "id": "c-3", "group": "east"}]  # fmt: skip
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    groups = load_groups(path, keyring)
    assert {"paying"} == set(groups.authors)
    assert {"yes"} == set(groups.authors["paying"].values())
    assert "author-7f3a" not in str(groups.authors)
    assert {"region": {"c-3": "east"}} == groups.comments


def test_every_fault_of_a_groups_file_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "groups.jsonl"
    path.write_text('{"axis": "a"}\nnonsense\n[1]\n{"axis": "a", "kind": "face", "id": "x", "group": "g"}\n')
    with pytest.raises(InvalidInputError) as told:
        load_groups(path, Keyring({1: b"0" * 32}))
    assert {f"groups.jsonl:{line}" for line in (1, 2, 3, 4)} == {fault.where for fault in told.value.faults}
    empty = tmp_path / "groups.csv"
    empty.write_text("who,what\n", encoding="utf-8")
    with pytest.raises(InvalidInputError, match="axis, kind, id, group"):
        load_groups(empty, Keyring({1: b"0" * 32}))


@pytest.mark.usefixtures("home")
def test_a_span_that_cannot_be_is_refused(groups: Path) -> None:
    done = typed("--groups", str(groups), "--from", "2026-03-02", "--to", "2026-03-01")
    assert isinstance(done.exception, InvalidInputError)
    done = typed("--groups", str(groups), "--from", "2026-03-01", "--to", "2026-03-09", "--around", "2026-04-01")
    assert isinstance(done.exception, InvalidInputError)


def world(share: float) -> list[Observed]:
    """Two companies, judged alike by everybody; ben deletes and rex recommends this much more of the rival's."""
    return [
        Observed(f"c{at}{name}", {"company": name}, ("forum", "zh", "abuse"), 0.5, removed or deleted,
                 not (removed or deleted), float(at), "mei", recommended=liked, rejected=removed,
                 measured_by="ben" if deleted else "", recommended_by="rex" if liked else "")
        for at in range(400)
        for name in (RIVAL, OTHER)
        for removed in [at % 10 < 2]
        for deleted in [at % 10 >= 5 and (at % 10 < 5 + (4 * share if name == RIVAL else 1))]
        for liked in [at % 10 < (4 * share if name == RIVAL else 1)]
    ]  # fmt: skip


def test_who_deletes_or_recommends_by_name_is_found_and_the_moderator_is_not_blamed() -> None:
    leaning = {(each.by, each.name, each.outcome) for each in audit(world(1.0)).comparisons if each.leans}
    assert {("measure", "ben", "measured"), ("recommender", "rex", "recommended")} <= leaning
    assert not [by for by, _, _ in leaning if by == "moderator"]
    assert not [each for each in audit(world(0.25)).comparisons if each.leans]


def pardoned(share: float) -> list[Observed]:
    """Two companies, measured alike; rex takes back this much of what was done for comments about the rival."""
    return [
        Observed(f"p{at}{name}", {"company": name}, ("forum", "zh", "abuse"), 0.5, True, False, float(at), "mei",
                 rejected=True, measured_by="ben", was_measured=at % 2 == 0,
                 pardoned_by="rex" if at % 2 == 0 and at % 20 < (20 * share if name == RIVAL else 2) else "")
        for at in range(400)
        for name in (RIVAL, OTHER)
    ]  # fmt: skip


def test_who_sells_pardons_is_found_among_those_that_something_was_done_about() -> None:
    found = audit(pardoned(0.5))
    leaning = {(each.by, each.name, each.group, each.outcome) for each in found.comparisons if each.leans}
    assert {("pardoner", "rex", RIVAL, "pardoned"), ("pardoner", "rex", OTHER, "pardoned")} <= leaning
    assert {"pardoned"} == {outcome for *_, outcome in leaning}
    moment = datetime(2026, 3, 1, tzinfo=UTC)
    report = Report(moment, Span(moment, moment, None), found, (), 0)
    assert any("let off by rex" in each for each in report.findings)
    assert "rex" in report.people
    assert not [each for each in audit(pardoned(0.1)).comparisons if each.leans]


def test_a_finding_about_a_person_says_whom_and_a_date_without_a_before_is_said() -> None:
    moment = datetime(2026, 3, 1, tzinfo=UTC)
    found = audit(world(1.0), around=-1.0)
    report = Report(moment, Span(moment, moment, moment), found, (), 0)
    assert len(report.findings) == len(report.people)
    assert {"ben", "rex"} == {who for who in report.people if who}
    assert "no group has 40 comments before it" in report.notes[0]
    assert [] == Report(moment, Span(moment, moment), found, (), 0).notes


def test_a_change_around_a_date_is_told_for_the_group_alone() -> None:
    rows = [
        Observed(f"c{at}", {"company": name}, ("forum", "zh", "abuse"), 0.5, removed, not removed, float(at))
        for at in range(800)
        for name in (RIVAL, OTHER)
        for removed in [at % 10 < (7 if name == RIVAL and at >= 400 else 2)]
    ]
    found = {each.group: each for each in audit(rows, around=400.0).changes}
    assert pytest.approx(0.5) == found[RIVAL].rise
    assert found[RIVAL].leans
    assert not [each for each in audit(rows[:800], around=200.0).changes if each.leans]

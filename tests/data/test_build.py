from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from data.build import build
from data.config import BuildConfig, config_path, load_config
from data.grammar import SOURCE as GRAMMARS
from data.near_duplicates import near_duplicates
from data.recipes import load_recipes
from data.snapshot import Snapshot, list_snapshots
from moderation.errors import ConfigError, InvalidInputError, NotFoundError
from moderation.normaliser import normalise
from tests.data.conftest import CHECKOUT, NOW, Workshop

CONFIGS = CHECKOUT / "configs" / "data"


def all_rows(snapshot: Snapshot) -> list[Any]:
    return [row for side in ("train", "validation", "test") for row in snapshot.rows(side)]


def record(identity: str, text: str, at: str = "2026-03-01T10:00:00+00:00", **labels: int) -> dict[str, Any]:
    names = ("advertising", "gambling", "sexual", "fraud", "contraband", "abuse", "hate")
    return {
        "id": identity, "text": text, "lang": "zh", "labels": dict.fromkeys(names, 0) | labels, "group": f"t{identity}",
        "decision_id": "d", "verdict": "reject", "overturned": False, "confidence": 1.0, "decided_at": at,
    }  # fmt: skip


MODERATED = [{"name": "starter"}, {"name": "moderators", "optional": True}]


def test_a_row_of_the_corpus_knows_every_label(stocked: Workshop) -> None:
    rows = {row.text: row for row in all_rows(stocked.build().snapshot)}
    harmless = next(row for text, row in rows.items() if text.startswith("今天的云很低"))
    offer = next(row for text, row in rows.items() if "带你赢" in text)

    assert (harmless.labels, harmless.everyday) == ((0,) * 7, True)
    assert (offer.labels, offer.everyday) == ((1, 1, 0, 0, 0, 0, 0), False)


def test_groups_and_near_duplicates_stay_on_one_side(stocked: Workshop) -> None:
    snapshot = stocked.build().snapshot
    side_of = {row.id: side for side in ("train", "validation", "test") for row in snapshot.rows(side)}
    rows = all_rows(snapshot)
    groups = {row.group: {side_of[other.id] for other in rows if other.group == row.group} for row in rows}

    assert all(len(sides) == 1 for sides in groups.values())
    assert len({side for sides in groups.values() for side in sides}) == 3
    for edge in near_duplicates([normalise(row.text).canonical.text for row in rows], 0.6):
        assert side_of[rows[edge.first].id] == side_of[rows[edge.second].id]


def test_building_twice_costs_nothing_and_gives_the_same(stocked: Workshop) -> None:
    first = stocked.build()
    second = stocked.build(now=NOW.replace(year=2027))

    assert (first.reused, second.reused) == (False, True)
    assert second.snapshot.path == first.snapshot.path
    assert second.snapshot.manifest.created_at == NOW


def test_two_machines_get_the_same_hash(stocked: Workshop, tmp_path: Path) -> None:
    first = stocked.build().snapshot
    shutil.copytree(stocked.root, tmp_path / "elsewhere" / "deep")
    shutil.rmtree(tmp_path / "elsewhere" / "deep" / "home")
    elsewhere = Workshop(tmp_path / "elsewhere" / "deep", stocked.taxonomy, stocked.recipes)

    there = elsewhere.build(now=NOW.replace(month=9)).snapshot

    assert (there.hash, there.manifest.inputs) == (first.hash, first.manifest.inputs)
    assert there.path.name == first.path.name


def test_a_changed_word_gives_another_snapshot_beside_the_first(stocked: Workshop) -> None:
    first = stocked.build().snapshot
    stocked.corpus("zh/everyday.shop", ["ok\ttalk\tshop\tnew\t发票什么时候能寄到呀"])

    second = stocked.build()

    assert not second.reused
    assert second.snapshot.hash != first.hash
    assert len(list_snapshots(stocked.places.home / "snapshots")) == 2


def test_broken_rows_are_told_with_file_line_and_cause_and_counted(stocked: Workshop) -> None:
    stocked.corpus(
        "zh/hate", ["rude\tk\tvideo\tg\ta", "ok\tk\tvideo\tg\t\u200b", "ok\tk\tvideo\tg\t\\x", "ok\tk\tvideo"]
    )
    built = stocked.build()
    lines = (built.snapshot.path / "rejected.jsonl").read_text(encoding="utf-8").splitlines()
    told = [json.loads(line) for line in lines]

    assert built.snapshot.manifest.rejected == len(built.rejected) == len(told) == 4
    assert sorted(entry["line"] for entry in told) == [2, 3, 4, 5]
    assert {entry["file"] for entry in told} == {"zh/hate.tsv"}
    assert all(entry["cause"] and entry["source"] == "starter" for entry in told)


def test_broken_rows_that_came_later_are_told_in_the_folder_of_the_same_rows(stocked: Workshop) -> None:
    first = stocked.build()
    rows = (first.snapshot.path / "dataset").stat().st_mtime_ns
    stocked.corpus("zh/hate", ["rude\tk\tvideo\tg\ta", "ok\tk\tvideo"])
    later = NOW.replace(year=2027)

    second = stocked.build(now=later)
    third = stocked.build(now=NOW.replace(year=2028))

    assert second.snapshot.path == first.snapshot.path
    assert rows == (first.snapshot.path / "dataset").stat().st_mtime_ns
    assert (second.reused, third.reused) == (False, True)
    assert [2, 3] == [item.line for item in second.rejected] == [item.line for item in third.rejected]
    assert [2, 3] == [entry["line"] for entry in Snapshot.open(first.snapshot.path).rejected()]
    assert "2 broken rows were refused" in (first.snapshot.path / "card.md").read_text(encoding="utf-8")
    told = Snapshot.open(first.snapshot.path).manifest
    assert (2, later, second.snapshot.hash) == (told.rejected, told.created_at, first.snapshot.hash)
    assert "zh/hate.tsv" in told.sources[0].files


@pytest.mark.parametrize("damage", ["gone", "{", '{"line": 2}'])
def test_refused_rows_that_were_damaged_are_written_anew(stocked: Workshop, damage: str) -> None:
    stocked.corpus("zh/hate", ["rude\tk\tvideo\tg\ta"])
    first = stocked.build()
    path = first.snapshot.path / "rejected.jsonl"
    before = path.read_text(encoding="utf-8")
    path.unlink() if damage == "gone" else path.write_text(damage, encoding="utf-8")

    assert stocked.build().rejected == first.rejected
    assert path.read_text(encoding="utf-8") == before


def test_mended_rows_are_no_longer_told_as_broken(stocked: Workshop) -> None:
    stocked.corpus("zh/hate", ["rude\tk\tvideo\tg\ta"])
    broken = stocked.build()
    stocked.corpus("zh/hate", [])

    mended = stocked.build()

    assert mended.snapshot.path == broken.snapshot.path
    assert (0, ()) == (mended.snapshot.manifest.rejected, mended.rejected)
    assert "" == (mended.snapshot.path / "rejected.jsonl").read_text(encoding="utf-8")


def test_undecodable_bytes_break_their_row_alone(stocked: Workshop) -> None:
    good = stocked.build().snapshot.manifest.counts.rows
    header = b"labels\tkind\tvoice\tgroup\ttext\n"
    stocked.write(
        "data/starter/zh/abuse.tsv", header + b"ok\tk\tvideo\tg\t\xff\xfe\n" + "ok\tk\tvideo\tg\t窗外有只鸟\n".encode()
    )

    built = stocked.build()

    assert built.snapshot.manifest.counts.rows == good + 1
    assert [(item.line, item.cause) for item in built.rejected] == [
        (2, "holds bytes that are not valid in the file's encoding")
    ]


def test_a_build_with_no_row_left_fails_and_says_why(workshop: Workshop) -> None:
    workshop.corpus("zh/abuse", ["rude\tk\tvideo\tg\ta", "ok\tk\tvideo\tg\t"])

    with pytest.raises(InvalidInputError, match=r"2 were refused \(starter zh/abuse.tsv:2: unknown label 'rude'"):
        workshop.build()
    assert list_snapshots(workshop.places.home / "snapshots") == []


def test_every_absent_source_is_named_with_the_places_tried(stocked: Workshop) -> None:
    with pytest.raises(NotFoundError) as refused:
        stocked.build(sources=[{"name": "starter"}, {"name": "cold"}, {"name": "swsr"}])
    told = str(refused.value)

    assert "'cold' is not here" in told
    assert "'swsr' is not here" in told
    assert str(stocked.root / "checkout" / "data" / "raw" / "cold") in told
    assert str(stocked.root / "shared" / "datasets" / "cold") in told
    assert "https://github.com/thu-coai/COLDataset" in told
    assert "CHAFFINCH_DATASETS" in told


def test_an_absent_optional_source_is_left_out(stocked: Workshop) -> None:
    manifest = stocked.build(sources=MODERATED).snapshot.manifest

    assert [source.name for source in manifest.sources] == ["starter"]


def test_verdicts_join_the_next_build(stocked: Workshop) -> None:
    before = stocked.build(sources=MODERATED).snapshot
    stocked.verdicts([record("c-1", "家人们进裙领福利啦速来", advertising=1)])

    after = stocked.build(sources=MODERATED).snapshot
    (verdict,) = [row for row in all_rows(after) if row.source == "moderators"]

    assert after.hash != before.hash
    assert (verdict.id, verdict.labels, verdict.kind) == ("moderators-c-1", (1, 0, 0, 0, 0, 0, 0), "reject")


@pytest.mark.parametrize(
    ("said", "weight"),
    [
        ({}, 1.0),
        ({"confidence": 0.95}, 1.0),
        ({"confidence": 0.75}, 0.5556),
        ({"confidence": 0.55}, 0.25),
        ({"asked": 2, "agreement": 1.0}, 1.0),
        ({"asked": 3, "agreement": 2 / 3}, 0.6667),
        ({"asked": 2, "agreement": 0.5}, 0.5),
        ({"hesitated": 1}, 0.6667),
        ({"asked": 2, "agreement": 1.0, "hesitated": 1}, 0.8),
        ({"confidence": 0.75, "asked": 2, "agreement": 1.0}, 0.5556),
    ],
    ids=str,
)
def test_a_verdict_that_people_doubt_weighs_less(stocked: Workshop, said: dict[str, float], weight: float) -> None:
    stocked.verdicts([record("c-1", "家人们进裙领福利啦速来", advertising=1) | said])
    (verdict,) = [row for row in all_rows(stocked.build(sources=MODERATED).snapshot) if row.source == "moderators"]
    assert weight == pytest.approx(verdict.weight, abs=1e-4)


def test_the_latest_verdict_of_a_comment_counts(stocked: Workshop) -> None:
    stocked.verdicts(
        [
            record("c-1", "老地方见", "2026-03-02T00:00:00+00:00", abuse=1),
            record("c-1", "老地方见", "2026-03-01T00:00:00+00:00"),
        ]
    )
    stocked.verdicts([record("c-1", "老地方见", "2026-02-01T00:00:00+00:00", hate=1)], name="labels-2026-02.jsonl")

    (verdict,) = [row for row in all_rows(stocked.build(sources=MODERATED).snapshot) if row.source == "moderators"]

    assert verdict.labels == (0, 0, 0, 0, 0, 1, 0)


def test_an_overturned_verdict_flips_the_label_in_the_next_build(stocked: Workshop) -> None:
    snapshot = stocked.build(sources=MODERATED).snapshot
    offer = next(row for row in all_rows(snapshot) if "带你赢" in row.text)
    stocked.verdicts([record("c-1", offer.text)])

    rows = [row for row in all_rows(stocked.build(sources=MODERATED).snapshot) if row.text == offer.text]

    assert [(row.source, row.labels) for row in rows] == [("moderators", (0,) * 7)]


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        ("{", "is not JSON"),
        (json.dumps({"id": "c-2", "text": "a", "labels": {}}), "has no 'decided_at'"),
        (json.dumps(record("c-2", "a") | {"labels": {"rude": 1}}), "unknown label 'rude'"),
        (json.dumps(record("c-2", "a") | {"labels": {"abuse": "yes"}}), "neither 0 nor 1"),
        (json.dumps(record("c-2", "a") | {"labels": {"abuse": []}}), "neither 0 nor 1"),
        (json.dumps(record("c-2", "a") | {"text": None}), "not a string"),
    ],
)
def test_a_broken_label_record_is_told_and_the_others_read(stocked: Workshop, line: str, cause: str) -> None:
    stocked.verdicts([record("c-1", "老地方见", abuse=1)])
    path = stocked.places.label_records / "labels-2026-03.jsonl"
    path.write_text(line + "\n" + path.read_text(encoding="utf-8"), encoding="utf-8")

    built = stocked.build(sources=MODERATED)

    assert [(item.source, item.line) for item in built.rejected] == [("moderators", 1)]
    assert cause in built.rejected[0].cause
    assert built.snapshot.manifest.counts.source["moderators"] == 1


SMS = {
    "name": "sms", "title": "t", "home": "h", "licence": "CC0-1.0", "permits_release": True, "citation": "c",
    "lang": "en", "knows": ["advertising", "fraud"],
    "read": {"files": ["sms.tsv"], "format": "tsv", "columns": ["label", "text"]},
    "labels": {"field": "label", "values": {"ham": "ok", "spam": {"any_of": ["advertising", "fraud"]}}},
}  # fmt: skip


def test_a_class_that_a_source_was_to_give_and_does_not_is_told(stocked: Workshop) -> None:
    stocked.add(SMS)
    folder = stocked.places.checkout / "data" / "raw" / "sms"
    folder.mkdir(parents=True)
    lines = [f"ham\twe meet at {at} by the bridge, bring the map {at}" for at in range(9)] + ["spam\t   "] * 9
    (folder / "sms.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    ask = stocked.ask({"sources": [{"name": "starter"}, {"name": "sms"}]})
    built = build(replace(ask, allow_refused=frozenset({"sms"})), now=NOW)
    told = built.snapshot.manifest
    assert ("advertising", "fraud") == told.silent["sms"]
    assert any("sms gives no row of advertising, fraud, which its recipe says it has" in each for each in told.warnings)
    assert "sms gives no row of advertising, fraud" in (built.snapshot.path / "card.md").read_text(encoding="utf-8")


def test_labels_that_no_training_row_says_are_told(stocked: Workshop) -> None:
    told = stocked.build().snapshot.manifest
    assert "hate" in told.never_said
    assert any("No training row says" in each and "hate" in each for each in told.warnings)


def test_a_row_knows_where_it_was_written(stocked: Workshop) -> None:
    built = stocked.build().snapshot
    assert {"video", "social"} == {row.surface for row in all_rows(built)}
    columns = built.split("train")
    assert (
        [row.surface for row in built.rows("train")] == columns.surfaces == columns.take(range(len(columns))).surfaces
    )


def test_a_recipe_says_where_its_rows_were_written(stocked: Workshop) -> None:
    stocked.add({**SMS, "surface": "shop", "surface_field": "place",
                 "read": {**SMS["read"], "columns": ["label", "text", "place"]}})  # fmt: skip
    folder = stocked.places.checkout / "data" / "raw" / "sms"
    folder.mkdir(parents=True)
    (folder / "sms.tsv").write_text("ham\tsee you at the bridge\t\nspam\tbuy two flats now\tforum\n", encoding="utf-8")
    rows = all_rows(stocked.build(sources=[{"name": "starter"}, {"name": "sms"}]).snapshot)
    assert {"see you at the bridge": "shop", "buy two flats now": "forum"} == {
        row.text: row.surface for row in rows if row.source == "sms"
    }


def test_a_cap_keeps_the_same_rows_in_every_build(stocked: Workshop) -> None:
    ten = {row.id for row in all_rows(stocked.build(sources=[{"name": "starter", "max_rows": 10}]).snapshot)}
    built = stocked.build(sources=[{"name": "starter", "max_rows": 20}]).snapshot
    twenty = {row.id for row in all_rows(built)}

    assert (len(ten), len(twenty)) == (10, 20)
    assert ten < twenty
    assert built.manifest.capped == {"starter": 28}


def test_a_sources_weight_multiplies_its_rows(stocked: Workshop) -> None:
    built = stocked.build(sources=[{"name": "starter", "weight": 2.5}]).snapshot

    assert {row.weight for row in all_rows(built)} == {2.5}


def test_a_source_may_be_asked_to_validate_more(stocked: Workshop) -> None:
    before, after = (
        stocked.build(sources=[{"name": "starter", "validation": share}]).snapshot.manifest.counts.split
        for share in (0.0, 0.5)
    )
    assert before["test"] == after["test"]
    assert before["validation"] + before["train"] == after["validation"] + after["train"]
    assert after["validation"] > before["validation"]


def test_generated_rows_are_counted_apart_and_only_trained_on(stocked: Workshop) -> None:
    shutil.copytree(CHECKOUT / "data" / "starter" / "grammars", stocked.places.starter / "grammars")
    built = stocked.build(grammars={"rows": 200, "share": 0.25}, seed=3).snapshot
    counts = built.manifest.counts

    assert counts.source["starter"] == 48
    assert 0 < counts.source[GRAMMARS] <= 200
    assert not {GRAMMARS} & ({*built.split("validation").sources} | {*built.split("test").sources})
    train = built.split("train")
    gambling = train.labels[:, 1] == 1
    written = sum(w for w, s, g in zip(train.weights, train.sources, gambling, strict=True) if g and s == "starter")
    made = sum(w for w, s, g in zip(train.weights, train.sources, gambling, strict=True) if g and s == GRAMMARS)
    assert 0 < made <= 0.25 * written + 1e-4


def test_the_manifest_holds_what_a_reader_must_know(stocked: Workshop) -> None:
    manifest = stocked.build().snapshot.manifest
    (source,) = manifest.sources

    assert (source.name, source.licence, source.permits_release) == ("starter", "Apache-2.0", True)
    assert sorted(source.files) == ["zh/everyday.video.tsv", "zh/gambling.tsv"]
    assert (manifest.labels, manifest.taxonomy) == (stocked.taxonomy.names, stocked.taxonomy.version)
    assert str(stocked.root) not in manifest.to_json()


def test_the_card_tells_labels_sources_and_splits(stocked: Workshop) -> None:
    snapshot = stocked.build().snapshot
    card = (snapshot.path / "card.md").read_text(encoding="utf-8")

    assert "| gambling | 12 | 0 | 36 | 0 |" in card
    assert "| starter | 48 | Apache-2.0 | yes |" in card
    assert "48 comments (" in card
    assert str(stocked.root) not in card


KILLED = """
import os, signal, sys
from pathlib import Path
from data import build, dividing, frozen, snapshot
from tests.data.conftest import NOW, Workshop
from data.recipes import load_recipes
from moderation.taxonomy import load_taxonomy

taxonomy = load_taxonomy()
shop = Workshop(Path(sys.argv[1]), taxonomy, load_recipes(Path("configs/sources"), taxonomy.names))
module, name = {"frozen": (frozen, "freeze"), "snapshot": (snapshot, "_put_in_place")}[sys.argv[2]]
stage = getattr(module, name)
def die_after(*args, **kwargs):
    stage(*args, **kwargs)
    os.kill(os.getpid(), signal.SIGKILL)
def die_before(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)
setattr(module, name, die_after if sys.argv[3] == "after" else die_before)
shop.build(frozen="kept")
"""


@pytest.mark.parametrize(
    ("stage", "when"), [("frozen", "before"), ("frozen", "after"), ("snapshot", "before"), ("snapshot", "after")]
)
def test_a_killed_build_goes_on_where_it_was(stocked: Workshop, tmp_path: Path, stage: str, when: str) -> None:
    undisturbed = Workshop(tmp_path / "undisturbed", stocked.taxonomy, stocked.recipes)
    shutil.copytree(stocked.root / "checkout", undisturbed.root / "checkout")
    wanted = undisturbed.build(frozen="kept").snapshot.hash

    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(stocked.root), stage, when], cwd=CHECKOUT, check=False, timeout=120,
        env=os.environ | {"PYTHONPATH": str(CHECKOUT)},
    )  # fmt: skip
    whole = list_snapshots(stocked.places.home / "snapshots")
    again = stocked.build(frozen="kept")

    assert killed.returncode == -signal.SIGKILL
    assert len(whole) == (1 if (stage, when) == ("snapshot", "after") else 0)
    assert again.snapshot.hash == wanted
    again.snapshot.verify()


def test_progress_is_told_by_stage(stocked: Workshop) -> None:
    told: list[str] = []
    build(
        stocked.ask({}),
        now=NOW,
        progress=lambda stage, share: told.append(stage) if 0 <= share <= 1 else told.append("wrong"),
    )

    assert list(dict.fromkeys(told)) == ["inputs", "read starter", "near-duplicates", "split", "leaks", "save"]


def test_every_shipped_config_can_be_read(workshop: Workshop) -> None:
    read = {path.stem: load_config(path, workshop.recipes) for path in CONFIGS.glob("*.toml")}

    assert set(read) == {"starter", "released", "public", "full", "chineseharm", "everyday", "cold", "thai_sms",
                         "youtube_spam"}  # fmt: skip
    assert all(config.name == stem for stem, config in read.items())


def named(config: str, workshop: Workshop) -> set[str]:
    return {use.name for use in load_config(CONFIGS / f"{config}.toml", workshop.recipes).sources}


def test_public_and_released_hold_no_chineseharm_and_released_nothing_that_forbids_it(workshop: Workshop) -> None:
    permitted = {name for name, recipe in workshop.recipes.items() if recipe.permits_release}

    assert "chineseharm" not in named("public", workshop) | named("released", workshop) | named("starter", workshop)
    assert named("released", workshop) <= permitted
    assert named("full", workshop) - named("public", workshop) == {"chineseharm"}


def test_a_config_for_release_refuses_a_source_that_forbids_it(workshop: Workshop, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        'name = "mine"\nfor_release = true\n[[sources]]\nname = "chnci"\n[[sources]]\nname = "cold"\n', encoding="utf-8"
    )

    with pytest.raises(ConfigError, match="'chnci' \\(unstated\\) must not go into a model given to others"):
        load_config(path, workshop.recipes)


def test_every_fault_of_a_config_is_told_at_once(workshop: Workshop, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        'name = "mine"\nfrozen = "aa"\napart_from = ["aa"]\n[duplicates]\nmerge_at = 0.5\ntogether_at = 0.9\n'
        '[[sources]]\nname = "moon"\n[[sources]]\nname = "cold"\n[[sources]]\nname = "cold"\n',
        encoding="utf-8",
    )

    with pytest.raises(ConfigError) as refused:
        load_config(path, workshop.recipes)

    assert len(refused.value.faults) == 4


def test_an_unknown_config_is_answered_with_the_known_ones() -> None:
    assert config_path("starter", CONFIGS) == CONFIGS / "starter.toml"
    assert config_path(str(CONFIGS / "full.toml"), CONFIGS) == CONFIGS / "full.toml"
    with pytest.raises(NotFoundError, match="Known: chineseharm, cold, everyday, full"):
        config_path("moon", CONFIGS)


@pytest.mark.parametrize("wrong", [{"split": {"train": 0}}, {"sources": []}, {"colour": 1}, {"name": "../up"}])
def test_a_wrong_value_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        BuildConfig.model_validate({"name": "small", "sources": [{"name": "starter"}], **wrong})


def test_the_shipped_corpus_builds(workshop: Workshop) -> None:
    shutil.copytree(CHECKOUT / "data" / "starter", workshop.places.starter)
    config = load_config(
        CONFIGS / "starter.toml", load_recipes(CHECKOUT / "configs" / "sources", workshop.taxonomy.names)
    )
    manifest = workshop.build(**config.model_dump(mode="json", exclude={"name"})).snapshot.manifest

    assert manifest.rejected == 0
    assert manifest.counts.source["starter"] >= 1500
    assert min(held.get("test", 0) for held in manifest.counts.label_by_split.values()) >= 10
    assert manifest.permits_release

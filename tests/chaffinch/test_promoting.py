"""Who may make a model champion: the gate that stands before it, and the people whom that gate asks for."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from chaffinch.commands import promoting
from chaffinch.commands.audit import audit
from chaffinch.commands.shared import resolved
from chaffinch.demo.script import load_script
from chaffinch.gates import demo_gate, gate_config
from chaffinch.health import records
from chaffinch.health.loop import gate as doctor_gate
from chaffinch.os_user import os_user
from chaffinch.promotion import gate, promote_through_gate
from chaffinch.settings import Settings, load_settings
from chaffinch.wiring import key_folder, open_database
from data.rows import Split
from eval.gate_config import GateConfig
from governance import accounts, models
from governance.accounts import NewAccount
from moderation.errors import (
    ConfigError,
    ForbiddenError,
    GateRefusedError,
    InvalidInputError,
    NotFoundError,
    PartUnavailableError,
)
from moderation.taxonomy import CONFIGS
from records import approvals, ledger
from records.database import Database
from records.personal import open_keyring
from registry.bundle import bundle_hash
from registry.files import append_line
from registry.gate_file import read_gate
from registry.names import CHAMPION, MODEL_NAME
from registry.pointers import Pointer, find_pointer, stored, write_pointer
from registry.promotion import history
from serving.webhooks.promotions import PromotionsChore
from tests.chaffinch.conftest import change
from tests.governance.test_assessments import on_news
from tests.records.databases import NOW
from tests.training import tiny
from training.handing_in import point
from training.order import Order
from training.run import train
from training.tracking import Tracking

Typed = Callable[..., Any]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one model that is registered as version 1; MLflow was away."""
    home = tmp_path_factory.mktemp("promoting") / "home"
    sides = {Split.TRAIN: tiny.rows(280), Split.VALIDATION: tiny.rows(84, seed=1), Split.TEST: tiny.rows(420, seed=2)}
    order = Order(tiny.settings(), tiny.snapshot(home, sides), tiny.TAXONOMY, home)
    made = train(order, Tracking(None, pytest.fail), now=lambda: tiny.NOW)
    point(made.bundle, made.hash, "1", "tiny", home)
    return home


@pytest.fixture
def home(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(trained, tmp_path / "home")
    shutil.copytree(CONFIGS, tmp_path / "configs")
    gate = tmp_path / "configs" / "gates" / "default.toml"
    change(gate, "rounds = 500", "rounds = 100")
    change(gate, 'exam = [{ name = "starter" }]', 'exam = [{ name = "tiny" }]')
    change(gate, 'unproved = "no"', 'unproved = "warn"')  # 210 everyday rows prove no budget of 0.5 %
    monkeypatch.setenv("CHAFFINCH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("CHAFFINCH_CONFIGS", str(tmp_path / "configs"))
    monkeypatch.setattr("chaffinch.promotion.catalogue_of", lambda _: None)
    return tmp_path / "home"


@pytest.fixture
def typed(home: Path) -> Typed:
    app = typer.Typer()
    promoting.add_to(app)

    def run(*words: str) -> Any:
        result = CliRunner().invoke(app, [*words, "--json"])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert 0 == result.exit_code, result.output
        return json.loads(result.stdout)

    return run


def gate_file(home: Path) -> Path:
    return home.parent / "configs" / "gates" / "default.toml"


def champion(home: Path) -> str | None:
    found = find_pointer(home / "registry", MODEL_NAME, CHAMPION)
    return found.version if found else None


def answered(home: Path, approval_id: str, *, by: str, approve: bool = True) -> None:
    """As from another account of the machine."""
    with closing(Database(f"sqlite:///{home / 'chaffinch.db'}")) as database, database.unit(os_user=by) as unit:
        models.answer(unit, approval_id, by=by, approve=approve, note="read it", now=datetime.now(UTC))
        unit.commit()


def waiting(home: Path) -> list[str]:
    with closing(Database(f"sqlite:///{home / 'chaffinch.db'}")) as database, database.reading() as look:
        return [each.id for each in approvals.waiting(look)]


def test_a_yes_of_a_lenient_gate_is_no_way_around_the_one_that_stands(home: Path, typed: Typed) -> None:
    lenient = home.parent / "lenient.toml"
    shutil.copy(gate_file(home), lenient)
    change(gate_file(home), "bundle_megabytes = 80", "bundle_megabytes = 0.001")
    assert "yes" == typed("gate", "1", "--config", str(lenient))["verdict"]
    with pytest.raises(GateRefusedError, match="bundle size"):
        typed("promote", "1")
    assert champion(home) is None


def test_an_answer_that_was_edited_is_asked_for_again(home: Path, typed: Typed) -> None:
    change(gate_file(home), "moved = 0.50", "moved = 0.0")
    with pytest.raises(GateRefusedError, match="neutrality"):
        typed("gate", "1")
    [path] = (home / "bundles").glob("*/gate.json")
    told = json.loads(path.read_bytes())
    told["verdict"], told["checks"] = "yes", [each for each in told["checks"] if each["passed"]]
    path.write_text(json.dumps(told))
    assert "yes" == typed("gate", "1", "--show")["verdict"], "what was edited says so"
    with pytest.raises(GateRefusedError, match="neutrality"):
        typed("promote", "1")
    assert champion(home) is None


def test_a_gate_that_asks_less_under_the_shipped_name_is_on_record_by_its_hash(home: Path, typed: Typed) -> None:
    change(gate_file(home), "everyday_blocked = 0.005", "everyday_blocked = 1.0")
    done = typed("promote", "1")
    asked = gate_config(load_settings(), "default")
    assert f"default@5 ({asked.hash[:12]}), is not as shipped" in done["sentence"]
    [line] = history(home / "registry")
    assert ("default@5", asked.hash) == (line["gate"], line["gate_hash"])
    [entry] = entries("model.promoted")
    assert ("gate default@5, not as shipped", asked.hash) == (entry["ground"], entry["facts"]["gate_hash"])
    told = doctor_gate(load_settings())
    assert ("open", 2) == (told.state, told.seen.count("not as shipped"))


def test_a_gate_that_leaves_a_required_check_out_is_refused(home: Path, typed: Typed) -> None:
    for names in ("[]", '["licences", "neutrality"]'):
        content = gate_file(home).read_text()
        change(gate_file(home), 'required = ["licences", "leaks", "neutrality"]', f"required = {names}")
        with pytest.raises(ConfigError, match="cannot be left out"):
            typed("promote", "1")
        gate_file(home).write_text(content)
    assert champion(home) is None


def test_a_champion_of_before_whose_answer_has_no_hash_is_told_and_stays(home: Path, typed: Typed) -> None:
    typed("promote", "1")
    [path] = (home / "bundles").glob("*/gate.json")
    path.write_text(json.dumps(json.loads(path.read_bytes()) | {"gate_hash": ""}))
    assert "does not say which gate it was" in doctor_gate(load_settings()).seen
    assert "1" == champion(home)


def test_a_gate_whose_exam_was_never_written_says_how_to_write_it(home: Path, typed: Typed) -> None:
    change(gate_file(home), 'name = "tiny"', 'name = "starter"')
    with pytest.raises(
        GateRefusedError, match=r"'starter', and what lies at .* is not there.*chaffinch data build starter"
    ):
        typed("promote", "1")


def test_a_model_waits_for_as_many_people_as_the_gate_asks_for(home: Path, typed: Typed) -> None:
    change(gate_file(home), "approvals = 0", "approvals = 2")
    proposed = typed("promote", "1", "--by", "mia", "--reason", "finds more")
    assert (None, 2, []) == (proposed["champion"], proposed["needed"], proposed["approved_by"])
    assert f"/v1/approvals/{proposed['approval']}" in proposed["sentence"]
    answered(home, proposed["approval"], by="ben")
    again = typed("promote", "1", "--by", "mia")
    assert (None, ["ben"]) == (again["champion"], again["approved_by"])
    assert champion(home) is None
    answered(home, again["approval"], by="ada")
    assert "1" == typed("promote", "1", "--by", "mia")["champion"]
    assert ("1", []) == (champion(home), waiting(home))


def test_a_no_of_a_person_leaves_the_champion_and_the_next_promote_asks_anew(home: Path, typed: Typed) -> None:
    change(gate_file(home), "approvals = 0", "approvals = 1")
    proposed = typed("promote", "1", "--by", "mia")
    answered(home, proposed["approval"], by="ben", approve=False)
    again = typed("promote", "1", "--by", "mia")
    assert again["approval"] != proposed["approval"]
    assert champion(home) is None


def test_a_yes_given_before_the_gate_was_changed_is_none_to_the_gate_of_today(home: Path, typed: Typed) -> None:
    change(gate_file(home), "approvals = 0", "approvals = 1")
    answered(home, typed("promote", "1", "--by", "mia")["approval"], by="ben")
    change(gate_file(home), "bundle_megabytes = 80", "bundle_megabytes = 70")
    again = typed("promote", "1", "--by", "mia")
    assert (None, []) == (again["champion"], again["approved_by"])


def test_the_account_that_asked_does_not_approve(home: Path, typed: Typed) -> None:
    change(gate_file(home), "approvals = 0", "approvals = 1")
    typed("promote", "1")
    with pytest.raises(ForbiddenError):
        typed("approve", "1", "--by", os_user(), "--note", "fine")
    with pytest.raises(ForbiddenError, match="operating system"):
        typed("approve", "1", "--by", "ben", "--note", "fine")


def test_nothing_waits_for_a_person_where_nobody_asked(home: Path, typed: Typed) -> None:
    with pytest.raises(NotFoundError, match="Nothing about 1 waits"):
        typed("approve", "1", "--by", "ben", "--note", "fine")


def test_what_the_gate_said_is_shown_again_with_the_texts(home: Path, typed: Typed) -> None:
    with pytest.raises(NotFoundError, match="never asked"):
        typed("gate", "1", "--show")
    change(gate_file(home), "moved = 0.50", "moved = 0.0")
    with pytest.raises(GateRefusedError, match="neutrality"):
        typed("gate", "1")
    shown = typed("gate", "1", "--show")
    assert "no" == shown["verdict"]
    assert {"a sentence of eval/neutrality.toml"} == {each["note"] for each in shown["examples"]}


@pytest.fixture
def demo(home: Path) -> Settings:
    """A home whose champion the demo's gate let in; the default gate's exam was never written there."""
    change(gate_file(home), 'name = "tiny"', 'name = "starter"')
    change(gate_file(home), 'unproved = "warn"', 'unproved = "no"')
    change(home.parent / "configs" / "demo.toml", 'exam = "demo"', 'exam = "tiny"')
    settings = load_settings()
    asked = demo_gate(settings, load_script(settings.configs / "demo.toml").gate)
    promote_through_gate(settings, resolved("1", settings), reason="demo", progress=lambda *_: None, asked=asked)
    return settings


def another(home: Path) -> Path:
    """Version 2, which learnt from other rows and has the same test side."""
    test = tiny.rows(420, seed=2)
    sides = {Split.TRAIN: tiny.rows(280, seed=5), Split.VALIDATION: tiny.rows(84, seed=6), Split.TEST: test}
    order = Order(tiny.settings(), tiny.snapshot(home, sides), tiny.TAXONOMY, home)
    made = train(order, Tracking(None, pytest.fail), now=lambda: tiny.NOW)
    point(made.bundle, made.hash, "2", "tiny", home)
    return made.bundle


def of_the_demo(demo: Settings) -> tuple[GateConfig, Path]:
    """The demo's gate, and version 2, whose data set has the demo's frozen set for its test side."""
    asked = demo_gate(demo, load_script(demo.configs / "demo.toml").gate)
    return asked, another(demo.home)


def let_in(home: Path, bundle: Path, **of_gate: str) -> None:
    """As if the bundle had been champion before the one of now."""
    history = home / "registry" / MODEL_NAME / "history.jsonl"
    [first] = history.read_text().splitlines()
    two = stored(home / "registry", Pointer(bundle, "2", bundle_hash(bundle)))
    line = {"move": "promote", **two, "before": None, "at": "2026-01-01T00:00:00+00:00", **of_gate}
    history.write_text(f"{json.dumps(line)}\n{json.dumps(json.loads(first) | {'before': two})}\n")


@pytest.mark.parametrize("keeps", [("gate", "gate_hash"), ("gate",)], ids=["now", "an earlier release"])
def test_what_the_demo_promoted_is_asked_of_its_gate_again(
    keeps: tuple[str, ...], demo: Settings, typed: Typed
) -> None:
    asked, bundle = of_the_demo(demo)
    told = {"gate": f"{asked.name}@{asked.version}", "gate_hash": asked.hash}
    let_in(demo.home, bundle, **{name: told[name] for name in keeps})
    with suppress(GateRefusedError):
        typed("promote", "2")
    answer = read_gate(bundle)
    assert answer is not None
    assert (True, ["tiny"]) == (answer.gate.startswith("demo@"), list(answer.frozen))


def test_a_model_whose_data_set_names_the_demos_set_meets_the_default_gate(demo: Settings, typed: Typed) -> None:
    _, bundle = of_the_demo(demo)
    with pytest.raises(GateRefusedError, match="frozen set 'starter'"):
        typed("promote", "2")
    let_in(demo.home, bundle, gate="default@5", gate_hash="e" * 64)
    with pytest.raises(GateRefusedError, match="frozen set 'starter'"):
        typed("promote", "2")
    assert champion(demo.home) == "1"


def test_a_copy_of_the_demos_gate_in_a_file_opens_no_way_to_it(demo: Settings, typed: Typed) -> None:
    asked, bundle = of_the_demo(demo)
    with suppress(GateRefusedError):
        gate(demo, resolved("2", demo), asked, lambda *_: None)
    answer = read_gate(bundle)
    assert answer is not None
    assert asked.hash == answer.gate_hash
    with pytest.raises(GateRefusedError, match="frozen set 'starter'"):
        typed("gate", "2")


def test_the_demos_gate_stands_before_no_champion_that_it_did_not_let_in(home: Path, typed: Typed) -> None:
    typed("promote", "1")
    change(home.parent / "configs" / "demo.toml", 'exam = "demo"', 'exam = "tiny"')
    change(gate_file(home), 'name = "tiny"', 'name = "starter"')
    another(home)
    with pytest.raises(GateRefusedError, match="frozen set 'starter'"):
        typed("gate", "2")


def test_the_demos_gate_says_nothing_of_a_first_champion(home: Path, typed: Typed) -> None:
    change(home.parent / "configs" / "demo.toml", 'exam = "demo"', 'exam = "tiny"')
    change(gate_file(home), 'name = "tiny"', 'name = "starter"')
    with pytest.raises(GateRefusedError, match="frozen set 'starter'"):
        typed("promote", "1")


def test_an_altered_answer_of_the_champion_opens_no_way_to_the_demos_gate(demo: Settings, typed: Typed) -> None:
    [path] = (demo.home / "bundles").glob("*/gate.json")
    another(demo.home)
    path.write_text(path.read_text().replace("frozen rows", "frozen  rows"))
    with pytest.raises(GateRefusedError, match="frozen set 'starter'"):
        typed("gate", "2")


def two_champions(home: Path, typed: Typed) -> None:
    """Version 2 in place of version 1, without asking any gate."""
    typed("promote", "1")
    bundle = home / "bundles" / "again"
    shutil.copytree(find_pointer(home / "registry", MODEL_NAME, "1").path, bundle)  # type: ignore[union-attr]
    (bundle / "gate.json").unlink()
    (bundle / "README.md").write_text("another")
    manifest = json.loads((bundle / "manifest.json").read_text())
    manifest["files"]["README.md"] = hashlib.sha256(b"another").hexdigest()
    (bundle / "manifest.json").write_text(json.dumps(manifest))
    made = bundle_hash(bundle)
    point(bundle, made, "2", "tiny", home)
    first = stored(home / "registry", find_pointer(home / "registry", MODEL_NAME, CHAMPION))  # type: ignore[arg-type]
    second = Pointer(bundle, "2", made)
    line = {"move": "promote", **stored(home / "registry", second), "before": first, "at": "2026-03-01T00:00:00+00:00"}
    append_line(home / "registry" / MODEL_NAME / "history.jsonl", json.dumps(line | {"actor": "mia"}))
    write_pointer(home / "registry", MODEL_NAME, CHAMPION, second)


def with_accounts(home: Path) -> None:
    with closing(open_database(load_settings())) as database:
        for name, role in (("mia", "lead"), ("mod", "moderator"), ("dan", "data_scientist"), ("ivy", "inspector")):
            with database.unit(os_user=f"os:{name}") as unit:
                accounts.create(unit, NewAccount(name, "a hash", role), by="root", now=datetime.now(UTC))
                unit.commit()


def entries(kind: str) -> list[dict[str, Any]]:
    with closing(open_database(load_settings())) as database, database.reading() as look:
        found = [each for each in ledger.page(look, limit=200).items if each.kind == kind]
    return [json.loads(each.body) for each in found]


BACK = ("rollback", "--reason", "it blocks the weather")


def test_who_moves_the_champion_has_an_account_and_a_role_and_the_entry_stands_at_once(
    home: Path, typed: Typed
) -> None:
    two_champions(home, typed)
    with_accounts(home)
    for words in (BACK, ("promote", "1", "--reason", "r")):
        for by, kind in (("nobody-such", ForbiddenError), ("mod", ForbiddenError), ("ivy", ForbiddenError)):
            with pytest.raises(kind):
                typed(*words, "--by", by)
        for none in ((), ("--by", ""), ("--by", " ")):
            with pytest.raises(InvalidInputError, match="Nobody is named"):
                typed(*words, *none)
    with pytest.raises(ForbiddenError, match="data_scientist"):
        typed(*BACK, "--by", "dan")
    with pytest.raises(InvalidInputError, match="reason is missing"):
        typed("rollback", "--by", "mia", "--reason", " ")
    assert ("2", []) == (champion(home), entries("model.rolled_back"))

    assert "1" == typed(*BACK, "--by", "MIA")["champion"]
    [entry] = entries("model.rolled_back")
    told = (entry["actor"]["id"], entry["reason"], entry["facts"]["by_os_user"])
    assert ("mia", "it blocks the weather", os_user()) == told
    assert 2 == len(entries("model.promoted")), "what came before and had no entry has one too"


def test_a_data_scientist_asks_where_the_gate_asks_for_people(home: Path, typed: Typed) -> None:
    with_accounts(home)
    with pytest.raises(ForbiddenError, match="dan is data_scientist"):
        typed("promote", "1", "--by", "dan")
    change(gate_file(home), "approvals = 0", "approvals = 1")
    assert typed("promote", "1", "--by", "dan")["champion"] is None
    assert 1 == len(waiting(home))


def test_nobody_goes_back_to_a_version_that_was_never_assessed_but_in_an_emergency(home: Path, typed: Typed) -> None:
    two_champions(home, typed)
    with closing(open_database(load_settings())) as database:
        on_news(database, open_keyring(database, key_folder(load_settings()), now=NOW))
    with pytest.raises(GateRefusedError, match="Version 1 was never assessed, so the champion stays"):
        typed(*BACK)
    assert "2" == champion(home)
    assert "1" == typed(*BACK, "--without-assessment", "a storm is coming")["champion"]
    [entry] = entries("model.rolled_back")
    told = entry["facts"]["unassessed"], entry["facts"]["without_assessment"]
    assert (["news"], "a storm is coming") == told


def test_going_back_works_while_the_records_do_not_answer_and_is_told_until_the_worker_has_written_it(
    home: Path, typed: Typed, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_champions(home, typed)
    gone = PartUnavailableError("database", "The database does not answer.")

    def refuse(_: object) -> None:
        raise gone

    with monkeypatch.context() as patched:
        patched.setattr("chaffinch.promotion.open_database", refuse)
        patched.setattr("chaffinch.wiring.open_database", refuse)
        with pytest.raises(GateRefusedError, match="never assessed"):
            typed(*BACK, "--by", "mia")
        done = typed(*BACK, "--by", "mia", "--without-assessment", "a storm is coming")
    assert ("1", True) == (done["champion"], "The ledger has no entry of it yet" in done["sentence"])
    assert [] == entries("model.rolled_back")
    settings = load_settings()
    assert "the last to version 1" in records.ledger(settings).seen
    verified = CliRunner().invoke(audit, ["verify", "--json"])
    assert "moves of the champion's pointer are in no entry yet" in verified.stdout
    with closing(open_database(settings)) as database:
        PromotionsChore(settings.registry_root)(database, datetime.now(UTC))
    [entry] = entries("model.rolled_back")
    assert "does not answer" in entry["facts"]["unchecked"]
    assert "in no entry" not in records.ledger(settings).seen
    assert "in no entry" not in CliRunner().invoke(audit, ["verify", "--json"]).stdout

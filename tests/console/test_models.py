"""The models page over real small bundles; what moves the champion is stood in for by the registry's own functions."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from console import model_view
from console.model_desk import Mistake, ModelDesk, Moved
from console.preferences import COOKIE
from console.words import words_in
from registry import promotion
from registry.bundle import bundle_hash
from registry.gate_file import Check, GateFile, Rule, Verdict
from registry.pointers import Pointer, write_pointer
from tests.console.house import House, Visitor, build, csrf_in
from tests.governance.test_assessments import on_news
from tests.registry.bundles import bundle, gated

EVALUATION = {
    "macro_f1": 0.91, "harmful_found": {"share": 0.83}, "everyday_blocked": {"share": 0.004},
    "labels": [{"name": "fraud", "rows": 9, "positives": 4, "precision": 0.9, "recall": 0.8, "f1": 0.85, "ece": 0.01}],
    "slices": [{"axis": "language", "name": "zh", "rows": 9, "macro_f1": 0.9,
                "found": {"share": 0.8, "low": 0.7, "high": 0.9, "rows": 80}},
               {"axis": "kind", "name": "praise", "rows": 4, "macro_f1": 0.9,
                "found": {"share": 0.0, "low": 0.0, "high": 1.0, "rows": 0}}],
}  # fmt: skip


ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Registry:
    """Two versions, and who asked for what."""

    root: Path
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def add(self, version: str) -> Path:
        metrics = json.dumps({"evaluation": EVALUATION}).encode()
        made = bundle(self.root.parent / "bundles" / version, run=version, also={"metrics.json": metrics})
        write_pointer(self.root, "chaffinch", version, Pointer(made, version, bundle_hash(made)))
        return made

    def desk(self) -> ModelDesk:
        return ModelDesk(self.root, self._promote, self._rollback, self._examples, "https://mlflow.example")

    def _promote(self, version: str, by: str, reason: str) -> Moved:
        self.asked.append((version, by, reason))
        done = promotion.promote(version, registry_root=self.root, now=datetime.now(UTC), actor=by, reason=reason)
        return Moved(True, done.sentence)

    def _rollback(self, by: str, reason: str, emergency: str) -> Moved:
        self.asked.append(("rollback", by, reason, emergency))
        return Moved(False, "There is no earlier champion to go back to.")

    def _examples(self, version: str, gate: GateFile) -> list[Mistake]:
        return [Mistake("row-1", "云真<b>好看", ""), Mistake("row-2", None, "it was erased")] if gate.checks else []


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    made = Registry(tmp_path / "registry")
    made.root.mkdir()
    return made


@pytest.fixture
def house(tmp_path: Path, registry: Registry) -> Iterator[House]:
    (tmp_path / "house").mkdir()
    built = build(tmp_path / "house", registry.desk())
    yield built
    built.database.close()


def send(visitor: Visitor, path: str, **form: str):  # noqa: ANN201
    return visitor.post(path, {"csrf": csrf_in(visitor.page("/help")), **form})


def test_without_an_address_the_page_says_what_opens_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    registry = Registry(tmp_path / "registry")
    registry.root.mkdir()
    registry.add("1")
    (tmp_path / "house").mkdir()
    desk = replace(registry.desk(), mlflow=None, mlflow_command="mlflow ui --backend-store-uri sqlite:////srv/x.db")
    house = build(tmp_path / "house", desk)
    ada = house.logged_in("ada", "admin")
    assert "mlflow ui" not in ada.page("/models/1"), "no run, nothing to open"
    _with_run(monkeypatch)
    page = ada.page("/models/1")
    assert '<code class="copied">mlflow ui --backend-store-uri sqlite:////srv/x.db</code>' in page
    assert '<code class="copied">http://127.0.0.1:5000/#/runs/c0ffee</code>' in page
    house.database.close()


def _with_run(monkeypatch: pytest.MonkeyPatch) -> None:
    read, run = model_view.read_manifest, {"mlflow_run": "c0ffee"}
    monkeypatch.setattr(model_view, "read_manifest", lambda path: read(path).model_copy(update=run))


def test_where_an_address_is_set_the_run_is_a_link(
    house: House, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.add("1")
    _with_run(monkeypatch)
    page = house.logged_in("ada", "admin").page("/models/1")
    assert 'href="https://mlflow.example/#/runs/c0ffee"' in page
    assert "mlflow ui" not in page


def test_models_are_listed_with_their_figures(house: House, registry: Registry) -> None:
    gated(registry.add("1"))
    registry.add("2")
    page = house.logged_in("dan", "data_scientist").page("/models")
    assert "0.910" in page
    assert "https://mlflow.example" in page
    assert page.index(">2</a>") < page.index(">1</a>")
    assert "not asked" in page


def test_one_model_has_gate_labels_slices_and_a_file(house: House, registry: Registry) -> None:
    gated(registry.add("1"))
    visitor = house.logged_in("dan", "data_scientist")
    page = visitor.page("/models/1")
    assert "language: zh" in page
    shares = [page.partition(name)[2].partition("</tr>")[0] for name in ("language: zh", "kind: praise")]
    assert ["80" in share for share in shares] == [True, False]
    assert "100" not in shares[1]
    assert "Make it champion" not in page
    assert "check,slice,outcome" in visitor.get("/models/1/checks.csv").text
    assert "fraud,4,9,0.9,0.8,0.85" in visitor.get("/models/1/labels.csv").text
    assert "language,zh,9,0.9,0.8,0.7,0.9" in visitor.get("/models/1/slices.csv").text
    for table in ("/models/1/labels.csv", "/models/1/slices.csv"):
        assert f'href="/console{table}"' in page
    assert 404 == visitor.get("/models/9").status_code
    assert 404 == visitor.get("/models/..%2f..").status_code


def test_a_model_that_the_gate_permits_is_promoted_with_a_reason(house: House, registry: Registry) -> None:
    gated(registry.add("1"))
    lead = house.logged_in("li", "lead")
    assert 422 == send(lead, "/models/1", why=" ").status_code
    assert 200 == send(lead, "/models/1", why="better on everything").status_code
    assert [("1", "li", "better on everything")] == registry.asked
    page = lead.page("/models")
    assert "better on everything" in page
    assert "There is no earlier champion" in page
    assert "/models/rollback" not in page
    assert "is the champion already" in lead.page("/models/1")


def test_a_model_that_the_gate_never_saw_is_not_asked_for(house: House, registry: Registry) -> None:
    registry.add("2")
    answer = send(house.logged_in("li", "lead"), "/models/2", why="hope")
    assert (409, True) == (answer.status_code, "never went through the gate" in answer.text)
    assert [] == registry.asked


def test_the_way_back_names_the_version_it_leads_to(house: House, registry: Registry) -> None:
    lead = house.logged_in("li", "lead")
    first = gated(registry.add("1"))
    send(lead, "/models/1", why="first")
    gated(registry.add("2"), champion=first)
    send(lead, "/models/2", why="better")
    page = lead.page("/models")
    assert "Go back to the champion before, version 1" in page
    assert "/models/rollback" in page


def test_a_rollback_that_is_refused_is_told_in_its_own_words(house: House, registry: Registry) -> None:
    gated(registry.add("1"))
    lead = house.logged_in("li", "lead")
    send(lead, "/models/1", why="first")
    answer = send(lead, "/models/rollback", why="it blocks the weather")
    assert (409, True) == (answer.status_code, "no earlier champion" in answer.text)
    assert ("rollback", "li", "it blocks the weather", "") == registry.asked[-1]


def test_a_way_back_to_what_nobody_assessed_says_so_and_asks_for_the_emergency(
    house: House, registry: Registry
) -> None:
    lead = house.logged_in("li", "lead")
    first = gated(registry.add("1"))
    send(lead, "/models/1", why="first")
    gated(registry.add("2"), champion=first)
    send(lead, "/models/2", why="better")
    assert "needs no second person" in lead.page("/models")
    assert "asks that a model be assessed" not in lead.page("/models")
    on_news(house.database, house.keyring)
    page = lead.page("/models")
    assert "The policy cn, under which comments on news were judged here, asks that a model be assessed." in page
    assert "Version 1 never was" in page
    assert "needs no second person" not in page
    assert 'name="emergency"' in page
    send(lead, "/models/rollback", why="it blocks the weather", emergency="a storm is coming")
    assert ("rollback", "li", "it blocks the weather", "a storm is coming") == registry.asked[-1]


def test_a_broken_bundle_breaks_no_page(house: House, registry: Registry) -> None:
    (registry.add("1") / "manifest.json").write_text("{", encoding="utf-8")
    assert "cannot be read" in house.logged_in("li", "lead").page("/models")


def test_a_house_without_models_says_so(tmp_path: Path) -> None:
    (tmp_path / "bare").mkdir()
    bare = build(tmp_path / "bare")
    assert "No model was trained yet" in bare.logged_in("li", "lead").page("/models")
    bare.database.close()


@pytest.mark.parametrize(("language", "told"), [("en", "not as shipped"), ("zh", "与发布的不同")])
def test_a_gate_that_no_release_shipped_is_called_so_in_the_yes_and_in_the_history(
    language: str, told: str, house: House, registry: Registry
) -> None:
    gated(registry.add("1"), gate="default@5", gate_hash="e" * 64)
    lead = house.logged_in("li", "lead")
    lead.client.cookies.set(COOKIE, f"{language}-auto-on", path="/console")
    assert told in lead.page("/models/1").partition('id="gate-title"')[2]
    assert 200 == send(lead, "/models/1", why="better on everything").status_code
    history = lead.page("/models").partition('id="moves-title"')[2]
    assert f"default@5 <code>{'e' * 12}</code>" in history
    assert told in history


def test_every_table_of_the_list_is_a_file_too(house: House, registry: Registry) -> None:
    gated(registry.add("1"))
    lead = house.logged_in("li", "lead")
    assert 200 == send(lead, "/models/1", why="better on everything").status_code
    page = lead.page("/models")
    for table, told in (("models", ",champion,"), ("moves", ",1,li,better on everything")):
        assert f'href="/console/models/table/{table}.csv"' in page
        assert told in lead.get(f"/models/table/{table}.csv").text


CHECKS = (
    Check(name="everyday comments wrongly stopped", rule=Rule.PROVED, figure=0.0062, limit=0.005, low=0.0056,
          high=0.007),
    Check(name="f1 abuse|hate", rule=Rule.NO_FALL, figure=-0.062, limit=-0.04, high=-0.01, note="0.702 to 0.640",
          told={"what": "moved", "before": "0.702", "after": "0.640"}),
    Check(name="harmful_found", slice="language zh", rule=Rule.NO_FALL, figure=-0.2, limit=-0.05, far=-0.15),
    Check(name="a check of tomorrow", rule=Rule.AT_MOST, figure=0.0, limit=0.0, note="whatever it says"),
    Check(name="time of one comment", rule=Rule.AT_MOST, figure=1.1, limit=3.0, note="11 ms beside 10 ms of version 1",
          told={"what": "pace", "model": "11", "beside": "10", "version": "1"}),
)  # fmt: skip


def in_chinese(house: House, path: str) -> str:
    visitor = house.logged_in("li", "lead")
    visitor.client.cookies.set(COOKIE, "zh-auto-on", path="/console")
    return visitor.page(path)


def test_the_gate_speaks_the_reader_s_language(house: House, registry: Registry) -> None:
    first = gated(registry.add("1"))
    gated(registry.add("2"), champion=first, verdict=Verdict.NO, sentence="No, in English.", checks=CHECKS)
    page = in_chinese(house, "/models/2")
    for told in (
        "不通过：与版本 1 相比，发现的有害（语言 zh）为 -0.2，界限 -0.05；谩骂骚扰或仇恨歧视的 F1为 -0.062",
        "误拦的日常评论为 0.0062，界限 0.005", "由 0.702 变为 0.640", "11 毫秒，版本 1 为 10 毫秒", "没有通过门槛检验",
        '<span class="muted small" lang="en">whatever it says</span>',
    ):  # fmt: skip
        assert told in page, told
    assert "in English" not in page
    english = house.logged_in("dan", "data_scientist").page("/models/2")
    assert "No, against version 1: harm found on language zh -0.2, limit -0.05; F1 of Abuse or Hate" in english


def test_a_warning_and_what_was_not_judged_stand_on_the_page(house: House, registry: Registry) -> None:
    unproved = Check(
        name="everyday comments wrongly stopped", rule=Rule.UNPROVED, figure=0.0, limit=0.005, low=0.0, high=0.014,
        note="258 everyday comments cannot prove it", told={"what": "unproved", "rows": "258", "needed": "736"},
    )  # fmt: skip
    unsure = Check(name="harmful_found", slice="language ko", rule=Rule.NOT_JUDGED, rows=5)
    few = Check(name="rows to judge on", slice="label hate", rule=Rule.AT_LEAST, figure=53.0, limit=30.0)
    gated(registry.add("1"), checks=(unproved, unsure, few))
    page = in_chinese(house, "/models/1")
    for told in ("警告：误拦的日常评论为 0，界限 0.005，258 条日常评论证明不了；约需 736 条且无一误拦。",
                 '<span class="tag refused">警告</span>', "行数太少，未作判断：1 项", "发现的有害，语言 ko：5 行",
                 "另有 1 项单个切片的检查通过"):  # fmt: skip
        assert told in page, told
    assert (
        "everyday comments wrongly stopped,all,warning"
        in house.logged_in("dan", "lead").get("/models/1/checks.csv").text
    )


def test_an_answer_that_was_altered_is_told_on_the_page(house: House, registry: Registry) -> None:
    path = gated(registry.add("1"), verdict=Verdict.NO, checks=CHECKS) / "gate.json"
    path.write_text(path.read_text().replace('"verdict": "no"', '"verdict": "yes"'))
    assert "不是本处门槛给出的那一份" in in_chinese(house, "/models/1")


def test_a_time_that_nobody_measured_is_said_to_be_none(house: House, registry: Registry) -> None:
    gated(registry.add("1"))
    registry.add("2")
    for version in ("1", "2"):
        assert "<dt>Time of one comment</dt><dd>not measured</dd>" in house.logged_in("dan", "lead").page(
            f"/models/{version}"
        )


def test_texts_of_mistakes_are_looked_up_when_somebody_asks(house: House, registry: Registry) -> None:
    gated(registry.add("1"), verdict=Verdict.NO, checks=CHECKS, examples=("row-1", "row-2"))
    visitor = house.logged_in("dan", "data_scientist")
    page = visitor.page("/models/1")
    assert "云真" not in page
    assert 'href="/console/models/1/mistakes"' in page
    assert 'hx-get="/console/models/1/mistakes" hx-trigger="toggle once"' in page
    whole, part = visitor.page("/models/1/mistakes"), visitor.get("/models/1/mistakes", headers={"hx-request": "true"})
    assert ("<html" in whole, "<html" in part.text) == (True, False)
    for told in (whole, part.text):
        assert "云真&lt;b&gt;好看" in told
        assert "it was erased" in told


@pytest.mark.parametrize("locale", ["zh", "en"])
def test_all_that_the_gate_checks_and_notes_has_words(locale: str) -> None:
    """The names in `eval/`'s own source: whoever adds a check there adds its words here."""
    source = "".join(path.read_text("utf-8") for path in (ROOT / "eval").glob("*.py"))
    words = words_in(locale)
    names = [*re.findall(r'Check\(name="([^"]+)"', source), "macro_f1", "harmful_found", "harmless_stopped"]
    assert [] == [name for name in names if f"gate_check.{name.replace(' ', '_')}" not in words.sentences]
    notes = re.findall(r'"what": "(\w+)"', source) + re.findall(r'what = "(moved\w*)"', source)
    assert 7 < len(notes)
    assert [] == [note for note in notes if f"gate_note.{note}" not in words.sentences]
    kinds = re.findall(r'^kind = "(\w+)"', (ROOT / "eval" / "neutrality.toml").read_text("utf-8"), re.MULTILINE)
    axes = [
        *kinds,
        *re.findall(r'^    [A-Z]+ = "(\w+)"', (ROOT / "eval" / "slices.py").read_text("utf-8"), re.MULTILINE),
    ]
    assert [] == [axis for axis in axes if f"gate_axis.{axis}" not in words.sentences]

"""Every command from the outside: what it prints, and how it ends."""

from __future__ import annotations

import errno
import importlib.util
import json
import os
import resource
import threading
from pathlib import Path

import pytest

from chaffinch.commands.doctor import examine
from chaffinch.health.finding import Finding
from chaffinch.main import main
from chaffinch.settings import Settings
from tests.chaffinch.conftest import Run
from training.packaged_encoder import DEFAULT, MARKER


def test_an_unknown_command_is_a_usage_error(run_alone: Run) -> None:
    assert 2 == run_alone("nonsense").returncode


def test_no_command_shows_the_help(run_alone: Run) -> None:
    shown = run_alone()
    assert "demo" in shown.stdout + shown.stderr


def test_a_wrong_setting_is_named_with_what_is_wrong(run: Run) -> None:
    done = run("doctor", CHAFFINCH_CONFIGS="/nowhere")
    assert 3 == done.returncode
    assert "taxonomy.toml" in done.stdout


def test_scoring_without_a_model_says_what_to_do(run: Run, tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"text":"hi"}\n')
    done = run("score", str(rows))
    assert (1, "") == (done.returncode, done.stdout)
    assert "There is no chaffinch@champion" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_thousand_lines_with_ten_broken_give_a_thousand_answers(run: Run, tmp_path: Path) -> None:
    rows, out = tmp_path / "rows.jsonl", tmp_path / "answers.jsonl"
    lines = ["{broken" if n % 100 == 3 else json.dumps({"id": f"c{n}", "text": f"第{n}条评论"}) for n in range(1000)]
    rows.write_text("\n".join(lines), encoding="utf-8")
    done = run("score", str(rows), "-o", str(out), "--model", "none")
    answers = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert (0, 1000, 10) == (done.returncode, len(answers), sum("error" in answer for answer in answers))
    assert "1000 rows" in done.stderr


def test_standard_input_is_scored_to_standard_output(run: Run) -> None:
    done = run("score", "-", "--model", "none", given='{"text":"时时彩带单回血，加薇x8827"}\n'.encode())
    assert "review" == json.loads(done.stdout)["decision"]


@pytest.mark.parametrize(
    ("said", "arguments"),
    [
        ("cannot be read", ("score", "nowhere.jsonl", "--model", "none")),
        ("There is no policy 'mars'", ("score", "-", "--model", "none", "--policy", "mars")),
        ("There is no chaffinch@9", ("promote", "9")),
        ("There is no chaffinch@champion", ("rollback", "--reason", "r")),
        ("There is no such training config", ("train", "nothing")),
        ("There is no data config 'nothing'", ("data", "build", "nothing")),
    ],
)
def test_a_mistake_is_a_sentence_and_exit_code_1(run: Run, said: str, arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert 1 == done.returncode
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_half_written_answer_file_never_stands_under_its_name(run: Run, tmp_path: Path) -> None:
    rows, out = tmp_path / "rows.jsonl", tmp_path / "no" / "such" / "folder" / "answers.jsonl"
    rows.write_text('{"text":"hi"}\n')
    done = run("score", str(rows), "-o", str(out), "--model", "none")
    assert 1 == done.returncode
    assert "choose another place" in done.stderr


def test_answers_never_overwrite_the_comments_they_are_about(run: Run, tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"text":"hi"}\n')
    done = run("score", str(rows), "-o", str(rows), "--model", "none")
    assert (1, '{"text":"hi"}\n') == (done.returncode, rows.read_text())
    assert "name another place" in done.stderr


def test_answers_go_into_a_pipe_and_behind_a_link(run: Run, tmp_path: Path) -> None:
    rows, pipe, link, heard = tmp_path / "rows.jsonl", tmp_path / "pipe", tmp_path / "link", list[bytes]()
    rows.write_text('{"text":"hi"}\n')
    os.mkfifo(pipe)
    link.symlink_to(tmp_path / "answers.jsonl")
    reader = threading.Thread(target=lambda: heard.append(pipe.read_bytes()), daemon=True)
    reader.start()
    done = [run("score", str(rows), "-o", str(out), "--model", "none").returncode for out in (pipe, link)]
    reader.join(timeout=20)
    assert [0, 0] == done
    assert (True, True) == (pipe.is_fifo(), link.is_symlink())
    assert (
        "pass" == json.loads(heard[0])["decision"] == json.loads((tmp_path / "answers.jsonl").read_text())["decision"]
    )


def test_a_full_disk_is_told_with_the_file_that_was_not_written(run_alone: Run, tmp_path: Path) -> None:
    rows, out = tmp_path / "rows.jsonl", tmp_path / "answers.jsonl"
    rows.write_text('{"text":"hi"}\n' * 1000)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 14, hard))  # the command inherits it
    try:
        done = run_alone("score", str(rows), "-o", str(out), "--model", "none")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert 1 == done.returncode
    assert f"{out} cannot be written (the disk is full)" in done.stderr
    assert [rows] == [path for path in tmp_path.iterdir() if path.is_file()]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "a.json"), "The disk is full: a.json was not written."),
        (OSError(errno.EACCES, "Permission denied", "a.json"), "a.json cannot be used (Permission denied)."),
    ],
)
def test_what_the_disk_refuses_is_a_sentence(
    error: OSError, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused() -> None:
        raise error

    monkeypatch.setattr("chaffinch.main.app", refused)
    with pytest.raises(SystemExit):
        main()
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    "command", ["demo", "rollback --reason r", "data export-labels --by mia --why training", "data build starter"]
)
def test_a_home_that_cannot_be_used_is_a_sentence(run: Run, tmp_path: Path, command: str) -> None:
    file = tmp_path / "file"
    file.write_text("")
    done = run(*command.split(), CHAFFINCH_HOME=str(file))
    assert 1 == done.returncode
    assert "CHAFFINCH_HOME" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_database_in_a_folder_that_is_not_there_is_not_made(run: Run, tmp_path: Path) -> None:
    done = run("keys", "list", CHAFFINCH_DATABASE_URL=f"sqlite:///{tmp_path / 'no' / 'x.db'}")
    assert 1 == done.returncode
    assert "correct CHAFFINCH_DATABASE_URL" in done.stderr
    assert not (tmp_path / "no").exists()


def test_doctor_says_when_mlflow_does_not_answer(run: Run) -> None:
    findings = {
        item["part"]: item
        for item in json.loads(run("doctor", "--json", CHAFFINCH_MLFLOW_URI="http://127.0.0.1:9").stdout)
    }
    assert "broken" == findings["training"]["state"]


def test_a_folder_of_data_sets_that_is_not_there_is_an_error(run: Run, tmp_path: Path) -> None:
    done = run("data", "build", "public", CHAFFINCH_DATASETS=str(tmp_path / "nope"))
    assert 1 == done.returncode
    assert f"CHAFFINCH_DATASETS: there is no folder {tmp_path / 'nope'}; make it" in done.stderr


def found(part: str, settings: Settings) -> Finding:
    """What doctor finds of one part."""
    return next(finding for finding in examine(settings) if finding.part == part)


def test_doctor_says_that_a_folder_of_data_sets_is_not_there(tmp_path: Path) -> None:
    finding = found("public data sets", Settings(home=tmp_path, datasets=tmp_path / "nope"))
    assert "broken" == finding.state
    assert "there is no folder" in finding.seen


@pytest.mark.parametrize("module", ["torch", "transformers", "accelerate", "onnx", "onnxruntime"])
def test_doctor_names_what_training_lacks(module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == module else find(name))
    finding = found("training", Settings(home=tmp_path))
    assert ("absent", f"not installed: {module}") == (finding.state, finding.seen)


def test_doctor_says_whether_the_encoder_is_converted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "encoders" / DEFAULT.replace("/", "--")
    assert "not converted yet" in found("encoder", Settings(home=tmp_path)).seen
    monkeypatch.setattr("training.packaged_encoder.find_packaged", lambda: None)
    assert "absent" == found("encoder", Settings(home=tmp_path)).state
    folder.mkdir(parents=True)
    assert "absent" == found("encoder", Settings(home=tmp_path)).state  # a conversion that was cut short
    (folder / MARKER).write_text("{}")
    assert f"{DEFAULT} stands in {folder}" == found("encoder", Settings(home=tmp_path)).seen


def test_doctor_says_what_is_missing_and_what_to_do(run: Run) -> None:
    findings = {item["part"]: item for item in json.loads(run("doctor", "--json").stdout)}
    assert "ok" == findings["rules"]["state"]
    assert "absent" == findings["model"]["state"]
    assert "chaffinch demo" in findings["model"]["todo"]


def test_rules_lint_lists_every_mistake_and_fails(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("[[rules]]\nid = 'x'\n")
    done = run("rules", "lint", str(tmp_path))
    assert 3 == done.returncode
    assert done.stderr.count("a.toml") > 3


def test_rules_lint_shows_the_shipped_rules(run: Run) -> None:
    told = json.loads(run("rules", "lint", "--json").stdout)
    assert "gambling.recruit.zh" in [rule["id"] for rule in told["rules"]]

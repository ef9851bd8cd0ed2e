"""The files of docs/deploy: linted, and about metrics, settings and commands that there are."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from chaffinch.commands import serve
from chaffinch.settings import Settings
from records.schema import serves_from
from serving.metrics import Metrics

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "deploy"
YAML = "{extends: default, rules: {line-length: {max: 140}, document-start: disable, comments: disable}}"
LINTERS = (
    ["hadolint", "Containerfile"],
    ["yamllint", "-d", YAML, *sorted(each.name for each in FOLDER.glob("*.y*ml"))],
)


def names_of_metrics() -> set[str]:
    """As they are scraped."""
    metrics = Metrics()
    metrics.watch("model", lambda: 0)
    metrics.watch("database", lambda: 0)
    metrics.packs(lambda: False)
    metrics.disks(["database"], lambda _: 0.0)
    return set(re.findall(r"^# TYPE (\w+)", metrics.text().decode(), re.MULTILINE))


@pytest.mark.parametrize("linter", LINTERS, ids=lambda linter: linter[0])
def test_container_files_are_linted(linter: list[str]) -> None:
    program = Path(sys.executable).parent / linter[0]
    if not program.exists():
        pytest.skip(f"{linter[0]} is not installed in this environment: make install")
    done = subprocess.run([program, *linter[1:]], cwd=FOLDER, capture_output=True, text=True, check=False)
    assert (0, "") == (done.returncode, done.stdout + done.stderr)


def test_nginx_takes_its_file(tmp_path: Path) -> None:
    crossplane = pytest.importorskip("crossplane", reason="not installed in this environment: make install")
    whole = tmp_path / "nginx.conf"
    whole.write_text(f"events {{}}\nhttp {{ include {FOLDER / 'nginx.conf'}; }}\n", encoding="utf-8")
    read = crossplane.parse(str(whole))  # not strict: it knows no `http2`
    assert [] == read["errors"]
    _, ours = read["config"]
    (server,) = [line["block"] for line in ours["parsed"] if line["directive"] == "server"]
    places = {line["args"][-1]: line["block"] for line in server if line["directive"] == "location"}
    sent = {tuple(line["args"]) for line in places["/v1/stream"] if line["directive"] == "proxy_set_header"}
    assert {("Upgrade", "$http_upgrade"), ("Connection", "upgrade")} <= sent
    told = {line["args"][0] for line in server if line["directive"] == "proxy_set_header"}
    assert {"X-Forwarded-For", "X-Forwarded-Proto"} <= told


def test_no_log_of_nginx_has_a_query_or_a_receipt() -> None:
    """Every message about a request in an error log ends with its request line, at each level."""
    lines = (FOLDER / "nginx.conf").read_text(encoding="utf-8").splitlines()
    text = "\n".join(line for line in lines if not line.lstrip().startswith("#"))
    assert ["/dev/null emerg"] == re.findall(r"\berror_log ([^;]+);", text)
    logged = re.findall(r"\$(\w+)", "".join(re.findall(r"log_format ([^;]+);", text)))
    assert "uri_without_receipt" in logged
    telling = re.compile(r"request|request_uri|uri|document_uri|args|query_string|arg_.*|is_args|http_.*|cookie_.*")
    assert [] == [name for name in logged if telling.fullmatch(name)]


def test_the_unit_takes_every_setting_from_the_file_that_commands_read() -> None:
    unit = (FOLDER / "chaffinch.service").read_text(encoding="utf-8")
    assert "\nEnvironmentFile=/etc/chaffinch/environment\n" in unit
    assert [] == re.findall(r"\bEnvironment=", unit)


def commands_under(settings: str, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    """The wrapper over a file of settings, with a program that prints one of them."""
    (tmp_path / "environment").write_text(settings, encoding="utf-8")
    program = tmp_path / "program"
    program.write_text('#!/bin/sh\nprintf %s "$CHAFFINCH_DATABASE_URL"\n', encoding="utf-8")
    program.chmod(0o755)
    wrapper = (FOLDER / "chaffinch.sh").read_text(encoding="utf-8")
    wrapper = wrapper.replace("/etc/chaffinch/environment", str(tmp_path / "environment"))
    wrapper = wrapper.replace("/opt/chaffinch/.venv/bin/chaffinch", str(program))
    return subprocess.run(["sh", "-c", wrapper], capture_output=True, text=True, check=False, env={"PATH": "/usr/bin"})


@pytest.mark.parametrize("quote", ["", "'", '"'])
@pytest.mark.parametrize("value", ["postgresql://a:p$HOME$(id)`id`@db/x?a=1&b=2;c=#3 *", "a", ""])
def test_commands_read_a_setting_as_systemd_does(tmp_path: Path, value: str, quote: str) -> None:
    done = commands_under(f"# all\n; of it\n\n  CHAFFINCH_DATABASE_URL={quote}{value}{quote}  \nB=c", tmp_path)
    assert (0, value, "") == (done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize(
    "line", ["export A=b", "A =b", "A= b", "A", "A=b\\", "A='b'c", "A='b'c'", "A='b", 'A="b\\$c"', "1A=b", "=b"]
)
def test_commands_refuse_a_setting_that_systemd_might_read_otherwise(tmp_path: Path, line: str) -> None:
    done = commands_under(f"B=c\n{line}\n", tmp_path)
    assert (1, "") == (done.returncode, done.stdout)
    assert "environment, line 2: " in done.stderr


def test_what_a_process_takes_is_told_alike_everywhere() -> None:
    told = {
        name: (FOLDER / name).read_text(encoding="utf-8") for name in ("README.md", "sizing.md", "chaffinch.service")
    }
    found = {name: re.findall(r"\b(600|450)( MB)?\b.*\b450\b", text) != [] for name, text in told.items()}
    assert dict.fromkeys(told, True) == found
    assert not any(re.search(r"\b(550|400) MB\b", text) for text in told.values())


def test_the_image_holds_the_program_and_nothing_that_stands_beside_it() -> None:
    root = FOLDER.parents[1]
    lines = (root / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    taken = {line[1:] for line in rules if line.startswith("!")}
    assert "*" == rules[0]
    assert [] == sorted(name for name in taken if not (root / name).exists())
    packages = {each.parent.name for each in root.glob("*/__init__.py")} - {"tests"}
    assert packages | {"configs", "pyproject.toml", "constraints.txt", "README.md"} <= taken
    assert {"var", ".venv", ".git", "tests"}.isdisjoint(taken)


def test_a_proxy_gives_an_idle_connection_up_before_the_process_does() -> None:
    kept = re.search(r"keepalive_timeout (\d+)s;", (FOLDER / "nginx.conf").read_text(encoding="utf-8"))
    assert kept is not None
    assert int(kept[1]) < serve.KEPT_SECONDS


@pytest.mark.parametrize("file", ["grafana.json", "chaffinch-alerts.yml"])
def test_what_is_watched_is_measured(file: str) -> None:
    text = (FOLDER / file).read_text(encoding="utf-8")
    asked = set(re.findall(r"\b(chaffinch_\w+|process_\w+)", text))
    known = names_of_metrics()
    assert len(asked) > 5
    assert [] == sorted(name for name in asked if name.removesuffix("_bucket") not in known)


def test_the_dashboard_has_a_title_and_a_query_in_every_panel() -> None:
    board = json.loads((FOLDER / "grafana.json").read_text(encoding="utf-8"))
    assert all(panel["title"] and panel["targets"] for panel in board["panels"])
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])


def test_settings_that_it_names_are_settings() -> None:
    known = {f"CHAFFINCH_{name.upper()}" for name in Settings.model_fields}
    named = {
        name for file in FOLDER.iterdir() for name in re.findall(r"CHAFFINCH_[A-Z_]+", file.read_text(encoding="utf-8"))
    }
    assert named
    assert named <= known


def test_every_file_is_told_of() -> None:
    told = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert [] == [file.name for file in FOLDER.iterdir() if file.name != "README.md" and f"({file.name})" not in told]


def test_programs_that_it_names_are_there() -> None:
    pages = "".join(file.read_text(encoding="utf-8") for file in FOLDER.glob("*.md"))
    named = set(re.findall(r"(benchmarks/\w+\.py|tests/[\w/]+\.py)", pages))
    assert len(named) > 5
    assert [] == sorted(name for name in named if not (FOLDER.parent.parent / name).is_file())


def test_commands_that_it_names_are_commands() -> None:
    pages = "".join(file.read_text(encoding="utf-8") for file in FOLDER.iterdir())
    told = (FOLDER.parent / "reference" / "commands.md").read_text(encoding="utf-8")
    named = set(re.findall(r"chaffinch ((?:audit |data |keys |users )?[a-z][a-z-]+)[ `\n]", pages))
    assert {"serve", "worker", "retention", "audit verify", "keys create"} <= named
    known = set(re.findall(r"`chaffinch ([a-z][a-z -]*[a-z])", told))
    named -= {"chaffinch"}  # the user of that name
    assert [] == sorted(name for name in named if not any(f"{each} ".startswith(f"{name} ") for each in known))


def test_it_says_from_which_migration_on_earlier_programs_serve() -> None:
    told = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert f"took something away from earlier programs is {serves_from()}:" in told
    assert f"at {serves_from()} or later go on" in " ".join(told.split())
    changes = (FOLDER.parents[1] / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"Migration {serves_from()} takes something away from earlier programs" in changes

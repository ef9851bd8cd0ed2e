"""`chaffinch serve` and `chaffinch worker`: the processes that run."""

from __future__ import annotations

import errno
import http.client
import ipaddress
import signal
import socket
import threading
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from chaffinch.cores import cores
from chaffinch.hang_up import stop_by
from chaffinch.settings import Settings, load_settings
from moderation.errors import ChaffinchError, ConfigError, Fault

if TYPE_CHECKING:
    from records.database import Database
    from serving.parts import Options, Parts

GRACE_SECONDS = 8
"""How long requests under way may take once a server that was asked to stop takes no more: ten seconds in all."""

BACKLOG = 2048

KEPT_SECONDS = 75
"""How long a connection on which nothing is asked stays open: longer than a proxy keeps its own (nginx: 60), which
would else send a request into one that is just being closed."""

MIB = 1024 * 1024

REPLACED_SECONDS = 60
"""How long a new process of several may take to its first answer before SIGHUP keeps the old one in its place."""

START_SECONDS = 300
"""How long the first answer may take before nobody waits for it any more: large models load slowly on cold disks."""


def add_to(app: typer.Typer) -> None:
    """Mounts these commands."""
    app.command()(serve)
    app.command()(worker)


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on. Others than loopback ask for a key.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8700,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes that answer.")] = 1,
    with_worker: Annotated[bool, typer.Option("--worker/--no-worker", help="Do later work inside too.")] = True,
    access_log: Annotated[bool, typer.Option(help="One log line for each request.")] = True,
) -> None:
    """Answer over HTTP: the API, the console and, inside, a worker. Ctrl-C stops it gracefully."""
    from chaffinch.house_files import read_house_files
    from registry.shared_weights import folder_for_processes

    settings = load_settings()
    read_house_files(settings)  # what is wrong with them is said before anything is made, however many processes answer
    listening = listen(host, port)
    with closing(listening):
        options = _options(settings, host, with_worker=with_worker, access_log=access_log)
        with folder_for_processes(settings.home) as shared:
            options = replace(
                options, cores=max(1, cores() // workers), shared=str(shared) if shared else None, processes=workers
            )
            if workers == 1:
                _serve_alone(settings, options, listening)
            else:
                _serve_together(settings, options, listening, workers)


def worker() -> None:
    """Do what happens later (leases, jobs, webhooks, drift, the shadow) in a process of its own. Ctrl-C stops it."""
    from chaffinch.service import quality_of, shadow_of, signer_of, webhooks_of
    from chaffinch.wiring import house_queues, open_database, taxonomy_of
    from governance.complaint_rules import load_complaint_rules
    from governance.verdicts import HouseRules
    from moderation.policy import load_policies
    from registry.reference import reference_of
    from serving.logs import configure
    from serving.parts import utc_now
    from serving.standing_chores import standing_chores
    from serving.worker import Worker, campaigns_chore, random_chore

    settings = load_settings()
    configure()
    house_queues(settings)  # what is wrong with them is said now
    taxonomy, complaints = taxonomy_of(settings), load_complaint_rules(settings.configs)
    policies = settings.configs / "policies"
    with closing(open_database(settings)) as database:
        signer = signer_of(settings, database)
        signer()  # a key that was lost is said now
        shadow = shadow_of(settings, database, taxonomy, lambda: load_policies(taxonomy, policies))
        webhooks = webhooks_of(settings, database)
        working = Worker(
            database,
            now=utc_now,
            when_idle=shadow.turn,
            reference=lambda: reference_of(settings.model, home=settings.home),
            webhooks=webhooks,
            signer=signer,
            complaint_rules=complaints,
        )
        working.add(
            campaigns_chore(
                lambda: HouseRules(taxonomy, load_policies(taxonomy, policies), quality_of(settings), complaints)
            )
        )
        working.add(random_chore(settings.random_a_day))
        for chore in standing_chores(webhooks.keyring, lambda: load_policies(taxonomy, policies), complaints):
            working.add(chore)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: working.end())
        stop_by(working.end)
        Console(stderr=True).print(f"Working on {escape(database.address)} as {working.name}. Ctrl-C stops.")
        working.run()


def listen(host: str, port: int) -> socket.socket:
    """A socket bound to the address. Raises `ChaffinchError` in a plain sentence where it cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
        bound.listen(BACKLOG)
    except OSError as error:
        bound.close()
        raise ChaffinchError(_why_not(error, host, port)) from error
    bound.set_inheritable(True)
    return bound


def _why_not(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is in use: stop what listens there, or choose another with --port."
    return f"Cannot listen on {host}:{port} ({error.strerror or error}). Check --host and --port."


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _options(settings: Settings, host: str, *, with_worker: bool, access_log: bool) -> Options:
    """Open only on loopback with no key ever created. Raises `ConfigError` where that would be open to others."""
    from chaffinch.wiring import open_database
    from records import keys
    from serving.parts import Options

    with closing(open_database(settings)) as database, database.reading() as look:
        without_keys = not keys.any_exist(look)
    if without_keys and not is_loopback(host):
        detail = f"{host} can be reached by others and no key exists: chaffinch keys create NAME, or --host 127.0.0.1"
        raise ConfigError("The server does not start open to everybody.", [Fault("--host", detail)])
    return Options(
        open_without_keys=is_loopback(host),
        rate=settings.rate,
        policy=settings.policy,
        disk_free=settings.disk_free * MIB,
        worker=with_worker,
        access_log=access_log,
        stream_in_flight=settings.stream_in_flight,
        stream_idle=settings.stream_idle,
        streams_of_one=settings.stream_connections,
    )


def _serve_alone(settings: Settings, options: Options, listening: socket.socket) -> None:
    import uvicorn

    from chaffinch.leaving import LeavingServer
    from chaffinch.service import build_parts
    from serving.app import create_app
    from serving.logs import configure
    from serving.tuning import tune

    configure()
    parts = build_parts(settings, options)
    app = create_app(parts)
    tune()
    is_open = app.state.machinery.gate.is_open
    _tell(listening, parts.database, _model_words(parts), is_open=is_open)
    # uvicorn raises the signal that stopped it once more when it is done; by then there is nothing left to stop.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    server = LeavingServer(uvicorn.Config(app, **_manner()))
    stop_by(lambda: server.handle_exit(signal.SIGTERM, None))
    _tell_when_ready(listening, is_open=is_open, has_model=parts.holder.has_model)
    server.run(sockets=[listening])
    parts.database.close()
    if not server.started:
        raise ChaffinchError("The server did not start; the log above says why.")


def _serve_together(settings: Settings, options: Options, listening: socket.socket, workers: int) -> None:
    """Several processes on one socket; each follows pointers and epoch by itself, in step within two seconds."""
    import uvicorn

    from chaffinch.service import hand_over
    from chaffinch.several_processes import serve_together
    from chaffinch.wiring import open_database
    from records import keys
    from serving.logs import configure

    configure()
    hand_over(options)
    with closing(open_database(settings)) as database:
        with database.reading() as look:
            is_open = options.open_without_keys and not keys.any_exist(look)
        _tell(listening, database, f"{settings.model}, in {workers} processes", is_open=is_open)
    config = uvicorn.Config(
        "chaffinch.service:create_application",
        factory=True,
        workers=workers,
        timeout_worker_healthcheck=REPLACED_SECONDS,
        **_manner(),
    )
    _tell_when_ready(listening, is_open=is_open, has_model=True)  # which model, each process finds out by itself
    serve_together(config, listening)


def _manner() -> dict[str, Any]:
    """How uvicorn serves, alone or in several processes."""
    from serving.streams.protocol import SETTINGS

    return {
        "loop": "uvloop",
        "http": "httptools",
        "access_log": False,
        "log_config": None,
        "server_header": False,
        "proxy_headers": False,
        "timeout_graceful_shutdown": GRACE_SECONDS,
        "timeout_keep_alive": KEPT_SECONDS,
        **SETTINGS,
    }


def _model_words(parts: Parts) -> str:
    scorer, faults = parts.holder.engine.scorer, parts.holder.faults
    if not parts.holder.has_model:
        return f"none: {faults.get('model', '')} Until then the policy's fallback decides."
    if scorer.name == "none":
        return "none, as asked: rules and people alone"
    return f"{scorer.name}@{scorer.version}"


def _tell(listening: socket.socket, database: Database, model: str, *, is_open: bool) -> None:
    """Where to go, with what it answers, and who may."""
    from records import users

    address = _address(listening)
    with database.reading() as look:
        nobody = not users.page(look, limit=1).items
    told = Console(soft_wrap=True, highlight=False)
    told.print(f"API       {address}   (endpoints: {address}/docs)")
    told.print(f"console   {address}/console/")
    if nobody:
        told.print("          nobody can log in yet: chaffinch users create NAME --role admin")
    told.print(f"model     {escape(model)}")
    told.print(f"records   {escape(database.address)}")
    if is_open:
        told.print("[bold red]OPEN[/]      no key was ever created: every program on this machine may use the API,")
        told.print("          and presented keys are ignored. chaffinch keys create NAME closes it.")
    told.file.flush()


def _tell_when_ready(listening: socket.socket, *, is_open: bool, has_model: bool) -> None:
    """One line on standard output once the server answers, below all that was logged meanwhile."""
    line = " ".join(
        (
            f"ready     {_address(listening)}",
            *(() if has_model else ("- WITHOUT A MODEL: /readyz says why",)),
            *(("- OPEN to every program on this machine: chaffinch keys create NAME closes it",) if is_open else ()),
        )
    )

    def wait() -> None:
        if _answers(listening):
            typer.echo(line)  # flushes

    threading.Thread(target=wait, name="ready", daemon=True).start()


def _answers(listening: socket.socket) -> bool:
    """Asks once. The socket listens already, so the question waits in its queue until somebody takes it."""
    host, port = listening.getsockname()[:2]
    near = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    link = http.client.HTTPConnection(near, port, timeout=START_SECONDS)
    try:
        link.request("GET", "/healthz", headers={"connection": "close"})
        return link.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):  # it stopped before it answered; its log says why
        return False
    finally:
        link.close()


def _address(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"

"""One request: where it may go, how long it may take, and what an answer may do."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from governance.targets import Targets
from serving.parts import utc_now
from serving.webhooks.sending import Answer, Resolve, Sender, resolved
from tests.serving.webhooks.receiver import Receiver, Reply, receiving, unused_port
from tests.serving.webhooks.world import NEAR

PUBLIC = "93.184.215.14"
NAME = "hooks.example"


class Names:
    """A name server whose answers a test sets; the last one stays."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def sent(
    url: str,
    *,
    targets: Targets = NEAR,
    resolve: Resolve | None = None,
    seconds: float = 60.0,
    tls: ssl.SSLContext | None = None,
) -> Answer:
    async def go() -> Answer:
        async with Sender(targets, resolve=resolve, seconds=seconds, tls=tls) as sender:
            return await sender.send(url, b"{}", {"webhook-id": "e-1"})

    return asyncio.run(go())


def named(receiver: Receiver, scheme: str = "http") -> str:
    """The receiver under a name that some test's name server knows."""
    return f"{scheme}://{NAME}:{receiver.port}/hooks"


def test_the_receiver_hears_the_name_and_the_connection_goes_to_the_address(receiver: Receiver) -> None:
    names = Names(["127.0.0.1"])
    assert sent(named(receiver), resolve=names).taken
    assert ([NAME], f"{NAME}:{receiver.port}") == (names.asked, receiver.got[0].headers["host"])


def test_a_name_that_changes_its_mind_after_it_was_looked_up_changes_nothing(receiver: Receiver) -> None:
    """DNS rebinding: allowed when asked first, another machine when asked again; nobody asks again."""
    names = Names(["127.0.0.1"], ["10.0.0.7"])
    assert sent(named(receiver), resolve=names).taken
    assert 1 == len(names.asked)


def test_a_name_that_leads_home_by_now_is_not_followed(receiver: Receiver) -> None:
    names = Names(["127.0.0.1"], ["127.0.0.2"])
    near = Targets((ip_network("127.0.0.1"),), http=True)
    assert sent(named(receiver), targets=near, resolve=names).taken
    refused = sent(named(receiver), targets=near, resolve=names)
    assert (False, None) == (refused.taken, refused.status)
    assert "127.0.0.2 is no public address" in refused.error
    assert 1 == len(receiver.got)


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        [PUBLIC, "127.0.0.1"],
        ["::1"],
        ["::ffff:127.0.0.1"],
        ["64:ff9b::7f00:1"],
        ["2002:7f00:1::"],
        ["169.254.169.254"],
        ["fe80::1%eth0"],
        ["10.0.0.1"],
        ["192.168.1.1"],
        ["172.16.0.1"],
        ["100.64.0.1"],
        ["fd00::1"],
        ["0.0.0.0"],
        ["::"],
        ["224.0.0.1"],
        ["255.255.255.255"],
        ["no address"],
    ],
)
def test_nothing_is_sent_to_what_is_not_public(receiver: Receiver, addresses: list[str]) -> None:
    refused = sent(named(receiver), targets=Targets(http=True), resolve=Names(addresses))
    assert (None, True) == (refused.status, refused.error.startswith(f"refused: {NAME} is "))
    assert [] == receiver.got


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "2130706433", "0x7f.1", "127.1", "localhost", "[::1]", "[::ffff:7f00:1]"]
)
def test_no_spelling_of_this_machine_is_reached(receiver: Receiver, host: str) -> None:
    assert not sent(f"http://{host}:{receiver.port}/", targets=Targets(http=True)).taken
    assert [] == receiver.got


def test_public_addresses_are_allowed() -> None:
    assert all(Targets().allows(each) for each in (PUBLIC, "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"))


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(receiver: Receiver, status: int) -> None:
    with receiving() as inside:
        receiver.behave = lambda _: Reply(status, {"location": inside.url})
        answer = sent(receiver.url)
        assert (False, status, []) == (answer.taken, answer.status, inside.got)
    assert "not followed" in answer.error


def test_plain_http_is_refused_unless_it_is_allowed(receiver: Receiver) -> None:
    refused = sent(receiver.url, targets=Targets((ip_network("127.0.0.0/8"),)))
    assert "not https" in refused.error
    assert [] == receiver.got


def test_a_proxy_of_the_environment_is_not_asked(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    with receiving() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert sent(receiver.url).taken
        assert [] == proxy.got


def test_of_several_addresses_one_that_does_not_listen_is_passed_over(receiver: Receiver) -> None:
    both = Targets((ip_network("127.0.0.1"), ip_network("::1")), http=True)
    assert sent(named(receiver), targets=both, resolve=Names(["::1", "127.0.0.1"])).taken
    assert 1 == len(receiver.got)


def test_what_was_heard_once_is_not_sent_to_another_address(receiver: Receiver) -> None:
    receiver.behave = lambda _: Reply(500)
    assert 500 == sent(named(receiver), resolve=Names(["127.0.0.1", "127.0.0.1"])).status
    assert 1 == len(receiver.got)


def _hang_up(link: socket.socket) -> None:
    """Closing with something unread would reset the connection, and what was said might never be read."""
    link.settimeout(5)
    with suppress(OSError):
        link.shutdown(socket.SHUT_WR)
        while link.recv(65536):
            pass


@contextmanager
def saying(*pieces: bytes, every: float = 0.05) -> Iterator[int]:
    """A server that says this to whoever connects, byte by byte as slow as it likes; its port."""
    ending = threading.Event()
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(0.05)

    def serve() -> None:
        while not ending.is_set():
            try:
                link, _ = listening.accept()
            except TimeoutError:
                continue
            with closing(link):
                link.recv(65536)
                for piece in pieces:
                    try:
                        link.sendall(piece)
                    except OSError:
                        break
                    if ending.wait(every):
                        return
                _hang_up(link)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        ending.set()
        thread.join(10)
        listening.close()


def test_a_head_that_comes_drop_by_drop_is_not_waited_for() -> None:
    with saying(b"HTTP/1.1 200 OK\r\n", *[b"x-drop: 1\r\n"] * 10_000, every=0.05) as port:
        answer = sent(f"http://127.0.0.1:{port}/", seconds=2)
    assert (False, "no answer within 2 s") == (answer.taken, answer.error)


def test_a_head_that_never_ends_is_cut_off() -> None:
    with saying(b"HTTP/1.1 200 OK\r\n", *[b"x-flood: " + b"y" * 60_000 + b"\r\n"] * 100, every=0) as port:
        answer = sent(f"http://127.0.0.1:{port}/")
    assert (False, None) == (answer.taken, answer.status)


def test_what_is_no_http_is_told_and_raises_nothing() -> None:
    with saying(b"SSH-2.0-OpenSSH_9.9\r\n") as port:
        assert "no answer in HTTP" == sent(f"http://127.0.0.1:{port}/").error


def test_a_compressed_answer_is_not_unpacked(receiver: Receiver) -> None:
    receiver.behave = lambda _: Reply(200, {"content-encoding": "gzip"}, b"\x1f\x8b not gzip at all")
    assert sent(receiver.url).taken


def test_a_name_server_that_is_silent_is_not_waited_for() -> None:
    async def silent(_: str, __: int) -> Sequence[str]:
        await asyncio.sleep(600)
        return []

    assert "no answer within 1 s" == sent(f"http://{NAME}/", resolve=silent, seconds=1).error


def test_a_name_that_does_not_exist_is_told() -> None:
    async def unknown(_: str, __: int) -> Sequence[str]:
        raise socket.gaierror(-2, "Name or service not known")

    assert "not known" in sent(f"http://{NAME}/", resolve=unknown).error
    assert "has no address" in sent(f"http://{NAME}/", resolve=Names([])).error


def test_nobody_listens() -> None:
    answer = sent(f"http://127.0.0.1:{unused_port()}/")
    assert (False, None, True) == (answer.taken, answer.status, answer.unwell)


def test_the_operating_system_is_asked_for_addresses() -> None:
    assert "127.0.0.1" in asyncio.run(resolved("localhost", 80))


@pytest.fixture
def certified(tmp_path: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's side for `NAME`, and a client's that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = utc_now()
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "both.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )  # fmt: skip
    file.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    return server, ssl.create_default_context(cadata=made.public_bytes(serialization.Encoding.PEM).decode())


def test_tls_is_checked_against_the_name_though_the_address_is_called(
    certified: tuple[ssl.SSLContext, ssl.SSLContext],
) -> None:
    server, trusting = certified
    heard: list[str | None] = []
    server.sni_callback = lambda _, name, __: heard.append(name)
    with receiving(tls=server) as receiver:
        names = Names(["127.0.0.1"])
        assert sent(named(receiver, "https"), resolve=names, tls=trusting).taken
        other = f"https://other.example:{receiver.port}/"
        assert "CERTIFICATE_VERIFY_FAILED" in sent(other, resolve=names, tls=trusting).error
        assert "CERTIFICATE_VERIFY_FAILED" in sent(named(receiver, "https"), resolve=names).error
    assert [NAME, "other.example", NAME] == heard
    assert 1 == len(receiver.got)


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("ftp://hooks.example.com/", "not https"),
        ("https:///x", "names no host"),
        ("https://user:secret@hooks.example.com/", "user or password"),
        ("https://hooks.example.com/#part", "fragment"),
        ("https://hooks.example.com\\@127.0.0.1/", "characters"),
        ("https://hooks.example.com/ x", "characters"),
        ("https://例子.example/", "characters"),
        ("https://[::1/", "no URL"),
        ("https://hooks.example.com:99999/", "no URL"),
        ("https://10.1.2.3/", "no public address"),
        ("https://[::1]/", "no public address"),
        (f"https://hooks.example.com/{'x' * 2000}", "longer"),
    ],
)
def test_a_url_that_cannot_be_meant_is_refused_before_anybody_is_asked(url: str, fault: str) -> None:
    names = Names([PUBLIC])
    refused = sent(url, targets=Targets(), resolve=names)
    assert (True, []) == (fault in refused.error, names.asked), refused.error


def test_an_allowed_network_opens_no_other() -> None:
    near = Targets((ip_network("10.1.0.0/16"),))
    assert near.allows("10.1.2.3")
    assert near.allows("::ffff:10.1.2.3")
    assert not near.allows("10.2.0.1")
    assert not near.allows("169.254.169.254")
    assert ipaddress.ip_address("10.1.2.3").is_private

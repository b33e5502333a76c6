"""The guarded way out: which addresses it refuses, and that what was checked is what it connects to."""

import io
import socket
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests
from urllib3 import HTTPResponse

from config.lib.guarded import Refused, check_address, guarded_session, is_public, read_at_most

PRIVATE = [
    "0.0.0.0",  # noqa: S104
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.127.255.254",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.254",
    "192.0.0.1",
    "192.0.2.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:10.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b:1::a00:1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "ff02::1",
    "not an address",
    "",
]
PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "93.184.216.34",
    "100.128.0.1",
    "172.32.0.1",
    "2606:4700::1111",
    "::ffff:8.8.8.8",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_is_not_of_the_open_internet_is_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_of_the_open_internet_is_public(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0x7f.0.0.1/",
        "http://0177.0.0.1/",
        "http://0/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[fe80::1%25eth0]/",
        "http://169.254.169.254/latest/meta-data/",
        "http://localhost/",
        "http://localhost./",
        "http://LOCALHOST/",
        "http://printer.local/",
        "http://metadata.google.internal/",
        "https://user:word@carrier.example/",
        "https://user@carrier.example/",
        "https://carrier.example:22/",
        "https://carrier.example:25/",
        "https://carrier.example:99999/",
        "ftp://carrier.example/",
        "file:///etc/passwd",
        "gopher://carrier.example/",
        "//carrier.example/",
        "https:///path",
        "carrier.example",
        "http://[broken/",
        "",
    ],
)
def test_an_address_that_must_not_be_configured_is_refused_before_anything_is_sent(url):
    with pytest.raises(Refused):
        check_address(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://carrier.example/track?n=1",
        "http://carrier.example:8080/",
        "https://8.8.8.8/",
        "https://x.example:443/",
    ],
)
def test_an_ordinary_address_is_taken(url):
    check_address(url)


# --- connecting
def answers(*addresses: str):
    """A resolver that gives these addresses, and remembers what it was asked."""

    def resolve(host: str, port: int) -> list[tuple]:
        resolve.asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    resolve.asked = []
    return resolve


class Reached(OSError):
    """Stands in for a connection: nothing leaves this machine."""


def remembering(reached: list):
    def connect(address: tuple[str, int], timeout: object) -> socket.socket:
        reached.append(address)
        raise Reached("no network in tests")

    return connect


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("address", [a for a in PRIVATE if a and a[0] in "0123456789:f" and " " not in a])
def test_a_name_that_stands_for_a_private_address_is_never_connected_to(scheme, address):
    reached: list = []
    session = guarded_session(resolve=answers(address), connect=remembering(reached))

    with pytest.raises(Refused, match="not an address of the open Internet"):
        session.get(f"{scheme}://carrier.example/")
    assert reached == []


def test_one_private_address_among_public_ones_refuses_the_name():
    reached: list = []
    session = guarded_session(resolve=answers("8.8.8.8", "10.0.0.1"), connect=remembering(reached))

    with pytest.raises(Refused):
        session.get("https://carrier.example/")
    assert reached == []


def test_the_connection_goes_to_the_address_that_was_checked_and_not_to_the_name():
    reached: list = []
    resolve = answers("8.8.8.8")
    session = guarded_session(resolve=resolve, connect=remembering(reached))

    with pytest.raises(requests.ConnectionError):
        session.get("https://carrier.example/")
    assert reached == [("8.8.8.8", 443)]
    assert resolve.asked == ["carrier.example"]


def test_a_name_that_changes_its_address_between_two_look_ups_gains_nothing():
    """DNS rebinding: public when it is checked, private when it is connected to."""
    reached: list = []
    turns = iter(["8.8.8.8", "127.0.0.1"])

    def resolve(host: str, port: int) -> list[tuple]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(turns), port))]

    session = guarded_session(resolve=resolve, connect=remembering(reached))
    with pytest.raises(requests.ConnectionError):
        session.get("https://carrier.example/")
    with pytest.raises(Refused):
        session.get("https://carrier.example/")

    assert reached == [("8.8.8.8", 443)]


def test_a_name_without_an_address_and_one_that_does_not_resolve_are_ordinary_failures():
    def unknown(host: str, port: int) -> list[tuple]:
        raise socket.gaierror(-2, "Name or service not known")

    for resolve in (unknown, answers()):
        with pytest.raises(requests.ConnectionError):
            guarded_session(resolve=resolve, connect=remembering([])).get("https://carrier.example/")


def test_a_connection_that_takes_too_long_is_a_timeout():
    def slow(address: tuple[str, int], timeout: object) -> socket.socket:
        raise TimeoutError("timed out")

    with pytest.raises(requests.ConnectTimeout):
        guarded_session(resolve=answers("8.8.8.8"), connect=slow).get("https://carrier.example/")


def test_the_second_address_is_tried_when_the_first_does_not_answer():
    reached: list = []
    session = guarded_session(resolve=answers("8.8.8.8", "1.1.1.1"), connect=remembering(reached))

    with pytest.raises(requests.ConnectionError):
        session.get("http://carrier.example/")
    assert reached == [("8.8.8.8", 80), ("1.1.1.1", 80)]


def test_proxies_of_the_environment_are_not_used(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    reached: list = []

    with pytest.raises(requests.ConnectionError):
        guarded_session(resolve=answers("8.8.8.8"), connect=remembering(reached)).get(
            "http://carrier.example/"
        )
    assert reached == [("8.8.8.8", 80)]


# --- a real exchange, with a public name that leads to a server of this test
class Carrier(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/away":
            self.send_response(302)
            self.send_header("Location", "http://127.0.0.1/inside")
            self.end_headers()
            return
        if self.path.startswith("/drip/"):
            self.drip(self.path.removeprefix("/drip/"))
            return
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.headers["Host"].encode() if self.path == "/" else b"x" * 300_000)

    def drip(self, how: str) -> None:
        """Send single bytes, no wait between two of them long, for 5 seconds or until the other side goes."""
        name, value, begins = DRIPS[how]
        self.send_response(200)
        self.send_header(name, value)
        self.end_headers()
        self.wfile.write(begins)
        with suppress(OSError):
            for _ in range(250):
                if self.server.over.wait(0.02):
                    return
                self.wfile.write(b"x")
            self.server.sat_through.set()

    def log_message(self, *args: object) -> None:
        pass


# A body of known length, one that ends with the connection, the name of a packed file (nothing to unpack
# yet), and a chunk that never begins.
DRIPS = {
    "length": ("Content-Length", "100000", b""),
    "open": ("Connection", "close", b""),
    "packed": ("Content-Encoding", "gzip", b"\x1f\x8b\x08\x08\0\0\0\0\0\xff"),
    "chunk": ("Transfer-Encoding", "chunked", b"5;"),
}


@pytest.fixture
def carrier():
    """A session whose only name leads to a local server: the address judged is 8.8.8.8."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Carrier)
    server.daemon_threads = True
    server.over, server.sat_through = threading.Event(), threading.Event()
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()

    def connect(address: tuple[str, int], timeout: object) -> socket.socket:
        assert address[0] == "8.8.8.8"
        return socket.create_connection(server.server_address, 5)

    session = guarded_session(resolve=answers("8.8.8.8"), connect=connect)
    session.server = server
    yield session
    server.over.set()
    server.shutdown()
    server.server_close()


def test_what_is_public_is_reached_under_its_own_name(carrier):
    assert carrier.get("http://carrier.example:8080/").text == "carrier.example:8080"


def test_a_redirect_is_answered_and_not_followed(carrier):
    for follow in (True, False):
        answer = carrier.get("http://carrier.example/away", allow_redirects=follow)

        assert answer.status_code == 302
        assert answer.history == []


def test_an_answer_that_is_too_large_is_dropped(carrier):
    assert len(read_at_most(carrier.get("http://carrier.example/big", stream=True))) == 300_000
    with pytest.raises(Refused, match="larger than"):
        read_at_most(carrier.get("http://carrier.example/big", stream=True), largest=200_000)


def test_an_answer_that_never_ends_is_dropped(carrier):
    with pytest.raises(Refused, match="longer than"):
        read_at_most(carrier.get("http://carrier.example/big", stream=True), longest=-1)


@pytest.mark.parametrize("how", DRIPS)
def test_a_server_that_drips_single_bytes_holds_nobody_longer_than_the_limit(carrier, how):
    answer = carrier.get(f"http://carrier.example/drip/{how}", stream=True, timeout=(1, 1))

    with pytest.raises(Refused, match="longer than"):
        read_at_most(answer, longest=0.2)
    assert not carrier.server.sat_through.is_set()


def test_an_answer_that_breaks_off_is_a_failure_like_any_other_and_no_short_answer():
    raw = HTTPResponse(
        io.BytesIO(b"half"), headers={"Content-Length": "8"}, preload_content=False, decode_content=False
    )
    answer = requests.Response()
    answer.status_code, answer.raw = 200, raw

    with pytest.raises(requests.ConnectionError):
        read_at_most(answer)

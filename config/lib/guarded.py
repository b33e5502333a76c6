"""
The way out to addresses that people typed in: the open Internet, and nothing else.

Staff may configure an address; that must not make this server ask the machines around it. A name is resolved
once, every address it stands for has to be public, and the connection goes to an address that was checked: a
second look-up, with another answer, does not happen.
"""

import ipaddress
import re
import socket
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, DecodeError, HTTPError, NewConnectionError
from urllib3.util.retry import Retry

from config.lib.http import TIMEOUT, USER_AGENT

LARGEST_ANSWER = 5 * 1024 * 1024
LONGEST_ANSWER = 30.0  # seconds for the whole body: a server that drips must not hold a worker
PORTS = {80, 443}
FIRST_FREE_PORT = 1024  # below it live services that are not the web
# Carrier-grade NAT, and the prefixes behind which IPv6 carries IPv4 (RFC 6598, 6052, 8215, 3056, 4380, 4291).
NEVER = tuple(
    ipaddress.ip_network(net)
    for net in ("100.64.0.0/10", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96")
)
_NUMBERS = re.compile(r"(?:0x[0-9a-f]+|\d+)(?:\.(?:0x[0-9a-f]+|\d+)){0,3}", re.IGNORECASE)

Found = Sequence[tuple[Any, ...]]  # what socket.getaddrinfo returns
Resolver = Callable[[str, int], Found]
Connector = Callable[[tuple[str, int], Any], socket.socket]


class Refused(ValueError):
    """An address that must not be called, or an answer that is too much; says why, in words for staff."""


# --- judging an address
def is_public(address: str) -> bool:
    """
    Say whether an IP address is one of the open Internet.

    Private, link-local, loopback, multicast, reserved and carrier-grade NAT addresses are not, nor is any of
    them dressed up as IPv6.
    """
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(ip, "ipv4_mapped", None)
    if mapped is not None:
        return is_public(str(mapped))
    if any(ip in net for net in NEVER if net.version == ip.version):
        return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


def check_address(url: str) -> None:
    """
    Refuse what no configured address may be: another scheme than http(s), a password, a service's port, a
    private IP.

    Looks nothing up; names are judged when they are connected to. Raises: Refused.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as exc:
        raise Refused("this is not a web address") from exc
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Refused("the address has to begin with https:// and name a host")
    if parts.username is not None or parts.password is not None:
        raise Refused("the address must not contain a password")
    if port is not None and port not in PORTS and port < FIRST_FREE_PORT:
        raise Refused(f"port {port} is not one of a web server")
    host = parts.hostname.rstrip(".")
    number = _as_ip(host)
    named = host == "localhost" or host.endswith((".localhost", ".local", ".internal"))
    if named or (number and not is_public(number)):
        raise Refused(f"{host} is not an address of the open Internet")


def _as_ip(host: str) -> str:
    """Return the address a host is written as, in any form that C libraries read (0x7f.1, 2130706433)."""
    try:
        return str(ipaddress.ip_address(host.partition("%")[0]))
    except ValueError:
        pass
    try:
        return socket.inet_ntoa(socket.inet_aton(host)) if _NUMBERS.fullmatch(host) else ""
    except OSError:
        return ""


# --- connecting
def _resolve(host: str, port: int) -> Found:
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)


def _connect(address: tuple[str, int], timeout: Any) -> socket.socket:
    return socket.create_connection(address, timeout)


def _open(host: str, port: int, timeout: Any, resolve: Resolver, connect: Connector) -> socket.socket:
    """Resolve once, check every address, connect to one of them. Raises: Refused; OSError as sockets do."""
    addresses = [str(found[4][0]) for found in resolve(host.strip("[]"), port)]
    if not addresses:
        raise OSError(f"{host} has no address")
    if not all(is_public(address) for address in addresses):
        raise Refused(f"{host} is not an address of the open Internet")
    failure: OSError | None = None
    for address in addresses[:4]:
        try:
            return connect((address, port), timeout)
        except OSError as exc:
            failure = exc
    raise failure or OSError(f"{host} could not be reached")


def _pools(resolve: Resolver, connect: Connector) -> dict[str, Any]:
    """Return urllib3 pools whose connections are made by `_open`; TLS still checks the name."""

    class Guard:
        host: str
        port: int
        timeout: Any

        def _new_conn(self) -> socket.socket:
            try:
                return _open(self.host, self.port, self.timeout, resolve, connect)
            except TimeoutError as exc:
                raise ConnectTimeoutError(self, f"{self.host} took too long") from exc
            except OSError as exc:
                raise NewConnectionError(self, f"{self.host} could not be reached: {exc}") from exc  # type: ignore[arg-type]

    plain = type("GuardedHTTP", (Guard, HTTPConnection), {})
    tls = type("GuardedHTTPS", (Guard, HTTPSConnection), {})
    return {
        "http": type("GuardedHTTPPool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
        "https": type("GuardedHTTPSPool", (HTTPSConnectionPool,), {"ConnectionCls": tls}),
    }


class _Adapter(HTTPAdapter):
    def __init__(self, resolve: Resolver, connect: Connector) -> None:
        self._guarded = _pools(resolve, connect)
        super().__init__(max_retries=Retry(total=0, redirect=0, raise_on_redirect=False))

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._guarded

    def send(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        check_address(request.url or "")
        kwargs["timeout"] = kwargs.get("timeout") or TIMEOUT
        kwargs["proxies"] = {}
        return super().send(request, *args, **kwargs)


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> None:
        """Follow nothing: a redirect is an answer like any other."""
        return None


def guarded_session(*, resolve: Resolver = _resolve, connect: Connector = _connect) -> requests.Session:
    """
    Return a session for addresses that people typed in: it reaches the open Internet only, in no case a
    redirect's aim.

    Proxies of the environment are not used: a proxy would do its own look-up. Besides what requests raises,
    calls raise `Refused`. `resolve` and `connect` are for tests.
    """
    made = _Session()
    made.trust_env = False
    adapter = _Adapter(resolve, connect)
    made.mount("https://", adapter)
    made.mount("http://", adapter)
    made.headers["User-Agent"] = USER_AGENT
    return made


def read_at_most(
    answer: requests.Response, largest: int = LARGEST_ANSWER, longest: float = LONGEST_ANSWER
) -> bytes:
    """
    Read the body of an answer that was asked for with stream=True; the answer is closed.

    Raises: Refused when it is larger than `largest` bytes or takes more than `longest` seconds, however
    steadily it drips; requests.RequestException when it breaks off or cannot be unpacked.
    """
    begun, parts, size = time.monotonic(), [], 0
    # Below us one call may wait for the end of a line, or for enough to unpack: only hanging up ends that.
    alarm = threading.Timer(max(longest, 0), _hang_up, (answer,))
    alarm.daemon = True
    alarm.start()
    try:
        with answer:
            while part := _some(answer):
                parts.append(part)
                size += len(part)
                if size > largest:
                    raise Refused(f"the answer is larger than {largest / 1024 / 1024:.0f} MB")
                if time.monotonic() - begun > longest:
                    break
    except requests.RequestException:
        if time.monotonic() - begun <= longest:
            raise
    finally:
        alarm.cancel()
    if time.monotonic() - begun > longest:
        raise Refused(f"the answer took longer than {longest:.0f} seconds")
    return b"".join(parts)


def _some(answer: requests.Response) -> bytes:
    """Return what has arrived of a body, unpacked; b"" at its end. Raises: requests.RequestException."""
    try:
        part: bytes = answer.raw.read1(16384, decode_content=True)
    except DecodeError as exc:
        raise requests.exceptions.ContentDecodingError(exc) from exc
    except (HTTPError, OSError, ValueError) as exc:  # ValueError: TLS that was hung up
        raise requests.ConnectionError(exc) from exc
    return part


def _hang_up(answer: requests.Response) -> None:
    """Let whoever reads from this answer's connection find it at its end."""
    with suppress(OSError, ValueError, RuntimeError):  # it has ended by itself meanwhile
        answer.raw.shutdown()

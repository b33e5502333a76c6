"""
Runs the web server and the worker beside each other, and sees to it that nothing of them is left behind.

Each child leads a session of its own, so Ctrl-C reaches only us and we end them in order; on Linux the kernel
ends them when we are killed with no time to do so.
"""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from types import FrameType

PATIENCE = 8.0  # seconds a child has to end before it is killed
PR_SET_PDEATHSIG = 1  # linux/prctl.h


class PortTaken(RuntimeError):
    """Somebody else listens there."""


class ChildEnded(RuntimeError):
    """The web server or the worker has ended by itself."""


def require_free(host: str, port: int) -> None:
    """Raise PortTaken unless `port` can be listened on."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as exc:
            raise PortTaken(f"Port {port} is in use or not allowed ({exc.strerror}).") from exc


def die_with_parent(parent: int) -> None:
    """Have the kernel end this process when `parent` (its parent's id) ends; does nothing but on Linux."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:  # it ended before we had asked
        os.kill(os.getpid(), signal.SIGTERM)


class Household:
    """The processes of one demo. Use as a context manager: leaving it ends them all."""

    def __init__(self) -> None:
        self.children: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> "Household":
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _leave)
        signal.signal(signal.SIGINT, signal.default_int_handler)  # shells let it be ignored in the background
        return self

    def __exit__(self, *exc: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        self.end()

    def start(self, name: str, command: Sequence[str], env: Mapping[str, str] | None = None) -> None:
        """Start a child in a session of its own."""
        me = os.getpid()

        def prepare() -> None:
            die_with_parent(me)

        self.children[name] = subprocess.Popen(  # noqa: S603 (our own commands)
            command,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=prepare if sys.platform == "linux" else None,  # noqa: PLW1509 (single-threaded here)
        )

    def check(self) -> None:
        """Raise ChildEnded when one has."""
        for name, child in self.children.items():
            code = child.poll()
            if code is not None:
                raise ChildEnded(f"The {name} has ended ({_how(code)}).")

    def wait_until_ready(self, url: str, *, seconds: float = 30) -> None:
        """Wait until `url` answers 200. Raises: ChildEnded; TimeoutError."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.check()
            try:
                with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 (our own address)
                    if answer.status == 200:
                        return
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        raise TimeoutError(f"{url} did not answer within {seconds:.0f} s.")

    def tend(self, every: float, do: Callable[[], object]) -> None:
        """Call `do` every so many seconds until we are told to leave. Raises: ChildEnded."""
        while True:
            self.check()
            do()
            time.sleep(every)

    def end(self) -> None:
        """End every child with all that it has started: politely, then not."""
        for child in self.children.values():
            if child.poll() is None:
                child.terminate()
        end = time.monotonic() + PATIENCE
        for child in self.children.values():
            with suppress(subprocess.TimeoutExpired):
                child.wait(timeout=max(end - time.monotonic(), 0.1))
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(
                    child.pid, signal.SIGKILL
                )  # the session outlives its leader while anything is left in it
            child.wait()


def _leave(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def _how(code: int) -> str:
    return f"by signal {-code}" if code < 0 else f"with status {code}"

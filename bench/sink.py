"""
A mail server that takes everything and keeps who got what: for benchmarks and tests.

As a process: `python -m bench.sink PORT FILE`; on SIGTERM it writes a line per mail into FILE: the recipient
and how many bytes came.
"""

import asyncio
import re
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

_TO = re.compile(rb"RCPT TO:<([^>]*)>", re.IGNORECASE)
_END = b"\r\n.\r\n"
_EHLO = b"250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SIZE 33554432\r\n"


class Session(asyncio.Protocol):
    """One connection. `taken` is called with (recipient, bytes) before a mail is answered."""

    def __init__(self, taken: Callable[[str, bytes], None], refuse: Callable[[str], bytes | None]) -> None:
        self.taken, self.refuse = taken, refuse
        self.buffer = b""
        self.to: str | None = None
        self.in_data = False
        self.seen = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.say(b"220 sink\r\n")

    def say(self, words: bytes) -> None:
        self.transport.write(words)  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        answers = []
        while True:
            if self.in_data:
                # An empty mail ends at once; else look where we left off.
                end = 0 if self.buffer.startswith(b".\r\n") else self.buffer.find(_END, max(self.seen - 4, 0))
                if end < 0:
                    self.seen = len(self.buffer)
                    break
                skip = 3 if self.buffer.startswith(b".\r\n") else len(_END)
                body, self.buffer = self.buffer[:end], self.buffer[end + skip :]
                self.in_data, self.seen = False, 0
                if self.to is not None:
                    self.taken(self.to, body)
                answers.append(b"250 taken\r\n" if self.to is not None else b"554 nobody\r\n")
                self.to = None
                continue
            line, found, rest = self.buffer.partition(b"\r\n")
            if not found:
                break
            self.buffer = rest
            answers.append(self.answer(line))
        if answers:
            self.say(b"".join(answers))

    def answer(self, line: bytes) -> bytes:
        word = line[:4].upper()
        if word in (b"EHLO", b"HELO"):
            return _EHLO
        if word == b"RCPT":
            found = _TO.match(line)
            address = found[1].decode() if found else ""
            refused = self.refuse(address)
            if refused:
                return refused
            self.to = address
            return b"250 ok\r\n"
        if word == b"DATA":
            if self.to is None:
                return b"503 no recipient\r\n"
            self.in_data = True
            return b"354 go on\r\n"
        if word == b"RSET":
            self.to = None
        return b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n"


class Sink:
    """The server in a thread of this process, for tests: `with Sink() as sink: … sink.mails`."""

    def __init__(self, refuse: Callable[[str], bytes | None] = lambda to: None) -> None:
        self.mails: list[tuple[str, bytes]] = []
        self.refuse = refuse
        self.loop = asyncio.new_event_loop()
        self.port = 0

    def __enter__(self) -> "Sink":
        ready = threading.Event()

        def run() -> None:
            asyncio.set_event_loop(self.loop)
            take = self.mails.append
            made = self.loop.create_server(
                lambda: Session(lambda to, body: take((to, body)), self.refuse), "127.0.0.1", 0
            )
            self.server = self.loop.run_until_complete(made)
            self.port = self.server.sockets[0].getsockname()[1]
            ready.set()
            self.loop.run_forever()

        self.thread = threading.Thread(target=run, daemon=True)
        self.thread.start()
        ready.wait(10)
        return self

    def __exit__(self, *exc: object) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(5)


def main(port: int, file: Path) -> None:
    """Serve until SIGTERM, then write down who got what."""
    got: list[tuple[str, int]] = []
    loop = asyncio.new_event_loop()
    loop.add_signal_handler(signal.SIGTERM, loop.stop)
    made = loop.create_server(
        lambda: Session(lambda to, body: got.append((to, len(body))), lambda to: None), "127.0.0.1", port
    )
    loop.run_until_complete(made)
    loop.run_forever()
    file.write_text("".join(f"{to} {size}\n" for to, size in got))


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))

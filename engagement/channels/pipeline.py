"""
Mail after mail over one SMTP connection without waiting in between (RFC 2920): the envelope of the next goes
out with the words of the one before, so each costs one round trip in place of four.
"""

import smtplib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_END = b"\r\n.\r\n"


@dataclass(frozen=True)
class Letter:
    """An envelope and its bytes; `data` is made when it is written."""

    sender: str
    to: str
    data: Callable[[], bytes]


@dataclass
class Result:
    """What became of a letter: taken without an `error`; `begun`: its words had left when it broke."""

    error: Exception | None = None
    begun: bool = False
    tried: bool = True


def can(smtp: smtplib.SMTP) -> bool:
    """Say whether the server behind an open connection lets us go on without waiting."""
    smtp.ehlo_or_helo_if_needed()
    return bool(smtp.has_extn("pipelining"))


def send_all(smtp: smtplib.SMTP, letters: Sequence[Letter]) -> list[Result]:
    """
    Hand the letters over, in order. Returns: for each what became of it; those after a broken connection were
    not tried. Never raises what the server or the net does.
    """
    results = [Result(tried=False) for _ in letters]
    if not letters:
        return results
    at = 0
    try:
        smtp.send(_envelope(letters[0]))
        for at, letter in enumerate(letters):
            result = results[at] = Result()
            error = _opened(smtp, letter)
            following = _envelope(letters[at + 1]) if at + 1 < len(letters) else b""
            if error is not None:
                result.error = error
                smtp.send(b"RSET\r\n" + following)
                smtp.getreply()
                continue
            words = _stuffed(letter.data())
            result.begun = True
            smtp.send(words + _END + following)
            code, said = smtp.getreply()
            result.begun = False
            if code != 250:
                result.error = smtplib.SMTPDataError(code, said)
    except (OSError, smtplib.SMTPException) as exc:
        results[at].error, results[at].tried = exc, True
    return results


def _envelope(letter: Letter) -> bytes:
    return f"MAIL FROM:<{letter.sender}>\r\nRCPT TO:<{letter.to}>\r\nDATA\r\n".encode("ascii")


def _opened(smtp: smtplib.SMTP, letter: Letter) -> Exception | None:
    """Read the three answers to an envelope. Returns what stands against it, None when words may follow."""
    code, said = smtp.getreply()
    refused: Exception | None = None
    if code != 250:
        refused = smtplib.SMTPSenderRefused(code, said, letter.sender)
    to_code, to_said = smtp.getreply()
    if to_code not in (250, 251) and refused is None:
        refused = smtplib.SMTPRecipientsRefused({letter.to: (to_code, to_said)})
    code, said = smtp.getreply()
    if code == 354 and refused is not None:  # it takes words for nobody: give it none
        smtp.send(b".\r\n")
        smtp.getreply()
    elif code != 354 and refused is None:
        refused = smtplib.SMTPDataError(code, said)
    return refused


def _stuffed(data: bytes) -> bytes:
    """Return the bytes with leading dots doubled (RFC 5321, 4.5.2), without a line end at the end."""
    data = data.replace(b"\r\n.", b"\r\n..")
    if data.startswith(b"."):
        data = b"." + data
    return data.removesuffix(b"\r\n")

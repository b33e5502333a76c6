"""
What is wrong with a finished mail, in words: how it travels (RFC 5322, 2045, 8058), and how it reads.

Pure. Tests hold every built-in message to it; the template editor shows it to whoever writes.
"""

import email
import email.policy
import re
from email.message import EmailMessage

from config.lib.brand import contrast, inverted
from engagement.mail_reading import Page, read

HEADER_LINE, BODY_LINE = 78, 998  # RFC 5322, 2.1.1: should, must
ENCODED_LINE = 76  # RFC 2045, 6.7 and 6.8
CUT_OFF = 102_000  # bytes; Gmail shows no more of a message
SMALLEST = 14  # px
ENOUGH, ENOUGH_LARGE = 4.5, 3.0  # WCAG 2.2, 1.4.3
LARGE, LARGE_BOLD = 24.0, 18.66  # px, as WCAG counts large text
ONE_CLICK = "List-Unsubscribe=One-Click"  # RFC 8058
NEEDED = ("Message-ID", "Date", "From", "To", "Subject", "Auto-Submitted", "Feedback-ID")
_AMOUNT = re.compile(r"[$€£¥]\s?\d[\d.,  ]*|\d[\d.,  ]*\s?(?:[$€£¥](?:US)?|CHF|USD|EUR|GBP)")
_LINK = re.compile(r"https?://[^\s)>\"]+")


def lint(raw: bytes, *, marketing: bool) -> list[str]:
    """Return what is wrong with a mail as it travels (CRLF line ends), [] for nothing."""
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    if not isinstance(mail, EmailMessage):
        return ["it is no mail"]
    head, _, _ = raw.partition(b"\r\n\r\n")
    found = [*_lines(raw, head), *_headers(mail, marketing), *_parts(mail)]
    html, text = body_of(mail, "html"), body_of(mail, "plain")
    if html and text:
        found += lint_words(html, text)
    return found


def body_of(mail: EmailMessage, kind: str) -> str:
    """Return the text of the part `kind` ('html', 'plain'), '' without one."""
    part = mail.get_body((kind,))
    return str(part.get_content()) if part is not None else ""


def _lines(raw: bytes, head: bytes) -> list[str]:
    found = []
    if b"\n" in raw.replace(b"\r\n", b""):
        found.append("a line ends without CRLF")
    if any(len(line) > BODY_LINE for line in raw.split(b"\r\n")):
        found.append(f"a line is longer than {BODY_LINE} characters")
    for line in head.split(b"\r\n"):
        if not line.isascii():
            found.append("a header is not encoded")
        if len(line) > HEADER_LINE and b" " in line.strip():
            found.append(f"a header line is longer than {HEADER_LINE} characters: {line[:20]!r}")
    return found


def _headers(mail: EmailMessage, marketing: bool) -> list[str]:
    found = [f"there is no {name}" for name in NEEDED if not str(mail.get(name, "")).strip()]
    found += [f"{name} is there twice" for name in NEEDED if len(mail.get_all(name, [])) > 1]
    if not re.fullmatch(r"<[^<>\s@]+@[^<>\s@]+>", str(mail.get("Message-ID", "")).strip()):
        found.append("the Message-ID is none")
    if len(getattr(mail.get("To"), "addresses", ())) != 1:
        found.append("it does not go to one address")
    way_out, one_click = str(mail.get("List-Unsubscribe", "")), str(mail.get("List-Unsubscribe-Post", ""))
    if marketing and not re.search(r"<https://[^>\s]+>|<http://(localhost|127\.)[^>\s]*>", way_out):
        found.append("marketing without a List-Unsubscribe address")
    if marketing and one_click.strip() != ONE_CLICK:
        found.append("marketing without one-click unsubscribe")
    if not marketing and (way_out or one_click):
        found.append("what is about an order cannot be unsubscribed from")
    return found


def _parts(mail: EmailMessage) -> list[str]:
    found = [f"it is malformed: {type(defect).__name__}" for defect in mail.defects]
    kinds = [part.get_content_type() for part in mail.iter_parts()]
    if mail.get_content_type() != "multipart/alternative" or kinds != ["text/plain", "text/html"]:
        found.append("it is not plain text first and HTML second")
    for part in mail.iter_parts():
        way = str(part.get("Content-Transfer-Encoding", "7bit")).lower()
        lines = str(part.get_payload()).splitlines()
        if way in ("base64", "quoted-printable") and any(len(line) > ENCODED_LINE for line in lines):
            found.append(f"an encoded line is longer than {ENCODED_LINE} characters")
    return found


def lint_words(html: str, text: str) -> list[str]:
    """Return what is wrong with how a message reads: its HTML, and its text part beside it."""
    page = read(html)
    found = [*_structure(page, html), *_legible(page)]
    links = {link for link in page.links if link.startswith(("http://", "https://"))}
    found += [f"the text part lacks the link {link[:60]}" for link in sorted(links) if link not in text]
    extra = set(_LINK.findall(text)) - links
    found += [f"only the text part has the link {link[:60]}" for link in sorted(extra)]
    said = _amounts(text)
    found += [f"the text part lacks the amount {one}" for one in sorted(_amounts(page.text) - said)]
    return found


def _amounts(text: str) -> set[str]:
    return {re.sub(r"[\s  ]", "", found).rstrip(".,") for found in _AMOUNT.findall(text)}


def _structure(page: Page, html: str) -> list[str]:
    found = []
    if not page.lang:
        found.append("the language is not said (lang)")
    if not page.title:
        found.append("there is no title")
    if len(html.encode()) >= CUT_OFF:
        found.append(f"the HTML is larger than {CUT_OFF // 1000} kB: mail programs cut it off")
    if page.bare_tables:
        found.append("a table of the layout does not say that it is one (role)")
    found += [f"a picture has no description: {src[:60]}" for src in page.bare_pictures]
    if page.scripts:
        found.append("there is a script, a form or a frame in it")
    insecure = [link for link in page.links if link.startswith("http://") and not _local(link)]
    found += [f"a link is not https: {link[:60]}" for link in insecure]
    return found


def _local(link: str) -> bool:
    return link.startswith(("http://localhost", "http://127.0.0.1", "http://testserver"))


def _legible(page: Page) -> list[str]:
    """Return what is too small or too pale: as it is, in the dark, and in programs that turn colours over."""
    found: dict[str, None] = {}
    for piece in page.pieces:
        said = piece.text.strip()[:30]
        if piece.size < SMALLEST:
            found[f"smaller than {SMALLEST} px: “{said}”"] = None
        large = piece.size >= (LARGE_BOLD if piece.bold else LARGE)
        needed = ENOUGH_LARGE if large else ENOUGH
        for where, ink, ground in (
            ("", piece.ink, piece.ground),
            (" in the dark", piece.dark_ink, piece.dark_ground),
            (" when turned over", inverted(piece.ink), inverted(piece.ground)),
        ):
            if contrast(ink, ground) < needed:
                found[f"too pale{where}: “{said}” ({ink} on {ground})"] = None
    return list(found)

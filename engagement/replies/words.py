"""What a person wrote, without what their mail program put around it; and what no person wrote. Pure."""

import html
import re
from collections.abc import Mapping

# Lines with which mail programs lead in what they quote, in the languages we speak and a few more.
_LEAD_IN = re.compile(
    r"^\s*(?:"
    r"On .{4,300}wrote:|Am .{4,300}schrieb.{0,300}:|Le .{4,300}a écrit\s?:|El .{4,300}escribió:"
    r"|Il .{4,300}ha scritto:|Op .{4,300}schreef.{0,300}:"
    r"|-{2,}\s*(?:Original Message|Ursprüngliche Nachricht|Message d.origine|Forwarded message)\s*-{2,}"
    r"|_{20,}"
    r")\s*$",
    re.IGNORECASE,
)
_HEADER = re.compile(r"^\s*\*?(?:From|Von|De|Da|Van)\s?:\*?\s*\S", re.IGNORECASE)
_SECOND = re.compile(r"^\s*\*?(?:Sent|Gesendet|Envoyé|Date|Datum|To|An|À|Enviado)\s?:", re.IGNORECASE)
_SIGNATURE = re.compile(r"^-- ?$")
_QUOTED = re.compile(r"^\s*>")

_NO_PERSON = re.compile(
    r"^(?:mailer-daemon|postmaster|no-?reply|do-?not-?reply|bounces?)([+@].*)?$", re.IGNORECASE
)
_AWAY = re.compile(
    r"^(?:automatic reply|auto(?:matic)?[- ]?reply|out of (?:the )?office|automatische antwort|abwesenheit"
    r"|réponse automatique|absence du bureau|undeliver(?:ed|able)|delivery status|mail delivery failed"
    r"|unzustellbar|returned mail|failure notice)\b",
    re.IGNORECASE,
)


def unquoted(text: str) -> str:
    """
    Return what was newly written: up to the first line that leads in a quotation, without a signature and
    without quoted lines at the end. Answers between quoted lines keep them. All of it when nothing would be
    left.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    kept = lines[: _end(lines)]
    while kept and (not kept[-1].strip() or _QUOTED.match(kept[-1])):
        kept.pop()
    return "\n".join(kept).strip() or text.strip()


def _end(lines: list[str]) -> int:
    for at, line in enumerate(lines):
        after = lines[at + 1 : at + 4]
        if _LEAD_IN.match(line) or _SIGNATURE.match(line):
            return at
        # A lead-in broken over two or three lines.
        if line.strip() and any(_LEAD_IN.match(" ".join([line, *after[:more]])) for more in (1, 2)):
            return at
        if _HEADER.match(line) and any(_SECOND.match(next_line) for next_line in after):
            return at
    return len(lines)


def from_html(source: str) -> str:
    """Return the words of HTML, without quotations, styles and scripts, line by line."""
    text = re.sub(r"(?is)<(script|style|head|title)\b.*?</\1\s*>", " ", source)
    text = re.sub(r"(?is)<blockquote\b.*", " ", text)
    text = re.sub(r"(?is)<div[^>]*(?:gmail_quote|yahoo_quoted|moz-cite-prefix|divRplyFwdMsg).*", " ", text)
    text = re.sub(r"(?i)<(?:br|/p|/div|/li|/tr|/h\d)\b[^>]*>", "\n", text)
    text = html.unescape(re.sub(r"<[^>]*>", "", text))
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def machine(headers: Mapping[str, str], sender: str, subject: str) -> str:
    """
    Return why a mail was written by a machine ('' when a person did): RFC 3834, and what is done without it.

    `headers`: names in lower case.
    """
    submitted = headers.get("auto-submitted", "no").split(";")[0].strip().lower()
    if submitted != "no":
        return f"it is an automatic answer ({submitted[:40]})"
    if headers.get("precedence", "").strip().lower() in ("bulk", "junk", "list", "auto_reply"):
        return "it is bulk mail"
    if any(name in headers for name in ("x-autoreply", "x-autorespond", "x-autoresponder", "list-id")):
        return "it is an automatic answer or a list's"
    if headers.get("content-type", "").lower().startswith("multipart/report"):
        return "it is a report of a mail server"
    if headers.get("return-path", "x").strip() == "<>" or not sender or _NO_PERSON.match(sender):
        return "a mail server wrote it"
    if _AWAY.match(subject.strip()):
        return "it is an automatic answer"
    return ""

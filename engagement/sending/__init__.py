"""
Carry queued messages out: claim a batch, ask permission for each now, render, hand over, settle at once.

Nothing here runs inside a transaction but the short updates themselves. The lease's token decides who may
settle a row, and is asked again right before each message leaves: who lost it sends nothing. What may not be
said twice is SENDING, committed, before it is handed over, and never sent again when its worker dies
(docs/sending.md).
"""

import time

from engagement import context
from engagement.sending.again import look_again, retry
from engagement.sending.batch import MAX_DEATHS, MAX_FAILURES
from engagement.sending.claiming import BATCH, LEASE
from engagement.sending.running import send_due
from engagement.sending.writing import NoTemplate, Written, sender_of, template_for, write

__all__ = [
    "BATCH",
    "LEASE",
    "MAX_DEATHS",
    "MAX_FAILURES",
    "NoTemplate",
    "Written",
    "context",
    "look_again",
    "retry",
    "send_due",
    "sender_of",
    "template_for",
    "time",
    "write",
]

"""English: what smaller and regional carriers say in other words. Uses the lists of `en`."""

from tracking.carriers.phrasebook.book import CLEAR, LIKELY, SURE, Line, told
from tracking.vocabulary import Reason, Status

MORE: tuple[Line, ...] = (
    told(
        Status.INFO_RECEIVED,
        0.96,
        """
        (will|to) (shortly|soon|now)? ?be (handed over|handed in|dropped off|brought)
        accepted (the )?(data|information|details|order|booking)
        (data|details) (for|of|about) (the |your )?{thing} _ (received|accepted|transmitted)
        """,
        firm=True,
    ),
    told(
        Status.IN_TRANSIT,
        CLEAR,
        """
        on (its|it s|the|their) way
        in (the |our |a )?(\\w+ )?{place}
        (prepared|being prepared|getting ready|readied) for _ delivery
        (on ?forwarded|forwarded|passed on|transferred) (for|to) (\\w+ )?(delivery|carrier|partner)
        (date|time|slot|appointment|window) _ (agreed|arranged|confirmed|changed|set)
        (re ?directed|re ?direction|re ?routed|re ?routing|diverted|forward requested)
        (order|request|instruction)s? _ (forward|redirect|hold|leave)
        (dispatching|despatching)
        """,
        firm=True,
    ),
    told(Status.IN_TRANSIT, 0.965, "(returned|return|back) from customs"),
    told(
        Status.IN_TRANSIT,
        LIKELY,
        """
        (backlog|congestion|overload|high volume|peak season)
        (at|over|near) (full )?capacity
        """,
        reason=Reason.CARRIER_DELAY,
    ),
    told(
        Status.OUT_FOR_DELIVERY,
        0.965,
        """
        (is|are|now|currently) (now |currently )?being (delivered|brought to you)
        home delivery (sent|started|under way|in progress|begun)
        (out|away) for (home|final|local) delivery
        """,
        firm=True,
    ),
    told(
        Status.READY_FOR_PICKUP,
        0.955,
        """
        (arrived|received|now|available|waiting|deposited|stored) (at|in) (the |a |your |\
            our )?(\\w+ )?(collection|pick ?up) (point|location|place|shop|counter)
        (arrived|deposited|stored) (at|in) (the |a |your )?(\\w+ )?(locker|parcel box|parcel station)
        """,
        firm=True,
    ),
    told(
        Status.EXCEPTION,
        CLEAR,
        """
        (no|not enough) (\\w+ )?(slot|space|room|compartment|locker) (is |was )?(available|free|left)
        (locker|box|{shop}) (is |was )?full
        contact (with|to) (the )?{person} (is |was )?(required|needed)
        """,
        firm=True,
    ),
    told(
        Status.RETURNING,
        SURE,
        """
        {thing} (returns|goes back|going back|is going back|travels back) to (the |its )?{sender}
        (returned|returning|sent back) (from|after) (home |failed )?delivery
        """,
        firm=True,
    ),
)

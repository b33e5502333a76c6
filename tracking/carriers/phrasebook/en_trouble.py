"""English: what goes wrong, the way back, and the reasons. Uses the lists of `en`."""

from tracking.carriers.phrasebook.book import CLEAR, HINT, LIKELY, SURE, Line, act, told, why
from tracking.vocabulary import Reason, Status

TROUBLE: tuple[Line, ...] = (
    # --- trouble
    told(
        Status.EXCEPTION,
        SURE,
        """
        clearance (delay|delayed|problem|issue|failed|failure|exception|hold)
        (held|hold|holding|detained|retained|stopped|delayed|delay|seized|confiscated|stuck|rejected) (by|at|\
            in|for|with|up at|up in) _ customs
        customs (clearance )?(delay|hold|problem|issue|exception|seizure|rejection|failed|held)
        (awaiting|pending|requires?|need~) _ (customs clearance|customs release|clearance instructions)
        """,
        reason=Reason.CUSTOMS,
    ),
    told(
        Status.EXCEPTION,
        SURE,
        """
        (customs|clearance|import|broker~|regulatory|agency|commercial|duty) _ {papers} _ (required|missing|\
            needed|requested|incomplete|incorrect)
        (missing|incomplete|incorrect|additional|awaiting|requires?|need~) _ (commercial invoice|\
            customs {papers}|{papers} _ customs|clearance {papers}|import {papers})
        {papers} _ (missing|required|needed|requested|incomplete|awaited)
        (missing|additional|incomplete) (customs )?(documents?|documentation|paperwork|invoice|papers)
        """,
        reason=Reason.CUSTOMS_DOCUMENTS,
        firm=True,
    ),
    told(
        Status.EXCEPTION,
        SURE,
        """
        {dues} _ (due|required|unpaid|owed|owing|outstanding|payable|to be paid|awaited)
        (awaiting|pending|unpaid|outstanding|insufficient|requires?|need~) _ {dues}
        {person} (must|needs? to|has to|should) pay
        payment (is )?(due|pending|required|missing)
        """,
        reason=Reason.PAYMENT_DUE,
        action=True,
        firm=True,
    ),
    told(
        Status.EXCEPTION,
        SURE,
        """
        (incorrect|wrong|incomplete|insufficient|invalid|bad|unknown|illegible|missing|inaccurate|partial|\
            unclear|non existent|undeliverable) (delivery |street |recipient |receiver )?(address|postcode|\
            postal code|zip( code)?|zipcode|house number|apartment number|street)
        (address|street|apartment|house|suite|unit|postcode|zip) _ (incorrect|wrong|incomplete|insufficient|\
            invalid|unknown|missing|not found|problem|issue|error|query|does not exist|could not be found|\
            can not be found|required|inaccurate|not located|not accessible)
        undeliverable as addressed
        address(ing)? (error|problem|issue|query|discrepancy)
        (error|problem|issue) (with|in) (the |your )?(\\w+ )?address
        no such (number|street|address|person)
        (moved|relocated|forwarding (order )?expired|(no|left no) forwarding address)
        ({person}|addressee) (is |{was} )?(unknown|not known|has moved|moved)
        need~ _ address
        """,
        reason=Reason.ADDRESS,
        action=True,
        firm=True,
    ),
    told(
        Status.EXCEPTION,
        SURE,
        """
        refused
        {thing} ({was} )?(refused|rejected)
        (refused|rejected|not accepted|declined) by _ ({person}|customer)
        {person} (has |have )?(refused|rejected|declined|did not want|does not want|not ordered)
        delivery (refused|rejected)
        """,
        reason=Reason.REFUSED,
    ),
    told(
        Status.EXCEPTION,
        SURE,
        """
        damaged?
        damages
        broken
        repackaged
        contents missing
        """,
        reason=Reason.DAMAGED,
    ),
    told(
        Status.EXCEPTION,
        SURE,
        """
        lost
        stolen
        (parcel|package|item|shipment|piece|article) ({was} )?missing
        (can not|could not|unable to) (be )?(locate|located|find|traced)
        (investigation|trace|search|tracer|inquiry|enquiry) ({was} )?(opened|started|initiated|in progress|\
            underway)
        """,
        reason=Reason.LOST,
        firm=True,
    ),
    told(
        Status.EXCEPTION,
        CLEAR,
        """
        (security|dangerous goods|prohibited|restricted|hazardous|x ray) _ (check|inspection|hold|delay|item|\
            items|content|contents|goods|alert)
        prohibited
        """,
        reason=Reason.SECURITY,
    ),
    told(
        Status.EXCEPTION,
        SURE,
        """
        unclaimed
        not (claimed|collected|picked up|called for)( by _ {person})?
        (maximum )?(retention|storage|holding|hold|pick ?up|collection) (period|time|deadline) _ (expired|\
            exceeded|over|ended)
        """,
        reason=Reason.UNCLAIMED,
        firm=True,
    ),
    told(Status.EXCEPTION, 0.96, "undelivered _ (held|hold|detained)", firm=True),
    told(Status.EXCEPTION, 0.94, "(is|are) undeliverable\nundeliverable\n^can not be delivered", firm=True),
    told(
        Status.EXCEPTION,
        CLEAR,
        """
        (exception|incident|problem|issue|irregularity|failure)
        undeliverable
        on hold
        (held|hold|holding|detained|intercepted|interception|impounded|seized|confiscated)
        (will|to) be returned
        scheduled for return
        (awaiting|pending|further|requires?) _ (instructions?|contact|information|details)
        (destroyed|disposed|abandoned|disposal)
        (contact|call) (us|customer service|the carrier|fedex|ups|usps|dhl|sender|shipper)
        action (is )?required
        """,
        firm=True,
    ),
    told(
        Status.EXCEPTION,
        HINT,
        """
        error
        failed
        not possible
        unable
        can not
        could not
        stopped
        suspended
        """,
        firm=True,
    ),
    # --- the way back, and no way at all
    told(
        Status.RETURNED,
        0.97,
        """
        (delivered|handed|given) (back )?to (the )?(original )?{sender}
        return(ed)? (shipment |{thing} |item )?({was} )?(delivered|completed|received)( (to|by|\
            at) (the )?{sender})?
        {sender} (has )?(received|accepted|collected) (the )?return
        returned and delivered
        received (back )?by (the )?(original )?{sender}
        back (at|with) (the )?{sender}
        (successfully|finally) returned
        return (finali[sz]ed|closed)
        """,
    ),
    told(
        Status.RETURNING,
        0.96,
        """
        (being |{was} )?(returned|returning|return|sent back|going back|on (its|the) way back|\
            in transit back|sending back|moving back|rerouted) (\\w+ )?(back )?to (the |\
            its )?(original )?({sender}|origin|point of origin|warehouse)
        return(ing|ed)? (initiated|started|in progress|processed|processing|requested|shipment|in transit|\
            {thing}|label|authori[sz]ed|to origin)
        {thing} _ (returning|returned)
        (rts|rto)
        sent back
        on (its|the) way back
        being returned
        """,
    ),
    told(Status.RETURNING, CLEAR, "return(ed|ing)?\nreturn to sender", firm=False),
    told(
        Status.CANCELLED,
        SURE,
        """
        (shipment|order|label|consignment|booking|pick ?up|collection|parcel|package|delivery|\
            item) ({was} )?(cancell?ed|void|voided)
        cancell?(ed|ation)
        void(ed)?
        """,
    ),
    told(
        Status.EXPIRED,
        LIKELY,
        """
        (tracking|label|shipment) ({was} )?expired
        expired
        no (update|movement|scan)s? (for|in|since)
        """,
        firm=True,
    ),
    # --- why, whatever the status
    why(Reason.NEIGHBOUR, "neighbou?rs?"),
    why(Reason.LOCKER, "(parcel )?lockers?\nparcel box\npacking station"),
    why(
        Reason.SAFE_PLACE,
        """
        safe (place|location|drop)
        porch
        (front|back|side|rear) door
        (left|placed) (at|in|on|by|with) (the )?(door|garage|shed|garden|patio|mail ?box|letter ?box|\
            mail ?room|reception|front desk|concierge)
        garage
        letter ?box
        mail ?box
        authority to leave
        """,
    ),
    why(
        Reason.SIGNED,
        """
        signed (for )?(by|for)
        signature (obtained|received|captured)
        with signature
        against signature
        """,
        weight=LIKELY,
    ),
    why(
        Reason.NOT_HOME,
        """
        (not|no one|nobody|noone) (at )?home
        {person} ({was} )?(absent|unavailable|not available|away)
        """,
    ),
    why(
        Reason.WEATHER,
        """
        weather
        (snow|storm|hurricane|flood|flooding|typhoon|blizzard|wildfire|earthquake)
        natural disaster
        """,
        weight=SURE,
    ),
    why(Reason.REFUSED, "refus(ed|al)"),
    why(Reason.UNCLAIMED, "unclaimed\nnot (collected|picked up|claimed)"),
    why(Reason.DAMAGED, "damaged?"),
    why(
        Reason.CUSTOMS_DOCUMENTS,
        "(missing|improper|incomplete|incorrect) (\\w+ )?(paperwork|documents|documentation|invoice)",
        weight=0.96,
    ),
    why(Reason.CUSTOMS_DOCUMENTS, "customs _ {papers} _ (missing|required|needed)", weight=SURE),
    why(Reason.CUSTOMS, "customs", weight=HINT),
    why(Reason.ADDRESS, "address", weight=HINT),
    why(Reason.SECURITY, "security", weight=LIKELY),
    why(Reason.CARRIER_DELAY, "delay(ed|s)?", weight=HINT),
    act(
        """
        action (is )?required
        (please|must|need to|needs to) _ (contact|call|pay|provide|supply|schedule|reschedule|collect|\
            confirm|correct)
        (contact|call) (us|customer service|the carrier)
        schedule (a )?(re ?delivery)
        """,
    ),
)

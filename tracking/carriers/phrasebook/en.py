"""English: a parcel on its way. What goes wrong is in en_trouble."""

from tracking.carriers.phrasebook.book import CLEAR, HINT, LIKELY, SURE, book, told
from tracking.carriers.phrasebook.en_more import MORE
from tracking.carriers.phrasebook.en_trouble import TROUBLE
from tracking.vocabulary import Reason, Status

LISTS = {
    "thing": (
        "parcel | package | shipment | item | order | consignment | piece | mailpiece | freight | article"
    ),
    "sender": "sender | shipper | seller | merchant | consignor | retailer | mailer | originator | supplier",
    "person": "recipient | receiver | customer | consignee | addressee | resident | occupant",
    "place": (
        "facility | hub | depot | centre | center | terminal | station | location | warehouse | "
        "gateway | airport | unit | "
        "post office | office | branch | port | plant | site | carrier | partner | country | city | courier"
    ),
    "shop": (
        "parcel ?shop | pick ?up point | service ?point | access point | collection point | "
        "retail location | outlet | store | drop ?point | pick ?up location | hold location | "
        "newsagent | agent | "
        "point of collection | relay point | customer counter | service counter"
    ),
    "papers": "documents? | documentation | paperwork | invoice | papers | information | forms?",
    "dues": (
        "duty | duties | tax | taxes | vat | customs charges? | customs fees? | postage | cod | "
        "cash on delivery | "
        "charges? | fees? | payment"
    ),
    "was": "was | were | has been | have been | is | being",
}

BOOK = book(
    # --- before it moves
    told(
        Status.INFO_RECEIVED,
        0.955,
        """
        label ({was} )?(created|printed|generated|made|purchased|issued)
        (created|printed) _ label
        (shipment|shipping|order|electronic|{thing}) (information|info|data|details|notification|\
            notice) _ (received|sent|submitted|transmitted|provided|registered|transferred|approved|\
            accepted)
        (electronic|advance) (information|notification|notice|data|advice)
        pre ?(shipment|advice|advised|transit|alert|notification|registered)
        manifest(ed)?
        (edi|electronic(ally)?) (received|notified|data|message|transmitted|announced)
        (instruction|order|shipment) data _ provided
        (received|got) _ (notification|announcement|notice|information|data) (of|about|for)
        (to|will) be (dropped off|handed over|handed in|posted|shipped)
        (provided|prepared|packed|ready) by (the |your )?{sender}
        (not|nothing) (yet )?(been )?(received|handed over|in (our|the) (possession|system))
        awaiting (the )?{thing}
        {sender} (is |has )?(been )?(preparing|prepared|notified|advised|created)
        expecting (your |the )?{thing}
        {thing} (information|info|data|details) _ (entered|captured|recorded|created|uploaded|\
            logged|announced)
        (attempted|attempt|tried|unable|failed) to (pick ?up|collect)
        (pick ?up|collection) (attempt|attempted|attempts|failed|missed|unsuccessful|not possible|not ready)
        (unsuccessful|failed|missed) (pick ?up|collection)
        ready for (collection|pick ?up|dispatch) (by|from) (the )?(carrier|courier|driver|{sender})
        awaiting (collection|pick ?up) (by|from) (the )?(carrier|courier|driver|{sender})
        ({thing}|pick ?up|collection) ({was} )?(booked|created|registered|requested|announced)
        order ({was} )?(processed|placed|received|confirmed)
        (booking|order) (confirmed|confirmation|received)
        (collection|pick ?up) ({was} )?(scheduled|arranged|booked|requested)
        ({was}|scheduled|booked) _ (scheduled|booked) for (pick ?up|collection)
        out for (pick ?up|collection)
        """,
        firm=True,
    ),
    told(
        Status.INFO_RECEIVED,
        LIKELY,
        """
        (info|information|data|details|advice|order) received
        ready to ship
        label
        electronically (advised|notified|transmitted)
        """,
        firm=True,
    ),
    told(
        Status.PENDING,
        CLEAR,
        """
        no (tracking )?(information|info|data|record|details|status) _ (available|found|yet)
        (not|can not be|could not be) (found|located) in (our|the) (system|records)
        tracking (information )?(is )?not (yet )?available
        """,
        firm=True,
    ),
    told(Status.PENDING, HINT, "pending", firm=True),
    # --- moving
    told(
        Status.IN_TRANSIT,
        SURE,
        """
        (released|cleared) _ (customs|agency|authorit~)
        customs (clearance )?({was} )?(cleared|released|completed?)
        customs (clearance|release|inspection|processing|formalities|process) _ (finished|completed?|\
            successful|done|granted)
        (clearance|inspection) ({was} )?(completed?|finished|granted)
        (import|export) (customs )?(clearance )?(cleared|released|success~)
        (released|taken off) (from|for|of) _ (hold|delivery|transport)
        hold ({was} )?(released|removed|lifted)
        (departed|departure|left|leaving|leaves|arrived?|arrives|arrival|arriving|received|processed|\
            processing|sorted|sorting|scanned?|handled) (at|in|from|through|by|into|to) _ {place}
        in transit
        on (its|the) way
        en ?route
        (picked up|collected) (from|by|at) _ ({sender}|courier|driver|carrier|us)
        {thing} ({was} )?(picked ?up|collected|accepted|dispatched|despatched|forwarded|loaded|unloaded|\
            handed over)
        (origin|destination|departure|arrival|import|export|hub|facility|warehouse|outbound|inbound|\
            acceptance|possession|induction|pick ?up|depot|linehaul|package) scan
        handed (over )?to (the )?(carrier|courier|airline|line ?haul|local|delivery partner|postal|next|\
            partner|post)
        (left|leaving|departed|departing|passed) (the |our |your )?(\\w+ ){0,3}{place}
        transferred (to|between|through)
        tendered (to|at)
        (shipped|dispatched|despatched|forwarded|tendered)
        loaded (on|onto|in|into|to) _ (aircraft|plane|truck|trailer|container|vessel|flight|transport)
        flight ({was} )?(departed|arrived|landed)
        sent (on )?to _ (depot|facility|hub|branch|centre|center|destination|station|country)
        (mis|re|wrongly )(routed|sorted|sent|directed)
        """,
    ),
    told(
        Status.IN_TRANSIT,
        CLEAR,
        """
        (departed|arrived|departure|arrival|arrive|depart)
        (processed|sorted|sorting|scanned)
        (posted|lodged|accepted|acceptance|induction|dropped off|drop off)
        at (the |a |our |your )?(\\w+ ){0,3}{place}
        (in|into) (our |the |\\w+ )?(possession|custody|network|care)
        possession of (the |your )?{thing}
        (shipment|{thing}) arriving
        re ?delivery (scheduled|arranged|requested|booked|planned)
        (destination|origin) (facility|country|depot|hub)
        awaiting (\\w+ )?(departure|flight|transport|onward|dispatch|export|sorting|processing|transit|truck)
        cleared (for|and)
        (received|taken over) (by|at|in) _ (carrier|courier|depot|hub|facility|warehouse|us)
        we have (now )?(received )?(your|the) {thing}
        (left|leaving) (the )?(origin|country|sender)
        (held|presented|submitted|arrived|handed) (to|over to|at) (import |export )?customs for (clearance|\
            inspection)
        preparing for delivery
        ready for delivery
        (delivery|{thing}) ({was} )?(scheduled|rescheduled|arranged|planned|booked)( for delivery)?
        (delivery|{thing}) ({was} )?(re ?scheduled|re ?arranged|re ?planned)
        (on|ahead of) schedule
        picked up
        """,
    ),
    told(
        Status.IN_TRANSIT,
        CLEAR,
        """
        (customs )?clearance (processing|event|in progress|started|initiated|update)
        (in|at|with|through|undergoing|presented to|submitted to|arrived at) (import |export |the )?customs
        customs (status|processing|inspection) (updated?|in progress|started)
        (import|export) customs (clearance )?(started|in progress)
        """,
        reason=Reason.CUSTOMS,
    ),
    told(
        Status.IN_TRANSIT,
        LIKELY,
        """
        received
        handed over
        collected
        processing
        transit
        moving
        transferr?~
        """,
    ),
    told(
        Status.IN_TRANSIT,
        CLEAR,
        """
        (delay|delayed|delays)
        (running|arriving) late
        later than (planned|expected|scheduled|promised)
        missed (the |its )?(connection|cut ?off|flight|truck|linehaul|service|sort)
        (mechanical|operational|network|traffic|transport) (delay|disruption|problem|issue|failure)s?
        mis ?(sort|sorted|rout~|sent|direct~)
        """,
        reason=Reason.CARRIER_DELAY,
    ),
    told(
        Status.IN_TRANSIT, 0.94, "missed (the |its )?delivery (cycle|round|run)", reason=Reason.CARRIER_DELAY
    ),
    told(
        Status.IN_TRANSIT,
        CLEAR,
        """
        (weather|storm|snow|flood|natural disaster) _ (delay|disruption)s?
        """,
        reason=Reason.WEATHER,
    ),
    told(
        Status.IN_TRANSIT,
        HINT,
        """
        (will|to|should|shall) be (delivered|attempted|redelivered)
        (will|going to) deliver
        (expected|estimated|scheduled) delivery
        customs
        clearance
        (import|export)
        address ({was} )?(corrected|changed|updated)
        shipment
        """,
        firm=True,
    ),
    told(
        Status.OUT_FOR_DELIVERY,
        SURE,
        """
        out for (\\w+ )?delivery
        out (on|with) (the )?(delivery|courier|driver|van|vehicle|route)
        (on|onto|in|into) _ (vehicle|van|truck) for delivery
        (with|loaded (on|onto|to|in|into)) (the |your |our |a )?(delivery )?(courier|driver|delivery vehicle|\
            delivery van|delivery truck|van|postie|postman)( for delivery)?
        (will|to) be delivered (later )?today
        (due|scheduled) (for delivery|to be delivered) today
        delivering today
        (driver|courier) (is )?(on (his|her|the|its|their) way|nearby|near|approaching|arriving)
        on (its|the) way to (you|the {person}|the delivery address|your address)
        on ?board _ (for )?delivery
        loaded (on |onto |in |into |to )?(\\w+ ){0,3}for delivery
        in delivery
        delivery (in progress|today|round|run)
        physical delivery (scheduled|arranged)
        (handed|given|passed|assigned) (over )?to (the |a |your )?(courier|driver|\
            postman) for (final )?delivery
        """,
        firm=True,
    ),
    # --- at the door
    told(
        Status.DELIVERED,
        SURE,
        """
        delivered (to|at|in|on|with|by|and|left|via) _ (neighbou?r|door|porch|mailbox|letterbox|safe place|\
            reception|recipient|resident|addressee|individual|customer|garage|front desk|mailroom|consignee|\
            household|signature|signed|residence|garden|home)
        (collected|picked up) (at|from) (the |a |an )?({shop}|post office|postal outlet)
        (picked up|collected|retrieved) (by|from _ by) (the )?{person}
        {person} (has |have )?(picked up|collected|received|retrieved)
        (proof|confirmation) of delivery
        delivered
        delivery ({was} )?(successful~|completed?|confirmed|made|done|accepted)
        (successful|completed|final) delivery
        (left|placed|deposited|put) (with|at|in|on|by|inside|behind) _ (neighbou?r|porch|door|mailbox|\
            letter ?box|mail ?room|reception|garage|safe place|concierge|front desk|garden|shed|patio)
        signed (for )?(by|for)
        handed (over )?to (the |a |your )?({person}|neighbou?r|reception|concierge)
        posted through _ letter ?box
        signature _ (recorded|captured|obtained|received)
        """,
    ),
    # Handed to whoever carries on is not handed to the shopper.
    told(
        Status.IN_TRANSIT,
        0.965,
        """
        delivered (in)?to (the |a |an |our |your |local |delivery |final |next |another )*(\\w+ )?(courier|\
            carrier|hub|facility|depot|airline|customs|partner|line ?haul|terminal|warehouse|airport|gateway|\
            sort(ing)? cent(er|re)|postal service|broker)
        delivered to _ for (final|onward|further|last mile) (delivery|transport|carriage)
        delivery attempt ({was} )?(scheduled|planned)
        """,
    ),
    told(
        Status.IN_TRANSIT, CLEAR, "delivery ({was} )?(postponed|deferred|pending|to be confirmed)", firm=True
    ),
    told(
        Status.READY_FOR_PICKUP,
        SURE,
        """
        (ready|available|held|waiting|awaiting|holding|hold|can be) _ (collection|pick ?up|picked up|\
            collected|collect)
        (arrived?|delivered|dropped off|deposited|left|received|available|held|taken|transferred|waiting|\
            placed|stored|brought) (at|in|to|into) (the |a |an |your |our )?(local |nearby |nearest |\
            designated |chosen |selected |parcel )?{shop}
        (deposited|available|held|waiting|ready|delivered) (at|in|to) (the |a |an |your |our )?(local |\
            nearby |nearest )?(post office|postal outlet)
        {person} (to|will|must|can|may|should) (pick ?up|collect)
        (arrived?|deposited|placed|stored|dropped off|available|held|waiting|ready|left) (at|in|to|\
            into) (the |a |an |your |our )?(\\w+ )?(locker|parcel box)
        hold(ing)? (at|for) (location|post office|{person})
        held at (the |your )?(post office|location)
        (left|deposited|dropped) with (the |an |a |our |your )?(\\w+ ){0,2}({shop}|shop|locker)
        notice to (pick ?up|collect)
        to be (picked up|collected) (by|from|at)
        (pick ?up|collection) (reminder|notice|notification) _ (sent|left|issued)
        """,
        firm=True,
    ),
    told(
        Status.READY_FOR_PICKUP,
        CLEAR,
        """
        at (the |a |an |your )?{shop}
        (pick ?up|collection) (reminder|notice|available|ready)
        ({person}|customer) collection
        """,
        firm=True,
    ),
    told(
        Status.READY_FOR_PICKUP,
        0.96,
        "(delivered|dropped off|brought|taken) _ (to|at) (the |a |an |your |our )?(\\w+ )?{shop}",
    ),
    told(
        Status.ATTEMPTED,
        0.93,
        """
        deliver(y)? _ (attempted|attempt|unsuccessful|not successful|fail~|not possible|not completed|missed)
        attempt(ed)? (to |of |at |for |a )?(deliver~|delivery)
        (unsuccessful|failed|missed|first|second|third|final|another|1st|2nd|3rd) (delivery )?attempts?
        attempts? ({was} )?(made|failed|unsuccessful|not successful)
        (unsuccessful|failed|missed|incomplete) (\\w+ )?delivery
        (card|notice|note|slip) ({was} )?left
        left (a |the )?(\\w+ )?(notice|card|note|slip)
        carded
        (tried|unable|not able|could not|can not|failed) (to )?(make |complete |attempt )?(be )?(a |\
            the )?(deliver|delivered|delivery)
        not (been )?(able|possible) to (be )?(deliver|delivered|make (the )?delivery|complete)
        delivery (failure|failures|was missed|could not)
        we missed you
        not delivered
        non ?delivery
        undelivered
        """,
        firm=True,
    ),
    told(Status.ATTEMPTED, 0.96, "delivery {was} not (possible|successful|completed)", firm=True),
    told(
        Status.ATTEMPTED,
        SURE,
        """
        {person} ({was} )?(not (available|present|at home|home|in|there|in attendance)|unavailable|absent|\
            away|out)
        (no|not any) ?(one|body)? _ (available|at home|home|present) (to|for|at)
        (no one|nobody|noone) ({was} )?(at )?(home|there|in|available|present)
        no (answer|response|access)
        ({person}|business|premises|company|office|shop|store)( ({was})| s)? (closed|shut)
        not (at )?home
        closed (on|at|for|upon) (arrival|delivery|the|attempt|time)
        """,
        reason=Reason.NOT_HOME,
        firm=True,
    ),
    *TROUBLE,
    *MORE,
    lists=LISTS,
    before=(
        r"(?:\b(?:notified of|will|not|unable|if|should|may|must|cannot|never|before|until|when|once|"
        r"after being|scheduled|"
        r"expected|estimated|ready|awaiting|pending|attempting|without|failed)(?: \w+){0,2} |"
        r"\b(?:to|for|yet to)(?: be)?(?: re)? )$"
    ),
    after=(
        r"^ (?:will|is scheduled|has been scheduled|pending|failed|unsuccessful|attempt|exception|not |"
        r"for (?:tomorrow|today|the |mon|tues|wednes|thurs|fri|satur|sun))"
    ),
)

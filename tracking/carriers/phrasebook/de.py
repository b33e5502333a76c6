"""German. Umlauts have lost their dots; `ue?` also takes the spelling ue."""

from tracking.carriers.phrasebook.book import CLEAR, HINT, LIKELY, SURE, act, book, told, why
from tracking.vocabulary import Reason, Status

LISTS = {
    "thing": (
        "sendung | paket | pakets | paeckchen | packchen | packstuck | packstueck | brief | "
        "warensendung | ware"
    ),
    "sender": (
        "absenders? | versenders? | auftraggebers? | einsenders? | versandhandlers? | handlers? | haendlers?"
    ),
    "person": "empfae?ngers? | kunden? | adressat(en)? | bewohner",
    "was": "wurde | wird | ist | worden",
    "shop": (
        "filiale | postfiliale | paketshop | shop | partnerfiliale | abholstelle | postamt | poststelle | "
        "agentur | annahmestelle | abholstation | servicepoint | service point | depot zur abholung"
    ),
    "place": (
        "zustellbasis | paketzentrum | briefzentrum | verteilzentrum | logistikzentrum | sortierzentrum | "
        "umschlagzentrum | umschlagbasis | hub | depot | niederlassung | station | zielland | flughafen | "
        "startland | ausgangsland | zustelldepot | verteilerzentrum | zentrallager | empfangsland"
    ),
}

BOOK = book(
    told(
        Status.INFO_RECEIVED,
        0.955,
        """
        elektronisch _ (angekue?ndigt|ue?bermittelt|avisiert|vorangekue?ndigt|erfasst)
        (angekue?ndigt|avisiert|vorangekue?ndigt|vorankue?ndigung)
        (auftrags|sendungs|versand|paket)?(daten|informationen?) _ (ue?bermittelt|eingegangen|erhalten|\
            empfangen|liegen vor|erfasst|vor)
        (versand)?(label|etikett|versandschein|paketschein) _ (erstellt|gedruckt|erzeugt)
        noch nicht (an|bei|in|von|uns) _ (ue?bergeben|eingetroffen|erhalten|eingegangen)
        ({sender}) _ (vorbereitet|bereitgestellt|angelegt|angemeldet)
        (auftrag|abholauftrag|abholung) _ (erfasst|erteilt|angelegt|gebucht|beauftragt|angemeldet|eingegangen)
        {thing} _ (angelegt|registriert)
        wird _ fue?r den versand vorbereitet
        """,
        firm=True,
    ),
    told(
        Status.PENDING,
        CLEAR,
        """
        keine (daten|informationen|sendungsdaten|statusinformationen|angaben) _ (vorhanden|gefunden|\
            verfue?gbar|vor)
        """,
        firm=True,
    ),
    told(
        Status.IN_TRANSIT,
        SURE,
        """
        (abgefertigt|freigegeben|verzollt|verzollung abgeschlossen)
        (zollabfertigung|verzollung|zollbearbeitung|zollabwicklung) _ (abgeschlossen|erfolgt|beendet)
        (verlassen|verlae?sst|eingetroffen|angekommen|ankunft|abgang|erreicht|weitergeleitet|abgefahren|\
            abgeflogen)
        (bearbeitet|sortiert|verladen|umgeschlagen|ue?bergeben|ue?bernommen|angenommen|eingeliefert|\
            aufgegeben|abgeholt|abgeschickt|versendet|versandt)
        unterwegs
        auf dem (weg|transport)
        (im|in) _ {place} _ (bearbeitet|sortiert|erhalten|eingegangen)
        (im|in) (transit|transport|umlauf)
        (eingang|ausgang|bearbeitung|sortierung|weiterleitung|weitertransport|transport|\
            einlieferung) _ {place}
        (transport|weitertransport) _ (vorbereitet|gestartet)
        vorbereitung _ (weitertransport|weiterleitung)
        paketannahme
        """,
    ),
    told(
        Status.IN_TRANSIT,
        CLEAR,
        """
        (zollabfertigung|verzollung|zollbearbeitung|importverzollung|exportverzollung)
        (dem|beim) zoll _ (ue?bergeben|vorgelegt|gestellt)
        """,
        reason=Reason.CUSTOMS,
    ),
    told(
        Status.IN_TRANSIT,
        CLEAR,
        """
        verzoe?ger(t|ung|ungen)
        verspae?t(et|ung)
        (fehlgeleitet|falsch sortiert|fehlleitung|irrlae?ufer)
        spae?ter als (geplant|erwartet)
        """,
        reason=Reason.CARRIER_DELAY,
    ),
    told(
        Status.IN_TRANSIT,
        HINT,
        """
        wird _ zugestellt
        (voraussichtlich|vorauss|geplante) _ (zustellung|zugestellt|lieferung)
        zoll
        wunsch(tag|ort|termin)
        zustellung _ (geplant|vereinbart|vorbereitet|verschoben)
        """,
        firm=True,
    ),
    told(
        Status.OUT_FOR_DELIVERY,
        SURE,
        """
        (in|zur|fue?r die) (zustellung|auslieferung) _ (geladen|verladen|unterwegs|ausgegeben)
        (zustell|liefer|ausliefer)(fahrzeug|fahrer|wagen)
        (in|zur) (zustellung|auslieferung)
        (wird|ist) _ heute (noch )?(zugestellt|geliefert|ausgeliefert)
        heute _ (zugestellt|geliefert) werden
        (fahrer|zusteller|kurier|bote) (ist )?(unterwegs|auf dem weg)
        (mit|beim|an den|dem) (fahrer|zusteller|kurier|boten)( ue?bergeben)?
        auf dem weg zu(m|r|) ({person}|ihnen|dir)
        auf (der )?zustelltour
        """,
        firm=True,
    ),
    told(
        Status.DELIVERED,
        SURE,
        """
        (zugestellt|ausgeliefert|geliefert|ausgehae?ndigt)
        (zustellung|auslieferung|lieferung) _ (erfolgreich|erfolgt|abgeschlossen)
        (erfolgreich|erfolgreiche) (zustellung|zugestellt|auslieferung)
        (an|bei|beim|in|einem|einer|ihrem|ihrer|dem|den|der) _ (nachbarn?|nachbarin|ersatzempfae?nger|\
            hausbewohner|briefkasten|ablageort|wunschnachbar|mitbewohner|rezeption|poststelle) (zugestellt|\
            ue?bergeben|abgegeben|abgelegt|hinterlegt|geliefert)
        (dem|den|vom|von|durch|durch den) {person} _ (ue?bergeben|abgeholt|angenommen|entgegengenommen)
        (aus|von|an) der (packstation|paketstation|abholstation) _ abgeholt
        nach benachrichtigung (\\w+ )?abgeholt
        empfang _ (quittiert|besta?e?tigt)
        {person} (hat) _ (abgeholt|erhalten|angenommen|entgegengenommen)
        (ablageort|garage|terrasse|briefkasten|hausbriefkasten) (abgestellt|abgelegt|eingelegt|zugestellt|\
            eingeworfen)
        """,
    ),
    # Handed to whoever carries on is not handed to the shopper.
    told(
        Status.IN_TRANSIT,
        0.965,
        """
        (an|am|beim|in|im) (den |die |das |dem |der |unser )?(\\w+ )?(transporteur|spediteur|frachtfue?hrer|\
            zusteller|zoll|paketzentrum|depot|hub|partner|transportpartner|fluggesellschaft|umschlagzentrum) \
            (zugestellt|geliefert|ausgeliefert|ausgehae?ndigt|angeliefert)
        (zugestellt|geliefert|ausgeliefert|angeliefert) (an|am|beim|in|im) (den |die |das |dem |\
            der )?(\\w+ )?(transporteur|spediteur|frachtfue?hrer|zoll|paketzentrum|depot|hub|partner|\
            umschlagzentrum)
        """,
    ),
    told(
        Status.DELIVERED,
        0.96,
        "(nachbarn?|nachbarin) (\\w+ )?(zugestellt|ue?bergeben|abgegeben|hinterlegt|ausgehae?ndigt)",
        reason=Reason.NEIGHBOUR,
        firm=True,
    ),
    told(
        Status.READY_FOR_PICKUP,
        SURE,
        """
        (zur|fue?r die|fue?r) _ abholung (bereit|hinterlegt|bereitgestellt|verfue?gbar|gelagert|\
            durch den {person})
        (liegt|steht|ist|wartet|kann|abholbereit) _ (abgeholt werden|abholung|abholbereit|selbstabholung)
        abholbereit
        (an|in|im|bei|beim|auf) _ {shop} _ (hinterlegt|zugestellt|ue?bergeben|geliefert|eingetroffen|\
            angekommen|bereit|gelagert|gebracht|abgegeben|verbracht)
        (in|an) _ packstation _ (eingestellt|zugestellt|eingelegt|geliefert|hinterlegt|bereit)
        (packstation|paketstation|paketbox|abholfach) (eingestellt|eingelegt)
        (wird|werden) (in|an) _ (filiale|packstation|paketshop) _ (gebracht|transportiert|umgeleitet|gelagert)
        {person} (holt|wird) _ (ab|abholen)
        postlagernd
        """,
        firm=True,
    ),
    told(
        Status.ATTEMPTED,
        0.93,
        """
        (zustellversuch|zustellungsversuch|auslieferungsversuch|lieferversuch|anlieferversuch)
        (nicht|leider nicht|konnte nicht|konnten nicht) _ (zugestellt|ausgeliefert|geliefert|ue?bergeben|\
            ausgehae?ndigt)
        (zustellung|auslieferung|lieferung) _ (nicht (moe?glich|erfolgreich|erfolgt)|fehlgeschlagen|\
            gescheitert|erfolglos)
        (nicht erfolgreiche|erfolglose|fehlgeschlagene|gescheiterte) (zustellung|auslieferung)
        (benachrichtigt|benachrichtigungskarte|abholkarte|benachrichtigungsschein)
        """,
        firm=True,
    ),
    told(
        Status.ATTEMPTED,
        SURE,
        """
        {person} (wurde |war |ist )?(leider )?(nicht (angetroffen|anwesend|zu hause|erreichbar|da|vor ort)|\
            abwesend)
        (niemand|keiner|kein {person}) _ (angetroffen|anwesend|zu hause|erreichbar)
        (geschae?ft|firma|betrieb|bue?ro) _ (geschlossen|zu)
        geschlossen
        """,
        reason=Reason.NOT_HOME,
        firm=True,
    ),
    told(
        Status.EXCEPTION,
        SURE,
        """
        (vom|beim|durch den|durch|im) zoll _ (zurue?ckgehalten|angehalten|festgehalten|gestoppt|aufgehalten|\
            beschlagnahmt)
        (zollabfertigung|verzollung) _ (verzoe?gert|verzoe?gerung|nicht moe?glich|problem|offen)
        zollproblem
        """,
        reason=Reason.CUSTOMS,
        firm=True,
    ),
    told(
        Status.EXCEPTION,
        SURE,
        """
        (dokumente?|unterlagen|papiere|handelsrechnung|rechnung|zollpapiere|zolldokumente|zollunterlagen|\
            informationen) _ (fehlen|fehlt|benoe?tigt|erforderlich|unvollstae?ndig)
        (fehlende|unvollstae?ndige|benoe?tigte) (dokumente|unterlagen|papiere|zollpapiere|handelsrechnung|\
            zollunterlagen)
        """,
        reason=Reason.CUSTOMS_DOCUMENTS,
        firm=True,
    ),
    told(
        Status.EXCEPTION,
        SURE,
        """
        (nachnahme|zollgebue?hren|nachporto|nachentgelt|einfuhrabgaben|zollabgaben|abgaben|gebue?hren|\
            entgelt) _ (zu zahlen|faellig|fallig|offen|bezahlen|ausstehend|nicht bezahlt|entrichten)
        (zahlung|bezahlung) _ (ausstehend|erforderlich|offen)
        """,
        reason=Reason.PAYMENT_DUE,
        action=True,
        firm=True,
    ),
    told(
        Status.EXCEPTION,
        SURE,
        """
        (adresse|anschrift|adressdaten|empfae?ngeradresse|lieferadresse|zustelladresse|hausnummer|\
            postleitzahl) _ (falsch|fehlerhaft|unvollstae?ndig|unbekannt|nicht (gefunden|korrekt|\
            vollstae?ndig|auffindbar|ermittelbar)|fehlt|unleserlich|ungue?ltig|unzureichend|inkorrekt)
        (falsche|fehlerhafte|unvollstae?ndige|ungue?ltige|unzureichende|unbekannte|mangelhafte) (adresse|\
            anschrift|empfae?ngeradresse|lieferadresse|hausnummer|adressangabe|adressangaben)
        {person} _ (unbekannt|verzogen|nicht (zu )?ermitteln|nicht ermittelbar|nicht bekannt)
        (unbekannt )?verzogen
        adressproblem
        """,
        reason=Reason.ADDRESS,
        action=True,
        firm=True,
    ),
    told(
        Status.EXCEPTION,
        SURE,
        """
        (annahme )?verweiger(t|ung)
        annahmeverweigerung
        abgelehnt
        nicht angenommen
        """,
        reason=Reason.REFUSED,
        firm=True,
    ),
    told(
        Status.EXCEPTION,
        SURE,
        """
        (transport)?(beschae?digt|beschae?digung|schaden)
        defekt
        """,
        reason=Reason.DAMAGED,
    ),
    told(
        Status.EXCEPTION,
        SURE,
        """
        (verloren|verlust|verschollen|nachforschung|suchauftrag|gestohlen)
        nicht auffindbar
        """,
        reason=Reason.LOST,
        firm=True,
    ),
    told(
        Status.EXCEPTION,
        SURE,
        """
        (nicht abgeholt|lagerfrist|abholfrist)
        """,
        reason=Reason.UNCLAIMED,
        firm=True,
    ),
    told(Status.EXCEPTION, CLEAR, "sicherheits(kontrolle|prue?fung|grue?nden)", reason=Reason.SECURITY),
    told(
        Status.EXCEPTION,
        CLEAR,
        """
        (angehalten|zurue?ckgehalten|gestoppt|aufgehalten|beschlagnahmt|vernichtet)
        (problem|stoe?rung|unregelmae?ssigkeit|fehler|klae?rung|abweichung|hindernis)~
        unzustellbar
        """,
        firm=True,
    ),
    told(Status.EXCEPTION, HINT, "nicht moe?glich\nfehlgeschlagen\nleider", firm=True),
    told(
        Status.RETURNED,
        0.97,
        """
        (an|beim|dem|zurue?ck an) (den |der )?{sender} _ (zugestellt|ue?bergeben|ausgeliefert|ausgehae?ndigt|\
            eingetroffen|geliefert|zurue?ckgegeben)
        (ruecksendung|rucksendung|retoure) _ (zugestellt|abgeschlossen|angenommen|ausgeliefert)
        """,
    ),
    told(
        Status.RETURNING,
        0.96,
        """
        zurue?ck(gesendet|gesandt|geschickt|gefue?hrt|gehend|sendung)
        zurue?ck (zum|an|an den|zu) _ {sender}
        an (den |die |ihren )?{sender} _ (zurue?ck|retour)~
        (rue?cksendung|retoure|rue?cktransport|rue?ckfue?hrung|rue?cklieferung|retourniert|retourensendung)~
        auf dem rue?ckweg
        """,
        firm=True,
    ),
    told(Status.CANCELLED, SURE, "(storniert|stornierung|annulliert|abgebrochen)\nauftrag _ geloe?scht"),
    why(Reason.NEIGHBOUR, "nachbarn?|wunschnachbar|hausbewohner|ersatzempfae?nger"),
    why(Reason.LOCKER, "packstation|paketbox|paketstation|schliessfach|abholfach"),
    why(
        Reason.SAFE_PLACE,
        """
        ablageort|abstellort|abstellgenehmigung|garage|briefkasten|hausbriefkasten|terrasse|wunschort
        """,
    ),
    why(Reason.SIGNED, "unterschrift|unterschrieben|quittiert", weight=LIKELY),
    why(Reason.NOT_HOME, "nicht angetroffen|nicht zu hause|abwesend"),
    why(
        Reason.WEATHER,
        "wetter\\w*|witterung\\w*|unwetter|schnee\\w*|sturm\\w*|hochwasser|streik",
        weight=SURE,
    ),
    why(Reason.REFUSED, "verweiger(t|ung)|annahmeverweigerung"),
    why(Reason.UNCLAIMED, "nicht abgeholt|lagerfrist"),
    why(Reason.DAMAGED, "beschae?dig(t|ung)"),
    why(Reason.CUSTOMS, "zoll\\w*|verzollung", weight=HINT),
    why(Reason.ADDRESS, "adresse|anschrift|adressat", weight=HINT),
    act("bitte _ (kontaktieren|melden|wenden|setzen|korrigieren|bezahlen|einreichen)\nhandlungsbedarf"),
    lists=LISTS,
    before=(
        r"(?:\b(?:wird|werden|nicht|kein|keine|noch|voraussichtlich|sobald|falls|wenn|konnte|soll|muss)"
        r"(?: \w+){0,4} |\bzu )$"
    ),
    after=r"^ (?:werden|wird in|fehlgeschlagen|nicht|noch)",
)

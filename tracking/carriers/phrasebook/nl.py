"""Dutch."""

from tracking.carriers.phrasebook.book import CLEAR, HINT, LIKELY, SURE, act, book, told, why
from tracking.vocabulary import Reason, Status

LISTS = {
    "thing": "pakket | pakje | zending | bestelling | order | poststuk | artikel | brief",
    "sender": "afzender | verzender | verkoper | webshop | webwinkel | opdrachtgever",
    "person": "ontvanger | geadresseerde | klant | bewoner",
    "shop": (
        "afhaalpunt | ophaalpunt | ophaallocatie | afhaallocatie | postkantoor | servicepunt | "
        "postnl punt | postpunt | "
        "parcelshop | pakketpunt | pakketshop | postagentschap | winkel | access point | servicepoint"
    ),
    "place": (
        "sorteercentrum | depot | hub | vestiging | distributiecentrum | magazijn | land | "
        "luchthaven | locatie | "
        "verwerkingscentrum | bestemming | terminal | filiaal | afdeling | bezorgdepot"
    ),
}

BOOK = book(
    told(
        Status.INFO_RECEIVED,
        0.955,
        """
        (label|verzendlabel|etiket) _ (aangemaakt|gemaakt|afgedrukt|geprint)
        (aangemeld|voorgemeld|vooraangemeld|voormelding|vooraankondiging|aangekondigd)
        (gegevens|informatie|data|zendinggegevens|zendinginformatie) _ (ontvangen|verzonden|doorgegeven|\
            bekend|verstuurd)
        nog niet _ (ontvangen|aangeleverd|overgedragen|in ons bezit|verwerkt|afgegeven|overhandigd)
        (wordt|is|in) _ (voorbereid|voorbereiding|klaargemaakt)( door)?
        (we|wij) verwachten
        ({thing}|opdracht|afhaalopdracht|ophaalopdracht) _ (geregistreerd|aangemaakt|geboekt|aangevraagd)
        """,
        firm=True,
    ),
    told(
        Status.PENDING,
        CLEAR,
        """
        (geen|nog geen) (informatie|gegevens|status|resultaten) _ (beschikbaar|gevonden|bekend)
        """,
        firm=True,
    ),
    told(
        Status.IN_TRANSIT,
        SURE,
        """
        (vrijgegeven|ingeklaard|uitgeklaard|vrijgemaakt|door de douane afgehandeld)
        (inklaring|douaneafhandeling|douanecontrole|douane afhandeling|inklaren) _ (voltooid|afgerond|gereed|\
            klaar|afgehandeld)
        (onderweg|in transit|in transport|op weg naar)
        (gesorteerd|verwerkt|gescand|opgehaald|aangenomen|overgedragen|doorgestuurd|verzonden|verstuurd|\
            verscheept|vertrokken|aangekomen|gearriveerd|geladen|ingeladen|overgeladen|overhandigd aan|\
            ingeleverd)
        (ontvangen|binnengekomen) (door|op|in|bij) _ ({place}|vervoerder|postnl|ons)
        (aankomst|vertrek|sortering|verwerking) _ {place}
        (wordt|is) _ (vervoerd|getransporteerd|gesorteerd|verwerkt)
        (verkeerd gesorteerd|foutief gesorteerd|verkeerd verstuurd)
        """,
    ),
    told(Status.IN_TRANSIT, LIKELY, "(ontvangen|verwerking|sortering|transport|vervoer)"),
    told(
        Status.IN_TRANSIT,
        CLEAR,
        """
        (bij|aan|in|door) _ (douane|inklaring) _ (aangeboden|behandeling|controle|verwerkt)
        (inklaring|douaneafhandeling) (gestart|in behandeling|bezig)
        bij de douane
        """,
        reason=Reason.CUSTOMS,
    ),
    told(
        Status.IN_TRANSIT,
        CLEAR,
        """
        (vertraging|vertraagd|later dan (gepland|verwacht))
        """,
        reason=Reason.CARRIER_DELAY,
    ),
    told(
        Status.IN_TRANSIT,
        HINT,
        """
        (wordt|zal|worden) _ (bezorgd|geleverd|afgeleverd)
        (verwachte|geplande) (bezorging|levering|bezorgdatum)
        douane
        inklaring
        """,
        firm=True,
    ),
    told(
        Status.OUT_FOR_DELIVERY,
        SURE,
        """
        (bezorger|chauffeur|koerier|postbode) _ (onderweg|op weg|in zijn route)
        (onderweg|op weg) (met|voor|naar) _ (bezorger|chauffeur|koerier|bezorging|levering|aflevering|\
            ontvanger|geadresseerde|u|jou|je)
        (in|op|met|bij) (de |het )?(bezorging|bezorgroute|bezorger|bezorgwagen|bestelbus|bestelwagen|\
            bezorgvoertuig|levering|chauffeur|koerier)
        (wordt|word) _ (vandaag|straks) _ (bezorgd|geleverd|afgeleverd|verwacht|afgegeven)
        vandaag (bezorgd|geleverd|afgeleverd)
        (uit voor|geladen voor|voertuig voor) (de )?(bezorging|levering|aflevering)
        """,
        firm=True,
    ),
    told(
        Status.DELIVERED,
        SURE,
        """
        (bezorgd|afgeleverd|geleverd|uitgereikt|afgegeven)
        (bezorging|levering|aflevering) (geslaagd|gelukt|voltooid|succesvol|afgerond)
        (in|door) (de |uw |je )?brievenbus (bezorgd|geleverd|gedaan|afgeleverd)
        (bij|aan) (de |uw |je |een )?(buren|buurman|buurvrouw|receptie|ontvanger|geadresseerde) _ (afgegeven|\
            bezorgd|afgeleverd|geleverd|overhandigd)
        (opgehaald|afgehaald|in ontvangst genomen|ontvangen) door (de )?{person}
        {person} heeft _ (opgehaald|ontvangen|afgehaald)
        (opgehaald|afgehaald) (bij|op|van) (het |een |de )?{shop}
        getekend (door|voor)
        """,
    ),
    # Handed to whoever carries on is not handed to the shopper.
    told(
        Status.IN_TRANSIT,
        0.965,
        """
        (afgeleverd|bezorgd|geleverd|afgegeven|overhandigd) (bij|aan|op) (de |het |een |\
            onze )?(\\w+ )?(vervoerder|\
            douane|depot|hub|sorteercentrum|partner|luchtvaartmaatschappij|distributiecentrum)
        """,
    ),
    told(
        Status.DELIVERED,
        0.96,
        "(buren|buurman|buurvrouw) (\\w+ )?(afgegeven|bezorgd|afgeleverd|geleverd|overhandigd)",
        reason=Reason.NEIGHBOUR,
        firm=True,
    ),
    told(
        Status.READY_FOR_PICKUP,
        SURE,
        """
        (ligt|staat|klaar|beschikbaar|gereed|kan|kunt) _ (klaar|opgehaald|afgehaald|afhalen|ophalen|afhaling|\
            opgehaald worden|afgehaald worden|opgehaald)
        (klaar om|klaar voor) _ (opgehaald|afgehaald|afhalen|ophalen|afhaling)
        (bezorgd|afgeleverd|geleverd|aangekomen|gearriveerd|gebracht|ligt|beschikbaar|ontvangen|\
            afgegeven) (bij|op|in|naar) (het |een |de |uw |je )?(\\w+ )?{shop}
        (afhaalbericht|op te halen|af te halen)
        (in|bij) (de |een )?(pakketautomaat|pakketkluis|pakketbox) (geplaatst|gelegd|klaar|afgeleverd)
        """,
        firm=True,
    ),
    told(
        Status.ATTEMPTED,
        0.93,
        """
        (bezorgpoging|leveringspoging|afleverpoging|poging tot (bezorging|levering|aflevering))~
        (niet|kon niet|konden niet|kunnen) _ (worden )?(bezorgd|geleverd|afgeleverd|bezorgen|afleveren|\
            leveren)
        (bezorging|levering|aflevering) (mislukt|niet (gelukt|mogelijk|geslaagd))
        (mislukte|onsuccesvolle|gemiste) (bezorging|levering|aflevering|bezorgpoging)
        (kaartje|briefje|bericht|kennisgeving) (\\w+ )?achtergelaten
        geprobeerd _ (te bezorgen|te leveren|bezorgen|af te leveren)
        """,
        firm=True,
    ),
    told(
        Status.ATTEMPTED,
        SURE,
        """
        {person} (was |is )?(niet (thuis|aanwezig|beschikbaar|aangetroffen)|afwezig)
        (niemand|geen gehoor|niet) (was |is )?(thuis|aanwezig)
        (bedrijf|winkel|kantoor|zaak) _ (gesloten|dicht)
        gesloten
        """,
        reason=Reason.NOT_HOME,
        firm=True,
    ),
    told(
        Status.EXCEPTION,
        SURE,
        """
        (vastgehouden|aangehouden|tegengehouden|opgehouden|in beslag genomen|vertraging|vertraagd|\
            wacht~) _ (douane|inklaring)
        douane _ (vastgehouden|aangehouden|vertraging|tegengehouden|opgehouden|probleem)
        """,
        reason=Reason.CUSTOMS,
    ),
    told(
        Status.EXCEPTION,
        SURE,
        """
        (documenten|documentatie|factuur|informatie|papieren) _ (ontbreekt|ontbreken|nodig|vereist|\
            onvolledig|benodigd)
        (ontbrekende|onvolledige|wacht~ op) (documenten|documentatie|factuur|papieren|informatie)
        """,
        reason=Reason.CUSTOMS_DOCUMENTS,
        firm=True,
    ),
    told(
        Status.EXCEPTION,
        SURE,
        """
        (invoerrechten|belasting|btw|rembours|betaling|douanekosten|kosten|heffingen|port) _ (te betalen|\
            verschuldigd|betaald worden|openstaand|vereist|nog niet betaald)
        wacht~ op (de )?betaling
        """,
        reason=Reason.PAYMENT_DUE,
        action=True,
        firm=True,
    ),
    told(
        Status.EXCEPTION,
        SURE,
        """
        (adres|postcode|huisnummer|adresgegevens) _ (onjuist|onvolledig|onbekend|verkeerd|niet (gevonden|\
            correct|juist|compleet|volledig)|ontbreekt|ongeldig|incorrect|incompleet|fout|onvindbaar)
        (onjuist|onvolledig|verkeerd|foutief|onbekend|ongeldig|incompleet)e? (adres|postcode|huisnummer|\
            adresgegevens)
        {person} (is )?(onbekend|verhuisd|vertrokken)
        (verhuisd|adresprobleem)
        """,
        reason=Reason.ADDRESS,
        action=True,
        firm=True,
    ),
    told(
        Status.EXCEPTION,
        SURE,
        """
        (geweigerd|weigering|geweigerde)
        niet (aangenomen|geaccepteerd)
        """,
        reason=Reason.REFUSED,
        firm=True,
    ),
    told(Status.EXCEPTION, SURE, "(beschadigd|beschadiging|schade|kapot)", reason=Reason.DAMAGED),
    told(
        Status.EXCEPTION,
        SURE,
        """
        (vermist|verloren|kwijt|zoek|vermissing|gestolen)
        niet (te vinden|gevonden)
        onderzoek (gestart|loopt)
        """,
        reason=Reason.LOST,
        firm=True,
    ),
    told(
        Status.EXCEPTION,
        SURE,
        """
        niet (afgehaald|opgehaald)
        (bewaartermijn|afhaaltermijn) _ (verstreken|verlopen|voorbij)
        """,
        reason=Reason.UNCLAIMED,
        firm=True,
    ),
    told(Status.EXCEPTION, CLEAR, "veiligheids(controle|redenen|check)\nverboden", reason=Reason.SECURITY),
    told(
        Status.EXCEPTION,
        CLEAR,
        """
        (probleem|storing|uitzondering|onregelmatigheid|incident|afwijking)
        (vastgehouden|tegengehouden|aangehouden|in de wacht|geblokkeerd|onbestelbaar|vernietigd)
        (wordt|zal) _ (geretourneerd|teruggestuurd) worden
        """,
        firm=True,
    ),
    told(Status.EXCEPTION, HINT, "mislukt\nniet mogelijk\nhelaas", firm=True),
    told(
        Status.RETURNED,
        0.97,
        """
        (bezorgd|afgeleverd|geleverd|teruggegeven|overhandigd) (bij|aan) (de |het )?{sender}
        retour(zending)? (bezorgd|ontvangen|afgeleverd|voltooid)
        (terug|retour) (bij|ontvangen door) (de )?{sender}
        """,
    ),
    told(
        Status.RETURNING,
        0.96,
        """
        (terug|retour|teruggestuurd|geretourneerd|retourzending|teruggezonden|terugzending) (naar|aan) (de |\
            het )?{sender}
        (teruggestuurd|geretourneerd|retourzending|teruggezonden|retour|retourneren|op de terugweg)
        """,
        firm=True,
    ),
    told(Status.CANCELLED, SURE, "(geannuleerd|annulering|geannulleerd)"),
    why(Reason.NEIGHBOUR, "buren|buurman|buurvrouw"),
    why(Reason.LOCKER, "pakketautomaat|pakketkluis|pakketbox|locker|kluis"),
    why(Reason.SAFE_PLACE, "brievenbus|veilige plek|veilige plaats|garage|schuur|tuin|afgesproken plek"),
    why(Reason.SIGNED, "handtekening|getekend", weight=LIKELY),
    why(Reason.NOT_HOME, "niet thuis|niemand (was )?(thuis|aanwezig)|afwezig"),
    why(Reason.WEATHER, "weer|weersomstandigheden|sneeuw|storm|slecht weer|overstroming", weight=SURE),
    why(Reason.REFUSED, "geweigerd|weigering"),
    why(Reason.UNCLAIMED, "niet (afgehaald|opgehaald)"),
    why(Reason.DAMAGED, "beschadigd"),
    why(Reason.CUSTOMS, "douane\\w*|inklaring", weight=HINT),
    why(Reason.ADDRESS, "adres", weight=HINT),
    act("(neem|gelieve|verzoeken|dient) _ (contact|betalen|aanvullen|corrigeren)\nactie (vereist|nodig)"),
    lists=LISTS,
    before=(
        r"(?:\b(?:wordt|worden|zal|niet|kan|zodra|voordat|als|nog|moet|verwachten|"
        r"verwacht)(?: \w+){0,4} |\b(?:te|voor) )$"
    ),
    after=r"^ (?:worden|mislukt|niet)",
)

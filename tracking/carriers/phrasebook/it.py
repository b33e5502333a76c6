"""Italian."""

from tracking.carriers.phrasebook.book import CLEAR, HINT, LIKELY, SURE, act, book, told, why
from tracking.vocabulary import Reason, Status

LISTS = {
    "thing": "spedizione | pacco | collo | invio | ordine | articolo | merce | plico | consegna",
    "sender": "mittente | venditore | speditore | negozio mittente | committente",
    "person": "destinatario | cliente | ricevente | consegnatario",
    "shop": (
        "ufficio postale | punto (di )?(ritiro|consegna|poste)( \\w+)? | locker | armadietto | "
        "pickup point | "
        "fermopoint | fermo ?deposito | punto vendita | tabaccheria | negozio | access point | "
        "fermoposta | parcelshop"
    ),
    "place": (
        "centro | filiale | magazzino | hub | deposito | sede | aeroporto | struttura | terminal | paese | "
        "destinazione | partenza | impianto | stabilimento | piattaforma | stazione | ufficio"
    ),
}

BOOK = book(
    told(
        Status.INFO_RECEIVED,
        0.955,
        """
        (etichetta|lettera di vettura) _ (creata|generata|stampata|emessa)
        (informazioni|dati|preavviso|prenotazione) _ (ricevut[ieao]|trasmess[ieao]|inviat[ieao]|\
            elettronic[aoi]|registrat[ieao])
        (preannunciat[ao]|pre ?avvis[ao]t?[ao]?|pre ?registrat[ao]|preavviso)
        (non ancora|in attesa di|in attesa del|in attesa che) _ (ricevut[ao]|consegnat[ao] al corriere|\
            affidat[ao]|presa in carico|ritiro|affidamento|ritirat[ao])
        (in (fase di )?preparazione|in preparazione|in lavorazione) _ ({sender}|mittente)
        {sender} (sta preparando|ha creato|ha preparato|ha registrato)
        ({thing}|ritiro|ordine) _ (creat[ao]|registrat[ao]|prenotat[ao]|richiest[ao]|programmat[ao])
        """,
        firm=True,
    ),
    told(
        Status.PENDING,
        CLEAR,
        """
        (nessuna|nessun|non ci sono|dati non|informazioni non) _ (informazion[ei]|dat[oi]|disponibil[ei]|\
            risultato)
        """,
        firm=True,
    ),
    told(
        Status.IN_TRANSIT,
        SURE,
        """
        (sdoganat[ao]|svincolat[ao]|rilasciat[ao] dalla dogana)
        (sdoganamento|operazioni doganali|svincolo|formalita doganali|controllo doganale) _ (completat[aoe]|\
            effettuat[aoe]|conclus[aoe]|terminat[aoe]|avvenut[ao])
        (in transito|in viaggio|in corso di trasporto|in cammino|in itinere)
        (presa in carico|preso in carico|ritirat[ao] (dal|presso|da)|accettat[ao]|smistat[ao]|lavorat[ao]|\
            elaborat[ao])
        (arrivat[ao]|giunt[ao]|partit[ao]|partenza|arrivo|uscit[ao]|entrat[ao]|ricevut[ao]|pervenut[ao]|\
            transitat[ao]|lasciato) _ {place}
        (spedit[ao]|inviat[ao]|inoltrat[ao]|trasferit[ao]|instradat[ao]|caricat[ao]|affidat[ao] al corriere|\
            affidat[ao]|avviat[ao]|presa in consegna dal corriere)
        (errato instradamento|instradamento errato|reinstradat[ao]|disguid[oa]t?[ao]?)
        """,
    ),
    told(
        Status.IN_TRANSIT,
        LIKELY,
        """
        (arrivat[ao]|partit[ao]|ricevut[ao]|transito|in lavorazione|smistamento|ritirat[ao])
        """,
    ),
    told(
        Status.IN_TRANSIT,
        CLEAR,
        """
        (in|in corso|alla|presentat[ao] (in|alla)|fase di) (sdoganamento|dogana|operazioni doganali)
        sdoganamento in corso
        """,
        reason=Reason.CUSTOMS,
    ),
    told(Status.IN_TRANSIT, CLEAR, "(ritard[oi]|ritardat[ao]|in ritardo)", reason=Reason.CARRIER_DELAY),
    told(
        Status.IN_TRANSIT,
        HINT,
        """
        (sara|verra|saranno) _ consegnat[ao]
        consegna (prevista|stimata|programmata|riprogrammata|concordata)
        dogana
        sdoganamento
        """,
        firm=True,
    ),
    told(
        Status.OUT_FOR_DELIVERY,
        SURE,
        """
        in (fase di )?(consegna|distribuzione|recapito)( oggi)?
        in corso di (consegna|recapito)
        (uscit[ao]|partit[ao]|caricat[ao]) (in|per|per la|sul|sul mezzo per la) _ (consegna|furgone|\
            distribuzione)
        (affidat[ao] al|con il|in carico al|assegnat[ao] al) (corriere|postino|portalettere|autista|driver|\
            fattorino) (per la consegna|in consegna)
        (con il|affidat[ao] al) (postino|portalettere|autista|driver|fattorino)
        (corriere|postino|autista|driver) (e )?(in arrivo|per strada)
        (sara|verra) consegnat[ao] (oggi|in giornata)
        (consegna) (prevista )?(oggi|in giornata)
        """,
        firm=True,
    ),
    told(
        Status.DELIVERED,
        SURE,
        """
        (consegnat[ao]|recapitat[ao]|consegnat[ie])
        consegna (effettuata|avvenuta|completata|eseguita|riuscita|confermata)
        (lasciat[ao]|depositat[ao]) _ (cassetta|vicino|portineria|portiere|custode|luogo sicuro|reception|\
            giardino)
        (ritirat[ao]|ricevut[ao]) (dal|da) _ {person}
        {person} ha (ritirato|ricevuto)
        firmat[ao] da
        """,
    ),
    # Handed to whoever carries on is not handed to the shopper.
    told(
        Status.IN_TRANSIT,
        0.965,
        """
        consegnat[ao] (al|alla|all|in|presso il|presso la) (\\w+ )?(corriere|vettore|trasportatore|dogana|\
            hub|filiale|centro|linea aerea|compagnia aerea|magazzino|partner)
        """,
    ),
    told(
        Status.READY_FOR_PICKUP,
        SURE,
        """
        (disponibile|pront[ao]|a disposizione|in giacenza|puo essere|in attesa|giacente|\
            depositat[ao]) _ (ritiro|ritirat[ao]|ritirare|essere ritirat[ao])
        (disponibile|depositat[ao]|consegnat[ao]|arrivat[ao]|giunt[ao]|lasciat[ao]|in giacenza|recapitat[ao]|\
            in deposito) (al|nel|presso|in|alla|all|presso il|presso l|nell) (tuo |suo |vostro |un )?{shop}
        (da ritirare|ritiro) (presso|al|in|nel)
        (in attesa di ritiro|pronto al ritiro)
        """,
        firm=True,
    ),
    told(
        Status.ATTEMPTED,
        0.93,
        """
        (tentativo|tentata|tentato|primo tentativo|secondo tentativo) (di |la )?(consegna|recapito|fallito|\
            non riuscito)~
        (mancata consegna|mancato recapito)
        (non|impossibile|impossibilita|non e stato possibile|non possibile) _ (consegnat[ao]|consegnare|\
            recapitare|recapitat[ao]|effettuare la consegna|consegna|recapito)
        consegna (non (riuscita|effettuata|possibile|andata a buon fine|eseguita)|fallita|impossibile|tentata)
        (avviso|cartolina) _ (lasciat[ao]|rilasciat[ao]|di giacenza|immess[ao])
        lasciato (un )?avviso
        """,
        firm=True,
    ),
    told(
        Status.ATTEMPTED,
        SURE,
        """
        {person} (assente|non presente|non (era )?(in casa|presente|disponibile|reperibile|trovato))
        (assente|assenza)
        (nessuno|nessuna persona) _ (casa|presente|indirizzo|disponibile)
        (azienda|ufficio|negozio|attivita|ditta|esercizio) _ chius[ao]
        chius[ao] per (ferie|turno)
        """,
        reason=Reason.NOT_HOME,
        firm=True,
    ),
    told(
        Status.EXCEPTION,
        SURE,
        """
        (trattenut[ao]|fermat[ao]|bloccat[ao]|ferm[ao]|ritard[oi]|in attesa|sequestrat[ao]) _ (dogana|\
            doganale|doganali|sdoganamento)
        (dogana|sdoganamento) _ (bloccat[ao]|ritard[oi]|fermo|problema|in attesa)
        """,
        reason=Reason.CUSTOMS,
    ),
    told(
        Status.EXCEPTION,
        SURE,
        """
        (document[oi]|documentazione|fattura|informazioni) _ (mancant[ei]|richiest[aoie]|necessari[aoe]?|\
            incomplet[aoie])
        (in attesa di|mancano|manca|mancanza|richiede) _ (document[oi]|documentazione|fattura)
        """,
        reason=Reason.CUSTOMS_DOCUMENTS,
        firm=True,
    ),
    told(
        Status.EXCEPTION,
        SURE,
        """
        (dazi|oneri|tasse|iva|contrassegno|pagamento|spese|diritti) _ (da pagare|dovut[iaoe]|in attesa|\
            non pagat[oia]|richiest[oi]|insolut[oi]|da versare)
        (in attesa|attesa) (di |del )(pagamento|versamento)
        """,
        reason=Reason.PAYMENT_DUE,
        action=True,
        firm=True,
    ),
    told(
        Status.EXCEPTION,
        SURE,
        """
        (indirizzo|cap|numero civico|civico|nominativo|recapito) _ (errat[ao]|incomplet[ao]|sbagliat[ao]|\
            inesistente|insufficiente|sconosciut[ao]|non trovat[ao]|mancante|inesatt[ao]|non corrett[ao]|\
            illeggibile|incorrett[ao])
        (errore|problema|anomalia) (nell |di |con l |sull )?indirizzo
        {person} (sconosciuto|trasferito|irreperibile|non reperibile)
        (sconosciuto|trasferito|irreperibile)
        """,
        reason=Reason.ADDRESS,
        action=True,
        firm=True,
    ),
    told(
        Status.EXCEPTION,
        SURE,
        """
        (rifiutat[ao]|respint[ao]|rifiuto|rifiuta)
        non accettat[ao]
        """,
        reason=Reason.REFUSED,
        firm=True,
    ),
    told(
        Status.EXCEPTION,
        SURE,
        """
        (danneggiat[ao]|avariat[ao]|rott[ao]|dann[oi]|danneggiamento|manomess[ao])
        """,
        reason=Reason.DAMAGED,
    ),
    told(
        Status.EXCEPTION,
        SURE,
        """
        (smarrit[ao]|pers[ao]|smarrimento|rubat[ao]|furto|dispers[ao])
        (ricerche|indagine) (in corso|avviat[ae])
        """,
        reason=Reason.LOST,
    ),
    told(
        Status.EXCEPTION,
        SURE,
        """
        (non ritirat[ao]|compiuta giacenza|fine giacenza)
        (periodo|termine|termini) di giacenza _ (scadut[oi]|terminat[oi]|superat[oi])
        giacenza scaduta
        """,
        reason=Reason.UNCLAIMED,
        firm=True,
    ),
    told(
        Status.EXCEPTION,
        CLEAR,
        """
        (controll[oi]|motivi) di sicurezza
        (merce pericolosa|vietat[ao])
        """,
        reason=Reason.SECURITY,
    ),
    told(
        Status.EXCEPTION,
        CLEAR,
        """
        (problema|anomalia|eccezione|inconveniente|irregolarita|incidente)
        (trattenut[ao]|bloccat[ao]|fermat[ao]|sospes[ao]|in giacenza|sequestrat[ao]|distrutt[ao]|in svincolo)
        (sara|verra) _ (restituit[ao]|rispedit[ao]|reso)
        """,
        firm=True,
    ),
    told(Status.EXCEPTION, HINT, "impossibile\nnon (e stato )?possibile\nfallit[ao]", firm=True),
    told(
        Status.RETURNED,
        0.97,
        """
        (consegnat[ao]|riconsegnat[ao]) al {sender}
        (reso|ritorno) (consegnat[ao]|completat[ao])
        """,
    ),
    told(
        Status.RETURNING,
        0.96,
        """
        (restituit[ao]|rispedit[ao]|resa|reso|ritorno|rientro|rinviat[ao]|ritornat[ao]|in restituzione|\
            restituzione) (al|a|verso il|in|presso il) _ ({sender}|mittente|corso)
        (in (fase di )?(restituzione|ritorno|reso|rientro))
        (restituit[ao]|restituzione|rispedit[ao]|rinviat[ao] al|reso al|resa al|ritorno al)
        """,
    ),
    told(Status.CANCELLED, SURE, "(annullat[ao]|cancellat[ao]|annullamento|stornat[ao])"),
    why(Reason.NEIGHBOUR, "vicino|portiere|portineria|custode"),
    why(Reason.LOCKER, "locker|armadietto"),
    why(Reason.SAFE_PLACE, "cassetta (postale|delle lettere)|cassetta|luogo sicuro|garage|giardino"),
    why(Reason.SIGNED, "firmat[ao]|firma", weight=LIKELY),
    why(Reason.NOT_HOME, "assente|assenza"),
    why(
        Reason.WEATHER,
        "maltempo|meteo|meteorologic\\w+|neve|nevicat\\w|alluvion\\w|atmosferic\\w+",
        weight=SURE,
    ),
    why(Reason.REFUSED, "rifiutat[ao]|rifiuto|respint[ao]"),
    why(Reason.UNCLAIMED, "non ritirat[ao]|compiuta giacenza"),
    why(Reason.DAMAGED, "danneggiat[ao]"),
    why(Reason.CUSTOMS, "dogana|doganal[ei]|sdoganamento", weight=HINT),
    why(Reason.ADDRESS, "indirizzo", weight=HINT),
    act(
        """
        (si prega|e necessario|la preghiamo|ti preghiamo|contatta|contattare) _ (contattare|pagare|fornire|\
            correggere|assistenza|servizio|corriere)
        azione richiesta
        """,
    ),
    lists=LISTS,
    before=(
        r"(?:\b(?:sara|verra|saranno|non|prima|quando|appena|se|deve|puo|per|da|in attesa|dopo)"
        r"(?: \w+){0,2} |\b(?:essere|di) )$"
    ),
    after=r"^ (?:prevista|non |fallit[ao]|impossibile)",
)

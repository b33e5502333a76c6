"""French."""

from tracking.carriers.phrasebook.book import CLEAR, HINT, LIKELY, SURE, act, book, told, why
from tracking.vocabulary import Reason, Status

LISTS = {
    "thing": (
        "colis | envoi | expedition | courrier | lettre | pli | article | commande | objet | paquet | "
        "marchandise"
    ),
    "sender": "expediteur | vendeur | marchand | commercant | boutique | client expediteur",
    "person": "destinataire | client | receptionnaire | occupant",
    "was": "est | a ete | ont ete | sera | sont | etait",
    "shop": (
        "point (de )?retrait | point relais | relais( colis| pickup)? | bureau de poste | "
        "consigne | commerce | agence | "
        "point de vente | point pickup | relais partenaire | comptoir postal | guichet"
    ),
    "place": (
        "site | plateforme | centre | agence | hub | depot | installation | entrepot | aeroport | station | "
        "etablissement | gare | pays | terminal"
    ),
}

BOOK = book(
    told(
        Status.IN_TRANSIT,
        0.96,
        """
        (re ?expedi~|re ?achemin~) _ (a la demande|vers|a une autre)
        (en attente de|avant) (distribution|livraison|remise en livraison)
        (s apprete|va|est sur le point) _ (sortir|quitter|partir)
        """,
        firm=True,
    ),
    told(
        Status.EXCEPTION,
        0.96,
        """
        (manque|absence|defaut) (d|de) (information|informations|adresse|precision|precisions)
        """,
        reason=Reason.ADDRESS,
        firm=True,
    ),
    # To where it can be collected is not yet to the door.
    told(
        Status.IN_TRANSIT,
        0.965,
        """
        (en cours de|en) (livraison|acheminement) (au|vers le|vers la|vers votre|a votre|en|dans le) _ \
            (point|relais|bureau|commerce|consigne|agence)
        """,
        firm=True,
    ),
    told(
        Status.INFO_RECEIVED,
        0.955,
        """
        (etiquette|bordereau|label) _ (cree|creee|imprime|imprimee|genere|generee)
        (informations?|donnees|avis|annonce) _ (recues?|transmises?|electroniques?|enregistrees?)
        (annonce|annoncee|preavis|pre annonce|declare|declaree) (electronique|par|aupres|a)~
        (en cours de |va etre |en )?prepar(ation|e|ee) (chez|par|de|pour|d)
        (pas encore|n est pas encore|n a pas encore) _ (pris en charge|remis|recu|confie|expedie)
        (bientot|prochainement) _ (confie|remis|pris en charge|expedie)
        (en attente de|attente) _ (prise en charge|remise|depot|reception)
        (commande|enlevement|ramassage|{thing}) _ (enregistree?|creee?|planifiee?|programmee?|preparee?|\
            demandee?)
        (expediteur|vendeur) _ prepare
        """,
        firm=True,
    ),
    told(
        Status.PENDING,
        CLEAR,
        """
        (aucune|pas d) (information|donnee|resultat)s? _ (disponible|trouvee?|disponibles|suivi)
        (inconnu|introuvable) _ (systeme|systemes)
        """,
        firm=True,
    ),
    told(
        Status.IN_TRANSIT,
        SURE,
        """
        (dedouane|dedouanee|dedouanement (termine|effectue|acheve|accorde|autorise|est termine))
        (libere|liberee|sorti|sortie|autorise|autorisee|quitte) _ (douane|douanes|dedouanement)
        (formalites|operations) _ douan~ _ (terminees|achevees|effectuees)
        (pris|prise) en charge
        (en cours d acheminement|acheminement|achemine|acheminee|en transit|en cours de transport|\
            en cours de transfert)
        (en cours de traitement|traite|traitee|trie|triee|traitement) (sur|dans|au|a|par|en)~
        (en route|en chemin)
        (arrive|arrivee|depart|parti|partie|quitte|recu|recue|expedie|expediee|scanne|entre|entree|\
            reception) _ {place}
        (arrive|arrivee|parvenu) (sur|dans|au|a|en) _ (site|plateforme|pays|france|agence|centre|destination)
        (expedie|expediee|envoye|envoyee|ramasse|ramassee|collecte|collectee|enleve|enlevee|depose|deposee|\
            remis au transporteur|confie)
        (transfere|transferee|transmis|transmise) _ (transporteur|partenaire|poste|agence|site)
        (a quitte|quitte) (le|la|l|son|notre)
        tri effectue
        (erreur d acheminement|reachemine|reexpedie|reexpediee)
        """,
    ),
    told(
        Status.IN_TRANSIT,
        LIKELY,
        """
        (arrive|arrivee|parti|partie|depart|traite|traitee|trie|recu|recue|ramassage|enlevement)
        """,
    ),
    told(
        Status.IN_TRANSIT,
        CLEAR,
        """
        (en cours de|presente|presentee|soumis|entre|entree) _ (dedouanement|douane)
        (dedouanement|douane) _ (en cours|commence)
        """,
        reason=Reason.CUSTOMS,
    ),
    told(
        Status.IN_TRANSIT,
        CLEAR,
        """
        (retard|retarde|retardee|retards|contretemps)
        (mal (oriente|achemine|dirige|trie)|erreur (de tri|d acheminement|d orientation))
        """,
        reason=Reason.CARRIER_DELAY,
    ),
    told(
        Status.IN_TRANSIT,
        HINT,
        """
        (sera|seront|va etre|devrait etre|doit etre) _ (livre|livree|distribue|distribuee|presente|remis)
        livraison (prevue|programmee|planifiee|estimee|reprogrammee)
        (douane|douanes|dedouanement)
        (rendez vous|prise de rdv)
        """,
        firm=True,
    ),
    told(
        Status.IN_TRANSIT,
        0.96,
        """
        (prepare|preparons|preparation|preparer) _ (livraison|distribution)
        (le|la|les) mettre en (livraison|distribution)
        """,
        firm=True,
    ),
    told(
        Status.OUT_FOR_DELIVERY,
        SURE,
        """
        (mis|mise|sorti|sortie|parti|partie|charge|chargee) (en|pour|dans) _ (livraison|distribution|\
            camion de livraison|vehicule de livraison|tournee)
        (sera|doit etre|va etre) _ (livre|livree|distribue|distribuee) (aujourd hui|ce jour|dans la journee)
        (avec|chez|confie au|remis au|pris en charge par le|par) (le |notre |votre )?(livreur|facteur|\
            chauffeur livreur|coursier)
        (livreur|facteur|chauffeur) (est )?(en route|en chemin|arrive)
        (vehicule|camion) de livraison
        """,
        firm=True,
    ),
    told(
        Status.OUT_FOR_DELIVERY,
        SURE,
        "(en cours de|en|pour|en tournee de) (livraison|distribution)( aujourd hui| ce jour| par| chez)?",
    ),
    told(
        Status.DELIVERED,
        SURE,
        """
        (livre|livree|livres|distribue|distribuee)
        livraison (effectuee|reussie|realisee|terminee|confirmee)
        (remis|remise|delivre|delivree) (au|a|en|contre|chez|dans|a la|a son|a votre) _ (destinataire|voisin|\
            voisine|gardien|gardienne|concierge|mains propres|main propre|signature|boite aux lettres|\
            boite a lettres|client|accueil|domicile|mandataire|tiers|adresse)
        (depose|deposee) (dans|en|a|chez) _ (boite aux lettres|boite a lettres|lieu sur|voisin|gardien|\
            garage|abri)
        (retire|retiree|recupere|recuperee) (par|au|en|a|dans|chez)
        {person} _ (retire|recupere|recu) _ {thing}
        preuve de livraison
        """,
    ),
    # Handed to whoever carries on is not handed to the shopper.
    told(
        Status.IN_TRANSIT,
        0.965,
        """
        (livre|livree|remis|remise|delivre|delivree) (au|aux|a la|a l|chez le) (\\w+ )?(transporteur|douane|\
            douanes|plateforme|hub|centre|partenaire|compagnie aerienne|prestataire|depot)
        """,
    ),
    told(
        Status.READY_FOR_PICKUP,
        SURE,
        """
        (disponible|a disposition|mis a disposition|attend|attente|pret|prete|a retirer|peut etre retire|\
            peuvent etre retires) _ ({shop}|retrait|retire|retirer|recupere|enlevement|votre bureau)
        (arrive|arrivee|depose|deposee|remis|recu|livre|livree|disponible|stocke|conserve|achemine|\
            dirige) (au|a|en|dans|dans un|dans votre|a votre|a la|a l|vers le|chez|au sein de votre) _ {shop}
        (vous pouvez|peut) _ (retirer|recuperer|le retirer)
        (a retirer|retrait possible|en attente de retrait|en instance)
        (mise|mis) en instance
        attend (son|votre) (destinataire|retrait)
        """,
        firm=True,
    ),
    told(
        Status.ATTEMPTED,
        0.93,
        """
        (n a pas pu|n a pu|n avons pas pu|n a pas|impossible de|impossibilite de|n est pas|\
            non) _ (etre )?(livre|livree|distribue|distribuee|remis|livrer|distribuer|remettre)
        (livraison|distribution|remise|presentation) _ (impossible|echouee|infructueuse|non effectuee|\
            non aboutie|manquee|n a pas pu|non realisee)
        (tentative|essai|echec|premiere presentation|presente sans succes) (de|d|de la)? ?(livraison|\
            distribution|remise)?
        avis (de passage|de presentation|a ete laisse|laisse|depose)
        (non livre|non distribue|non remis)
        (livreur|facteur) (est )?passe
        """,
        firm=True,
    ),
    told(
        Status.ATTEMPTED,
        SURE,
        """
        {person} (etait |est |a ete )?(absent|absente|indisponible|non present|ferme)
        (absence|absent) (du |de la |de |lors )?({person}|livraison|passage)
        (personne|aucune personne) _ (presente?|sur place|domicile|disponible)
        (entreprise|societe|magasin|commerce|etablissement|local|site) _ (ferme|fermee)
        (vous etiez|etes) absent~
        """,
        reason=Reason.NOT_HOME,
        firm=True,
    ),
    told(
        Status.EXCEPTION,
        SURE,
        """
        (retenu|retenue|bloque|bloquee|saisi|saisie|arrete|arretee|en attente|retarde|retenus) _ (douane|\
            douanes|dedouanement|service des douanes)
        (dedouanement|douane) _ (retarde|en attente|bloque|refuse|probleme)
        """,
        reason=Reason.CUSTOMS,
    ),
    told(
        Status.EXCEPTION,
        SURE,
        """
        (documents?|facture|informations?|papiers?|pieces?|justificatifs?) _ (manquants?|manquante|\
            manquantes|requis|requise|requises|necessaires|necessaire|incomplets?|incompletes?|demandes)
        (en attente|attente) (de |d |des )?(documents?|facture|informations|pieces|papiers|justificatif)
        """,
        reason=Reason.CUSTOMS_DOCUMENTS,
        firm=True,
    ),
    told(
        Status.EXCEPTION,
        SURE,
        """
        (droits|taxes|frais|tva|paiement|contre remboursement|affranchissement) _ (a payer|a regler|du|dus|\
            dues|impayes?|en attente|requis|insuffisant|exigibles?|a acquitter)
        (en attente|attente) (de |du )?(paiement|reglement)
        """,
        reason=Reason.PAYMENT_DUE,
        action=True,
        firm=True,
    ),
    told(
        Status.EXCEPTION,
        SURE,
        """
        (adresse|code postal|numero de rue|digicode|code d acces|nom) _ (incorrecte?|incomplete?|erronee?|\
            inconnue?|inexacte?|insuffisante?|introuvable|illisible|manquante?|fausse?|errone|invalide|\
            imprecise?|inaccessible|absente?)
        (mauvaise|fausse|erreur d|erreur sur l|defaut d|probleme d|correction d) ?adresse
        {person} _ (inconnu|inconnue|introuvable|demenage|parti sans laisser d adresse|non identifiable)
        n habite pas
        (npai|demenage|a demenage)
        """,
        reason=Reason.ADDRESS,
        action=True,
        firm=True,
    ),
    told(
        Status.EXCEPTION,
        SURE,
        """
        (refuse|refusee|refus) _ ({thing}|{person}|livraison)
        {person} _ refuse
        (refuse|refusee|refus)
        """,
        reason=Reason.REFUSED,
    ),
    told(
        Status.EXCEPTION,
        SURE,
        """
        (endommage|endommagee|abime|abimee|avarie|avariee|deteriore|dommage|casse|reconditionne)
        """,
        reason=Reason.DAMAGED,
    ),
    told(
        Status.EXCEPTION,
        SURE,
        """
        (perdu|perdue|egare|egaree|vole|volee|perte|disparu)
        (recherche|enquete) (en cours|ouverte|lancee|a ete)
        """,
        reason=Reason.LOST,
    ),
    told(
        Status.EXCEPTION,
        SURE,
        """
        (non reclame|non reclamee|non retire|non retiree|pas ete retire|pas ete reclame|pas reclame)
        (delai|date) (de garde|d instance|de retrait|de conservation) _ (expire|depasse|atteint|ecoule)
        """,
        reason=Reason.UNCLAIMED,
        firm=True,
    ),
    told(
        Status.EXCEPTION,
        CLEAR,
        """
        (controle|raison|raisons|motif) de (surete|securite)
        (interdit|interdite|marchandise dangereuse)
        """,
        reason=Reason.SECURITY,
    ),
    told(
        Status.EXCEPTION,
        CLEAR,
        """
        (incident|anomalie|probleme|litige|aleas?|difficulte|irregularite)
        (bloque|bloquee|retenu|retenue|immobilise|mis en attente|suspendu|suspendue|saisi|saisie|detruit|\
            intercepte)
        (sera|va etre|doit etre) _ (retourne|retournee|renvoye|renvoyee|reexpedie)
        """,
        firm=True,
    ),
    told(Status.EXCEPTION, HINT, "impossible\nen attente\nechec", firm=True),
    told(
        Status.RETURNED,
        0.97,
        """
        (livre|livree|remis|remise|rendu|rendue|restitue|restituee|distribue) (a l|chez l|au|a son|\
            a l ?)? ?{sender}
        (retour|retourne) _ (livre|remis|recu|effectue|termine|distribue)
        {sender} a (recu|recupere) _ retour
        """,
    ),
    told(
        Status.RETURNING,
        0.96,
        """
        (retourne|retournee|renvoye|renvoyee|reexpedie|retour|en retour|reachemine) (a|a l|vers|vers l|\
            chez l|au|a son|vers son|en direction de l)? ?({sender})
        (en cours de|en) retour
        (retour|retourne|retournee|renvoye|renvoyee)
        """,
    ),
    told(Status.CANCELLED, SURE, "(annule|annulee|annulation|annules)"),
    why(Reason.NEIGHBOUR, "voisin|voisine|gardien|gardienne|concierge"),
    why(Reason.LOCKER, "consigne|consigne automatique|casier|pickup station"),
    why(Reason.SAFE_PLACE, "boite aux lettres|boite a lettres|lieu sur|lieu convenu|garage|abri"),
    why(Reason.SIGNED, "contre signature|signe par|signature", weight=LIKELY),
    why(Reason.NOT_HOME, "absent|absente|absence"),
    why(
        Reason.WEATHER,
        "meteo|meteorologiques?|intemperies|neige|tempete|inondations?|climatiques?|verglas",
        weight=SURE,
    ),
    why(Reason.REFUSED, "refuse|refusee|refus"),
    why(Reason.UNCLAIMED, "non (reclame|reclamee|retire|retiree)|pas ete retire"),
    why(Reason.DAMAGED, "endommage|endommagee|avarie|abime"),
    why(Reason.CUSTOMS, "douane|douanes|douanier|dedouanement", weight=HINT),
    why(Reason.ADDRESS, "adresse", weight=HINT),
    act(
        """
        (veuillez|merci de|nous vous invitons a) _ (contacter|payer|regler|fournir|completer|corriger|\
            prendre contact)
        action requise
        """,
    ),
    lists=LISTS,
    before=(
        r"(?:\b(?:sera|seront|va|pas|devrait|doit|pourra|avant|afin|apres|des que|si|prevue?|pour|etre|sans)"
        r"(?: \w+){0,2} |\b(?:d|non) )$"
    ),
    after=r"^ (?:prevue?|impossible|echouee|n a pas|pas)",
)

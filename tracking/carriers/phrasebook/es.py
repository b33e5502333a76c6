"""Spanish."""

from tracking.carriers.phrasebook.book import CLEAR, HINT, LIKELY, SURE, act, book, told, why
from tracking.vocabulary import Reason, Status

LISTS = {
    "thing": "paquete | envio | pedido | articulo | bulto | expedicion | mercancia | encomienda | pieza",
    "sender": "remitente | vendedor | expedidor | comercio | tienda | cliente remitente | origen",
    "person": "destinatario | cliente | receptor | consignatario | titular",
    "shop": (
        "oficina( de correos| postal)? | "
        "punto de (recogida|entrega|conveniencia|servicio|retiro) | taquilla | sucursal | "
        "tienda | citypaq | consigna | delegacion para | locker | punto pack"
    ),
    "place": (
        "centro | delegacion | almacen | oficina | hub | plataforma | aeropuerto | "
        "instalaciones? | deposito | unidad | "
        "terminal | pais | planta | bodega | sucursal | nave | estacion | destino | origen | base"
    ),
}

BOOK = book(
    told(
        Status.INFO_RECEIVED,
        0.955,
        """
        (etiqueta|guia) _ (creada|generada|impresa|emitida)
        (informacion|datos|prerregistro|preaviso) _ (recibida|recibidos|recibido|transmitida|enviada|\
            electronica|electronicamente|registrada)
        (prerregistrado|pre registrado|preadmision|pre admision|prerregistro|preaviso|documentado)
        (pendiente de|en espera de|esperando) (la )?(recepcion|recogida|entrega|admision|recibir|\
            deposito) _ ({sender}|transportista|correos|{thing})
        (aun|todavia) no _ (recibido|entregado|depositado|disponible|recogido|admitido)
        (preparando|en preparacion|preparado|sera preparado) _ ({sender}|pedido|envio|recogida)
        ({thing}|orden|recogida|recoleccion) _ (registrad[oa]|cread[oa]|solicitad[oa]|grabad[oa]|\
            programad[oa]|confirmad[oa])
        """,
        firm=True,
    ),
    told(
        Status.PENDING,
        CLEAR,
        """
        (no hay|sin|no existe|no se dispone de) (informacion|datos|resultados|eventos|registro)s?
        """,
        firm=True,
    ),
    told(
        Status.IN_TRANSIT,
        SURE,
        """
        (liberad[oa]|despachad[oa]|levante|autorizad[oa]|salid[oa]) _ (aduanas?|aduanal|aduaner[oa])
        (despacho|tramite|proceso|inspeccion) _ (aduaner[oa]|aduanal|aduanas?) _ (completad[oa]|\
            finalizad[oa]|concluid[oa]|realizad[oa]|terminad[oa])
        en (transito|camino|ruta|curso|proceso de transporte|traslado)
        (recogid[oa]|recolectad[oa]|admitid[oa]|clasificad[oa]|procesad[oa]|recepcionad[oa]|aceptad[oa]|\
            recibid[oa]|depositad[oa]) (en|por|del|de|desde|a)
        (lleg[oa]|llegada|llegado|ha llegado|arribo|salida|salido|salio|ha salido|partida|partio|entrada|\
            ingreso) _ {place}
        (enviad[oa]|expedid[oa]|despachad[oa]|trasladad[oa]|transferid[oa]|reenviad[oa]|cargad[oa]|\
            embarcad[oa])
        (recogid[oa]|admitid[oa]|clasificad[oa]|recolectad[oa]|recepcionad[oa])
        (mal (encaminado|enviado|direccionado|clasificado)|reencaminad[oa]|reexpedid[oa])
        (entregado|cedido|en poder) (a|al|del) (transportista|operador|mensajero|courier|linea aerea)
        """,
    ),
    told(
        Status.IN_TRANSIT,
        LIKELY,
        """
        (lleg[oa]|llegada|salida|arribo|recibid[oa]|procesad[oa]|admision|clasificacion|proceso|transito)
        """,
    ),
    told(
        Status.IN_TRANSIT,
        CLEAR,
        """
        (en|proceso de|presentad[oa] (en|a)|entregado a) (tramite aduanero|despacho aduanero|\
            despacho de aduanas?|aduanas?)
        """,
        reason=Reason.CUSTOMS,
    ),
    told(
        Status.IN_TRANSIT,
        CLEAR,
        """
        (retras(o|os|ado|ada)|demora|demoras|demorad[oa]|atraso)
        """,
        reason=Reason.CARRIER_DELAY,
    ),
    told(
        Status.IN_TRANSIT,
        HINT,
        """
        (sera|seran|va a ser) _ (entregad[oa]|repartid[oa])
        entrega (prevista|estimada|programada|concertada|reprogramada)
        aduanas?
        despacho
        """,
        firm=True,
    ),
    told(
        Status.OUT_FOR_DELIVERY,
        SURE,
        """
        (en|salio a|salida a|sale a|listo para|salida para) (el |la )?(reparto|entrega|distribucion|\
            ruta de entrega|proceso de entrega)
        en (camino|ruta) (de|a|para|hacia) (la |su )?(entrega|domicilio|destinatario|direccion)
        (con el|en manos del|asignado al|entregado al|lo lleva el) (repartidor|cartero|mensajero|conductor)
        (repartidor|mensajero|cartero) _ (en camino|ruta)
        (vehiculo|furgoneta|camion|unidad) de (reparto|entrega)
        (sera|se) (entregad[oa]|entregara|repartid[oa]) (hoy|en el dia de hoy|el dia de hoy)
        """,
        firm=True,
    ),
    told(
        Status.DELIVERED,
        SURE,
        """
        (entregad[oa]s?|entregado con exito)
        entrega (realizada|efectuada|exitosa|completada|satisfactoria|confirmada|efectiva)
        (depositad[oa]|dejad[oa]|entregad[oa]) _ (buzon|vecino|vecina|porteria|conserje|recepcion|\
            lugar seguro|destinatario|domicilio)
        (recogid[oa]|retirad[oa]|recibid[oa]) (por|del) (el |su )?{person}
        {person} (ha )?(recogido|recogio|recibio|recibido|retiro)
        (firmad[oa]|recibido) por
        """,
    ),
    # Handed to whoever carries on is not handed to the shopper.
    told(
        Status.IN_TRANSIT,
        0.965,
        """
        entregad[oa] (a|al|a la|en|en la|en el) (\\w+ )?(transportista|aduanas?|operador|courier|mensajero|\
            linea aerea|centro|delegacion|almacen|hub|plataforma|socio)
        """,
    ),
    told(
        Status.READY_FOR_PICKUP,
        SURE,
        """
        (disponible|listo|lista|a disposicion|esperando|en espera|pendiente|a la espera|puede|\
            puedes) _ (recogida|recoger|recogerlo|retirar|retiro|ser recogido|ser retirado|pasar a recoger|\
            recolectar)
        (disponible|depositad[oa]|entregad[oa]|llegada|llegado|ha llegado|recibid[oa]|almacenad[oa]|\
            en espera|estacionad[oa]) (en|a) (la |el |su |una |un |tu )?{shop}
        en (lista de espera|lista de correos|apartado)
        (recogera|recoge|recoger) en (la |el )?{shop}
        """,
        firm=True,
    ),
    told(
        Status.ATTEMPTED,
        0.93,
        """
        (intento|intentos|tentativa|primer intento|segundo intento|se intento|intentado|\
            hemos intentado) (fallido|de|realizar|la|entregar|entrega|infructuoso)~
        (no|imposible|no fue posible|no se pudo|no se ha podido|no ha podido|sin poder|no pudo) _ (entregar|\
            entregarlo|entregad[oa]|entrega)
        entrega (fallida|no realizada|no efectuada|no exitosa|no posible|infructuosa|sin exito|frustrada)
        (aviso|notificacion|nota) (dejad[oa]|de llegada|de visita|de ausencia|depositad[oa])
        (dejado|se dejo|dejamos) (un )?aviso
        """,
        firm=True,
    ),
    told(
        Status.ATTEMPTED,
        SURE,
        """
        (ausente|ausencia)
        {person} (no (se )?(encontraba|encontro|estaba|disponible|localizado|presente|se encuentra)|ausente)
        (nadie|no habia nadie|sin nadie) _ (domicilio|casa|recibir|disponible|direccion)
        (negocio|comercio|empresa|local|domicilio|establecimiento|oficina|tienda) _ cerrad[oa]
        """,
        reason=Reason.NOT_HOME,
        firm=True,
    ),
    told(
        Status.EXCEPTION,
        SURE,
        """
        (retenid[oa]|detenid[oa]|bloquead[oa]|parad[oa]|incautad[oa]|demora|retraso|pendiente|\
            en espera) _ (aduanas?|aduanal|aduaner[oa])
        aduanas? _ (retenid[oa]|retencion|retraso|incidencia|demora)
        """,
        reason=Reason.CUSTOMS,
    ),
    told(
        Status.EXCEPTION,
        SURE,
        """
        (faltan|falta|requiere|requieren|necesita|se necesita|pendiente de|a la espera de|\
            incompleta) _ (documentos|documentacion|factura|informacion)
        (documentacion|documentos|factura) _ (pendiente|faltante|requerida|requeridos|incompleta|incompletos|\
            insuficiente|necesaria)
        """,
        reason=Reason.CUSTOMS_DOCUMENTS,
        firm=True,
    ),
    told(
        Status.EXCEPTION,
        SURE,
        """
        (pago|impuestos|aranceles|tasas|derechos|reembolso|gastos|iva) _ (pendientes?|por pagar|a pagar|\
            requerido|adeudados?|sin pagar|impagad[oa]s?)
        (pendiente|a la espera|en espera) (de|del) (pago|abono|impuestos)
        """,
        reason=Reason.PAYMENT_DUE,
        action=True,
        firm=True,
    ),
    told(
        Status.EXCEPTION,
        SURE,
        """
        (direccion|domicilio|codigo postal|datos|senas) _ (incorrect[oa]s?|incomplet[oa]s?|erron[eoa]+s?|\
            insuficientes?|desconocid[oa]s?|inexistente|no encontrad[oa]|equivocad[oa]|invalid[oa]|no existe|\
            no localizad[oa]|falta)
        (falta|error en la|problema con la|faltan datos) _ (direccion|domicilio)
        {person} (desconocido|no conocido|se ha mudado|se mudo|cambio de domicilio)
        (desconocido|se ausento|cambio de domicilio)
        """,
        reason=Reason.ADDRESS,
        action=True,
        firm=True,
    ),
    told(
        Status.EXCEPTION,
        SURE,
        """
        (rechazad[oa]|rehusad[oa]|rehuso|rechazo|rehusa|no aceptad[oa]|no acepta)
        """,
        reason=Reason.REFUSED,
        firm=True,
    ),
    told(
        Status.EXCEPTION,
        SURE,
        """
        (danad[oa]|deteriorad[oa]|averiad[oa]|rot[oa]|dano|danos|averia|mal estado)
        """,
        reason=Reason.DAMAGED,
    ),
    told(
        Status.EXCEPTION,
        SURE,
        """
        (perdid[oa]|extraviad[oa]|extravio|robad[oa]|robo|siniestrad[oa])
        (investigacion|rastreo) (en curso|iniciad[oa]|abiert[oa])
        """,
        reason=Reason.LOST,
    ),
    told(
        Status.EXCEPTION,
        SURE,
        """
        (no reclamad[oa]|no retirad[oa]|no recogid[oa]|no ha sido recogid[oa]|caducad[oa]|sobrante)
        plazo de (recogida|permanencia|custodia) _ (vencido|expirado|superado|finalizado)
        """,
        reason=Reason.UNCLAIMED,
        firm=True,
    ),
    told(
        Status.EXCEPTION,
        CLEAR,
        """
        (control|inspeccion|motivos|revision) de seguridad
        (prohibid[oa]|mercancia peligrosa)
        """,
        reason=Reason.SECURITY,
    ),
    told(
        Status.EXCEPTION,
        CLEAR,
        """
        (incidencia|incidente|problema|anomalia|excepcion|irregularidad)
        (retenid[oa]|detenid[oa]|bloquead[oa]|parad[oa]|estacionad[oa]|suspendid[oa]|incautad[oa]|\
            destruid[oa])
        (sera|va a ser) _ (devuelt[oa]|retornad[oa])
        """,
        firm=True,
    ),
    told(
        Status.EXCEPTION,
        HINT,
        """
        imposible
        no fue posible
        no se pudo
        fallid[oa]
        """,
        firm=True,
    ),
    told(
        Status.RETURNED,
        0.97,
        """
        (entregad[oa]|restituid[oa]) (al|a su) {sender}
        (devolucion|retorno) (entregada|completada|finalizada|recibida|entregado)
        (devuelto|retornado) y entregado
        """,
    ),
    told(
        Status.RETURNING,
        0.96,
        """
        (devuelt[oa]|devolviendo|devolucion|retorno|retornad[oa]|retornando|reexpedid[oa]|regresad[oa]|\
            regreso) (al|a|hacia|en|de|para|con|a su)~ _ ({sender}|curso|camino|proceso|transito)
        (en proceso de|en) (devolucion|retorno)
        (devuelt[oa]|devolucion|retornad[oa]|retorno)
        """,
    ),
    told(Status.CANCELLED, SURE, "(cancelad[oa]|anulad[oa]|cancelacion|anulacion)"),
    why(Reason.NEIGHBOUR, "vecin[oa]|conserje|porter[oi]a?"),
    why(Reason.LOCKER, "taquilla|citypaq|locker|consigna"),
    why(Reason.SAFE_PLACE, "buzon|lugar seguro|garaje"),
    why(Reason.SIGNED, "firmad[oa]|firma", weight=LIKELY),
    why(Reason.NOT_HOME, "ausente|ausencia"),
    why(
        Reason.WEATHER,
        """
        clima|climatic[oa]s?|meteorologic[oa]s?|temporal|nieve|tormenta|inundacion(es)?|huracan
        """,
        weight=SURE,
    ),
    why(Reason.REFUSED, "rechazad[oa]|rehusad[oa]|rechazo"),
    why(Reason.UNCLAIMED, "no (reclamad|retirad|recogid)[oa]"),
    why(Reason.DAMAGED, "danad[oa]|deteriorad[oa]"),
    why(Reason.CUSTOMS, "aduanas?|aduaner[oa]|aduanal", weight=HINT),
    why(Reason.ADDRESS, "direccion|domicilio", weight=HINT),
    act(
        """
        (por favor|debe|es necesario|rogamos|le pedimos) _ (contacte|contactar|pagar|pague|abonar|facilitar|\
            corregir|ponerse en contacto)
        accion requerida
        """,
    ),
    lists=LISTS,
    before=(
        r"(?:\b(?:sera|seran|no|aun|todavia|antes|cuando|si|debe|puede|va|una vez|para|pendiente|sin|intento)"
        r"(?: \w+){0,2} |\b(?:ser|de ser) )$"
    ),
    after=r"^ (?:fallid[oa]|prevista|no |pendiente)",
)

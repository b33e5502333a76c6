"""Portuguese, of Portugal and of Brazil."""

from tracking.carriers.phrasebook.book import CLEAR, HINT, LIKELY, SURE, act, book, told, why
from tracking.vocabulary import Reason, Status

LISTS = {
    "thing": (
        "objeto | objecto | encomenda | envio | pacote | pedido | volume | remessa | item | "
        "mercadoria | carta"
    ),
    "sender": "remetente | vendedor | expedidor | loja remetente | embarcador | origem",
    "person": "destinatario | cliente | recebedor | recetor",
    "shop": (
        "agencia( dos correios)? | ponto (de )?(entrega|recolha|retirada|pickup|ctt|coleta) | "
        "loja( ctt)? | cacifo | locker | "
        "posto( de correios)? | unidade dos correios para retirada | estacao de correios | armario | balcao"
    ),
    "place": (
        "unidade | centro | armazem | agencia | hub | plataforma | aeroporto | instalacoes | "
        "deposito | terminal | pais | "
        "cidade | destino | origem | local | estacao | base | filial | brasil | portugal"
    ),
}

BOOK = book(
    told(
        Status.RETURNING,
        0.97,
        """
        (saiu|segue|em rota|encaminhad~|a caminho) _ (entrega ao|para o|de volta ao) _ {sender}
        devolvid~ (aos correios|a transportadora|ao remetente|a origem)
        """,
        firm=True,
    ),
    told(
        Status.IN_TRANSIT,
        0.96,
        """
        entrega (foi |esta )?(re)?(agendada|marcada|programada)
        (saida|expedicao) nao (foi )?(efetuada|realizada)
        (sujeit~ a|com) _ (prazo|atraso|demora)
        """,
        firm=True,
    ),
    told(
        Status.EXCEPTION,
        0.96,
        """
        ({sender}|{person}) nao (o |a )?(retirou|buscou|levantou|recolheu|veio buscar)
        nao (foi )?(retirad~|levantad~|procurad~|reclamad~)
        """,
        reason=Reason.UNCLAIMED,
        firm=True,
    ),
    told(
        Status.ATTEMPTED,
        LIKELY,
        """
        entrega nao (pode|podera|foi|ode) _ (efetuada|realizada|concluida|feita)
        (tentativa|entrega) (sem sucesso|falhada|frustrada|nao concluida)
        """,
        firm=True,
    ),
    told(
        Status.ATTEMPTED,
        CLEAR,
        """
        (sem expediente|empresa fechada|estabelecimento fechado|loja fechada|local fechado)
        """,
        reason=Reason.NOT_HOME,
        firm=True,
    ),
    told(
        Status.CANCELLED,
        CLEAR,
        "desistencia (de|da|do) (postagem|envio|{sender})",
        firm=True,
    ),
    told(
        Status.INFO_RECEIVED,
        0.955,
        """
        (etiqueta|guia) _ (criada|gerada|emitida|impressa)
        (informacao|informacoes|dados|pre aviso|preaviso) _ (recebid[oa]s?|enviad[oa]s?|transmitid[oa]s?|\
            eletronic[oa]s?|electronic[oa]s?|registad[oa]s?)
        (pre postado|pre registado|pre aviso|pre admissao)
        (aguarda|aguardando|a aguardar|a espera d[ao]|ainda nao) _ (postagem|postado|recolha|coleta|entrada|\
            rececao|recebid[oa]|levantamento pel[oa]|expedicao|aceitacao)
        (em preparacao|preparando|a preparar|a ser preparad[oa]) _ ({sender}|pedido|envio|{thing})
        ({thing}|recolha|coleta) _ (registad[oa]|criad[oa]|solicitad[oa]|agendad[oa]|registrad[oa])
        """,
        firm=True,
    ),
    told(
        Status.PENDING,
        CLEAR,
        """
        (nao ha|sem|nao existe|nao existem|nao foram) _ (informacao|informacoes|dados|resultados|encontrado|\
            encontrada)
        """,
        firm=True,
    ),
    told(
        Status.IN_TRANSIT,
        SURE,
        """
        (liberad[oa]|desalfandegad[oa]|desembaracad[oa]) _ (alfandega|aduaneir[oa]|fiscalizacao|receita)
        (desalfandegad[oa]|desembaracad[oa]|desalfandegamento (concluido|efetuado|terminado|realizado)|\
            desembaraco _ (concluido|finalizado))
        (fiscalizacao|verificacao|inspecao) aduaneira (finalizada|concluida|terminada)
        (em transito|em transferencia|a caminho|encaminhad[oa]|em viagem|em circulacao)
        (postad[oa]|coletad[oa]|recolhid[oa]|aceite|aceit[oa]|admitid[oa]|processad[oa]|separad[oa]|\
            triad[oa]|classificad[oa]|conferid[oa])
        (recebid[oa]|entrada|chegada|chegou|saida|saiu|partida|partiu|rececao) (pel[oa]s?|n[oa]s?|d[oa]s?|em|\
            a|ao|de) _ {place}
        (enviad[oa]|expedid[oa]|despachad[oa]|transferid[oa]|reencaminhad[oa]|carregad[oa]|redirecionad[oa])
        (mal encaminhad[oa]|extravio de rota|encaminhado incorretamente)
        (entregue|em poder) (a|ao|da) (transportadora|companhia aerea|operador)
        """,
    ),
    told(
        Status.IN_TRANSIT,
        LIKELY,
        """
        (chegou|chegada|saida|recebid[oa]|processamento|transito|triagem|recolha|expedicao)
        """,
    ),
    told(
        Status.IN_TRANSIT,
        CLEAR,
        """
        (em|para|apresentad[oa]) (a |ao |na |o )?(desalfandegamento|alfandega|desembaraco|\
            fiscalizacao aduaneira|fiscalizacao)
        """,
        reason=Reason.CUSTOMS,
    ),
    told(Status.IN_TRANSIT, CLEAR, "(atras(o|os|ado|ada)|demora)", reason=Reason.CARRIER_DELAY),
    told(
        Status.IN_TRANSIT,
        HINT,
        """
        (sera|serao|vai ser) _ entregue
        entrega (prevista|estimada|agendada|reagendada|programada)
        alfandega
        fiscalizacao
        """,
        firm=True,
    ),
    told(
        Status.OUT_FOR_DELIVERY,
        SURE,
        """
        (saiu|saida|em|em processo de|em rota de|pronto para|a caminho da) (para )?(a |para a )?(entrega|\
            distribuicao|entrega ao destinatario)
        (em distribuicao|em entrega|em curso de entrega)
        (com o|entregue ao|nas maos do) (carteiro|estafeta|motorista|distribuidor|entregador)
        (carteiro|estafeta|motorista|entregador) _ (a caminho|em rota)
        (viatura|veiculo|carrinha) de (entrega|distribuicao)
        (sera|vai ser) entregue hoje
        """,
        firm=True,
    ),
    told(
        Status.DELIVERED,
        SURE,
        """
        (entregue|entregues)
        entrega (efetuada|realizada|concluida|conseguida|confirmada|bem sucedida|efectuada)
        (deixad[oa]|depositad[oa]|entregue) _ (caixa de correio|caixa do correio|vizinho|vizinha|portaria|\
            porteiro|local seguro|recepcao|rececao|destinatario|recetaculo)
        (levantad[oa]|retirad[oa]|recebid[oa]) pel[oa] _ {person}
        {person} (levantou|recebeu|retirou)
        assinad[oa] por
        """,
    ),
    # Handed to whoever carries on is not handed to the shopper.
    told(
        Status.IN_TRANSIT,
        0.965,
        """
        entregue (a|ao|na|no|em) (\\w+ )?(transportadora|alfandega|companhia aerea|operador|centro|unidade|\
            parceiro|hub|armazem)
        """,
    ),
    told(
        Status.READY_FOR_PICKUP,
        SURE,
        """
        (disponivel|pront[oa]|aguarda|aguardando|a aguardar|pode|a espera) _ (levantamento|levantad[oa]|\
            levantar|retirada|retirad[oa]|retirar|recolha pelo (cliente|destinatario))
        (disponivel|depositad[oa]|entregue|chegou|encaminhad[oa] para retirada|em espera|guardad[oa]) (n[oa]|\
            em|a[o]?|num|numa) (sua |seu |um |uma )?{shop}
        aguarda(ndo)? (retirada|levantamento)
        para (retirada|levantamento) (em|n[oa])
        """,
        firm=True,
    ),
    told(
        Status.ATTEMPTED,
        0.93,
        """
        (tentativa|tentativas|tentamos|tentou se|tentou) (de |a |um )?(entrega|entregar|sem sucesso|falhada|\
            frustrada)~
        (nao|impossivel|impossibilidade|nao foi possivel|sem) _ (entregue|entregar|efetuar a entrega|\
            realizar a entrega|entrega ao)
        entrega (nao (efetuada|conseguida|realizada|efectuada|concluida|possivel)|falhada|falhou|frustrada|\
            sem sucesso|mal sucedida)
        (aviso|notificacao) (deixad[oa]|de chegada|de tentativa|de entrega)
        deixado (um )?aviso
        """,
        firm=True,
    ),
    told(
        Status.ATTEMPTED,
        SURE,
        """
        {person} (ausente|nao (se encontrava|estava|atendeu|encontrado|presente|disponivel))
        (ausente|ausencia)
        (ninguem|sem ninguem) _ (casa|morada|local|receber|atendeu|disponivel)
        (empresa|loja|estabelecimento|comercio|local|escritorio) _ (fechad[oa]|encerrad[oa])
        carteiro nao atendido
        """,
        reason=Reason.NOT_HOME,
        firm=True,
    ),
    told(
        Status.EXCEPTION,
        SURE,
        """
        (retid[oa]|bloquead[oa]|parad[oa]|apreendid[oa]|detid[oa]|atras[oa]d?[oa]?|devolvid[oa] pela|\
            retencao) _ (alfandega|alfandegari[oa]|aduana|aduaneir[oa]|fiscalizacao)
        (alfandega|desalfandegamento) _ (retid[oa]|atraso|problema|pendente|bloquead[oa])
        """,
        reason=Reason.CUSTOMS,
    ),
    told(
        Status.EXCEPTION,
        SURE,
        """
        (documentos?|documentacao|fatura|factura|informacoes|informacao) _ (em falta|necessari[oa]s?|\
            pendentes?|incomplet[oa]s?|solicitad[oa]s?|requerid[oa]s?|exigid[oa]s?)
        (falta|faltam|aguarda|aguardando|a aguardar) _ (documentos|documentacao|fatura|factura)
        """,
        reason=Reason.CUSTOMS_DOCUMENTS,
        firm=True,
    ),
    told(
        Status.EXCEPTION,
        SURE,
        """
        (aguarda|aguardando|a aguardar|pendente) (o |de |do )?(pagamento)
        (pagamento|imposto|impostos|taxas?|direitos|tributos|cobranca|despacho postal|portes) _ (pendentes?|\
            a pagar|devid[oa]s?|em falta|por pagar|nao pag[oa]s?)
        """,
        reason=Reason.PAYMENT_DUE,
        action=True,
        firm=True,
    ),
    told(
        Status.EXCEPTION,
        SURE,
        """
        (endereco|morada|cep|codigo postal|numero) _ (incorret[oa]|incomplet[oa]|insuficiente|errad[oa]|\
            inexistente|desconhecid[oa]|invalid[oa]|nao encontrad[oa]|nao localizad[oa]|incorrect[oa]|\
            em falta)
        (erro|problema|falta) (de |no |na |com o |com a |d[oa] )?(endereco|morada)
        {person} (desconhecid[oa]|mudou se|mudou|nao reside)
        (mudou se|desconhecido no (local|endereco)|desconhecid[oa])
        """,
        reason=Reason.ADDRESS,
        action=True,
        firm=True,
    ),
    told(
        Status.EXCEPTION,
        SURE,
        """
        (recusad[oa]|recusou|recusa|rejeitad[oa]|nao aceit[oe]u?)
        """,
        reason=Reason.REFUSED,
        firm=True,
    ),
    told(
        Status.EXCEPTION,
        SURE,
        """
        (danificad[oa]|avariad[oa]|dano|danos|partid[oa] em pedacos|estragad[oa]|quebrad[oa]|avaria)
        """,
        reason=Reason.DAMAGED,
    ),
    told(
        Status.EXCEPTION,
        SURE,
        """
        (perdid[oa]|extraviad[oa]|extravio|roubad[oa]|roubo|furtad[oa]|nao localizad[oa])
        (investigacao|averiguacao) (em curso|iniciad[oa]|abert[oa])
        """,
        reason=Reason.LOST,
        firm=True,
    ),
    told(
        Status.EXCEPTION,
        SURE,
        """
        (nao (reclamad[oa]|levantad[oa]|retirad[oa]|procurad[oa]|foi levantad[oa]))
        prazo de (levantamento|retirada|guarda) _ (expirado|encerrado|terminado|ultrapassado)
        """,
        reason=Reason.UNCLAIMED,
        firm=True,
    ),
    told(
        Status.EXCEPTION,
        CLEAR,
        """
        (controlo|controle|inspecao|motivos|razoes) de seguranca
        (proibid[oa])
        """,
        reason=Reason.SECURITY,
    ),
    told(
        Status.EXCEPTION,
        CLEAR,
        """
        (incidencia|incidente|problema|anomalia|ocorrencia|excecao|irregularidade|sinistro)
        (retid[oa]|bloquead[oa]|suspens[oa]|apreendid[oa]|destruid[oa]|parad[oa]|interrompid[oa])
        (sera|vai ser) _ devolvid[oa]
        """,
        firm=True,
    ),
    told(
        Status.EXCEPTION,
        HINT,
        """
        impossivel
        nao foi possivel
        falhou
        falha
        """,
        firm=True,
    ),
    told(
        Status.RETURNED,
        0.97,
        """
        (entregue|restituid[oa]) (ao|a) {sender}
        (devolucao|retorno) (entregue|concluid[oa]|recebid[oa]|finalizad[oa])
        """,
    ),
    told(
        Status.RETURNING,
        0.96,
        """
        (devolvid[oa]|devolucao|retornad[oa]|retorno|devolver|reenviad[oa]) (ao|a|para o|em|de|\
            ao seu) _ ({sender}|remetente|curso|transito)
        (em (processo de )?(devolucao|retorno))
        (devolvid[oa]|devolucao|retornad[oa] ao|retorno)
        """,
    ),
    told(Status.CANCELLED, SURE, "(cancelad[oa]|anulad[oa]|cancelamento|anulacao)"),
    why(Reason.NEIGHBOUR, "vizinh[oa]|porteiro|portaria"),
    why(Reason.LOCKER, "cacifo|locker|armario"),
    why(Reason.SAFE_PLACE, "caixa d[eo] correio|recetaculo|local seguro|garagem"),
    why(Reason.SIGNED, "assinad[oa]|assinatura", weight=LIKELY),
    why(Reason.NOT_HOME, "ausente|ausencia|nao atendido"),
    why(
        Reason.WEATHER,
        """
        clima|climatic[oa]s|meteorologic[oa]s|mau tempo|neve|tempestade|enchentes?|inundac(ao|oes)
        """,
        weight=SURE,
    ),
    why(Reason.REFUSED, "recusad[oa]|recusa|recusou"),
    why(Reason.UNCLAIMED, "nao (levantad|reclamad|retirad|procurad)[oa]"),
    why(Reason.DAMAGED, "danificad[oa]|avariad[oa]"),
    why(Reason.CUSTOMS, "alfandega|aduaneir[oa]|desalfandegamento|fiscalizacao", weight=HINT),
    why(Reason.ADDRESS, "endereco|morada", weight=HINT),
    act(
        """
        (por favor|deve|e necessario|solicitamos|pedimos) _ (contacte|contactar|pagar|fornecer|corrigir|\
            contate|entrar em contato)
        acao necessaria
        """,
    ),
    lists=LISTS,
    before=(
        r"(?:\b(?:sera|serao|nao|ainda|antes|quando|se|deve|pode|vai|apos|para|sem|assim que|por)"
        r"(?: \w+){0,2} |\b(?:ser|de) )$"
    ),
    after=r"^ (?:falhada|prevista|nao |frustrada)",
)

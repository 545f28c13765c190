"""What mail programs write around messages, in many languages: headers, attributions, endings, notices.

All expressions are tried on single lines, or a few joined, of limited length, so that no message keeps them busy.
"""

from __future__ import annotations

import re
from itertools import takewhile

MAX_LINE = 500  # characters; nothing that a mail program writes is longer

_HEADER_NAMES = {
    "from": "from|von|de|da|van|från|fra|od|от|от кого|lähettäjä|kimden|gönderen|feladó|από|expéditeur|remitente"
    "|mittente"
    "|afzender|发件人|寄件者|差出人|보낸 사람",
    "date": "sent|date|message du|sent at|sent on|gesendet|gesendet am|datum|envoyé|envoyé le|enviado|enviado el"
    "|enviado em|fecha"
    "|inviato|data|verzonden|skickat|sendt|dato|wysłano|wysłane|дата|отправлено|lähetetty|päivämäärä|odesláno"
    "|gönderildi"
    "|tarih|küldve|发送时间|日期|寄件日期|送信日時|日時|보낸 날짜",
    "to": "to|an|à|a|para|aan|till|til|do|komu|кому|vastaanottaja|kime|címzett|pour|destinataire"
    "|收件人|收件者|宛先|받는 사람",
    "cc": "cc|bcc|kopie|kopia|kopi|kopio|dw|copie|copie à|copia|копия|抄送|副本|참조",
    "subject": "subject|betreff|objet|sujet|asunto|assunto|oggetto|onderwerp|ämne|emne|temat|předmět|тема|aihe|konu"
    "|tárgy"
    "|主题|主旨|件名|제목",
    "other": "reply-to|reply to|antwort an|répondre à|responder a|importance|priority|wichtigkeit|attachments|anlagen"
    "|pièces jointes|when|where|organization|message-id|mailed-by|signed-by|resent-from|newsgroups",
}
_KINDS = {name: kind for kind, names in _HEADER_NAMES.items() for name in names.split("|")}
_HEADER = re.compile(r"[\s*_|]{0,6}([^\W\d_][\w \u2019'-]{0,23}?)[\s*_|]{0,4}[:：](.*)")

_FORWARDED = (
    r"forwarded message|forwarded by .{0,100}|weitergeleitete nachricht|message transf[ée]r[ée]|mensaje reenviado"
    r"|mensagem encaminhada|mensagem reencaminhada|messaggio inoltrato|doorgestuurd bericht|vidarebefordrat meddelande"
    r"|videresendt (?:melding|meddelelse|besked)|välitetty viesti|wiadomość przekazana|przekazana wiadomość"
    r"|пересылаемое сообщение|пересланное сообщение|přeposlaná zpráva|iletilen mesaj|továbbított üzenet"
    r"|转发的?邮件|転送メッセージ"
)
_BEGIN_FORWARDED = (
    r"begin forwarded message|anfang der weitergeleiteten (?:nachricht|e-?mail)"
    r"|début du message (?:réexpédié|transféré)"
    r"|inicio del mensaje reenviado|início da mensagem (?:re)?encaminhada|inizio (?:del )?messaggio inoltrato"
    r"|begin doorgestuurd bericht|vidarebefordrat brev|start på videresendt (?:melding|besked)"
    r"|začátek přeposlané zprávy"
    r"|начало переадресованного сообщения|rozpoczęcie przekazywanej wiadomości"
)
_ORIGINAL = (
    r"original message|original appointment|ursprüngliche nachricht|originalnachricht|message d[’']origine"
    r"|mensaje original"
    r"|mensagem original|messaggio originale|oorspronkelijk bericht|origineel bericht|ursprungligt meddelande"
    r"|original ?meddelande|oprindelig (?:meddelelse|besked)|opprinnelig melding|alkuperäinen viesti"
    r"|wiadomość oryginalna"
    r"|oryginalna wiadomość|исходное сообщение|původní zpráva|orijinal mesaj|eredeti üzenet|reply message|原始邮件"
)
FORWARD_MARK = re.compile(
    rf"(?:[-_=*]{{2,}}\s*(?:{_FORWARDED})\s*:?\s*[-_=*]*|(?:{_BEGIN_FORWARDED})\s*:?)$", re.IGNORECASE
)
ORIGINAL_MARK = re.compile(rf"[-_=*]{{2,}}\s*(?:{_ORIGINAL})\s*:?\s*[-_=*]*$", re.IGNORECASE)
FORWARD_SUBJECT = re.compile(r"\s*\[?(?:fw|fwd|wg|tr|rv|enc|i|doorst|vs|vb|vl|pd|fs|ilt)\s*:", re.IGNORECASE)
SHORT_RULE = re.compile(r"[-_=*~]{2,}$")
RULE = re.compile(r"[-_=*~]{8,}$")

_WROTE = re.compile(
    r"\b(?:wrote|writes|schrieb|schreibt|geschrieben|a écrit|écrit|escribió|escribió|escribe|escreveu|ha scritto|scrive"
    r"|schreef|skrev|skriver|kirjoitti|napisał(?:\(a\)|a)?|napsala?|píše|написала?(?:\(а\))?|пишет|yazdı|έγραψε"
    r"|írta|a scris"
    r"|ha escrit)(?!\w)|写道|写到|のメール|wrote:",
    re.IGNORECASE,
)
_ATTRIBUTION_START = re.compile(
    r"[-\s*_>\"'«]{0,12}(?:(?:on|am|le|el|em|il|op|den|dne|dnia|at|in|w dniu|в|no dia|a|pe|ma|ti|ke|to|la|su)\b|\d"
    r"|<|\[)"
    r"|[-\s]{0,6}(?:mon|tue|wed|thu|fri|sat|sun|lun|mar|mié|jeu|ven|пн|вт|ср|чт|пт|сб|вс)[\w.]{0,9}[,.\s]",
    re.IGNORECASE,
)
_DATE_OR_ADDRESS = re.compile(r"\d[\d:./-]{2}|\b\d{1,2}\b|@|\bmailto\b")
_TIME = re.compile(r"\d{1,2}[:.h]\d\d|\b(?:19|20)\d\d\b")
_ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w.-]{1,255}")

_TAIL = "-*_ \u200e\u200f\u202a\u202b\u202c\u2066\u2067\u2069"  # rules and marks of direction after an attribution

_DEVICES = (
    r"iphone|ipad|ipod|android|samsung|galaxy|blackberry|huawei|xiaomi|htc|nokia|sony|windows|outlook|yahoo|gmail"
    r"|aol|proton|mail"
    r"|mobile|phone|tablet|typeapp|bluemail|thunderbird|spark|smartphone|handy|mobil|telefon|teléfono|téléphone"
    r"|telefono|device|mobiltelefon|mac"
)
_SENT_FROM = re.compile(
    r"[-–—*(<\s]{0,4}(?:from my (?=i|mobile)|sent (?:from|via|with|by|using)|get \[?(?:outlook|bluemail|typeapp"
    r"|boxer) (?:for|app)|von mein.{2,50}gesendet|gesendet (?:von|mit)|diese nachricht wurde von"
    r"|envoyé (?:de|depuis|avec|à partir)|télécharger outlook|obtenez outlook"
    r"|enviado (?:desde|do|de|a partir|con|pelo)|obtener outlook|obter o? ?outlook|inviato d|ottieni outlook"
    r"|verzonden (?:vanaf|met|van)|outlook voor|skickat från|skaffa outlook|sendt fra|hent outlook|hämta outlook"
    r"|lähetetty|wysłan[eo] z|pobierz|отправлено (?:с|из)|odesláno z|holen sie sich outlook"
    r"|iphone[’']?umdan)\w{0,12}\b.{0,90}$",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"(?:(?:many )?thanks and )?(?:(?:kind|best|warm|kindest|warmest|with (?:kind|best))? ?(?:regards|wishes)|best"
    r"|(?:yours )?(?:sincerely|faithfully|truly)(?: yours)?|cheers|many thanks|thanks|thank you"
    r"|(?:mit )?(?:freundliche[nm]?|beste|viele|herzliche|liebe) (?:grüße[n]?|gruß|grüsse[n]?)|mfg"
    r"|(?:bien )?cordialement|bien à vous|meilleures salutations|(?:un )?(?:saludos?|atentamente)(?: cordial(?:es)?)?"
    r"|(?:cordiali|distinti) saluti|atenciosamente|cumprimentos|(?:met )?vriendelijke groet(?:en)?"
    r"|(?:med )?(?:vänliga?|bästa|vennlig|venlig) hils(?:ning(?:ar)?|en)|(?:med )?vänliga? hälsning(?:ar)?"
    r"|(?:z poważaniem|pozdrawiam)|с уважением)[,.!]?$",
    re.IGNORECASE,
)
_CONTACT = re.compile(
    r"@|\bwww\.|https?://|(?:\+|\b0|\(0)[\d /().-]{6,}\d"
    r"|\b(?:tel|phone|mobile|fax|mob)\b",
    re.IGNORECASE,
)
_MAX_CONTACT = 90  # characters of a line
_DEVICE = re.compile(rf"(?:{_DEVICES})", re.IGNORECASE)
_ENDING_SAYS = re.compile(r"\b(?:is|are|was|were|to|so|and|much|we|you)\b", re.IGNORECASE)
_MAX_ENDING = 12  # words
_MAX_SOURCE = 30  # words
SCRUBBED = re.compile(r"-{5,} next part -{5,}$")  # a list's archive tells of attachments below it
LEGAL_TITLE = re.compile(
    r"\W*(?:legal |e-?mail )?(?:disclaimer|confidentiality notice|legal notice|confidentiality)\W*$", re.IGNORECASE
)

_LEGAL = re.compile(
    r"confidential|intended (?:only |solely )?(?:for|recipient)|recipient|addressee|privileged|disclos|disseminat"
    r"|distribut|unauthori[sz]ed"
    r"|prohibited|delete|notify|in error|virus|liab|copying|opinions|vertraulich|empfänger|irrtümlich|vernichten"
    r"|unbefugt|unverzüglich|absender"
    r"|confidentiel|destinataire|par erreur|détrui|diffusion|confidencial|destinatario|por error|riservat"
    r"|per errore|vertrouwelijk|geadresseerde|vergissing|adressat|geschützt|nicht gestattet|expéditeur|strictement"
    r"|remitente|prohibid|mittente|vietat|afzender|verboden|konfidentiell|avsändare|obehörig|fortrolig|poufn|nadawc"
    r"|конфиденц|получател|отправител",
    re.IGNORECASE,
)
_MESSAGE = re.compile(
    r"\b(?:e-?mails?|messages?|communication|transmission|information|nachricht|correo|mensaje|messaggio|bericht"
    r"|mensagem|courriel|meddelande|e-?post|wiadomość|сообщение|письмо)\b",
    re.IGNORECASE,
)
_BANNER = re.compile(
    r"(?:originated|comes?|sent|received) from (?:an? )?(?:outside|external)"
    r"|from outside (?:of )?(?:the|your|our) organi[sz]ation"
    r"|external (?:e-?mail|sender)|(?:don[’']t|do not|not) often get e-?mail from",
    re.IGNORECASE,
)
_WARNING = re.compile(r"caution|warning|attention|links?\b|attachments?|learn why|click", re.IGNORECASE)
_ADVICE = re.compile(
    r"before printing this|(?:reply|answer|type|write) .{0,20}above this line"
    r"|think before you print|(?:scanned|checked) (?:by|for) .{0,40}(?:virus|malware)"
    r"|virus[- ]free\b",
    re.IGNORECASE,
)
_LIST = re.compile(
    r"mailing list|unsubscri|listinfo|/mailman|listserv|you received this message because|to post to this"
    r"|subscribed to|/options/|list archive"
    r"|/archives?/|manage your subscription|google groups",
    re.IGNORECASE,
)
_MORE = re.compile(
    r"\W{0,3}(?:(?:read|learn|see|find out) more|click here|view all|view online|continue reading|shop now|mehr lesen"
    r"|weiterlesen|lire la suite|en savoir plus|leer más)\W{0,3}$",
    re.IGNORECASE,
)
_BULK = re.compile(
    r"unsubscribe|opt[- ]?out|in (?:your|a|the) (?:web ?)?browser|(?:manage|update|change|edit|email"
    r"|mail) (?:your )?(?:e-?mail )?(?:preferences|settings|subscription)|all rights reserved"
    r"|privacy policy|(?:are|’re|'re) receiving this|received this (?:e-?mail|message) because|was sent to"
    r"|no longer wish to|address ?book|view (?:it |this )?online|web version|forward (?:it |this )?to a friend"
    r"|follow us|terms (?:of|&) |do not reply|not displaying|display (?:correctly|properly)|affiche pas|abmelden"
    r"|abbestellen|im browser|se désabonner|désinscri"
    r"|dans (?:votre|un) navigateur|darse de baja|en (?:su|tu|el) navegador",
    re.IGNORECASE,
)


def header_of(line: str) -> tuple[str, str] | None:
    """The kind ("from", "date", "to", "cc", "subject", "other") and value of a line of a quoted message's header."""
    match = _HEADER.match(line[:MAX_LINE])
    kind = _KINDS.get(match[1].strip().lower()) if match else None
    return (kind, match[2].strip(" *_|\t")) if match and kind else None


def is_attribution(text: str, *, before_quotation: bool) -> bool:
    """Whether a text is the line that a mail program puts before a quoted message.

    before_quotation: lines that are marked as quoted follow it. Without them, it has to look like nothing else.
    """
    text = text.strip().rstrip(_TAIL)
    if len(text) > MAX_LINE or not text:
        return False
    says_wrote = _WROTE.search(text[-120:]) is not None
    has_end = text.endswith((":", "："))
    has_source = _ADDRESS.search(text) is not None and _TIME.search(text) is not None
    if before_quotation and has_end and says_wrote:
        return _DATE_OR_ADDRESS.search(text) is not None or len(text.split()) <= 8
    if before_quotation:
        return has_source and (has_end or says_wrote or text.endswith((">", ")")))
    if has_end and len(text.split()) <= _MAX_SOURCE and (has_source or (says_wrote and _ADDRESS.search(text))):
        return True
    return (
        says_wrote
        and _ATTRIBUTION_START.match(text) is not None
        and (has_source or (has_end and _TIME.search(text) is not None))
    )


def begins_attribution(line: str) -> bool:
    """Whether an attribution may begin with a line: with "On", a date, or an address."""
    return _ATTRIBUTION_START.match(line) is not None


def is_closing(line: str) -> bool:
    """Whether a line is the formula before the sender's name: "Kind regards,"."""
    return len(line) < _MAX_CONTACT and _CLOSING.match(line) is not None


def has_contact(line: str) -> bool:
    """Whether a line has an address or a telephone number."""
    return _CONTACT.search(line) is not None


def may_be_contact(line: str) -> bool:
    """Whether a line can be one below the sender's name: a title, a firm, an address; no sentence, no header."""
    return (
        len(line) <= _MAX_CONTACT
        and not ends_sentence(line)
        and not re.match(r"P\.? ?S\b|[-*•] ", line)
        and header_of(line) is None
        and not (begins_attribution(line) and _TIME.search(line))
        and not (FORWARD_MARK.match(line) or ORIGINAL_MARK.match(line) or line.endswith(("wrote:", "?")))
    )


def ends_sentence(line: str) -> bool:
    """Whether a line ends a sentence, and not with "a.m." or "p.m."."""
    return line.endswith((".", "!", "?")) and not line.lower().endswith("m.")


def may_end_attribution(line: str) -> bool:
    """Whether an attribution may end with a line; quick, for it is asked about all lines."""
    return line.rstrip(_TAIL).endswith((":", "：", ">", ")")) or _WROTE.search(line[-20:]) is not None


def is_ending(line: str) -> bool:
    """Whether a line names the device or program that sent the message."""
    match = _SENT_FROM.match(line) if len(line) < 160 else None
    if match is None or _ENDING_SAYS.search(line) or len(line.split()) > _MAX_ENDING:
        return False
    return _DEVICE.search(line) is not None or line.lower().startswith("sent from my ")


def is_list_footer(lines: list[str]) -> bool:
    """Whether lines after a rule are what a mailing list adds to each message; if another rule follows, those between
    the two have to say so."""
    until_rule = list(takewhile(lambda line: SHORT_RULE.match(line) is None, lines)) or lines
    return 0 < len(lines) <= 16 and any(_LIST.search(line[:MAX_LINE]) for line in until_rule)


def is_legal_notice(paragraph: str) -> bool:
    """Whether a paragraph is a note about confidentiality, a warning about outside senders, or the like."""
    n_words = len(paragraph.split())
    head = paragraph[:3000]
    if n_words <= 60 and (_ADVICE.search(head) or (_BANNER.search(head) and _WARNING.search(head))):
        return True
    cues = {cue.lower()[:9] for cue in _LEGAL.findall(head)}
    return n_words >= 12 and len(cues) >= 4 and _MESSAGE.search(head) is not None


def is_bulk_notice(paragraph: str, *, has_link: bool) -> bool:
    """Whether a paragraph says how to leave a list or where to read more."""
    if has_link and _MORE.match(paragraph):
        return True
    return has_link and len(paragraph.split()) <= 40 and _BULK.search(paragraph[:MAX_LINE]) is not None

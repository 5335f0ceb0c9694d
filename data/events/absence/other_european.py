"""European languages without those of west_european.py; Danish stands for Norwegian, too."""

from __future__ import annotations

from typing import Final

from data.events.absence.words import Words

WORDS: Final[dict[str, Words]] = {
    "pl": Words(
        "automatyczna odpowiedź|automatyczna odpowiedz|odpowiedź automatyczna|odpowiedz automatyczna|"
        "autoodpowiedź|"
        "autoresponder|wiadomość automatyczna|automatyczna wiadomość|potwierdzenie przeczytania",
        "poza biurem|nieobecność|nieobecnosc|nieobecny|nieobecna|jestem poza biurem|jestem na urlopie|"
        "jestem nieobecny|"
        "jestem nieobecna|na urlopie|nieobecność w biurze|informacja o nieobecności|na zwolnieniu|"
        "na zwolnieniu lekarskim",
        "urlop|urlop macierzyński|urlop wypoczynkowy|delegacja|zwolnienie lekarskie",
        r"\b(?:jestem|będę|przebywam|jesteśmy|będziemy)(?: (?:obecnie|aktualnie|teraz))? (?:poza biurem|"
        r"na (?:urlopie|zwolnieniu|"
        r"wakacjach)|w (?:delegacji|podróży służbowej)|nieobecn[yai]|niedostępn[yai])|"
        r"\bnasze? biur[oa] (?:jest|są|będzie) (?:nieczynne|zamknięte)",
        r"wrac|wróc|powrot|powroc|piln|nieobecno|odpowiem|proszę o kontakt|kontaktować|\b(?:do|od) \d",
        "",
        r"zainteresowan|proszę (?:dzwonić|zadzwonić|o ofertę|przesłać|wysłać)|\bale\b|cennik|chętnie",
        r"(?:to jest|jest to) (?:automatyczna|wiadomość) (?:odpowiedź|wiadomość|automatyczna|wygenerowana)",
    ),
    "da": Words(  # and Norwegian
        "autosvar|automatisk svar|automatisk besvarelse|automatisk besked|automatisk melding|"
        "læsekvittering|lesekvittering",
        "fraværsmeddelelse|fraværsbesked|fraværsassistent|fravær|fraværende|ikke på kontoret|"
        "ikke til stede|ude af kontoret|"
        "ude af huset|på ferie|jeg er på ferie|fraværsmelding|ikke til stede på kontoret|på barsel|på kursus|"
        "utenfor kontoret|borte fra kontoret|på tjenestereise|på orlov|i permisjon|i foreldrepermisjon",
        "ferie|ferielukket|barsel|sommerferie|orlov|permisjon|tjenestereise|syg",
        r"\b(?:jeg|vi) (?:er|har|holder|vil være|tar|avvikler)(?: (?:i øjeblikket|p\.t\.|pt\.?|for tiden|"
        r"desværre|nu|nå|også))? ?(?:på (?:ferie|barsel|"
        r"orlov|kursus|kurs|tjenestereise|forretningsrejse)|ferie\b|ferielukket|ikke (?:på kontoret|"
        r"til stede|på jobb)|fraværende|ude af (?:kontoret|huset)|bortrejst|"
        r"ute av kontoret|utenfor kontoret|borte fra kontoret|ikke tilgjengelig|i (?:foreldre)?permisjon)|"
        r"\bkontoret (?:er|holder) lukket",
        r"tilbage|tilbake|haster|hastende|fravær|\bkontakt\b|svarer?\b|\btil og med\b|\btil (?:den )?\d|"
        r"vender|åpner|presserende",
        "",
        r"interesse(?:r|ret|rt)|ring på|ring til mig|send (?:mig|meg|gerne)|\bgerne\b|\bmen interes|"
        r"tilbud på",
        r"dette er (?:et|en) (?:automatisk|autogenerer)[^.]{0,20}(?:svar|besked|melding|e-?mail)",
    ),
    "sv": Words(
        "autosvar|automatiskt svar|automatsvar|automatiskt meddelande|läskvitto",
        "frånvarande|frånvaro|frånvaromeddelande|frånvarobesked|inte på kontoret|ej på kontoret|på semester|"
        "jag är på semester|tjänstledig|föräldraledig|på tjänsteresa|ute från kontoret|utanför kontoret|"
        "ej på plats",
        "semester|föräldraledighet|sjuk|sommarstängt|stängt|ledig|tjänsteresa",
        r"\b(?:jag|vi) (?:är|har|kommer att vara)(?: (?:för närvarande|just nu|idag|"
        r"tyvärr))? ?(?:på (?:semester|tjänsteresa|kurs)|semester\b|"
        r"inte (?:på kontoret|på plats|tillgänglig|i tjänst)|frånvarande|ledig\b|tjänstledig|"
        r"föräldraledig|sjukskriven|bortrest)"
        r"|\bkontoret är stängt",
        r"tillbaka|\båter\b|brådskande|frånvaro|\bkontakta\b|\bsvarar\b|läser inte|till och med|t\.o\.m|"
        r"\btill (?:den )?\d",
        "",
        r"intresserad|ring (?:mig|på måndag|gärna)|skicka (?:mig|gärna|priser)|\bgärna\b|\bmen intres|offert",
        r"detta är ett (?:automatiskt|automatgenererat|autogenererat)",
    ),
    "fi": Words(
        "automaattinen vastaus|automaattinen viesti",
        "poissa toimistosta|poissa|lomalla|poissaoloilmoitus|olen lomalla|poissaolo",
        "vuosiloma|loma|vanhempainvapaa",
        r"\bolen (?:tällä hetkellä |nyt )?(?:lomalla|poissa|vuosilomalla|vanhempainvapaalla)",
        r"palaan|kiireelli|takaisin|asti\b|ota(?:than)? yhteyttä",
        "",
        r"kiinnost|soita minulle|lähetä",
        r"tämä on automaattinen",
    ),
    "cs": Words(  # and Slovak
        "automatická odpověď|automatická odpoveď|automatická zpráva|automatická správa",
        "mimo kancelář|mimo kanceláře|nepřítomnost|neprítomnosť|nepřítomen|nepřítomna|na dovolené|"
        "na dovolenke|"
        "jsem mimo kancelář|mimo kancelárie",
        "dovolená|dovolenka|mateřská dovolená",
        r"\b(?:jsem|budu|som|budem)(?: (?:nyní|momentálně|aktuálně))? (?:mimo kancelář|na dovolen|"
        r"nepřítom|neprítom|na služební)",
        r"vrátím|návrat|naléhav|urgent|kontaktuj|odpovím|\b(?:do|od) \d|zpět",
        "",
        r"zájem|zavolejte mi|pošlete|zajímá",
        r"(?:toto|tohle) je automatick[áý]",
    ),
    "hu": Words(
        "automatikus válasz|automatikus üzenet",
        "házon kívül|irodán kívül|szabadságon|szabadságon vagyok|távollét|távol vagyok",
        "szabadság",
        r"\b(?:szabadságon (?:vagyok|leszek)|házon kívül (?:vagyok|leszek)|irodán kívül (?:vagyok|leszek)|"
        r"nem vagyok (?:az )?irodában)",
        r"visszatér|sürgős|keresse|válaszolok|vissza|-ig\b",
        "",
        r"érdekel|hívjon|küldje",
        r"ez egy automatikus",
    ),
    "ro": Words(
        "răspuns automat|raspuns automat|mesaj automat",
        "absent din birou|în concediu|in concediu|plecat din birou|nu sunt la birou",
        "concediu",
        r"\b(?:sunt|voi fi|mă aflu)(?: (?:momentan|în prezent))? (?:în concediu|in concediu|plecat|absent|"
        r"în afara biroului)",
        r"revin|întoarc|urgen|contacta|până|răspund",
        "",
        r"interesat|sunați-mă|trimite",
        r"acesta este un (?:răspuns|mesaj) automat",
    ),
    "el": Words(
        "αυτόματη απάντηση|αυτόματο μήνυμα",
        "εκτός γραφείου|απουσία|απουσία από το γραφείο|σε άδεια",
        "άδεια",
        r"(?:είμαι|θα είμαι|βρίσκομαι)(?: (?:αυτή τη στιγμή))? (?:εκτός γραφείου|σε άδεια)|απουσιάζω|"
        r"θα απουσιάζω",
        r"επιστρ|επείγ|επικοινων|έως|μέχρι",
        "",
        r"ενδιαφέρ|καλέστε με|στείλτε",
        r"αυτό είναι (?:μια|ένα) αυτόματ",
    ),
    "ru": Words(
        "автоответ|авто-ответ|автоматический ответ|автоматическое уведомление|автоматическое сообщение|"
        "это автоматический ответ|уведомление о прочтении",
        "отсутствую|отсутствие|отсутствую в офисе|отсутствие на рабочем месте|отсутствие на работе|"
        "нет на месте|"
        "нет на рабочем месте|меня нет в офисе|меня нет на рабочем месте|вне офиса|в отпуске|я в отпуске|"
        "нахожусь в отпуске|в командировке|в декретном отпуске|на больничном",
        "отпуск|командировка|декретный отпуск|декрет",
        r"(?:^|[.!:;,] ?|\bя )(?:уважаемые коллеги[,!]? ?)?(?:я )?(?:сейчас |буду |"
        r"временно )?(?:нахожусь |уш(?:ёл|ел|ла) )?(?:в (?:отпуске?|командировке|"
        r"декретном отпуске|декрете)|на больничном|вне офиса|отсутствую|отсутствовать)\b|\bменя (?:нет|"
        r"не будет|не будет) (?:в офисе|на (?:рабочем )?месте)"
        r"|\bс \d[^.!?]{0,40}? (?:нахожусь|буду|я) (?:находиться )?в (?:отпуске|командировке)|"
        r"\bнаш офис (?:закрыт|не работает)",
        r"верн[уё]|срочн|по возвращени|отвечу|обращайтесь|до \d|после \d|по \d|свяжитесь|доступ к почте",
        "",
        r"интерес|позвоните (?:мне|в )|пришлите|вышлите|перезвоните|согласн|\bцен[ыу]\b|\bно\b",
        r"это (?:автоматический ответ|автоматическое (?:сообщение|письмо|уведомление))",
    ),
    "tr": Words(
        "otomatik yanıt|otomatik cevap|otomatik mesaj|otomatik e-posta|okundu bilgisi",
        "ofis dışında|ofis dışındayım|yıllık izindeyim|yıllık izinde|ofiste değilim|ofiste yokum|"
        "izindeyim|izinde|izinliyim|"
        "izinli|tatildeyim|ofis dışı|doğum izninde|doğum izni|doğum iznindeyim|raporluyum|seyahatteyim|"
        "yurt dışındayım",
        "yıllık izin|izin|tatil|seyahat",
        r"\b(?:ofis dışında(?:yım| olacağım)|ofiste (?:değilim|yokum|olmayacağım)|(?:yıllık |doğum |"
        r"ücretsiz )?iz(?:inde|ninde|inli)(?:yim| olacağım| olduğum)"
        r"|izinliyim|tatilde(?:yim| olacağım)|seyahatte(?:yim| olacağım)|yurt dışında(?:yım| olacağım)|"
        r"ofisimiz[^.!?]{0,30} kapalı)",
        r"döneceğim|dönece|döndüğüm|dönüş|\bacil\b|iletişime geç|ulaşabilir|kadar\b|okuyamıyorum|"
        r"e-posta(?:lar)?ıma erişim",
        r"ofiste olacağım",
        r"ilgilen|arayın(?! acil)|gönderin|\bama\b|teklif (?:iste|gönder)|fiyat",
        r"bu (?:bir )?otomatik (?:bir )?(?:yanıt|cevap|mesaj|e-posta)",
    ),
}

"""Languages of Central and Eastern Europe and the Middle East, beside those of other_european.py."""

from __future__ import annotations

from typing import Final

from data.events.absence.words import Words

WORDS: Final[dict[str, Words]] = {
    "uk": Words(
        "автоматична відповідь|автовідповідь|автоматичне повідомлення|автоматичний лист",
        "відсутній на робочому місці|відсутня на робочому місці|у відпустці|в відпустці|поза офісом|"
        "я у відпустці|перебуваю у відпустці|повідомлення про відсутність|на лікарняному",
        "відпустка|щорічна відпустка|відрядження|лікарняний",
        r"(?:^|[.!:;,] ?)(?:на жаль,? )?(?:я )?(?:зараз |наразі |тимчасово |з \S{1,12} (?:по|до) \S{1,12} )?"
        r"(?:я )?(?:перебуваю |буду )?(?:у (?:щорічній )?відпустці|в(?:ідсутн(?:ій|я)| відрядженні)|"
        r"у відрядженні|на лікарняному|поза офісом)",
        r"поверн(?:уся|усь|ення)|термінов|звер(?:тайтеся|татися|ніться)|відповім|(?:до|по) \d",
        "",
        r"цікав|зателефонуйте|надішліть|пропозиці|\bале\b|ціна|ціни",
        r"це автоматичн",
    ),
    "hr": Words(
        "automatski odgovor|automatska poruka|automatsko obavještenje|automatska obavijest|automatski e-mail",
        "izvan ureda|van ureda|odsutan iz ureda|odsutna iz ureda|odsutan s posla|odsutna s posla|"
        "nisam u uredu|na godišnjem odmoru|na godišnjem sam|obavijest o odsutnosti|na bolovanju|"
        "van kancelarije|odsutan sa posla|odsutna sa posla|na godišnjem odmoru sam",
        "godišnji odmor|odsutnost|odsutan|odsutna|bolovanje",
        r"(?:^|[.!:;,] ?)(?:trenutn?o |trenutačno |nažalost,? |(?:od|do) \S{1,12} (?:do \S{1,12} )?)?(?:ja )?"
        r"(?:sam (?:trenutn?o |trenutačno )?(?:na (?:godišnjem|bolovanju|porodiljnom|službenom putu)|"
        r"(?:izvan|van) (?:ureda|kancelarije)|odsut(?:an|na))|"
        r"nisam u (?:uredu|kancelariji)|na (?:godišnjem(?: odmoru)?|bolovanju|službenom putu) sam|"
        r"(?:izvan|van) (?:ureda|kancelarije) sam|odsut(?:an|na) sam|neću biti u (?:uredu|kancelariji))",
        r"vraćam se|vratit ću se|vratiću se|po povratku|nakon povratka|hitn|obratite se|kontaktirajte|"
        r"odgovorit ću|odgovoriću|(?:do|od) \d",
        "",
        r"zanima|pošaljite|nazovite|ponud|cijen|\bali\b|možemo",
        r"ovo je automatsk",
    ),
    "sk": Words(
        "automatická odpoveď|automatická správa",
        "mimo kancelárie|neprítomnosť v kancelárii|som na dovolenke|na dovolenke|oznámenie o neprítomnosti|"
        "nie som v kancelárii|neprítomný v kancelárii|neprítomná v kancelárii",
        "dovolenka|neprítomnosť|služobná cesta",
        r"(?:^|[.!:;,] ?)(?:momentálne |aktuálne |v súčasnosti |bohužiaľ,? |(?:od|do) \S{1,12} (?:do \S{1,12} )?)?"
        r"(?:(?:som|budem) (?:momentálne |aktuálne )?(?:na (?:dovolenke|pn|služobnej ceste)|mimo kancelárie|"
        r"neprítomn[ýá])|nie som v kancelárii|nebudem v kancelárii|čerpám dovolenku)",
        r"vrátim sa|po návrate|naliehav|súrn|obráťte|kontaktujte|odpoviem|(?:do|od) \d",
        "",
        r"zaujíma|záujem|pošlite|zavolajte|ponuk|\bale\b|cenník",
        r"toto je automatick|táto správa bola vygenerovaná automaticky",
    ),
    "sl": Words(
        "samodejni odgovor|samodejno sporočilo|avtomatski odgovor|avtomatsko sporočilo|avtomatični odgovor",
        "odsoten z dela|odsotna z dela|nisem v pisarni|sem na dopustu|na dopustu|obvestilo o odsotnosti|"
        "odsotnost z dela|zunaj pisarne",
        "dopust|letni dopust|odsotnost|odsoten|odsotna",
        r"(?:^|[.!:;,] ?)(?:trenutno |žal |(?:od|do) \S{1,12} (?:do \S{1,12} )?)?(?:(?:sem|bom) (?:trenutno )?"
        r"(?:na (?:\S{1,12} )?(?:dopustu|bolniški|službeni poti)|odsot(?:en|na))|nisem v pisarni|"
        r"me ne bo v pisarni|na dopustu sem|odsot(?:en|na) sem)",
        r"vrnem se|vrnil se bom|vrnila se bom|ob vrnitvi|po vrnitvi|nujn|obrnite se|kontaktirajte|odgovoril|"
        r"(?:do|od) \d",
        "",
        r"zanima|pošljite|pokličite|ponudb|\bampak\b|\bvendar\b|cenik",
        r"to je (?:samodejn|avtomatsk)",
    ),
    "bg": Words(
        "автоматичен отговор|автоматично съобщение|автоматичен имейл",
        "извън офиса|в отпуск|в отпуск съм|отсъствам от офиса|съобщение за отсъствие|не съм в офиса",
        "отпуск|годишен отпуск|командировка|отсъствие",
        r"(?:^|[.!:;,] ?)(?:в момента |за съжаление,? |(?:от|до) \S{1,12} (?:до \S{1,12} )?)?(?:аз )?"
        r"(?:(?:съм|ще бъда) (?:в момента )?(?:в (?:годишен |платен )?отпуск|извън офиса|в командировка|"
        r"в болничен)|в (?:отпуск|командировка|болничен) съм|извън офиса съм|не съм в офиса|отсъствам от офиса)",
        r"ще се върна|връщам се|при завръщане|след завръщане|спешн|обърнете се|свържете се|ще (?:ви )?отговоря|"
        r"(?:до|от) \d",
        "",
        r"интерес|изпратете|обадете|оферта|\bно\b|цени",
        r"това е автоматич",
    ),
    "ar": Words(
        "رد تلقائي|رد آلي|الرد التلقائي|الرد الآلي|رسالة تلقائية",
        "خارج المكتب|أنا خارج المكتب|إشعار غياب|في إجازة",
        "إجازة|إجازة سنوية",
        r"(?:^|[.!:;,،] ?)(?:شكرا لرسالتك[.،]? ?)?(?:أنا )?(?:حاليا |حالياً )?(?:أنا )?(?:خارج المكتب|"
        r"في إجازة(?! سعيدة)|متغيب عن المكتب)",
        r"سأعود|عند عودتي|بعد عودتي|عاجل|للحالات الطارئة|يرجى التواصل مع|حتى \d|سأرد",
        "",
        r"مهتم|أرسل|اتصل بي|لكن|عرض السعر|الأسعار",
        r"هذا رد (?:تلقائي|آلي)|هذه رسالة (?:تلقائية|آلية)",
    ),
    "he": Words(
        "מענה אוטומטי|תגובה אוטומטית|הודעה אוטומטית|תשובה אוטומטית",
        "לא במשרד|מחוץ למשרד|אני לא במשרד|אני בחופשה|הודעת היעדרות",
        "חופשה|חופשה שנתית",
        r"(?:^|[.!:;,] ?)(?:תודה על פנייתך[.,]? ?)?(?:אני )?(?:כרגע |כעת )?(?:אני )?(?:לא במשרד|מחוץ למשרד|"
        r"(?:אני |נמצאת? )בחופשה|אהיה בחופשה)",
        r"אחזור|בשובי|עם שובי|דחו[פף]|ניתן לפנות|אנא פנ[הו]|עד (?:ה-?)?\d|אשיב",
        "",
        r"מעוניי?נ|שלחו לי|תשלח|תתקשר|אבל|הצעת מחיר",
        r"זוהי? (?:הודעה|תשובה|תגובה) אוטומטית|זהו מענה אוטומטי",
    ),
}

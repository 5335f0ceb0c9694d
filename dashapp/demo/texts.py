"""What the people of the demo are called, write and answer. Invented; pure data."""

from __future__ import annotations


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST = _words(
    """
    Aaliyah Adrian Agnes Ahmed Aisha Alan Amara Andrea Anton Astrid Beatriz Ben Bianca Bruno Camille
    Carlos Cecilia Chen Chloe Daniel David Deepa Diego Elena Emil Emma Erik Fatima Felix Florence
    Gabriel Georgia Hanna Hassan Helen Henrik Ibrahim Ida Isabel Ivan Jack Jana Jasper Joanna Jorge
    Julia Kai Karim Kate Keiko Lara Laurent Leila Leon Lin Lucas Lucia Magnus Maja Malik Maria Mateo
    Maya Mei Mia Milan Mina Nadia Naomi Nathan Nils Nina Noah Nora Oliver Olga Oscar Paula Pedro Petra
    Quentin Rachel Ravi Rosa Ruben Sam Sara Sofia Stefan Tara Theo Tomas Uma Vera Victor Wanda Willem
    Xenia Yara Yusuf Zoe
    """
)
LAST = _words(
    """
    Abbott Adeyemi Almeida Andersen Arnold Bakker Banerjee Barros Becker Bell Berg Bianchi Blanc Boyd
    Brandt Bryant Campos Carlsen Castro Chandra Chevalier Cohen Costa Cruz Dahl Daly Desai Diaz Dubois
    Duran Eklund Engel Farah Ferrari Fischer Fontaine Foster Garcia Gauthier Gill Gupta Haas Hansen
    Haugen Hoffman Holm Hughes Ito Ivanov Jansen Jensen Joshi Kaplan Keller Khan Kim Klein Kowalski
    Kumar Lambert Larsen Lee Lindqvist Lopez Lund Marchetti Marin Mehta Meyer Moreau Moreno Morris
    Nakamura Nguyen Novak Okafor Olsen Ortega Palmer Patel Pereira Petit Quinn Ramos Reyes Ricci Rojas
    Romero Rossi Roux Sato Schmidt Silva Singh Sorensen Tanaka Torres Vargas Weber Wong Yilmaz
    """
)
COMPANY_HEAD = _words(
    """
    acorn alder amber anchor apex arbor arrow atlas aurora beacon birch bluff bolt bridge brook canyon
    cedar chalk cinder clover coast comet copper coral crest dale delta drift ember falcon fern flint
    forge garnet glade granite grove harbor hazel heron ivory juniper lantern larch ledger linden lotus
    maple meadow mill north oak onyx opal orchard otter peak pine prairie quarry quill raven reef ridge
    river rook saffron sage slate spruce sterling stone summit tide timber topaz valley vista willow
    winter wren zephyr
    """
)
COMPANY_TAIL = _words(
    """
    foods group health house labs logistics media partners systems trade works studio
    """
)

#: Human replies by category (docs/numbers.md), per language; French sets fall back on English where empty.
REPLIES: dict[str, dict[str, tuple[str, ...]]] = {
    "en": {
        "interested": (
            "This is good timing, we talked about exactly this on Monday. Tell me more.",
            "Yes, I'd be open to a short call next week.",
            "Sounds useful. Can you show it to two colleagues and me?",
            "You caught me at the right moment. What would a first step look like?",
            "We have been looking for something like it since spring. Go ahead.",
            "Happy to hear more, mornings are best for me.",
            "I like the example you sent. Could it work for a team of forty?",
        ),
        "more_information": (
            "Could you send over pricing and one reference in our industry?",
            "How does this work together with what we already use?",
            "Do you have something in writing I can pass on to our finance team?",
            "What does the roll-out look like, and who does the work?",
            "Interesting. Is there a trial, and does it need IT?",
            "Where is the data kept? Our legal people will ask.",
        ),
        "booking_request": (
            "Thursday at 3 pm works. Please send an invitation.",
            "Let's talk. My calendar link is below, take any slot.",
            "Can we do 20 minutes on Wednesday morning?",
            "Book something with my assistant Carla, she is in copy.",
            "Free on Tuesday after lunch. Does half past one suit you?",
        ),
        "not_now": (
            "Not this quarter, budgets are closed. Please come back in February.",
            "We just renewed with someone else; ask me again next summer.",
            "Too much on my plate right now, sorry. Perhaps in the new year.",
            "We are in the middle of a reorganisation, so this has to wait.",
            "The timing is off for us. Keep me posted.",
        ),
        "confused": (
            "Have we met? I am not sure what this is about.",
            "Is this about the invoice from last month?",
            "I think half of your message is missing.",
            "Who gave you my name?",
        ),
        "not_interested": (
            "Thanks, but we are not interested.",
            "Not interested. Please don't follow up on this one.",
            "We looked at it as a team and decided against it.",
            "No thank you.",
        ),
        "no_need": (
            "We built this in house two years ago, so there is no need.",
            "We already have a supplier we are very happy with.",
            "We closed that department, this no longer concerns us.",
            "Our parent company takes care of it for us.",
        ),
        "not_the_right_person": (
            "I left that team a while ago. Try Sandra in operations.",
            "This is not my area, purchasing handles it.",
            "Wrong person, I am in product design.",
        ),
        "unsubscribe": (
            "Please take me off your list.",
            "Remove me from your list, thank you.",
            "This is spam. Unsubscribe me.",
            "Kindly remove me.",
        ),
    },
    "fr": {
        "interested": (
            "Bonjour, oui cela m'intéresse, on peut en parler la semaine prochaine ?",
            "Vous tombez bien, nous cherchions justement une solution.",
            "Pourquoi pas, envoyez-moi un exemple pour une maison de 40 chambres.",
        ),
        "more_information": (
            "Pouvez-vous m'envoyer vos tarifs et deux références ?",
            "Quels sont vos délais de livraison en région ?",
            "Avez-vous une brochure que je puisse transmettre à ma direction ?",
        ),
        "booking_request": (
            "Jeudi à 15 h me convient, envoyez-moi une invitation.",
            "Appelez-moi mardi matin, de préférence avant dix heures.",
        ),
        "not_now": (
            "Pas avant la fin de la saison, revenez vers moi en mars.",
            "Nos budgets sont bouclés pour cette année.",
        ),
        "confused": ("Je ne comprends pas l'objet de votre message.",),
        "not_interested": ("Merci, mais cela ne nous intéresse pas.", "Non merci, bonne continuation."),
        "no_need": ("Nous avons déjà un fournisseur dont nous sommes très contents.",),
        "not_the_right_person": ("Je ne m'occupe plus de ces achats, voyez avec Mme Roussel.",),
        "unsubscribe": ("Merci de me retirer de votre liste.", "Je ne souhaite plus recevoir vos messages."),
    },
}
#: Shares of the categories within positive and within the other replies.
POSITIVE = (("interested", 0.45), ("more_information", 0.35), ("booking_request", 0.20))
OTHER = (
    ("not_now", 0.27), ("not_interested", 0.25), ("no_need", 0.16), ("not_the_right_person", 0.13),
    ("unsubscribe", 0.11), ("confused", 0.08),
)  # fmt: skip

OUT_OF_OFFICE = {
    "en": (
        "I am out of the office until {day} with no access to e-mail. In urgent cases please ring reception.",
        "Thank you for your message. I am on leave and back on {day}.",
        "Automatic reply: I am travelling this week and will answer after {day}.",
        "I am on parental leave. Your message is not forwarded.",
    ),
    "fr": (
        "Je suis absent du bureau jusqu'au {day}. Pour toute urgence, merci de contacter l'accueil.",
        "Réponse automatique : en congés, de retour le {day}.",
    ),
}
AUTO_REPLY = {
    "en": (
        "We have received your message. Ticket #{number} was opened.",
        "Thanks for writing, we answer within two days.",
    ),
    "fr": ("Nous avons bien reçu votre message (dossier n° {number}).",),
}

#: (bounce kind, server response, weight)
BOUNCES = (
    ("hard", "550 5.1.1 <{lead}>: Recipient address rejected: User unknown in virtual mailbox table", 0.40),
    ("hard", "550 5.4.1 Recipient address rejected: Access denied. AS(201806281)", 0.17),
    ("hard", "553 5.1.2 The recipient's domain does not exist", 0.08),
    ("hard", "550-5.1.1 The email account that you tried to reach does not exist.", 0.15),
    ("block", "554 5.7.1 Service unavailable; client host blocked using a blocklist", 0.08),
    ("block", "550 5.7.26 This message does not have authentication information", 0.04),
    ("soft", "452 4.2.2 The e-mail account that you tried to reach is over quota", 0.05),
    ("soft", "421 4.4.2 Connection dropped due to timeout, gave up after 72 hours", 0.03),
)  # fmt: skip

BROWSERS = (
    "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141 Safari",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Safari/605.1",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; Microsoft Outlook 16.0.18025; ms-office; MSOffice 16)",
    "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Thunderbird/143.0",
    "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141 Mobile Safari",
)
#: Apple Mail Privacy Protection gives nothing but this; Gmail fetches images through its proxy.
APPLE_PRIVACY = "Mozilla/5.0"
GOOGLE_PROXY = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
SCANNER = "Mozilla/5.0 (compatible; BarracudaLinkProtection/1.0)"

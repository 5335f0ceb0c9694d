"""Who plays in the demo: two agencies, their clients, campaigns and mailboxes. Pure data, no clock.

The first agency is meant to be believed. The second is meant to be noticed: its numbers are so large and its
names so loud that one row of it on the wrong screen cannot be missed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Step:
    """One e-mail of a campaign; `wait_days` after the one before, moved to a working day."""

    subject: str
    wait_days: int = 0


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Who sends: the address, the person it belongs to, and gmail, outlook or custom."""

    address: str
    user: str
    provider: str


@dataclass(frozen=True, slots=True)
class Campaign:
    """A sequence and how people take it. `per_day`: new leads a working day; rates are per message, 0..1.

    `positive`: share of human replies that are positive. `weeks`: first and last week (counted from the
    demo's first Monday) in which new leads enter; None = it goes on. `tracked`: opens and clicks count.
    """

    key: str
    name: str
    steps: tuple[Step, ...]
    per_day: float
    opens: float
    clicks: float
    replies: float
    positive: float
    weeks: tuple[int, int | None] = (0, None)
    tracked: bool = True
    language: str = "en"
    url: str = "https://example.com/tour"


@dataclass(frozen=True, slots=True)
class Client:
    """A workspace of the demo: `key` is its slug, `delivery_reports` the share of sends told as delivered."""

    key: str
    name: str
    timezone: str
    mailboxes: tuple[Mailbox, ...]
    campaigns: tuple[Campaign, ...]
    delivery_reports: float = 0.6


class Person(NamedTuple):
    """Somebody with an account and a role."""

    email: str
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class Agency:
    """An agency of the demo. `flood`: e-mails on each of its few sending days (0: it behaves like people)."""

    key: str
    name: str
    brand: str
    owner: str
    clients: tuple[Client, ...]
    flood: int = 0
    team: tuple[Person, ...] = ()
    owner_name: str = ""


def _boxes(domain: str, *people: str, providers: tuple[str, ...]) -> tuple[Mailbox, ...]:
    return tuple(
        Mailbox(f"{person}@{domain}", f"{person}@marlowepine.example", providers[i % len(providers)])
        for i, person in enumerate(people)
    )


def _steps(*subjects: str, waits: tuple[int, ...] = (0, 3, 4, 5)) -> tuple[Step, ...]:
    return tuple(Step(subject, wait) for subject, wait in zip(subjects, waits, strict=False))


_ALL = ("gmail", "outlook", "custom")

BRIGHTWATER = Client(
    "brightwater-analytics",
    "Brightwater Analytics",
    "America/New_York",
    _boxes("trybrightwater.example", "ines", "tom", "priya", "marc", providers=_ALL),
    (
        Campaign(
            "cfo", "CFO forecast audit",
            _steps("Forecasts that close, {company}?", "Re: forecasts", "An example", "Closing the loop"),
            36, 0.46, 0.060, 0.036, 0.34, url="https://brightwater.example/forecast",
        ),
        Campaign(
            "revops", "RevOps leaders Q4",
            _steps("Pipeline hygiene at {company}", "Re: pipeline hygiene", "Worth a look?"),
            30, 0.41, 0.045, 0.028, 0.29, url="https://brightwater.example/pipeline",
        ),
        Campaign(
            "webinar", "Webinar: data you can trust",
            _steps("A seat for {first}?", "Re: your seat", "The recording"),
            20, 0.52, 0.110, 0.021, 0.46, weeks=(6, None), url="https://brightwater.example/webinar",
        ),
        Campaign(
            "plain", "Plain-text founders",
            _steps("Quick question, {first}", "Re: quick question", "Last try"),
            12, 0.50, 0.0, 0.052, 0.31, tracked=False,
        ),
    ),
)  # fmt: skip

KESTREL = Client(
    "kestrel-robotics",
    "Kestrel Robotics",
    "America/Los_Angeles",
    _boxes("kestrel-hello.example", "dana", "yuki", "omar", providers=("gmail", "custom")),
    (
        Campaign(
            "warehouse", "Warehouse managers West",
            _steps("Night shifts at {company}", "Re: night shifts", "Numbers from a site", "One last note"),
            28, 0.38, 0.034, 0.024, 0.27, url="https://kestrel.example/night",
        ),
        Campaign(
            "safety", "Safety officers",
            _steps("Near misses, {first}", "Re: near misses", "A checklist for {company}"),
            20, 0.44, 0.072, 0.030, 0.33, url="https://kestrel.example/checklist",
        ),
        Campaign(
            "tradefair", "Trade fair follow-up",
            _steps("Good to meet you, {first}", "Re: good to meet you", "The demo video"),
            16, 0.61, 0.140, 0.078, 0.52, weeks=(9, None), url="https://kestrel.example/video",
        ),
    ),
    delivery_reports=0.85,
)  # fmt: skip

VERDIER = Client(
    "maison-verdier",
    "Maison Verdier",
    "Europe/Paris",
    _boxes("verdier-pro.example", "claire", "hugo", "lea", providers=("outlook", "gmail")),
    (
        Campaign(
            "hotels", "Hôtels indépendants",
            _steps("Le linge de {company}", "Re : le linge", "Un exemple chiffré", "Dernier message"),
            21, 0.49, 0.052, 0.034, 0.38, language="fr", url="https://verdier.example/hotels",
        ),
        Campaign(
            "spa", "Spas & thermes",
            _steps("{first}, une question", "Re : une question", "Nos échantillons"),
            16, 0.43, 0.061, 0.026, 0.30, language="fr", url="https://verdier.example/spa",
        ),
        Campaign(
            "relance", "Relance anciens clients",
            _steps("Ça fait longtemps, {first}", "Re : des nouvelles", "Une offre pour {company}"),
            6, 0.58, 0.090, 0.066, 0.55, weeks=(4, None), language="fr", url="https://verdier.example/retour",
        ),
    ),
)  # fmt: skip

FJORD = Client(
    "fjord-freight",
    "Fjord Freight",
    "Europe/Oslo",
    _boxes("fjordfreight-mail.example", "sigrid", "jonas", providers=("outlook", "custom")),
    (
        Campaign(
            "importers", "Importers Nordics",
            _steps("Lead times from Asia, {company}", "Re: lead times", "A calmer way", "Should I stop?"),
            20, 0.42, 0.038, 0.029, 0.31, url="https://fjord.example/lanes",
        ),
        Campaign(
            "fish", "Seafood exporters",
            _steps("Cold chain for {company}", "Re: cold chain", "What it costs"),
            12, 0.47, 0.050, 0.041, 0.36, url="https://fjord.example/cold",
        ),
    ),
)  # fmt: skip

SUNDARA = Client(
    "sundara-health",
    "Sundara Health",
    "Asia/Kolkata",
    _boxes("sundara-care.example", "anika", "rahul", providers=("gmail",)),
    (
        Campaign(
            "clinics", "Clinics metro",
            _steps("No-shows at {company}", "Re: no-shows", "How one clinic halved them"),
            18, 0.35, 0.044, 0.022, 0.32, url="https://sundara.example/no-shows",
        ),
        Campaign(
            "hr", "Corporate wellness HR",
            _steps("{first}, sick days", "Re: sick days", "A short survey", "Bye for now"),
            11, 0.40, 0.058, 0.027, 0.28, weeks=(3, None), url="https://sundara.example/survey",
        ),
    ),
    delivery_reports=0.9,
)  # fmt: skip

HARBOUR = Client(
    "harbour-wells-legal",
    "Harbour & Wells Legal",
    "Australia/Sydney",
    _boxes("harbourwells.example", "grace", providers=("outlook",)),
    (
        Campaign(
            "leases", "Commercial leases",
            _steps("Your lease at {company}", "Re: your lease", "Three clauses to check"),
            7, 0.51, 0.047, 0.045, 0.35, url="https://harbour.example/leases",
        ),
        Campaign(
            "startups", "Startup founders AU",
            _steps("ESOP for {company}", "Re: ESOP", "A template for you, {first}"),
            4, 0.56, 0.120, 0.050, 0.40, url="https://harbour.example/esop",
        ),
    ),
    delivery_reports=0.0,
)  # fmt: skip

TINY = Client(
    "tiny-batch-coffee",
    "Tiny Batch Coffee",
    "Europe/London",
    _boxes("tinybatch.example", "amelia", providers=("gmail",)),
    (
        Campaign(
            "offices", "Office coffee trial",
            _steps("Better coffee at {company}?", "Re: coffee", "A free bag"),
            0.7, 0.60, 0.120, 0.080, 0.50, weeks=(12, None), url="https://tinybatch.example/trial",
        ),
        Campaign(
            "cafes", "Café owners",
            _steps("Beans for {company}", "Re: beans", "Come and taste"),
            0.3, 0.55, 0.100, 0.060, 0.40, weeks=(13, None), url="https://tinybatch.example/beans",
        ),
    ),
)  # fmt: skip

_LOUD = Mailbox("loud@colossus.example", "maximus@colossus.example", "custom")

MARLOWE = Agency(
    "marlowe-pine",
    "Marlowe & Pine",
    "#7a3e9d",
    "owner@marlowepine.example",
    (BRIGHTWATER, KESTREL, VERDIER, FJORD, SUNDARA, HARBOUR, TINY),
    owner_name="Edith Marlowe",
    team=(
        Person("manager@marlowepine.example", "Victor Pine", "manager"),
        Person("analyst@marlowepine.example", "Amira Haddad", "member"),
    ),
)
COLOSSUS = Agency(
    "colossus-global",
    "COLOSSUS GLOBAL",
    "#b00020",
    "owner@colossus.example",
    (
        Client(
            "colossus-megacorp", "COLOSSUS MEGACORP", "UTC", (_LOUD,),
            (Campaign("canary", "ZZZ-LEAK-CANARY", _steps("ZZZ-LEAK-CANARY"), 0, 1.0, 0.0, 1.0, 1.0),),
        ),
    ),
    flood=9_999,
)  # fmt: skip

AGENCIES = (MARLOWE, COLOSSUS)
#: The client whose portal the demo shows, and who logs in as "client".
SHOWN = BRIGHTWATER
CLIENT_LOGIN = "client@brightwater.example"

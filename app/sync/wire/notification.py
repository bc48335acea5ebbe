"""What a municipality writes to the data protection authority about a lost laptop, filled in as far as we know.

GDPR article 33: within 72 hours after becoming aware of it. In Danish, because Datatilsynet reads it.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from app.sync.wire.oversight import LaptopReport

DEADLINE = timedelta(hours=72)
_DENMARK = ZoneInfo("Europe/Copenhagen")
_CALLS = "opkald og beskeder"
_EVENTS = "stopdatoer, tilbagefald og pauser"
_LETTERS = "breve til egen læge og til henvisere"
_NICOTINE = "planlagt og udleveret nikotinmedicin"
_PRESCRIBED = "medicin og psykisk sygdom, som den kan udledes af medicinen"
KINDS_DA = {
    "person": "stamdata (navn, kaldenavn, telefon, adresse, fødselsdato, egen læge, eventuelt CPR-nummer)",
    "referral": "henvisninger med det, der står i dem",
    "incoming_message": "breve fra læger og sygehuse, som de kom (CPR-nummer, sygdomme, medicin)",
    "measurement": "rygevaner og CO-målinger",
    "baseline": "basisskema (afhængighed, uddannelse, beskæftigelse)",
    "stop_date": _EVENTS,
    "relapse": _EVENTS,
    "pause": _EVENTS,
    "reduction_plan": "nedtrapningsplaner",
    "medicine": _PRESCRIBED,
    "medicine_notice": _PRESCRIBED,
    "nrt_plan": _NICOTINE,
    "handout": _NICOTINE,
    "voucher": "værdikuponer til medicin",
    "attendance": "fremmøde og noter fra mødegange",
    "contact_attempt": _CALLS,
    "follow_up_attempt": _CALLS,
    "consent": "samtykker",
    "outcome": "resultat af forløb",
    "letter": _LETTERS,
    "outgoing_message": _LETTERS,
    "enrolment": "deltagelse i forløb (og dermed værested eller bosted)",
    "diploma": "diplomer",
    "place_contact": "kontaktpersoner på stederne (navn, telefon, e-mail)",
    "access_log": "log over, hvem der har set hvad om hvem",
}
"""What each kind of record tells about people; several kinds may tell the same."""


def notification_text(report: LaptopReport, *, known_at: datetime) -> str:
    """Return the draft of the notification; what a person has to fill in stands in brackets."""
    laptop = report.laptop
    kinds = dict.fromkeys(said for name, said in KINDS_DA.items() if report.kinds.get(name))
    letters = report.kinds.get("incoming_message", 0)
    until = (known_at + DEADLINE).astimezone(_DENMARK)
    lines = [
        "ANMELDELSE AF BRUD PÅ PERSONDATASIKKERHEDEN (databeskyttelsesforordningens artikel 33)",
        f"Frist: {until:%d.%m.%Y kl. %H.%M} (72 timer efter, at bruddet blev kendt {_da(known_at)}).",
        "",
        "1. Hvad er sket",
        f"En bærbar computer ({laptop.name}), der bruges af {laptop.user_name} i {report.cooperation}, er bortkommet"
        " [hvornår, hvor og hvordan].",
        "",
        "2. Hvem og hvor mange",
        f"Computeren rummede oplysninger om {_counted(len(report.people), 'borger', 'borgere')}"
        + (f" fra {', '.join(report.teams)}" if report.teams else "")
        + f". Heraf har {report.with_identifier} et CPR- eller erstatningsnummer registreret.",
        *(
            [f"Dertil kommer {_counted(letters, 'brev', 'breve')} fra indbakken, som kan handle om endnu flere."]
            if letters
            else []
        ),
        f"Opgørelsen gælder det, computeren sidst bekræftede, at den havde: {_moment(report.confirmed_at)}.",
        f"Sidste kontakt med serveren: {_moment(laptop.last_seen_at)}.",
        "",
        "3. Hvilke oplysninger",
        *(f"- {kind}" for kind in kinds),
        "",
        "4. Hvordan er oplysningerne beskyttet",
        "Hele databasen er krypteret med AES-256 (SQLCipher) under en tilfældig nøgle på 256 bit. Nøglen findes kun"
        " pakket ind med Argon2id under brugerens adgangssætning, som er bedømt for styrke. Der ligger ingen"
        " oplysninger i klartekst på disken. Computeren låser selv ved inaktivitet, og forkerte forsøg bremses.",
        (
            f"Adgangen er taget fra computeren {_moment(laptop.revoked_at)}."
            if laptop.revoked_at
            else "Adgangen er ENDNU IKKE taget fra computeren."
        ),
        (
            f"Uden kontakt med serveren låser den sig senest {_moment(laptop.lease_ends_at)}."
            if laptop.lease_ends_at
            else "Samarbejdet har ingen frist, efter hvilken computeren låser sig."
        ),
        "",
        "5. Sandsynlige konsekvenser",
        "[Vurdering. Var adgangssætningen noteret sammen med computeren, eller var den låst op, da den forsvandt?]",
        "",
        "6. Hvad er gjort",
        "[Adgang spærret, politianmeldelse, underretning af borgerne efter artikel 34, hvis risikoen er høj]",
        "",
        "7. Kontakt",
        "[Databeskyttelsesrådgiverens navn, telefon og e-mail]",
    ]
    if report.waiting:
        unsent = _counted(report.waiting, "registrering", "registreringer")
        lines.insert(lines.index("3. Hvilke oplysninger") - 1, f"Op til {unsent} var endnu ikke sendt til serveren.")
    return "\n".join(lines) + "\n"


def _counted(number: int, one: str, several: str) -> str:
    return f"{number} {one if number == 1 else several}"


def _moment(text: str) -> str:
    return _da(datetime.fromisoformat(text)) if text else "aldrig"


def _da(moment: datetime) -> str:
    return f"{moment.astimezone(_DENMARK):%d.%m.%Y kl. %H.%M}"

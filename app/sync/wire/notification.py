"""What a municipality writes to the data protection authority about a lost laptop, filled in as far as we know.

GDPR article 33: within 72 hours after becoming aware of it. In Danish, because Datatilsynet reads it.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from app.sync.wire.oversight import LaptopReport

DEADLINE = timedelta(hours=72)
_DENMARK = ZoneInfo("Europe/Copenhagen")
KINDS_DA = {
    "person": "stamdata (navn, kaldenavn, telefon, adresse, eventuelt CPR-nummer)",
    "measurement": "rygevaner og CO-målinger",
    "baseline": "basisskema (afhængighed, helbred)",
    "medicine": "medicin og psykisk sygdom, som den kan udledes af medicinen",
    "handout": "udleveret nikotinmedicin",
    "voucher": "værdikuponer til medicin",
    "attendance": "fremmøde og noter fra mødegange",
    "contact_attempt": "opkald og beskeder",
    "consent": "samtykker",
    "referral": "henvisninger",
    "outcome": "resultat af forløb",
    "letter": "breve til egen læge",
    "enrolment": "deltagelse i forløb (og dermed værested eller bosted)",
}


def notification_text(report: LaptopReport, *, known_at: datetime) -> str:
    """Return the draft of the notification; what a person has to fill in stands in brackets."""
    laptop = report.laptop
    kinds = [KINDS_DA[name] for name in KINDS_DA if report.kinds.get(name)]
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
        lines.insert(9, f"Op til {unsent} var endnu ikke sendt til serveren.")
    return "\n".join(lines) + "\n"


def _counted(number: int, one: str, several: str) -> str:
    return f"{number} {one if number == 1 else several}"


def _moment(text: str) -> str:
    return _da(datetime.fromisoformat(text)) if text else "aldrig"


def _da(moment: datetime) -> str:
    return f"{moment.astimezone(_DENMARK):%d.%m.%Y kl. %H.%M}"

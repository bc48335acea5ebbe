"""MedCom's message types by name. Only those in `TREATED` are read; the others are named, and the file kept."""

from typing import Final

TREATED: Final = frozenset({"REF01", "REF15", "DIS15", "DIS91", "BIN01", "CTL01", "CTL02", "CTL03"})

# Type → versions whose schema has been read, without the X that OIOXML puts in front.
KNOWN_VERSIONS: Final = {
    "REF01": ("H0130R", "H0131R"),
    "REF15": ("H1530R", "H1531R"),
    "DIS15": ("D1530L", "D1531L"),
    "DIS91": ("D9133L", "D9134L", "D9135L"),
    "BIN01": ("B0130X", "B0131X"),
    "CTL01": ("C0130Q",),
    "CTL02": ("C0230Q",),
    "CTL03": ("C0330Q",),
}

# The element that carries a letter → its type, for letters that do not say it themselves.
ELEMENTS: Final = {
    "HospitalReferral": "REF01",
    "XrayRequest": "REF02",
    "PrivateSpecialistReferral": "REF06",
    "PhysiotherapyReferral": "REF07",
    "PodiatryReferral": "REF08",
    "MunicipalityReferral": "REF15",
    "MunicipalityLetter": "DIS15",
    "EmergencyMunicipalityLetter": "DIS22",
    "ClinicalEmail": "DIS91",
    "DischargeLetter": "DIS01",
    "OutPatientDischargeLetter": "DIS02",
    "CasualtyWardLetter": "DIS03",
    "RadiologyReport": "DIS05",
    "DoctorsCallCenterLetter": "DIS06",
    "PrivateSpecialistLetter": "DIS07",
    "PhysiotherapyLetter": "DIS08",
    "AdministrativeEmail": "DIS90",
    "BookingConfirmation": "DIS13",
    "AnswerOfAdmission": "DIS14",
    "NotificationOfDischarge": "DIS17",
    "WarningOfDischarge": "DIS19",
    "NotificationOfAdmission": "DIS20",
    "BinaryLetter": "BIN01",
    "LaboratoryReport": "RPT01",
    "MicrobiologyReport": "RPT02",
    "CervixcytologyReport": "RPT03",
    "HistopathologyReport": "RPT04",
    "LaboratoryRequest": "REQ01",
    "MicrobiologyRequest": "REQ02",
    "PathologyRequest": "REQ03",
    "MultiSampleMicrobiologyRequest": "REQ04",
    "LaboratoryAnalysisFile": "DAO01",
    "Prescription": "PRE01",
    "PrescriptionRequest": "PRE60",
    "NegativeVansReceipt": "CTL01",
    "NegativeReceipt": "CTL02",
    "PositiveReceipt": "CTL03",
    "StatusRequest": "LA121",
    "StatusAnswer": "LA125",
    "GeneralHealthRequest": "LA141",
    "GeneralHealthAnswer": "LA145",
    "SocialMedicalProposal": "LA165",
    "WorkingDisabilityRequest": "LA201",
    "WorkingDisabilityAnswer": "LA205",
    "SocialMedicalFollowUpRequest": "LA211",
    "SocialMedicalFollowUpAnswer": "LA215",
    "DiabetesReport": "I0001",
}

# Type → (English, Danish), each with its article.
NAMES: Final = {
    "REF01": ("a hospital referral", "en sygehushenvisning"),
    "REF02": ("an X-ray referral", "en røntgenhenvisning"),
    "REF06": ("a referral to a specialist", "en speciallægehenvisning"),
    "REF07": ("a physiotherapy referral", "en fysioterapihenvisning"),
    "REF08": ("a podiatry referral", "en fodterapihenvisning"),
    "REF15": ("a referral to the municipality", "en kommunehenvisning"),
    "DIS01": ("a discharge letter", "en udskrivningsepikrise"),
    "DIS02": ("an outpatient letter", "en ambulantepikrise"),
    "DIS03": ("an emergency ward letter", "en skadestueepikrise"),
    "DIS05": ("a radiology report", "en billeddiagnostisk epikrise"),
    "DIS06": ("a letter from the doctor on call", "en lægevagtsepikrise"),
    "DIS07": ("a letter from a specialist", "en speciallægeepikrise"),
    "DIS08": ("a letter from a physiotherapist", "en fysioterapiepikrise"),
    "DIS13": ("a booking answer", "et bookingsvar"),
    "DIS14": ("an answer to a notice of admission", "et indlæggelsessvar"),
    "DIS15": ("a closing note from a municipality", "et kommunalt afslutningsnotat"),
    "DIS17": ("a notice of discharge", "et udskrivningsadvis"),
    "DIS19": ("a notice of completed treatment", "en varsling om færdigbehandling"),
    "DIS20": ("a notice of admission", "et indlæggelsesadvis"),
    "DIS22": ("a closing note from municipal acute care", "et afslutningsnotat fra den kommunale akutfunktion"),
    "DIS90": ("an administrative message", "en administrativ meddelelse"),
    "DIS91": ("a correspondence letter", "en korrespondancemeddelelse"),
    "BIN01": ("an attached file", "en vedhæftet fil"),
    "RPT01": ("a laboratory report", "et laboratoriesvar"),
    "RPT02": ("a microbiology report", "et mikrobiologisvar"),
    "RPT03": ("a pathology report", "et patologisvar"),
    "RPT04": ("a pathology report", "et patologisvar"),
    "REQ01": ("a laboratory request", "en laboratorierekvisition"),
    "REQ02": ("a microbiology request", "en mikrobiologirekvisition"),
    "REQ03": ("a pathology request", "en patologirekvisition"),
    "REQ04": ("a microbiology request", "en mikrobiologirekvisition"),
    "DAO01": ("a list of laboratory analyses", "en laboratorieanalysefil"),
    "PRE01": ("a prescription", "en recept"),
    "PRE60": ("a request to renew medicine", "en genbestilling af medicin"),
    "CTL01": ("a negative receipt from the network", "en negativ VANS-kvittering"),
    "CTL02": ("a negative receipt", "en negativ kvittering"),
    "CTL03": ("a positive receipt", "en positiv kvittering"),
    "LA121": ("a request for a status certificate (LÆ 121)", "en anmodning om statusattest (LÆ 121)"),
    "LA125": ("a status certificate (LÆ 125)", "en statusattest (LÆ 125)"),
    "LA141": ("a request for a health certificate (LÆ 141)", "en anmodning om generel helbredsattest (LÆ 141)"),
    "LA145": ("a health certificate (LÆ 145)", "en generel helbredsattest (LÆ 145)"),
    "LA165": ("a social-medical proposal (LÆ 165)", "et forslag om socialmedicinsk sagsbehandling (LÆ 165)"),
    "LA201": ("a request about inability to work (LÆ 201)", "en anmodning om attest om uarbejdsdygtighed (LÆ 201)"),
    "LA205": ("a certificate of inability to work (LÆ 205)", "en attest om uarbejdsdygtighed (LÆ 205)"),
    "LA211": ("a request for follow-up (LÆ 211)", "en anmodning om socialmedicinsk opfølgning (LÆ 211)"),
    "LA215": ("a certificate of follow-up (LÆ 215)", "en attest om socialmedicinsk opfølgning (LÆ 215)"),
    "I0001": ("a diabetes report", "en diabetesindberetning"),
    "CareCommunication": ("a correspondence letter", "en korrespondancemeddelelse"),
    "hospital-notification-message": ("a notice of a hospital stay", "et advis om sygehusophold"),
    "acknowledgement-message": ("a receipt", "en kvittering"),
}


def bare(code: str) -> str:
    """Return a type or version code without the X that OIOXML puts in front, and with CONTRL spelled CTL."""
    return code[1:] if code[:1] == "X" else code


def name_of(type_code: str, language: str) -> str:
    """Return the type's name with its article, or the code itself where MedCom's lists did not have it."""
    names = NAMES.get(bare(type_code))
    if names is None:
        return f"a message of type {type_code}" if language == "en" else f"en meddelelse af typen {type_code}"
    return names[0 if language == "en" else 1]

"""What the command says, in English and Danish side by side."""

from typing import Final

from app.exchange.medcom import kinds
from app.exchange.medcom.letter import Refused, Remark

_REFUSALS: Final = {
    "empty": ("The file is empty. Nothing was read.", "Filen er tom. Der er ikke læst noget."),
    "too-large": (
        "The file is larger than 100 MB, the most a MedCom message can be. It was not read and is unchanged.",
        "Filen er større end 100 MB, som er det meste en MedCom-meddelelse kan fylde. Den er ikke læst og er uændret.",
    ),
    "too-complex": (
        "The file has far more parts than any letter has. It was not read, to protect this computer, and is unchanged.",
        "Filen har langt flere dele end noget brev. Den er ikke læst, for at beskytte computeren, og er uændret.",
    ),
    "too-deep": (
        "The file is nested deeper than any letter. It was not read, to protect this computer, and is unchanged.",
        "Filens dele ligger dybere inde i hinanden end noget brevs. Den er ikke læst, for at beskytte computeren, "
        "og er uændret.",
    ),
    "too-many-wrappings": (
        "The message is wrapped in too many envelopes. It was not read and is unchanged.",
        "Meddelelsen ligger i for mange kuverter. Den er ikke læst og er uændret.",
    ),
    "packed": (
        "This is a packed file or a document, not a message. Unpack it yourself and read what is in it.",
        "Det er en pakket fil eller et dokument og ikke en meddelelse. Pak den selv ud, og læs indholdet.",
    ),
    "not-a-message": (
        "This is not a MedCom message. The file is unchanged.",
        "Det er ikke en MedCom-meddelelse. Filen er uændret.",
    ),
    "other-xml": (
        "This is XML, but not a MedCom message (it begins with {what}). The file is unchanged.",
        "Det er XML, men ikke en MedCom-meddelelse (den begynder med {what}). Filen er uændret.",
    ),
    "unknown-element": (
        "The message holds a part that no MedCom list has ({what}). The part was not read; the file is unchanged.",
        "Meddelelsen har en del, som ikke findes i MedComs lister ({what}). Delen er ikke læst; filen er uændret.",
    ),
    "undecodable": (
        "The file's characters cannot be read. Ask the sender to send it again. The file is unchanged.",
        "Filens tegn kan ikke læses. Bed afsenderen om at sende den igen. Filen er uændret.",
    ),
    "broken-xml": (
        "The message is damaged or cut off at line {what}. Ask the sender to send it again. The file is unchanged.",
        "Meddelelsen er ødelagt eller klippet over ved linje {what}. Bed afsenderen om at sende den igen. "
        "Filen er uændret.",
    ),
    "broken-json": (
        "The message is damaged or cut off. Ask the sender to send it again. The file is unchanged.",
        "Meddelelsen er ødelagt eller klippet over. Bed afsenderen om at sende den igen. Filen er uændret.",
    ),
    "broken-edifact": (
        "The EDIFACT message is damaged or cut off. Ask the sender to send it again. The file is unchanged.",
        "EDIFACT-meddelelsen er ødelagt eller klippet over. Bed afsenderen om at sende den igen. Filen er uændret.",
    ),
    "document-type": (
        "The file has a document type, which a MedCom message never has and which can be used for attacks. "
        "It was not read and is unchanged.",
        "Filen har en dokumenttype, som en MedCom-meddelelse aldrig har, og som kan bruges til angreb. "
        "Den er ikke læst og er uændret.",
    ),
    "no-letter": (
        "The envelope holds no letter. Ask the sender what was meant. The file is unchanged.",
        "Kuverten indeholder intet brev. Spørg afsenderen, hvad der var meningen. Filen er uændret.",
    ),
    "empty-wrapping": (
        "The envelope ({what}) holds no message. Ask the sender to send it again. The file is unchanged.",
        "Kuverten ({what}) indeholder ingen meddelelse. Bed afsenderen om at sende den igen. Filen er uændret.",
    ),
    "wrapping-damaged": (
        "The envelope can be read, but the message in it is damaged. Ask the sender to send it again. "
        "The file is unchanged.",
        "Kuverten kan læses, men meddelelsen i den er ødelagt. Bed afsenderen om at sende den igen. Filen er uændret.",
    ),
    "network-receipt": (
        "This is a receipt from the network for a message sent earlier: not for Pusterum. The file is unchanged.",
        "Det er en kvittering fra VANS-nettet for en meddelelse sendt tidligere: ikke til Pusterum. Filen er uændret.",
    ),
    "not-found": (
        "There is no file of this name. Check the name and the folder.",
        "Der er ingen fil med det navn. Se efter, om navn og mappe er rigtige.",
    ),
    "folder": (
        "This is a folder and not a file. Name the files in it.",
        "Det er en mappe og ikke en fil. Angiv filerne i den.",
    ),
    "not-a-file": (
        "This is a pipe or a device and not a file. Save the message in a file first, and name that.",
        "Det er et rør eller en enhed og ikke en fil. Gem først meddelelsen i en fil, og angiv den.",
    ),
    "cannot-open": (
        "The file could not be opened. Check that no other program holds it and that you may read it.",
        "Filen kunne ikke åbnes. Se efter, om et andet program holder den, og om du må læse den.",
    ),
    "unexpected": (
        "The file could not be read because of a fault in this program. The file is unchanged; tell your coordinator.",
        "Filen kunne ikke læses på grund af en fejl i programmet. Filen er uændret; sig det til din koordinator.",
    ),
}

_REMARKS: Final = {
    "undefined-characters": (
        "Some characters are not defined in the message's character set; look for odd signs.",
        "Nogle tegn findes ikke i meddelelsens tegnsæt; se efter mærkelige tegn.",
    ),
    "mixed-encodings": (
        "The message mixes two character sets, so letters such as æ, ø and å may look wrong.",
        "Meddelelsen blander to tegnsæt, så bogstaver som æ, ø og å kan se forkerte ud.",
    ),
    "encoded-twice": (
        "Letters such as æ, ø and å look as if they were garbled before the message was sent.",
        "Bogstaver som æ, ø og å ser ud til at være blevet ødelagt, før meddelelsen blev sendt.",
    ),
    "repeated-element": (
        "{what} stands there more than once; all of it is shown.",
        "{what} står der mere end én gang; det hele er vist.",
    ),
    "no-version": ("The letter does not say its version.", "Brevet oplyser ikke sin version."),
    "unknown-version": (
        "Version {what} is not one this program knows; compare with the original.",
        "Version {what} kender programmet ikke; sammenlign med originalen.",
    ),
    "no-letter-id": ("The letter has no number.", "Brevet har intet brevnummer."),
    "letter-id-twice": (
        "Letter number {what} comes more than once in this file.",
        "Brevnummer {what} findes mere end én gang i filen.",
    ),
    "no-person": ("The letter does not say whom it is about.", "Brevet oplyser ikke, hvem det handler om."),
    "no-name": ("The letter does not name the person.", "Brevet oplyser ikke personens navn."),
    "no-identifier": ("The person has no number in the letter.", "Personen har intet nummer i brevet."),
    "impossible-date": (
        "The person's number {what} does not begin with a real date.",
        "Personens nummer {what} begynder ikke med en rigtig dato.",
    ),
    "several-identifiers": (
        "The letter gives more than one number for the person.",
        "Brevet giver mere end ét nummer for personen.",
    ),
    "person-dead": ("The letter says that the person is dead.", "Brevet oplyser, at personen er død."),
    "correction": ("This corrects an earlier letter.", "Brevet retter et tidligere brev."),
    "retracted": ("This takes back an earlier letter.", "Brevet trækker et tidligere brev tilbage."),
    "receipt-wanted": (
        "The sender asks for a receipt. This program cannot send one; your message system can.",
        "Afsenderen beder om en kvittering. Programmet kan ikke sende den; det kan jeres meddelelsessystem.",
    ),
    "attachment-elsewhere": (
        "The attachment {what} is announced but not in this file; it comes in a message of its own.",
        "Bilaget {what} er varslet, men er ikke i filen; det kommer i sin egen meddelelse.",
    ),
    "attachment-damaged": ("The attachment {what} is damaged.", "Bilaget {what} er ødelagt."),
    "attachment-size": (
        "The attachment {what} is not of the size the letter says.",
        "Bilaget {what} har ikke den størrelse, som brevet oplyser.",
    ),
    "attachment-not-unpacked": (
        "The attachment {what} is not taken out: the file does not say truly where it ends. The original holds it.",
        "Bilaget {what} er ikke taget ud, fordi filen ikke oplyser rigtigt, hvor det slutter. Det ligger i originalen.",
    ),
    "letter-count": (
        "The envelope says another number of letters than it holds ({what}).",
        "Kuverten oplyser et andet antal breve, end den indeholder ({what}).",
    ),
    "segment-count": (
        "The letter says another number of lines than it has ({what}); something may be missing.",
        "Brevet oplyser et andet antal linjer, end det har ({what}); der kan mangle noget.",
    ),
    "end-mismatch": (
        "The end carries another number than the beginning ({what}); something may be missing.",
        "Slutningen har et andet nummer end begyndelsen ({what}); der kan mangle noget.",
    ),
    "no-end": (
        "The message stops before its end; something is probably missing.",
        "Meddelelsen stopper før sin afslutning; der mangler sandsynligvis noget.",
    ),
    "stray-segment": (
        "A line stands outside any letter: {what}",
        "En linje står uden for brevene: {what}",
    ),
    "no-text": ("The message has no text.", "Meddelelsen har ingen tekst."),
    "reference-elsewhere": (
        "The message points to something that is not in it ({what}); it was not fetched.",
        "Meddelelsen henviser til noget, der ikke er i den ({what}); det er ikke hentet.",
    ),
}


def sentence_of(item: Refused | Remark, language: str) -> str:
    """Return the sentence for a refusal or remark; an unknown code is shown as it is."""
    column = 0 if language == "en" else 1
    if isinstance(item, Refused):
        if item.code == "other-type":
            return _other_type(item, language)
        rows = _REFUSALS.get(item.code)
    else:
        rows = _REMARKS.get(item.code)
    return rows[column].replace("{what}", item.what) if rows else item.code


def _other_type(item: Refused, language: str) -> str:
    name = kinds.name_of(item.type, language)
    name = name[:1].upper() + name[1:]
    whom = item.person.name if item.person else ""
    if language == "en":
        return f"{name}{' for ' + whom if whom else ''}: not for Pusterum. The file is unchanged."
    return f"{name}{' for ' + whom if whom else ''}: ikke til Pusterum. Filen er uændret."

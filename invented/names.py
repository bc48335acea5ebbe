"""Names and short texts to draw from: people of many scripts, and what a counsellor writes in a hurry."""

GIVEN_WOMEN = (
    "Anne", "Birthe", "Bodil", "Charlotte", "Dorthe", "Gitte", "Hanne", "Inge-Lise", "Jette", "Kirsten", "Lene", "Lis",
    "Marianne", "Pia", "Susanne", "Tina", "Ulla", "Vibeke", "Åse", "Sørine", "Heidi", "Mona", "Rikke", "Camilla",
)  # fmt: skip
GIVEN_MEN = (
    "Allan", "Bent", "Brian", "Carsten", "Dennis", "Erik", "Flemming", "Finn", "Frank", "Henning", "Jan", "Jørgen",
    "Kaj", "Keld", "Kim", "Leif", "Michael", "Ole", "Palle", "Poul Erik", "Søren", "Torben", "Åge", "Jimmi",
)  # fmt: skip
FAMILY = (
    "Andersen", "Bertelsen", "Christensen", "Dam", "Eriksen", "Frandsen", "Grøn", "Hansen", "Iversen", "Jensen",
    "Kjær", "Lund", "Møller", "Nielsen", "Østergaard", "Pedersen", "Rasmussen", "Sørensen", "Thomsen", "Vestergaard",
    "Winther", "Aagaard", "Ågård", "Bæk Sørensen",
)  # fmt: skip

ELSEWHERE = (
    ("Şükrü", "Yıldız", "male", "tr"),
    ("محمد", "الخطيب", "male", "ar"),
    ("Aviaja", "Kleist", "female", "kl"),
    ("Thị Hương", "Nguyễn", "female", "vi"),
    ("Małgorzata", "Łęcka", "female", "pl"),
    ("Seán", "O'Neill", "male", "en"),
    ("Xaawo", "Cabdullaahi", "female", "so"),
    ("Олександр", "Шевченко", "male", "uk"),
    ("Nivi", "Petrussen", "female", "kl"),
    ("Zbigniew", "Łęcki", "male", "pl"),
    ("Gülşen", "Çelik", "female", "tr"),
    ("Siobhán", "O’Brien", "female", "en"),
    ("Malik", "Qúvaq Olsen", "male", "kl"),
    ("Aqqaluk", "Lynge", "male", "kl"),
    ("İbrahim", "Öztürk", "male", "tr"),
    ("Grzegorz", "Brzęczyszczykiewicz", "male", "pl"),
    ("Văn Đức", "Trần", "male", "vi"),
    ("فاطمة", "حسن", "female", "ar"),
    ("Mohammad", "Al-Khatib", "male", "ar"),
    ("Faadumo", "Xirsi Warsame", "female", "so"),
    ("Наталія", "Бондаренко", "female", "uk"),
    ("Драган", "Јовановић", "male", "sr"),
    ("Guðrún", "Þorsteinsdóttir", "female", "is"),
    ("Jógvan", "á Heygum", "male", "fo"),
    ("Ștefan", "Țurcanu", "male", "ro"),
    ("నందిని", "రావు", "female", "en"),
)
"""Given name, family name, sex and language of those who did not grow up with Danish, or whose family did not."""

NICKNAMES = (
    "Søren m. hunden", "Kaptajnen", "Lille Per", "Store Per", "Røde Ole", "Tulle", "Bamse", "Musen", "Guitar-Jens",
    "Mor Karen", "Pelle Pirat", "Ham med hatten", "Bettemus", "Prins", "Ninja", "Flaske-Finn", "Jyden", "Cykel-Kaj",
    "Sus", "Tante Grøn", "Smeden", "Zebra", "Don Ø", "Kulle", "Skipper", "Lang-Lars", "Professoren", "Dronningen",
)  # fmt: skip

BYNAMES = ("m. hatten", "på cyklen", "fra 3. sal", "den lange", "fra Nuuk", "med skægget")
"""What a place adds to a given name."""

SMALL_STEPS = (
    "Ingen smøg før morgenkaffen",
    "Venter ti minutter, når trangen kommer",
    "Ryger ikke i stuen",
    "Lader pakken blive hjemme på gåturen",
    "Tyggegummi i stedet for den efter maden",
    "Halv pakke med, resten i skuffen",
    "Går en tur med hunden, når det kribler",
    "Én færre om dagen hele ugen",
    "Plaster på som det første om morgenen",
    "Ringer til en fra holdet, når det er svært",
    "Røgfri tid fra 20 til 22",
    "Skriver de tre sværeste cigaretter ned",
)
NOTES = (
    "God snak om morgenen. Vil prøve plaster igen.",
    "Træt i dag, sov dårligt. Blev hele timen.",
    "Kom for sent, men kom.",
    "Glad for at CO var lavere.",
    "Svær uge, flyttet værelse.",
    "Vil gerne ringes op om tirsdagen.",
    "Kløe af plasteret, skifter side.",
    "Spørger til mundspray.",
    "Stolt: hele søndagen uden.",
    "Taler helst på tomandshånd.",
    "Har aftalt med kontaktpersonen at få hjælp om aftenen.",
    "Drikker mindre kaffe nu.",
)
RELAPSE_NOTES = (
    "Fest lørdag, røg en pakke.",
    "Dårlig besked fra familien.",
    "Glemte plasteret i to dage.",
    "Bød sig til i rygeskuret.",
    "",
)
REFERRAL_TEXTS = (
    "Ønsker hjælp til rygestop. Ryger dagligt.",
    "Borger motiveret for nedtrapning, kommer på stedet hver dag.",
    "Henvist efter indlæggelse. Ønsker kontakt pr. telefon.",
    "Vil gerne på hold. Helst formiddag.",
    "",
)
CONTACT_NAMES = (
    "Lone Bay", "Henrik Toft", "Samira Aziz", "Kurt Dahl", "Ditte Kragh", "Ahmed Noor", "Benedikte Holst", "Per Brask",
    "Tanja Lykke", "Jonas Skov", "Merete Vang", "Ivan Petrov", "Nanna Krog", "Bo Rask", "Signe Hede", "Omar Said",
)  # fmt: skip

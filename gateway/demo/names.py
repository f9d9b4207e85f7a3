"""The words the demo's people, places and shops are made of.

In charge of word lists only. Whoever changes a list changes every answer of the
demo, and the tests say so.
"""

# ruff: noqa: RUF001 - Turkish writes a dotless i, and so do we
from __future__ import annotations

from gateway.record import Model


class Country(Model, frozen=True):
    """Where people bank: cities, currency, and how long its IBAN is.

    ``bban`` counts the digits after country and check digits.
    """

    code: str
    currency: str
    bban: int
    dialling: str
    cities: tuple[str, ...]


COUNTRIES = (
    Country("DE", "EUR", 18, "+49", ("Berlin", "Hamburg", "Köln", "Leipzig")),
    Country("FR", "EUR", 23, "+33", ("Lyon", "Nantes", "Paris", "Toulouse")),
    Country("ES", "EUR", 20, "+34", ("Bilbao", "Madrid", "Sevilla", "València")),
    Country("PT", "EUR", 21, "+351", ("Braga", "Coimbra", "Lisboa", "Porto")),
    Country("PL", "PLN", 24, "+48", ("Gdańsk", "Kraków", "Warszawa", "Wrocław")),
    Country("SE", "SEK", 20, "+46", ("Göteborg", "Malmö", "Stockholm", "Umeå")),
    Country("DK", "DKK", 14, "+45", ("Aalborg", "Aarhus", "København", "Odense")),
    Country("FI", "EUR", 14, "+358", ("Helsinki", "Oulu", "Tampere", "Turku")),
    Country("AT", "EUR", 16, "+43", ("Graz", "Innsbruck", "Linz", "Wien")),
    Country("CH", "CHF", 17, "+41", ("Basel", "Bern", "Genève", "Zürich")),
)


def _people(given: str, family: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return tuple(given.split()), tuple(family.split())


def _list(joined: str) -> tuple[str, ...]:
    return tuple(joined.split("|"))


PEOPLE = (
    _people(
        "Ada Elin Freja Ingrid Karin Sigrid Anders Emil Lars Nils Oskar Sven",
        "Ahlgren Bergström Dahl Holm Lindqvist Nyström Sandberg Söderlund Öberg",
    ),
    _people(
        "Anneliese Clara Greta Heike Johanna Mathilda Felix Jürgen Klaus Moritz",
        "Bäcker Fischer Großmann Hoffmann Köhler Müller Schröder Vogel Weiß",
    ),
    _people(
        "Amélie Chloé Élise Inès Léonie Margaux Adrien Étienne Hugo Luc Rémi",
        "Beaumont Chevalier Dubois Fournier Lefèvre Moreau Perrin Roussel",
    ),
    _people(
        "Alba Carmen Inés Lucía Paloma Rocío Álvaro Diego Íñigo Mateo Sergio",
        "Castillo Domínguez Fernández Herrera Ibáñez Muñoz Navarro Peña Quintana",
    ),
    _people(
        "Agnieszka Halina Kinga Magda Zofia Bartosz Jakub Łukasz Piotr Stanisław",
        "Jabłoński Kaczmarek Lewandowska Nowak Piątek Szymański Wójcik Zieliński",
    ),
    _people(
        "Adaeze Chioma Folake Ngozi Yetunde Babajide Chidi Emeka Kelechi Tunde",
        "Achebe Adeyemi Balogun Eze Ibekwe Nwosu Okafor Okonkwo Olawale",
    ),
    _people(
        "Aisha Fatima Layla Mariam Nour Yasmin Farid Hamza Idris Karim Omar Tariq",
        "Abbas Darwish El-Sayed Haddad Khalil Mansour Nasser Rahman Saleh",
    ),
    _people(
        "Ananya Divya Kavya Meera Priya Shreya Arjun Kiran Nikhil Rahul Vikram",
        "Banerjee Chatterjee Desai Iyer Kapoor Menon Patel Rao Sharma Srinivasan",
    ),
    _people(
        "Jing Li Mei Xiaoling Yan Hao Jun Ming Tao Wei Zhen",
        "Chen Gao Huang Lin Liu Sun Wang Wu Xu Zhang Zhou",
    ),
    _people(
        "Aiko Emi Hana Naoko Sakura Yuki Daichi Haruto Kenji Ren Takumi",
        "Fujimoto Hayashi Inoue Kobayashi Matsuda Nakamura Saitō Tanaka Yamada",
    ),
    _people(
        "Bích Lan Linh Mai Thảo Đức Hùng Khang Minh Quân Tuấn",
        "Đặng Đỗ Hoàng Lê Ngô Nguyễn Phạm Trần Võ",
    ),
    _people(
        "Ayşe Defne Elif Selin Zeynep Barış Emre Kerem Mert Ozan",
        "Aydın Çelik Demir Kaya Öztürk Polat Şahin Yıldız",
    ),
    _people(
        "Beatriz Camila Isabela Larissa Thaís Caetano João Otávio Rafael Tiago",
        "Almeida Barbosa Carvalho Ferreira Gonçalves Nogueira Ribeiro Teixeira",
    ),
    _people(
        "Aroha Hinemoa Moana Ngaio Tui Wiremu Rangi Tāne Manaia Kahu",
        "Henare Kereama Ngata Parata Rāwiri Tamihana Te-Whata Walker",
    ),
)

SHOPS = (
    ("Groceries", 5411, "Market Fresh Larder Pantry Harvest Corner"),
    ("Restaurants", 5812, "Trattoria Bistro Izakaya Kitchen Grill Cantina"),
    ("Transport", 4111, "Metro Rail Ferries Transit Cycles Taxis"),
    ("Fashion", 5651, "Tailors Knitwear Outfitters Shoes Vintage Denim"),
    ("Electronics", 5732, "Audio Gadgets Computing Cameras Circuits Mobile"),
    ("Travel", 4722, "Airways Holidays Lodges Hotels Voyages Tours"),
    ("Health", 5912, "Pharmacy Dental Optics Clinic Apothecary Physio"),
    ("Culture", 7922, "Books Cinema Theatre Records Tickets Gallery"),
    ("Home", 5712, "Furniture Garden Lighting Ceramics Hardware Textiles"),
    ("Subscriptions", 4899, "Streaming Broadband Cloud News Mobile Gaming"),
)

SHOP_FIRST = _list(
    "Blue Heron|Old Mill|Northwind|Sunrise|Copper Kettle|Maple & Co|Silver Birch|"
    "Harbour|Lantern|Red Fox|Meridian|Tidewater|Cloudberry|Juniper|Granite|Papaya|"
    "Lotus|Azul|Kestrel|Monsoon|Orchard|Saffron|Willow|Polar|Cinnamon"
)

STREETS = _list(
    "Harbour Street|Market Square|Station Road|Mill Lane|Cathedral Close|"
    "Linden Avenue|Canal Walk|University Road|King's Parade|Garden Row"
)

CASE_SUBJECTS = (
    ("Card lost while travelling", "card"),
    ("Card declined at a shop", "card"),
    ("Charged twice by a shop", "card"),
    ("Does not recognise a payment", "fraud"),
    ("Asked for a password by telephone", "fraud"),
    ("Paid for goods that never came", "fraud"),
    ("New telephone, needs a new key", "access"),
    ("Address change after moving", "details"),
    ("Question about a monthly fee", "fees"),
    ("Asks how to open a savings plan", "advice"),
)

MESSAGE_SUBJECTS = (
    "Your statement is ready",
    "A new device has signed in",
    "Your card arrives this week",
    "Our new savings rates",
    "A payment awaits your approval",
    "Your adviser has moved to another branch",
)

FRAUD_FLAGS = (
    "NEW_DEVICE",
    "UNUSUAL_COUNTRY",
    "MANY_SMALL_PAYMENTS",
    "PASSWORD_RESET",
    "NIGHT_TRANSFERS",
    "MULE_PATTERN",
)

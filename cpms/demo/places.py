"""Where the demo's stations stand: a few cities, with streets that exist in nearly every one of them."""

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class City:
    """`code` begins the station ids of the city; the position is its centre, in degrees."""

    code: str
    name: str
    country: str
    postal_code: str
    latitude: float
    longitude: float


CITIES = (
    City("BER", "Berlin", "DE", "10115", 52.5200, 13.4050),
    City("HAM", "Hamburg", "DE", "20095", 53.5511, 9.9937),
    City("MUC", "München", "DE", "80331", 48.1374, 11.5755),
    City("CGN", "Köln", "DE", "50667", 50.9375, 6.9603),
    City("DTM", "Dortmund", "DE", "44135", 51.5136, 7.4653),
    City("LEJ", "Leipzig", "DE", "04109", 51.3397, 12.3731),
    City("STR", "Stuttgart", "DE", "70173", 48.7758, 9.1829),
)
OTHER_CITIES = (
    City("VIE", "Wien", "AT", "1010", 48.2082, 16.3738),
    City("GRZ", "Graz", "AT", "8010", 47.0707, 15.4395),
)
STREETS = (
    "Bahnhofstraße",
    "Hauptstraße",
    "Marktplatz",
    "Lindenallee",
    "Industriestraße",
    "Am Stadtpark",
    "Schillerstraße",
    "Gartenweg",
    "Hafenstraße",
    "Messeplatz",
)
SITES = ("Parking garage", "City hall", "Shopping centre", "Hotel", "Depot", "Office", "Supermarket", "Stadium")


@dataclass(frozen=True)
class Place:
    """An address and a position within about four kilometres of the city's centre."""

    city: City
    street: str
    site: str
    latitude: float
    longitude: float


def place(chance: random.Random, city: City) -> Place:
    return Place(
        city=city,
        street=f"{chance.choice(STREETS)} {chance.randint(1, 140)}",
        site=chance.choice(SITES),
        latitude=round(city.latitude + chance.gauss(0, 0.018), 6),
        longitude=round(city.longitude + chance.gauss(0, 0.028), 6),
    )

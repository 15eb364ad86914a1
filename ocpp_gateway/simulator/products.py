"""The chargers that exist in the simulation: invented makers, their models, and the nameplate of one unit."""

import random
from dataclasses import dataclass

from common.identifiers import with_luhn_digit


@dataclass(frozen=True)
class Product:
    """A model in a maker's catalogue. `current` is "AC" or "DC"; the power is that of one connector."""

    vendor: str
    model: str
    current: str
    max_power_w: int
    firmware_versions: tuple[str, ...]
    has_modem: bool

    @property
    def vendor_id(self) -> str:
        """The id that this maker uses in DataTransfer (reversed domain name, OCPP 1.6 §4.3)."""
        return f"example.{self.vendor.lower()}"


@dataclass(frozen=True)
class Nameplate:
    """What one unit says of itself in BootNotification. Modem fields are None where there is no modem."""

    product: Product
    serial_number: str
    meter_serial_number: str
    firmware_version: str
    iccid: str | None
    imsi: str | None


PRODUCTS = (
    Product("Nordwatt", "Fjord 11", "AC", 11_000, ("3.4.1", "3.5.0", "3.5.2"), False),
    Product("Nordwatt", "Fjord 22 Duo", "AC", 22_000, ("3.4.1", "3.5.2"), True),
    Product("Voltara", "City Post 22", "AC", 22_000, ("1.18.0", "1.19.3"), True),
    Product("Kessel", "Wallbox K7", "AC", 7_400, ("R12.4", "R12.6"), False),
    Product("Kessel", "Wallbox K22", "AC", 22_000, ("R12.6", "R13.0"), False),
    Product("Nordwatt", "Glacier 50", "DC", 50_000, ("5.0.7", "5.1.0"), True),
    Product("Voltara", "Rapid 150", "DC", 150_000, ("2.7.4", "2.8.1"), True),
    Product("Voltara", "Rapid 300", "DC", 300_000, ("2.8.1",), True),
)


def nameplate(identity: str, current: str = "AC", max_power_w: float = 22_000) -> Nameplate:
    """The nameplate of the charger with this identity: always the same one for the same arguments.

    The product is one of those of the given current whose power comes nearest.
    """
    chance = random.Random(identity)
    product = chance.choice(_nearest(current, max_power_w))
    return Nameplate(
        product=product,
        serial_number=f"{product.vendor[:2].upper()}{_digits(chance, 9)}",
        meter_serial_number=f"EM{_digits(chance, 8)}",
        firmware_version=chance.choice(product.firmware_versions),
        iccid=with_luhn_digit(f"8900{_digits(chance, 14)}") if product.has_modem else None,
        imsi=f"00101{_digits(chance, 10)}" if product.has_modem else None,
    )


def _nearest(current: str, max_power_w: float) -> list[Product]:
    candidates = [product for product in PRODUCTS if product.current == current]
    distance = min(abs(product.max_power_w - max_power_w) for product in candidates)
    return [product for product in candidates if abs(product.max_power_w - max_power_w) == distance]


def _digits(chance: random.Random, count: int) -> str:
    return "".join(chance.choices("0123456789", k=count))

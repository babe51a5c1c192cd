"""Money in minor units: an amount is an integer of øre, cent or øre, never a float."""

from decimal import ROUND_HALF_UP, Decimal

import msgspec

__all__ = ("Money",)


class Money(msgspec.Struct, frozen=True, order=True):
    """An amount in the minor unit of an ISO 4217 currency with two decimals."""

    minor: int
    currency: str = "NOK"

    def __add__(self, other: "Money") -> "Money":
        """Add two amounts; raises ValueError when the currencies differ."""
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not add up")
        return Money(self.minor + other.minor, self.currency)

    def share(self, numerator: int, denominator: int) -> "Money":
        """Return the fraction of the amount, half up to the minor unit."""
        exact = Decimal(self.minor) * numerator / denominator
        return Money(int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP)), self.currency)

    @property
    def major(self) -> Decimal:
        """The amount in the major unit, two decimals."""
        return Decimal(self.minor).scaleb(-2)

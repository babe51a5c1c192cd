"""What an accounting system wants to read."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

__all__ = ("BillingSettings",)


class BillingSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of the plugin."""

    decimal_mark: Annotated[Literal[",", "."], Meta(description="billing.setting.decimal_mark")] = ","

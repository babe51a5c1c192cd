"""Staff accounts with dated roles, and login sessions of both identity spaces."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Date, Index, LargeBinary, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from opptak.kit.models import TenantOwned, references

__all__ = ("LoginSession", "StaffAccount", "StaffRole")


class StaffAccount(TenantOwned):
    """A member of staff; without a password the account logs in through the municipality's own provider."""

    __tablename__ = "staff_account"
    __table_args__ = (UniqueConstraint("tenant_id", "email"),)

    email: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    password_hash: Mapped[str | None] = mapped_column(Text)
    language: Mapped[str] = mapped_column(Text, default="")
    disabled_at: Mapped[datetime | None]


class StaffRole(TenantOwned):
    """A role a member of staff holds for a time, everywhere or at one facility."""

    __tablename__ = "staff_role"
    __table_args__ = (
        *references(account_id="staff_account", facility_id="facility"),
        Index(None, "tenant_id", "account_id"),
    )

    account_id: Mapped[UUID]
    role: Mapped[str] = mapped_column(Text)
    facility_id: Mapped[UUID | None]
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)


class LoginSession(TenantOwned):
    """A login; the cookie holds a random token, the row only its hash.

    A parent may log in before the register has told us who it is: `subject_id` is then empty until the sealed
    identity is found among the tenant's people.
    """

    __tablename__ = "login_session"
    __table_args__ = (UniqueConstraint("tenant_id", "token_hash"), Index(None, "tenant_id", "expires_at"))

    token_hash: Mapped[bytes] = mapped_column(LargeBinary)
    space: Mapped[str] = mapped_column(Text)
    subject_id: Mapped[UUID | None]
    name: Mapped[str] = mapped_column(Text, default="")
    """A parent's own name, to greet with; that of staff is read from the account."""
    level: Mapped[str] = mapped_column(Text, default="")
    csrf: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(Text, default="")
    expires_at: Mapped[datetime]
    identity: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Sealed `opptak.hooks.types.Identity`, only while `subject_id` is empty."""
    provider_session: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Sealed id token, for the logout at the provider."""

"""What can go wrong on the way in."""

from opptak.kit.errors import Conflict, Invalid, OpptakError, Unavailable

__all__ = (
    "AccountExists",
    "LoginCancelled",
    "LoginExpired",
    "LoginFailed",
    "LoginRefused",
    "PasswordTooShort",
    "ProviderUnavailable",
    "TooManyAttempts",
)


class LoginCancelled(OpptakError):
    """The person turned back at the identity provider."""

    status = 400
    code = "login_cancelled"


class LoginExpired(OpptakError):
    """The answer of the identity provider belongs to no login begun in this browser, or comes too late."""

    status = 400
    code = "login_expired"


class LoginFailed(OpptakError):
    """The identity provider refused, or answered something that does not hold."""

    status = 502
    code = "login_failed"


class ProviderUnavailable(Unavailable):
    """The identity provider does not answer."""

    code = "provider_unavailable"


class LoginRefused(Invalid):
    """E-mail and password do not belong together (or the account is closed, which must look the same)."""

    code = "login_refused"


class TooManyAttempts(OpptakError):
    """Too many wrong passwords for one account or from one address; waiting helps."""

    status = 429
    code = "too_many_attempts"


class AccountExists(Conflict):
    """Another member of staff has the e-mail address."""

    code = "account_exists"


class PasswordTooShort(Invalid):
    """The password is shorter than `least` characters."""

    code = "password_too_short"

"""Errors of the domain. Each knows its HTTP status as a plain number; the web kernel shows them."""


class DomainError(Exception):
    """Something a person asked for cannot be done; `message` says why and what to do."""

    status = 500

    def __init__(self, message: str = "", *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class NotFound(DomainError):
    """There is no such thing, or none that this reader may know of."""

    status = 404


class Forbidden(DomainError):
    """The reader is known, but no grant allows this."""

    status = 403


class Conflict(DomainError):
    """The thing has changed or is in a state that does not allow this."""

    status = 409


class Invalid(DomainError):
    """The input is wrong; `field` names where when that is known."""

    status = 422


class TooMany(DomainError):
    """A rate limit is exceeded; `retry_after` is in seconds."""

    status = 429

    def __init__(self, message: str = "", *, retry_after: int = 60) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Misconfigured(DomainError):
    """The settings do not allow a start; the message lists what is missing."""

    status = 503

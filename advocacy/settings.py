"""The environment, read once into one frozen object with embedded defaults for everything."""

import contextlib
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from advocacy.errors import Misconfigured

Mode = Literal["development", "production"]
ROOT = Path(__file__).resolve().parent.parent


def _env(name: str, default: str, meaning: str) -> Any:
    return field(default="", metadata={"env": name, "default": default, "meaning": meaning})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What this process runs with. Every field comes from one environment variable."""

    mode: Mode = _env("MODE", "development", "`production` refuses to start half-configured")
    var: str = _env("VAR", "var", "Folder for embedded state: database, letters, reports")
    database_url: str = _env("DATABASE_URL", "", "`postgres://…`; empty: SQLite in `VAR`")
    redis_url: str = _env(
        "REDIS_URL", "", "Queue: `redis://…` or `amqp://…`; empty: in-process queue"
    )
    smtp_url: str = _env(
        "SMTP_URL", "", "`smtp://user:pass@host:587` or `smtps://…`; empty: letters go to `VAR`"
    )
    base_url: str = _env("BASE_URL", "http://127.0.0.1:8000", "Public address, used in letters")
    secret_key: str = _env(
        "SECRET_KEY", "", "Signs links and hashes; empty: made once and kept in `VAR`"
    )
    former_secret_keys: str = _env(
        "FORMER_SECRET_KEYS",
        "",
        "Values that `SECRET_KEY` had before, comma-separated: they check the audit log and codes",
    )
    mail_from: str = _env(
        "MAIL_FROM", "Advocacy <advocacy@example.org>", "Sender of letters from headquarters"
    )
    bounce_domain: str = _env(
        "BOUNCE_DOMAIN", "", "Domain of return paths; empty: bounces go to the sender"
    )
    smtp_connections: int = _env("SMTP_CONNECTIONS", "20", "Connections to the relay per process")
    host: str = _env("HOST", "127.0.0.1", "Where the web process listens")
    inbound_host: str = _env("INBOUND_HOST", "127.0.0.1", "Where the inbound process listens")
    inbound_port: int = _env("INBOUND_PORT", "8025", "Port of the inbound process")
    trusted_proxies: str = _env(
        "TRUSTED_PROXIES", "", "Addresses whose X-Forwarded-For is believed, comma-separated"
    )
    metrics_token: str = _env(
        "METRICS_TOKEN", "", "Bearer token for `/metrics`; empty: loopback readers only"
    )
    oidc_issuer: str = _env(
        "OIDC_ISSUER", "", "Address of an OpenID Connect provider; empty: none to sign in with"
    )
    oidc_client_id: str = _env("OIDC_CLIENT_ID", "", "What the provider knows this site by")
    oidc_client_secret: str = _env("OIDC_CLIENT_SECRET", "", "The secret shared with the provider")
    oidc_name: str = _env("OIDC_NAME", "your organisation", "What people call the provider")
    oidc_mfa: str = _env(
        "OIDC_MFA", "mfa", "Values of `amr` or `acr` that mean a second factor, comma-separated"
    )
    organisation: str = _env("ORGANISATION", "Internet Society", "Name of the organisation")
    roll_limit_mb: int = _env(
        "ROLL_LIMIT_MB", "200", "Largest file of members, in megabytes, that a browser may send"
    )
    log_level: str = _env("LOG_LEVEL", "info", "debug, info, warning or error")

    @property
    def var_path(self) -> Path:
        """The state folder as an absolute path; a relative one lies in the checkout."""
        path = Path(self.var)
        return path if path.is_absolute() else ROOT / path

    @property
    def outbox_dir(self) -> Path:
        """Where embedded letters are written."""
        return self.var_path / "outbox"

    @property
    def has_passkeys(self) -> bool:
        """True where browsers allow passkeys: under a name, by https or on this machine itself."""
        parts = urlsplit(self.base_url)
        host = parts.hostname or ""
        try:
            ip_address(host)
        except ValueError:
            local = host == "localhost" or host.endswith(".localhost")
            return parts.scheme == "https" or local
        return False

    @property
    def former_keys(self) -> tuple[str, ...]:
        """The secrets that were in use before this one."""
        return tuple(key.strip() for key in self.former_secret_keys.split(",") if key.strip())

    @property
    def is_production(self) -> bool:
        """True where nothing may be guessed."""
        return self.mode == "production"

    @property
    def is_embedded_queue(self) -> bool:
        """True where the worker and the clock run inside the web process."""
        return not self.redis_url

    @property
    def is_embedded_mail(self) -> bool:
        """True where letters are files."""
        return not self.smtp_url


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Reads the environment. Raises Misconfigured naming each wrong or missing variable."""
    source = os.environ if environ is None else environ
    values: dict[str, Any] = {}
    wrong: list[str] = []
    for each in fields(Settings):
        name = each.metadata["env"]
        raw = source.get(name) or each.metadata["default"]
        if each.type is int or each.type == "int":
            if not raw.isdigit():
                wrong.append(f"{name} must be a whole number, not {raw!r}")
                continue
            values[each.name] = int(raw)
        else:
            values[each.name] = raw
    if values["mode"] not in ("development", "production"):
        wrong.append("MODE must be development or production")
    wrong += missing_for_production(source) if values["mode"] == "production" else []
    if values["oidc_issuer"]:
        wrong += lacking_for_openid(values)
    if wrong:
        raise Misconfigured("; ".join(wrong))
    settings = Settings(**values)
    return _completed(settings, values)


def missing_for_production(environ: Mapping[str, str]) -> list[str]:
    """What a production start would still lack, one sentence each."""
    wrong = [
        f"{name} is not set"
        for name in ("DATABASE_URL", "REDIS_URL", "SMTP_URL", "BASE_URL", "SECRET_KEY", "MAIL_FROM")
        if not environ.get(name)
    ]
    if environ.get("BASE_URL") and not environ["BASE_URL"].startswith("https://"):
        wrong.append("BASE_URL must begin with https://")
    if environ.get("SECRET_KEY") and len(environ["SECRET_KEY"]) < 32:
        wrong.append("SECRET_KEY must have at least 32 characters")
    if environ.get("DATABASE_URL", "").startswith("sqlite"):
        wrong.append("DATABASE_URL must name a PostgreSQL server")
    return wrong


def lacking_for_openid(values: Mapping[str, Any]) -> list[str]:
    """What a provider to sign in with still lacks, one sentence each."""
    wrong = [
        f"{name.upper()} is not set"
        for name in ("oidc_client_id", "oidc_client_secret")
        if not values.get(name)
    ]
    parts = urlsplit(values["oidc_issuer"])
    is_here = parts.hostname in ("127.0.0.1", "localhost", "::1")
    if parts.scheme != "https" and not (is_here and values["mode"] == "development"):
        wrong.append("OIDC_ISSUER must begin with https://")
    return wrong


def _completed(settings: Settings, values: dict[str, Any]) -> Settings:
    settings.var_path.mkdir(parents=True, exist_ok=True)
    if not values["database_url"]:
        values["database_url"] = f"sqlite://{settings.var_path / 'advocacy.db'}"
    if not values["secret_key"]:
        values["secret_key"] = _kept_secret(settings.var_path / "secret")
    values["base_url"] = values["base_url"].rstrip("/")
    return Settings(**values)


def _kept_secret(path: Path) -> str:
    if not path.exists():
        draft = path.with_name(f"secret.{os.getpid()}.{secrets.token_hex(4)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48))
        # A hard link either makes the whole file appear or finds that another process was first.
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return path.read_text(encoding="ascii").strip()


_current: Settings | None = None


def current() -> Settings:
    """The settings of this process, read from the environment at the first call."""
    global _current
    if _current is None:
        _current = load()
    return _current


def use(settings: Settings | None) -> None:
    """Replaces the settings of this process (the command line and tests do)."""
    global _current
    _current = settings

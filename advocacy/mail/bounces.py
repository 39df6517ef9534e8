"""Letters that came back: to whose address, for good or for now, and on which return path.

Pure reading; what follows from a bounce is for the caller to decide.
"""

import base64
import email
import email.policy
import hmac
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.utils import getaddresses
from typing import Literal

from flufl.bounce import all_failures

from advocacy import settings
from advocacy.mail.outgoing import without_addresses

Kind = Literal["hard", "soft", "other"]
Reason = Literal["unknown", "full", "policy", "content", "delayed", "unclear"]

MAX_READ = 256 * 1024
_PREFIX = "b-"
_TOKEN = re.compile(r"[a-z0-9]{1,24}")
_VERP = re.compile(r"b-([a-z0-9]{1,24})-([a-z2-7]{16})@([a-z0-9.-]+)")
_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_CODE = re.compile(r"(?<![\d.-])([45][0-9]{2})[ -]")
_GONE = re.compile(
    r"user unknown|unknown user|no such (user|mailbox|address|recipient)|no mailbox"
    r"|(user|mailbox|account|recipient|address) (does not|doesn't) exist|not a valid (user|mailbox)"
    r"|(user|mailbox|account) (not found|is disabled|disabled|inactive)|invalid recipient"
    r"|unrouteable address|host unknown|domain not found",
    re.IGNORECASE,
)
_FULL = re.compile(
    r"mailbox (is )?full|over ?quota|quota exceeded|exceeded .{0,20}quota", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Bounce:
    """What a returned letter says.

    `hard`: the address is gone. `soft`: it may work later (full, delayed, unclear). `other`: the
    receiver lives but refused the letter (policy, content). `token` is our return path's, already
    verified, or empty. `status` is like 5.1.1 or empty; `diagnostic` holds no address.
    """

    kind: Kind
    reason: Reason
    address: str
    token: str
    status: str
    diagnostic: str


def parse(raw: bytes) -> Bounce | None:
    """Reads a returned letter; None for anything else, automatic answers included."""
    message = email.message_from_bytes(raw[:MAX_READ], policy=email.policy.compat32)
    try:
        temporary, permanent = all_failures(message)
    except Exception:
        # The detectors stumble over mails that were made to stumble over.
        temporary, permanent = frozenset(), frozenset()
    report = next(_reports(message), {})
    if not (temporary or permanent or report):
        return None
    text = report.get("diagnostic-code", "") or _plain(message)
    status = _status(report.get("status", ""), text)
    is_delayed = report.get("action", "").lower().startswith("delay") or not (permanent or report)
    kind, reason = classify(status, text, is_delayed=is_delayed)
    addresses = sorted(each.decode("ascii", "replace") for each in permanent or temporary)
    return Bounce(
        kind=kind,
        reason=reason,
        address=addresses[0] if addresses else _report_address(report),
        token=_token_in(message),
        status=status,
        diagnostic=without_addresses(report.get("diagnostic-code", "").partition(";")[2]),
    )


def classify(status: str, text: str, *, is_delayed: bool = False) -> tuple[Kind, Reason]:
    """Kind and reason of an enhanced status and the words beside it."""
    if is_delayed or status.startswith("4"):
        return "soft", "full" if status == "4.2.2" or _FULL.search(text) else "delayed"
    if status == "5.2.2" or _FULL.search(text):
        return "soft", "full"
    if status in _HARD or (status in _VAGUE and _GONE.search(text)):
        return "hard", "unknown"
    if status.startswith("5.7."):
        return "other", "policy"
    if status.startswith("5.6.") or status in ("5.2.3", "5.3.4"):
        return "other", "content"
    return "soft", "unclear"


_HARD = {"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1", "5.4.4"}
_VAGUE = {"", "5.0.0", "5.1.0", "5.1.4", "5.2.0", "5.3.0", "5.4.0", "5.4.1", "5.5.0", "5.7.1"}


def verp_address(token: str, domain: str) -> str:
    """A return path of its own for one delivery: signed, and safe where letter case is lost.

    `token` is up to 24 lower-case letters and digits. Raises ValueError for others.
    """
    if not _TOKEN.fullmatch(token):
        raise ValueError("A return path's token is lower-case letters and digits")
    return f"{_PREFIX}{token}-{_signature(token)}@{domain}"


def verp_token(address: str, domain: str = "") -> str | None:
    """The token of a return path of ours, or None for a forged or foreign address."""
    match = _VERP.fullmatch(address.strip().lower())
    if match is None or (domain and match[3] != domain.lower()):
        return None
    return match[1] if hmac.compare_digest(match[2], _signature(match[1])) else None


def _signature(token: str) -> str:
    key = settings.current().secret_key.encode()
    mac = hmac.digest(key, b"advocacy.return-path:" + token.encode("ascii"), "sha256")
    return base64.b32encode(mac[:10]).decode("ascii").lower()


def _reports(message: Message) -> Iterator[dict[str, str]]:
    """The receiver blocks of delivery reports that tell of a failure or a delay."""
    for part in message.walk():
        if part.get_content_type() != "message/delivery-status" or not part.is_multipart():
            continue
        for block in part.get_payload():
            if isinstance(block, Message):
                fields = {
                    name.lower(): " ".join(str(value).split()) for name, value in block.items()
                }
                if fields.get("action", "").lower().startswith(("fail", "error", "delay")):
                    yield fields


def _report_address(report: dict[str, str]) -> str:
    value = report.get("original-recipient") or report.get("final-recipient") or ""
    return value.partition(";")[2].strip() or value


def _status(reported: str, text: str) -> str:
    """The more telling of the reported status and the one in the words; 5.0.0 tells nothing."""
    own = _STATUS.search(reported)
    said = _STATUS.search(text)
    if own and not (own[0].endswith(".0.0") and said):
        return own[0]
    if said:
        return said[0]
    code = _CODE.search(text)
    return f"{code[1][0]}.0.0" if code else ""


def _plain(message: Message) -> str:
    for part in message.walk():
        if part.get_content_type() == "text/plain":
            content = part.get_payload(decode=True)
            return content.decode("utf-8", "replace")[:4000] if isinstance(content, bytes) else ""
    return ""


def _token_in(message: Message) -> str:
    names = ("to", "x-original-to", "delivered-to", "envelope-to")
    values = [str(value) for name in names for value in message.get_all(name, [])]
    tokens = (verp_token(address) for _name, address in getaddresses(values))
    return next((token for token in tokens if token), "")

"""What requests, their states and the columns of a copy are called."""

from datetime import datetime
from typing import Any

from advocacy.audit.words import name_of
from advocacy.members.ties import all_ties
from advocacy.render import i18n
from advocacy.render.i18n import gettext as _
from advocacy.render.i18n import lazy_gettext

KINDS = {
    "access": lazy_gettext("Copy of the data"),
    "correction": lazy_gettext("Correction"),
    "erasure": lazy_gettext("Erasure"),
}
STATES = {
    "waiting": lazy_gettext("Waiting"),
    "running": lazy_gettext("Under way"),
    "done": lazy_gettext("Done"),
    "failed": lazy_gettext("Failed"),
    "cancelled": lazy_gettext("Not done"),
}
# How a state looks: the badge's class.
TONES = {
    "waiting": "queued",
    "running": "sending",
    "done": "sent",
    "failed": "failed",
    "cancelled": "draft",
}
# Why a request was not done.
REASONS = {
    "taken_back": lazy_gettext("It was taken back in time."),
    "replaced": lazy_gettext("A later request took its place."),
    "unanswered": lazy_gettext("The letter to the new address was not answered in time."),
}
FIELDS = {
    "email": lazy_gettext("E-mail address"),
    "given_name": lazy_gettext("Given name"),
    "family_name": lazy_gettext("Family name"),
    "language": lazy_gettext("Language"),
    "country_code": lazy_gettext("Country"),
}
COLUMNS = {
    **FIELDS,
    "at": lazy_gettext("When"),
    "created_at": lazy_gettext("Made"),
    "confirmed_at": lazy_gettext("Confirmed"),
    "changed_at": lazy_gettext("Changed"),
    "used_at": lazy_gettext("Used"),
    "seen_at": lazy_gettext("Last seen"),
    "last_seen_at": lazy_gettext("Last seen"),
    "sent_at": lazy_gettext("Sent"),
    "bounced_at": lazy_gettext("Returned"),
    "finished_at": lazy_gettext("Ended"),
    "granted_at": lazy_gettext("Given"),
    "expires_at": lazy_gettext("Ends"),
    "revoked_at": lazy_gettext("Withdrawn"),
    "joined_on": lazy_gettext("Joined"),
    "left_on": lazy_gettext("Left"),
    "name": lazy_gettext("Name"),
    "display_name": lazy_gettext("Name as signed"),
    "is_named": lazy_gettext("Name shown in public"),
    "comment": lazy_gettext("Comment"),
    "chapter": lazy_gettext("Chapter"),
    "campaign": lazy_gettext("Campaign"),
    "letter": lazy_gettext("Letter"),
    "link": lazy_gettext("Link"),
    "kind": lazy_gettext("Kind"),
    "state": lazy_gettext("State"),
    "status": lazy_gettext("State"),
    "role": lazy_gettext("Role"),
    "region": lazy_gettext("Region"),
    "member_no": lazy_gettext("Member number"),
    "granted": lazy_gettext("Allowed"),
    "purpose": lazy_gettext("Purpose"),
    "channel": lazy_gettext("Channel"),
    "basis": lazy_gettext("How it was confirmed"),
    "wording": lazy_gettext("Wording"),
    "wants_letters": lazy_gettext("Wants letters"),
    "page": lazy_gettext("Page"),
    "origin": lazy_gettext("Network"),
    "browser": lazy_gettext("Browser"),
    "tag": lazy_gettext("Tag"),
    "question": lazy_gettext("Question"),
    "value": lazy_gettext("Answer"),
    "reason": lazy_gettext("Reason"),
    "also_reads": lazy_gettext("Also reads"),
    "frequency": lazy_gettext("How often"),
    "paused_until": lazy_gettext("Paused until"),
    "deliverability": lazy_gettext("Letters arrive"),
    "text_language": lazy_gettext("Language of the letter"),
    "is_robot": lazy_gettext("Followed by a robot"),
    "code": lazy_gettext("Code"),
    "label": lazy_gettext("Label"),
    "act": lazy_gettext("Act"),
    "record": lazy_gettext("Record"),
    "actor": lazy_gettext("Who"),
    "next_path": lazy_gettext("Page it led to"),
}
# Words of ours that stand in rows, as people read them.
VALUES = {
    **KINDS,
    "current": lazy_gettext("Member"),
    "left": lazy_gettext("Left"),
    "pending": lazy_gettext("Pending"),
    "waiting": lazy_gettext("Waiting"),
    "running": lazy_gettext("Under way"),
    "done": lazy_gettext("Done"),
    "cancelled": lazy_gettext("Not done"),
    "confirmed": lazy_gettext("Confirmed"),
    "invalidated": lazy_gettext("Does not count"),
    "signature": lazy_gettext("Signature"),
    "share": lazy_gettext("Shared link"),
    "mailings": lazy_gettext("Letters"),
    "email": lazy_gettext("E-mail"),
    "signed_in": lazy_gettext("Signed in"),
    "import": lazy_gettext("From a roll of members"),
    "one_click": lazy_gettext("With one click in a letter"),
    "page": lazy_gettext("On a page"),
    "staff": lazy_gettext("By staff"),
    "sent": lazy_gettext("Sent"),
    "skipped": lazy_gettext("Left out"),
    "bounced": lazy_gettext("Returned"),
    "failed": lazy_gettext("Failed"),
    "ok": lazy_gettext("Yes"),
    "all": lazy_gettext("All letters"),
    "weekly": lazy_gettext("At most one a week"),
    "important": lazy_gettext("Only important ones"),
}
CODED = ("kind", "state", "purpose", "channel", "basis", "status", "deliverability", "frequency")


def not_changed() -> str:
    """Why an address stays as it is."""
    return _("The address could not be changed: it has come to be known to us otherwise.")


def lines(counts: dict[str, int]) -> list[tuple[str, int]]:
    """What a receipt counts, by the headings of the slices; tables of one slice are added up."""
    labels = {tie.name: tie.label for tie in all_ties()}
    labels |= {each.table: tie.label for tie in all_ties() for each in tie.holdings}
    summed: dict[str, int] = {}
    for name, number in counts.items():
        label = str(labels.get(name, name))
        summed[label] = summed.get(label, 0) + number
    return list(summed.items())


def column(name: str) -> str:
    """The heading of a column; one without a name here is shown as it is in the file."""
    return str(COLUMNS.get(name, name.replace("_", " ")))


def cell(name: str, value: Any) -> str:
    """A value as a person reads it: moments and days in their language, yes and no in words."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool) or (name in YES_OR_NO and value in (0, 1)):
        return _("Yes") if value else _("No")
    if name.endswith(("_at", "_on", "_until")) or name == "at":
        return _moment(str(value))
    if name in ("language", "text_language"):
        return i18n.language(str(value))
    if name == "country_code":
        return i18n.country(str(value))
    if name == "act":
        return name_of(str(value))
    return str(VALUES.get(value, value) if name in CODED else value)


YES_OR_NO = ("granted", "is_named", "wants_letters", "is_robot", "is_dry")


def _moment(text: str) -> str:
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return text
    return i18n.day(read.date()) if len(text) == 10 else i18n.moment(read, "medium")

"""What each act of the log is called; an act without a name here is shown as it is."""

import json

from advocacy.render.i18n import lazy_gettext

ACTS = {
    "audit.check": lazy_gettext("Asked for a check of the log"),
    "audit.export": lazy_gettext("Took the log out as a file"),
    "grant.given": lazy_gettext("Gave a role"),
    "grant.prolonged": lazy_gettext("Changed until when a role is held"),
    "grant.withdrawn": lazy_gettext("Withdrew a role"),
    "handover.offered": lazy_gettext("Offered the leadership"),
    "handover.accepted": lazy_gettext("Accepted the leadership"),
    "handover.declined": lazy_gettext("Declined the leadership"),
    "handover.withdrawn": lazy_gettext("Took the offered leadership back"),
    "session.begun": lazy_gettext("Signed in"),
    "session.ended": lazy_gettext("Signed out"),
    "campaign.moved": lazy_gettext("Changed the state of a campaign"),
    "mailing.scheduled": lazy_gettext("Scheduled a mailing"),
    "mailing.sent": lazy_gettext("Sent a mailing"),
    "mailing.held": lazy_gettext("Held a mailing"),
    "mailing.resumed": lazy_gettext("Resumed a mailing"),
    "mailing.stopped": lazy_gettext("Stopped a mailing"),
    "rights.access_asked": lazy_gettext("Asked for a copy of somebody's data"),
    "rights.correction_asked": lazy_gettext("Asked to correct somebody's data"),
    "rights.erasure_asked": lazy_gettext("Asked to erase somebody"),
    "rights.address_confirmed": lazy_gettext("Confirmed a new address"),
    "rights.taken_back": lazy_gettext("Took an erasure back"),
    "rights.refused": lazy_gettext("Refused a request about data"),
    "rights.tried_again": lazy_gettext("Had a failed request done again"),
    "person.corrected": lazy_gettext("Corrected somebody's data"),
    "person.address_changed": lazy_gettext("Changed somebody's address"),
    "person.erased": lazy_gettext("Erased somebody"),
    "retention.started": lazy_gettext("Started the retention rules"),
    "retention.done": lazy_gettext("Applied the retention rules"),
}


def name_of(act: str) -> str:
    """The act in the reader's language."""
    return str(ACTS.get(act, act))


def details_of(text: str) -> list[tuple[str, str]]:
    """The details of an entry as pairs; a text that is none of ours is shown whole."""
    try:
        read = json.loads(text)
    except ValueError:
        return [("", text)]
    if not isinstance(read, dict):
        return [("", text)]
    return [(str(key), str(value)) for key, value in read.items() if value is not None]

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
    "session.opened": lazy_gettext("Signed in"),
    "session.proved": lazy_gettext("Proved again who they are"),
    "session.left": lazy_gettext("Signed out"),
    "session.revoked": lazy_gettext("Signed a browser out"),
    "session.others_revoked": lazy_gettext("Signed all other browsers out"),
    "factor.added": lazy_gettext("Added a way to prove who they are"),
    "factor.removed": lazy_gettext("Removed a way to prove who they are"),
    "recovery.renewed": lazy_gettext("Made new recovery codes"),
    "recovery.used": lazy_gettext("Used a recovery code"),
    "factor.reset": lazy_gettext("Took away all ways of a user to prove who they are"),
    "account.unlinked": lazy_gettext("Unlinked an account of another provider"),
    "account.linked": lazy_gettext("Linked an account of another provider"),
    "campaign.publish": lazy_gettext("Published a campaign"),
    "campaign.withdraw": lazy_gettext("Took back the start of a campaign"),
    "campaign.pause": lazy_gettext("Paused a campaign"),
    "campaign.resume": lazy_gettext("Opened a campaign again"),
    "campaign.end": lazy_gettext("Ended a campaign"),
    "campaign.conclude": lazy_gettext("Told the outcome of a campaign"),
    "campaign.archive": lazy_gettext("Archived a campaign"),
    "campaign.restore": lazy_gettext("Brought a campaign back"),
    "mailing.send": lazy_gettext("Sent a mailing"),
    "mailing.schedule": lazy_gettext("Scheduled a mailing"),
    "mailing.unschedule": lazy_gettext("Made a scheduled mailing a draft again"),
    "mailing.pause": lazy_gettext("Paused a mailing"),
    "mailing.resume": lazy_gettext("Went on with a mailing"),
    "mailing.stop": lazy_gettext("Stopped a mailing"),
    "mailing.send_again": lazy_gettext("Sent a mailing again where its fate is unknown"),
    "members.exported": lazy_gettext("Took members out as a file"),
    "roll.uploaded": lazy_gettext("Uploaded a roll"),
    "roll.import_begun": lazy_gettext("Began to import a roll"),
    "roll.imported": lazy_gettext("Imported a roll"),
    "roll.failed": lazy_gettext("Gave up on a roll"),
    "roll.cancelled": lazy_gettext("Stopped the import of a roll"),
    "person.merged": lazy_gettext("Merged two persons"),
    "person.parted": lazy_gettext("Undid a merge"),
    "person.told_apart": lazy_gettext("Said that two persons are not the same"),
    "tag.put": lazy_gettext("Put a tag on members"),
    "tag.taken": lazy_gettext("Took a tag from members"),
    "tag.removed": lazy_gettext("Removed a tag"),
    "field.added": lazy_gettext("Added a field of the chapter's own"),
    "field.changed": lazy_gettext("Changed a field of the chapter's own"),
    "field.removed": lazy_gettext("Removed a field of the chapter's own"),
    "chapter.safety": lazy_gettext("Changed how carefully a chapter is treated"),
    "rate.changed": lazy_gettext("Changed a limit of the public forms"),
    "domain.refused": lazy_gettext("Refused the addresses of a domain"),
    "domain.allowed": lazy_gettext("Allowed the addresses of a domain"),
    "domain.forgotten": lazy_gettext("Took away a rule for the addresses of a domain"),
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

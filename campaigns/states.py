"""What the states of campaigns and mailings are called in the reader's language."""

from advocacy.render.i18n import gettext as _


def label(state: str) -> str:
    """A state's name; the word itself for one that has none."""
    names = {
        "draft": _("Draft"),
        "in_review": _("In review"),
        "approved": _("Approved"),
        "scheduled": _("Scheduled"),
        "live": _("Live"),
        "paused": _("Paused"),
        "ended": _("Ended"),
        "archived": _("Archived"),
        "calculating": _("Calculating"),
        "sending": _("Sending"),
        "stopped": _("Stopped"),
        "sent": _("Sent"),
    }
    return names.get(state, state)

"""Discretion: letters whose line in a list of letters says nothing of what they are about.

Somebody's inbox is seen by others where it may harm them. Subject, preview and sender's name are
neutral then; the letter itself is the same.
"""

from collections.abc import Awaitable, Callable

from advocacy.render import i18n
from advocacy.render.i18n import gettext as _

Judge = Callable[[str], Awaitable[bool]]
# Pushes the letter's first words out of the preview that mail programs make.
_PADDING = "\u00a0\u200c" * 80
_judge: Judge | None = None


def judge_by(judge: Judge) -> None:
    """The process hands in who decides, by address, whose letters have to be discreet."""
    global _judge
    _judge = judge


async def is_due(address: str) -> bool:
    """Whether a letter to this address has to be discreet."""
    return _judge is not None and await _judge(address)


def subject(language: str) -> str:
    """A subject that says nothing, in a language."""
    with i18n.use(language):
        return _("A letter for you")


def preview(language: str) -> str:
    """What mail programs show behind the subject, with nothing of the letter after it."""
    with i18n.use(language):
        return _("Open it when you have a quiet moment.") + _PADDING

"""On what ground the people of a file may be written to, as the one who sends it says."""

from typing import NamedTuple

from advocacy.render.i18n import LazyText, lazy_gettext


class Basis(NamedTuple):
    """A ground: what it is called, whether it allows letters, whether it needs words."""

    label: LazyText
    letters: bool
    needs_words: bool


BASES = {
    "form": Basis(
        lazy_gettext("They agreed to our letters on a form of ours, and the file says who did."),
        True,
        True,
    ),
    "letters": Basis(
        lazy_gettext("They got our letters before, from another system where they agreed."),
        True,
        True,
    ),
    "members": Basis(
        lazy_gettext("They are our members; nothing was agreed about letters."), False, False
    ),
}


def told(key: str, words: str) -> str:
    """A ground and its words as one text, for the record of the file."""
    return f"{key}: {' '.join(words.split())}".removesuffix(": ")[:300]


def key_of(basis: str) -> str:
    """The ground that such a text begins with."""
    return basis.partition(":")[0]

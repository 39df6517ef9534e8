"""The kinds of action. A new one is a module here with its KIND, and its name in this list."""

from advocacy.errors import NotFound
from campaigns.actions.kinds import signature
from campaigns.actions.kinds.kind import Kind

KINDS: dict[str, Kind] = {kind.name: kind for kind in (signature.KIND,)}


def of(name: str) -> Kind:
    """The kind of an action page. Raises NotFound for one that has no page yet."""
    if name not in KINDS:
        raise NotFound()
    return KINDS[name]

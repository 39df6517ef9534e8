"""The gate's broom: what is too old to matter goes."""

from advocacy import clock
from advocacy.gate import asking, counting, proving


@clock.every(600, "gate.sweep")
async def sweep() -> None:
    """Forgets spent proofs, quiet hours that are over, and counts of long ago."""
    await proving.forget()
    await asking.forget()
    await counting.forget()

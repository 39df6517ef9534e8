"""What `make run` prints: the addresses, and one sign-in link for each part of the cast."""

from datetime import timedelta

from rich.console import Console

from advocacy.identity import signing_in
from advocacy.identity.models import SignInLink
from advocacy.mail.addresses import canonical
from advocacy.settings import Settings
from campaigns.actions.models import ActionPage
from campaigns.demo.cast import CAST

LIFE = timedelta(hours=8)


async def show(console: Console, config: Settings) -> None:
    """Prints the addresses of this installation and fresh sign-in links, good for eight hours."""
    base = config.base_url
    console.print(f"\n[bold]Advocacy runs at {base}[/bold]\n", highlight=False)
    for title, path in await _places():
        console.print(f"  {title:<34} {base}{path}", highlight=False, soft_wrap=True)
    console.print("\nSign in as (each link works once; make new ones by starting again):\n")
    for part in CAST:
        user = await signing_in.user_of(canonical(part.email))
        if user is None:
            continue
        link = await signing_in.issue(user)
        await SignInLink.filter(id=link.id).update(expires_at=link.created_at + LIFE)
        path = signing_in.path_of(link)
        console.print(f"  {part.title:<34} {base}{path}", highlight=False, soft_wrap=True)
    console.print("\nStop with Ctrl-C.\n")


async def _places() -> list[tuple[str, str]]:
    places = [
        ("Home", "/"),
        ("Chapters", "/chapters"),
        ("Campaigns", "/campaigns"),
    ]
    page = await ActionPage.filter(edition__campaign__state="live").order_by("id").first()
    if page is not None:
        places.append(("A petition", f"/a/{page.slug}"))
    return [
        *places,
        ("Letters that were sent", "/inbox"),
        ("Staff console", "/console"),
        ("Style guide", "/styleguide"),
    ]

"""Whatever is posted to the preference centre is a change that was on offer, or changes nothing."""

import asyncio
from typing import Any
from urllib.parse import urlencode

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from advocacy.identity import signing_in
from advocacy.members import consent, links
from advocacy.members.models import Consent, Membership, Person, Subscription, Suppression
from advocacy.preferences import choosing
from tests import story
from tests.conftest import Site

NAMES = (
    "chapter", "wanted", "main", "also", "frequency", "days", "until", "letters", "leaves", "told",
)  # fmt: skip
VALUES = st.one_of(
    st.sampled_from(
        ["kenya", "senegal", "hq", "on", "off", "en", "fr", "sw", "all", "weekly", "30", "0", "90",
         "encryption", "topic:encryption", "9" * 400, "2026-12-01T00:00:00+00:00", "9999-12-31",
         "2026-12-01T00:00:00", "0001-01-01T00:00:00+23:59", "-1", "", "\ud7ff", "y", "x" * 500]
    ),
    st.text(max_size=30),
)  # fmt: skip
FIELDS = st.lists(st.tuples(st.sampled_from(NAMES), VALUES), max_size=6)
WHATS = st.one_of(
    st.sampled_from([*choosing.ACTS, "join", "fresh", "drop"]), st.text("az/%.", max_size=5)
)


async def _rows() -> list[tuple[Any, ...]]:
    people = (
        await Person.all()
        .order_by("id")
        .values_list("id", "language", "also_reads", "frequency", "paused_until")
    )
    return [
        *people,
        *await Consent.all().order_by("id").values_list("id"),
        *await Subscription.all().order_by("id").values_list("id", "granted"),
        *await Membership.all().order_by("id").values_list("id", "state"),
        *await Suppression.all().order_by("address_hash").values_list("address_hash"),
    ]


async def _post(site: Site, base: str, what: str, fields: list[tuple[str, str]]) -> None:
    before = await _rows()
    body = urlencode(fields, errors="surrogatepass")
    headers = {"content-type": "application/x-www-form-urlencoded"}
    answer = await site.http.post(f"{base}/{what}", content=body, headers=headers)
    assert answer.status_code in (200, 303, 307, 404, 405, 422, 429), (
        what,
        fields,
        answer.status_code,
    )
    if answer.status_code >= 400:
        assert await _rows() == before, (what, fields)
    assert await consent.rebuilt_subscriptions() == 0


async def test_no_form_of_the_centre_crashes_or_writes_a_part(site: Site) -> None:
    world = await story.tell()
    amina, otieno = world.members[:2]
    user = await signing_in.user_of(otieno.email)
    assert user is not None
    await site.http.post(signing_in.path_of(await signing_in.issue(user)))
    site.http.follow_redirects = False
    bases = (links.preferences_path(amina.id), "/me/preferences", "/preferences/x~1.y")
    loop = asyncio.get_running_loop()
    strangers = await Person.exclude(id__in=[amina.id, otieno.id]).order_by("id").values()

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(base=st.sampled_from(bases), what=WHATS, fields=FIELDS)
    def explore(base: str, what: str, fields: list[tuple[str, str]]) -> None:
        run = _post(site, base, what, fields)
        asyncio.run_coroutine_threadsafe(run, loop).result(60)

    await asyncio.to_thread(explore)
    assert await Person.exclude(id__in=[amina.id, otieno.id]).order_by("id").values() == strangers
    assert await Membership.filter(person=amina).exclude(chapter=world.kenya).count() == 0
    for person in (amina, otieno):
        pages = [links.preferences_path(person.id), "/me/preferences", "/me/consents", "/me"]
        for path in pages:
            assert (await site.http.get(path)).status_code == 200, path

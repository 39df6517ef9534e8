"""Links that come back: where they may lead, and that leaving is never refused for haste."""

from typing import Any

import pytest

from advocacy import tokens
from advocacy.members.models import Subscription
from advocacy.web import limits
from campaigns.mailings import tracking
from tests import factories
from tests.conftest import Site


@pytest.mark.parametrize(
    "url",
    [
        "http://[x",
        "https://example.org/page",
        "http://testserver@example.org/",
        "http://testserver.example.org/",
        "http://testserver:99/",
    ],
)
def test_only_our_own_pages_learn_who_follows_a_link(config: Any, url: str) -> None:
    assert tracking.destination(url, "code", 1) == url


async def test_a_provider_that_unsubscribes_many_at_once_is_not_held_up(site: Site) -> None:
    chapter = await factories.chapter()
    limits.open_limits(site.config.redis_url)
    person = await factories.member(chapter)
    path = _path(person.id, chapter.id)
    form = {"List-Unsubscribe": "One-Click"}
    answers = {(await site.http.post(path, data=form)).status_code for _each in range(65)}
    assert answers == {200}
    assert not await Subscription.filter(person_id=person.id, granted=True).exists()
    guesses = [await site.http.post(f"/u/{each}.x", data=form) for each in range(62)]
    assert {each.status_code for each in guesses} == {404, 429}


def _path(person_id: int, chapter_id: int) -> str:
    return f"/u/{tokens.sign('unsubscribe', f'p{person_id}', chapter_id)}"

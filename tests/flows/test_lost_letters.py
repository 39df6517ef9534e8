"""A letter that somebody waits for is posted once, though the queue forgets and workers die."""

from datetime import timedelta

import pytest

from advocacy import moment, queue
from advocacy.chapters import importing
from advocacy.chapters.models import Chapter
from advocacy.errors import Misconfigured
from advocacy.identity import granting, signing_in
from advocacy.identity.models import SignInLink
from advocacy.mail import posting
from advocacy.members import joining
from advocacy.members.joining import Wish
from advocacy.members.models import SignUp
from campaigns.actions import letters, looking
from campaigns.actions.models import Action
from campaigns.actions.taking import Deed, take
from tests import factories
from tests.conftest import Site


async def _without_a_queue(monkeypatch: pytest.MonkeyPatch) -> SignUp:
    await importing.import_chapters()
    chapter = await Chapter.get(slug="senegal")
    wish = Wish(email="aicha@example.org", given_name="Aïcha", family_name="Sow", language="fr")
    with monkeypatch.context() as lost:
        lost.setattr(queue, "_broker", None)
        made = await joining.sign_up(chapter, wish)
    assert made is not None
    return made


async def test_a_sign_up_whose_message_was_lost_is_asked_by_the_sweep_once(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await _without_a_queue(monkeypatch)
    assert await joining.ring_unasked() == 0, "its own message may still be on its way"
    with moment.shifted(timedelta(minutes=3)):
        assert await joining.ring_unasked() == 1
        await site.idle()
        assert len(site.post.to("aicha@example.org")) == 1
        assert await joining.ring_unasked() == 0
        assert not await joining.ask_confirmation(made.id), "a message that comes twice"
    assert len(site.post.to("aicha@example.org")) == 1


async def test_a_worker_that_dies_over_a_sign_up_is_followed_by_another(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await _without_a_queue(monkeypatch)

    async def die(*_args: object, **_kwargs: object) -> None:
        raise SystemExit

    with monkeypatch.context() as dying:
        dying.setattr(posting, "post_letter", die)
        with pytest.raises(SystemExit):
            await joining.ask_confirmation(made.id)
    assert not await joining.ask_confirmation(made.id), "somebody may still be posting it"
    with moment.shifted(timedelta(minutes=5)):
        assert await joining.ring_unasked() == 1
        await site.idle()
    assert len(site.post.to("aicha@example.org")) == 1


async def test_a_letter_that_could_not_be_posted_may_be_tried_at_once(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await _without_a_queue(monkeypatch)

    async def fail(*_args: object, **_kwargs: object) -> None:
        raise Misconfigured("no relay")

    with monkeypatch.context() as failing:
        failing.setattr(posting, "post_letter", fail)
        with pytest.raises(Misconfigured):
            await joining.ask_confirmation(made.id)
    assert await joining.ask_confirmation(made.id)


async def test_a_sign_in_link_whose_message_was_lost_is_sent_by_the_sweep_once(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = await granting.enrol("lead@example.org", "lead@example.org", name="Lead")
    await signing_in.issue(user)
    with monkeypatch.context() as lost:
        lost.setattr(queue, "_broker", None)
        await signing_in.ask("lead@example.org", browser="a cookie")
    assert await signing_in.ring_unsent() == 0
    with moment.shifted(timedelta(minutes=2)):
        assert await signing_in.ring_unsent() == 1, "a link shown on a terminal is not posted"
        await site.idle()
        assert await signing_in.ring_unsent() == 0
    assert len(site.post.to("lead@example.org")) == 1
    assert await SignInLink.filter(letter_due_at__isnull=False).count() == 0


async def test_a_worker_that_dies_over_a_signature_is_followed_by_another(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    petition = await factories.campaign_with_page()
    with monkeypatch.context() as lost:
        lost.setattr(queue, "_broker", None)
        page = await looking.by_slug(petition.page.slug)
        await take(page, Deed(email="rosa@example.org"))
    action = await Action.get()

    async def die(*_args: object, **_kwargs: object) -> None:
        raise SystemExit

    with monkeypatch.context() as dying:
        dying.setattr(posting, "post_letter", die)
        with pytest.raises(SystemExit):
            await letters.ask_confirmation(action.id)
    assert not await letters.ask_confirmation(action.id), "somebody may still be posting it"
    with moment.shifted(timedelta(minutes=3)):
        assert await letters.ring_unasked() == 1
        await site.idle()
        assert await letters.ring_unasked() == 0
    assert len(site.post.to("rosa@example.org")) == 1
    await action.refresh_from_db()
    assert action.wrote_at is not None and action.wrote_at >= action.created_at
    with moment.shifted(timedelta(hours=2)):
        assert await letters.ring_unasked() == 0, "asked once, never again by itself"

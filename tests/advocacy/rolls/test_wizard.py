"""The wizard over HTTP: send a file, name its columns, check, say the ground, import, or stop."""

import csv
import io
import re
from pathlib import Path
from typing import Any

from advocacy.members.models import Consent, Membership, Person, Subscription
from advocacy.rolls import keeping
from advocacy.rolls.models import RollUpload
from tests import factories, rolls, story
from tests.campaigns.visitors import visitor
from tests.conftest import Site

DESK = "/console/kenya/rolls"
TWO = "Courriel;Nom complet;D'accord\nawa@example.org;Awa Sow;oui\nli@example.org;Li Wei;non\n"


async def send(browser: Any, text: str | bytes, name: str = "members.csv", desk: str = DESK) -> Any:
    body = text.encode() if isinstance(text, str) else text
    return await browser.post(f"{desk}/new", files={"file": (name, body, "text/csv")})


async def lead(site: Site, world: story.World) -> Any:
    return await visitor(site, "chapter_lead", of=world.kenya)


def said(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


async def test_a_file_goes_from_the_form_to_the_roll_with_its_ground_on_record(site: Site) -> None:
    world = await story.tell()
    browser = await lead(site, world)
    roll = rolls.make(400, ["kenya"], bad_every=10)
    text = io.StringIO()
    csv.writer(text).writerows([rolls.HEADER, *roll.rows])
    shown = await send(browser, text.getvalue())
    assert shown.status_code == 200
    assert "Which column is which?" in shown.text
    upload = await RollUpload.get()
    here = f"{DESK}/{upload.id}"
    assert await Person.all().count() == 4

    places = {name: str(at) for at, name in enumerate(rolls.HEADER)}
    await browser.post(f"{here}/check", data=places)
    await site.idle()
    upload = await RollUpload.get()
    assert (upload.state, upload.error) == ("checked", "")
    assert await Person.all().count() == 4
    shown = await browser.get(here)
    assert f"New members {len(roll.accepted)} to your chapter" in said(shown.text)
    report = (await browser.get(f"{here}/report")).text
    assert len(list(csv.reader(io.StringIO(report)))) == 1 + 400 - len(roll.accepted)

    refused = await browser.post(f"{here}/import", data={"basis": "form", "words": ""})
    assert refused.status_code == 422
    await browser.post(f"{here}/import", data={"basis": "form", "words": "On paper in 2019"})
    await site.idle()
    upload = await RollUpload.get()
    assert upload.state == "done"
    assert upload.basis == "form: On paper in 2019"
    assert await Person.all().count() == 4 + len(roll.accepted)
    agreed = await Consent.filter(basis="import", granted=True).first()
    assert agreed is not None
    assert agreed.page == f"roll {upload.id}, form: On paper in 2019"
    shown = await browser.get(here)
    assert "What came of it" in shown.text
    assert not keeping.path_of(upload.file).exists()
    assert [path.name for path in Path(keeping.folder()).iterdir()] == [f"{upload.file}.report"]


async def test_unknown_headers_are_asked_for_once_and_then_remembered(site: Site) -> None:
    world = await story.tell()
    browser = await lead(site, world)
    shown = await send(browser, TWO)
    assert "Nom complet" in shown.text and "Awa Sow" in shown.text
    upload = await RollUpload.get()
    wrong = await browser.post(f"{DESK}/{upload.id}/check", data={"email": "0"})
    assert wrong.status_code == 422
    wrong = await browser.post(f"{DESK}/{upload.id}/check", data={"email": "0", "family_name": "0"})
    assert wrong.status_code == 422
    await browser.post(
        f"{DESK}/{upload.id}/check", data={"email": "0", "family_name": "1", "consent": "2"}
    )
    await site.idle()
    await browser.post(f"{DESK}/{upload.id}/import", data={"basis": "form", "words": "online"})
    await site.idle()
    assert (await RollUpload.get()).state == "done"
    awa = await Person.get(canonical="awa@example.org")
    assert (awa.family_name, awa.language) == ("Awa Sow", "en")
    assert (await Membership.get(person=awa)).chapter_id == world.kenya.id
    assert (await Subscription.get(person=awa)).granted is True
    await send(browser, TWO.replace("awa", "eva"))
    again = await RollUpload.all().order_by("-id").first()
    assert again is not None
    assert again.mapping["places"] == {"email": 0, "family_name": 1, "consent": 2}


async def test_without_a_ground_for_letters_nothing_is_said_about_consent(site: Site) -> None:
    world = await story.tell()
    browser = await lead(site, world)
    await send(browser, "email,nom,consent\nawa@example.org,Sow,yes\n")
    upload = await RollUpload.get()
    await browser.post(
        f"{DESK}/{upload.id}/check", data={"email": "0", "family_name": "1", "consent": "2"}
    )
    await site.idle()
    await browser.post(f"{DESK}/{upload.id}/import", data={"basis": "members", "words": ""})
    await site.idle()
    awa = await Person.get(canonical="awa@example.org")
    assert await Membership.filter(person=awa).count() == 1
    assert await Consent.filter(person=awa).count() == 0
    assert await Subscription.filter(person=awa).count() == 0


async def test_a_dry_run_says_the_same_of_a_stranger_and_of_another_chapters_member(
    site: Site,
) -> None:
    world = await story.tell()
    browser = await lead(site, world)
    forecasts = []
    for address in ("fatou@example.org", "nobody.knows@example.org"):
        await send(browser, f"email,nom,chapter\n{address},Sow,\n{address},Sow,senegal\n")
        upload = await RollUpload.all().order_by("-id").first()
        assert upload is not None
        await browser.post(
            f"{DESK}/{upload.id}/check",
            data={"email": "0", "family_name": "1", "chapter_slug": "2"},
        )
        await site.idle()
        await browser.post(f"{DESK}/{upload.id}/import", data={"basis": "members"})
        page = await browser.get(f"{DESK}/{upload.id}")
        await site.idle()
        upload = await RollUpload.get(id=upload.id)
        assert upload.forecast is not None
        forecast = dict(upload.forecast)
        forecast.pop("seconds")
        done = said((await browser.get(f"{DESK}/{upload.id}")).text)
        forecasts.append((forecast, done[done.index("What came of it") :]))
        assert page.status_code == 200
    assert forecasts[0] == forecasts[1]
    assert forecasts[0][0]["standing"] == {"new": 1}
    assert forecasts[0][0]["rejected"]["by_reason"] == {"chapter_other": 1}


async def test_an_upload_can_be_cancelled_at_each_step_by_one_of_two(site: Site) -> None:
    world = await story.tell()
    browser = await lead(site, world)
    await send(browser, TWO)
    upload = await RollUpload.get()
    await browser.post(f"{DESK}/{upload.id}/cancel")
    assert (await RollUpload.get()).state == "cancelled"
    assert not keeping.path_of(upload.file).exists()
    late = await browser.post(f"{DESK}/{upload.id}/check", data={"email": "0", "family_name": "1"})
    assert late.status_code == 409
    late = await browser.post(f"{DESK}/{upload.id}/cancel")
    assert "no longer where you left it" in late.text


async def test_another_chapters_upload_is_not_there(site: Site) -> None:
    world = await story.tell()
    browser = await lead(site, world)
    await send(browser, TWO)
    upload = await RollUpload.get()
    other = await visitor(site, "chapter_lead", of=world.senegal)
    desk = f"/console/senegal/rolls/{upload.id}"
    for method, path in (
        ("GET", ""), ("GET", "/progress"), ("GET", "/report"),
        ("POST", "/check"), ("POST", "/import"), ("POST", "/cancel"),
    ):  # fmt: skip
        assert (await other.request(method, desk + path)).status_code == 404, path
    assert (await RollUpload.get()).state == "uploaded"


async def test_headquarters_imports_for_all_chapters_and_a_lead_of_its_own_does_not(
    site: Site,
) -> None:
    world = await story.tell()
    director = await visitor(site, "hq_director")
    await send(
        director, "email,nom,chapter\na@example.org,A,kenya\nb@example.org,B,senegal\n",
        desk="/console/hq/rolls",
    )  # fmt: skip
    upload = await RollUpload.get()
    here = f"/console/hq/rolls/{upload.id}"
    await director.post(
        f"{here}/check", data={"email": "0", "family_name": "1", "chapter_slug": "2"}
    )
    await site.idle()
    await director.post(f"{here}/import", data={"basis": "members"})
    await site.idle()
    assert (await RollUpload.get()).state == "done"
    assert await Membership.filter(chapter=world.senegal).count() == 2
    helper = await factories.chapter("atlantis")
    assert helper
    low = await visitor(site, "chapter_lead", of=world.hq)
    assert (await low.get("/console/hq/rolls")).status_code == 403


async def test_a_file_over_the_limit_is_refused_in_words(site: Site) -> None:
    from dataclasses import replace

    from advocacy import settings

    world = await story.tell()
    browser = await lead(site, world)
    settings.use(replace(site.config, roll_limit_mb=1))
    shown = await send(browser, b"email,nom\n" + b"x" * (1 << 21))
    assert shown.status_code == 422
    assert "it may have 1 MB" in shown.text
    assert await RollUpload.all().count() == 0
    assert list(keeping.folder().iterdir()) == []

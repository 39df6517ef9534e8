"""Whatever is posted to the wizard: a page that says why, no crash, and nothing left behind."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from advocacy.members.models import Membership, Person
from advocacy.rolls import keeping
from advocacy.rolls.models import RollUpload
from tests import story
from tests.advocacy.rolls.test_wizard import DESK, TWO, lead, send
from tests.conftest import Site

CALM = settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    database=None,
)
BODIES = (
    b"",
    b"--b",
    b"--b\r\n",
    b"--b--\r\n",
    b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\nx\r\n--b--\r\n',
    b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nemail,nom\r\n',
    b'--b\r\nContent-Disposition: form-data; name="other"; filename="a"\r\n\r\nx\r\n--b--\r\n',
    b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n' + b"y" * 70_000 + b"\r\n--b--\r\n",
    b'--b\r\nContent-Disposition: form-data; name="file"; filename="\xff\x00"\r\n\r\n\r\n--b--\r\n',
    b"--b\r\n" + b"X: y\r\n" * 500 + b"\r\n\r\n--b--\r\n",
)


async def test_no_body_crashes_the_form(site: Site) -> None:
    world = await story.tell()
    browser = await lead(site, world)
    kinds = ("multipart/form-data; boundary=b", "multipart/form-data", "text/csv", "")
    for body in BODIES:
        for kind in kinds if body == BODIES[-1] else kinds[:1]:
            answer = await browser.post(f"{DESK}/new", content=body, headers={"content-type": kind})
            assert answer.status_code in (400, 422), (kind, body[:60], answer.status_code)
    assert await RollUpload.all().count() == 0
    assert list(keeping.folder().iterdir()) == []


async def test_any_file_is_kept_or_refused_whole(site: Site) -> None:
    world = await story.tell()
    browser = await lead(site, world)

    async def post(content: bytes, name: str) -> None:
        answer = await send(browser, content, name)
        assert answer.status_code in (200, 400, 422)
        kept = await RollUpload.all().count()
        assert kept == len(list(keeping.folder().iterdir()))

    tried: list[tuple[bytes, str]] = []

    @CALM
    @given(content=st.binary(max_size=200), name=st.text(max_size=30), whole=st.booleans())
    def gather(content: bytes, name: str, whole: bool) -> None:
        tried.append((content if whole else b"email,nom\n" + content, name))

    gather()
    for content, name in tried:
        await post(content, name.encode("utf-8", "replace").decode() or "x")
    assert await Person.all().count() == 4


async def test_no_form_of_the_wizard_crashes(site: Site) -> None:
    world = await story.tell()
    browser = await lead(site, world)
    await send(browser, TWO)
    upload = await RollUpload.get()
    tried: list[dict[str, Any]] = []
    keys = ("email", "given_name", "family_name", "sheet", "basis", "words", "x", "chapter_slug")

    @CALM
    @given(st.dictionaries(st.sampled_from(keys), st.text(max_size=300) | st.just("0"), max_size=8))
    def gather(form: dict[str, str]) -> None:
        tried.append({key: text.encode("utf-8", "replace").decode() for key, text in form.items()})

    gather()
    for form in [*tried, {"email": "9" * 400}, {"email": "1", "family_name": "999"}]:
        for step in ("check", "import"):
            answer = await browser.post(f"{DESK}/{upload.id}/{step}", data=form)
            assert answer.status_code in (200, 400, 409, 422), (step, form)
    await site.idle()
    assert (await RollUpload.get()).state in ("uploaded", "checked")
    assert await Membership.all().count() == 4
    for odd in ("999999999999", "0"):
        assert (await browser.get(f"{DESK}/{odd}")).status_code == 404

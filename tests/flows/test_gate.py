"""The gate before public forms: people pass unseen, floods are asked for work, nobody is lost."""

import base64
import json
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from advocacy import moment
from advocacy.chapters.models import Chapter
from advocacy.gate import proving
from advocacy.gate.models import SpentProof
from advocacy.members import joining
from advocacy.members.models import Person, SignUp
from advocacy.web import stamps
from campaigns.actions import letters
from tests import factories
from tests.conftest import Site
from tests.flows.gatehouse import JOIN, SIGN, challenge_in, hidden_in, slow_rates, solved, wish


@pytest.mark.parametrize("path", ["/en/chapters/kenya/join", "/en/a/keep-it-on"])
async def test_above_a_rate_a_solved_check_carries_the_form_on(site: Site, path: str) -> None:
    kenya = await factories.chapter("kenya")
    await factories.campaign_with_page(kenya, slug="keep-it-on")
    await slow_rates(domain="1/hour")
    form = JOIN if "join" in path else SIGN
    first = factories.stamped(**{**form, "email": "a@example.org"})
    assert (await site.http.post(path, data=first)).status_code == 200
    typed = factories.stamped(**{**form, "email": "b@example.org", "given_name": 'Z"oë <b>'})
    asked = await site.http.post(path, data=typed)
    assert asked.status_code == 429
    assert "proof.js" in asked.text and "Send it without the check" in asked.text
    carried = hidden_in(asked.text)
    assert carried["given_name"] == 'Z"oë <b>', "what was typed is kept"
    carried["altcha"] = solved(challenge_in(asked.text))
    taken = await site.http.post(path, data=carried)
    assert taken.status_code == 200 and "b@example.org" in taken.text
    await site.idle()
    assert len(site.post.to("b@example.org")) == 1, "the letter goes out at once"
    again = await site.http.post(path, data={**carried, "email": "b@example.org"})
    assert again.status_code == 429, "a proof counts once"
    assert await SpentProof.all().count() == 1


async def test_a_proof_is_worth_nothing_for_another_form_or_when_it_is_old(site: Site) -> None:
    await factories.chapter("kenya")
    await factories.chapter("senegal")
    await slow_rates(address="1/hour")
    await site.http.post("/en/chapters/kenya/join", data=wish("a@example.org"))
    asked = await site.http.post("/en/chapters/kenya/join", data=wish("b@example.org"))
    proof = solved(challenge_in(asked.text))
    for path, data in (
        ("/en/chapters/kenya/join", wish("c@example.org", altcha=proof)),
        ("/en/chapters/senegal/join", wish("b@example.org", altcha=proof)),
    ):
        assert (await site.http.post(path, data=data)).status_code == 429
    with moment.shifted(proving.LIFE + timedelta(minutes=1)):
        late = await site.http.post(
            "/en/chapters/kenya/join", data=wish("b@example.org", altcha=proof)
        )
        assert late.status_code == 429
    assert await SignUp.all().count() == 1
    forged = json.loads(base64.b64decode(proof))
    forged["challenge"]["parameters"]["keyPrefix"] = "00"
    cheap = base64.b64encode(json.dumps(forged).encode()).decode()
    data = wish("b@example.org", altcha=cheap)
    assert (await site.http.post("/en/chapters/kenya/join", data=data)).status_code == 429


async def test_without_script_the_form_is_taken_and_its_letter_comes_later(site: Site) -> None:
    kenya = await factories.chapter("kenya")
    petition = await factories.campaign_with_page(kenya, slug="keep-it-on")
    await slow_rates(address="1/hour")
    await site.http.post("/en/chapters/kenya/join", data=wish("a@example.org"))
    for path in ("/en/chapters/kenya/join", f"/en{petition.path}"):
        email = f"{'join' if 'join' in path else 'sign'}@example.org"
        form = JOIN if "join" in path else SIGN
        asked = await site.http.post(path, data=factories.stamped(**{**form, "email": email}))
        assert asked.status_code == 429
        taken = await site.http.post(path, data={**hidden_in(asked.text), "slowly": "y"})
        assert taken.status_code == 200 and "within 40 minutes" in taken.text
        await site.idle()
        assert site.post.to(email) == []
    for minutes, sent in ((5, 0), (45, 1)):
        with moment.shifted(timedelta(minutes=minutes)):
            await joining.ring_unasked()
            await letters.ring_unasked()
            await site.idle()
        assert len(site.post.to("join@example.org")) == sent
        assert len(site.post.to("sign@example.org")) == sent


async def test_the_way_without_script_has_its_own_limit_and_keeps_what_was_typed(
    site: Site,
) -> None:
    await factories.chapter("kenya")
    await slow_rates(slow="1/hour")
    path = "/en/chapters/kenya/join"
    await site.http.post(path, data=wish("a@example.org", slowly="y"))
    full = await site.http.post(path, data=wish("b@example.org", slowly="y"))
    assert full.status_code == 429 and "again in an hour" in full.text
    carried = hidden_in(full.text)
    assert carried["email"] == "b@example.org"
    carried["altcha"] = solved(challenge_in(full.text))
    assert (await site.http.post(path, data=carried)).status_code == 200


@pytest.mark.parametrize("made", ["", "forged.token", "now", "last month"])
async def test_forms_that_come_too_fast_too_late_or_from_nowhere_are_checked(
    site: Site, made: str
) -> None:
    await factories.chapter("kenya")
    data = {**JOIN, "email": "rosa@example.org", stamps.NAME: made}
    if made == "now":
        data[stamps.NAME] = stamps.stamp()
    elif made == "last month":
        with moment.shifted(-timedelta(days=30)):
            data[stamps.NAME] = stamps.stamp()
    asked = await site.http.post("/en/chapters/kenya/join", data=data)
    assert asked.status_code == 429 and "fast or late" in asked.text
    assert await SignUp.all().count() == 0
    taken = await site.http.post(
        "/en/chapters/kenya/join", data={**hidden_in(asked.text), "slowly": "y"}
    )
    assert taken.status_code == 200
    assert await SignUp.all().count() == 1


async def test_a_page_stays_the_same_for_caches_though_it_is_stamped(site: Site) -> None:
    await factories.chapter("kenya")
    first = await site.http.get("/en/chapters/kenya")
    assert "public" in first.headers["cache-control"]
    with moment.shifted(timedelta(minutes=1)):
        second = await site.http.get("/en/chapters/kenya")
        same = await site.http.get(
            "/en/chapters/kenya", headers={"if-none-match": first.headers["etag"]}
        )
    assert first.text != second.text
    assert first.headers["etag"] == second.headers["etag"]
    assert same.status_code == 304
    age = stamps.age(hidden_in(first.text)[stamps.NAME])
    assert age is not None and age < timedelta(minutes=1)


@hypothesis_settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    made=st.text(max_size=80),
    proof=st.one_of(
        st.text(max_size=200),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.floats(),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(
                        [
                            "challenge",
                            "solution",
                            "parameters",
                            "counter",
                            "signature",
                            "data",
                            "for",
                        ]
                    ),
                    inner,
                    max_size=4,
                )
            ),
            max_leaves=8,
        ).map(lambda value: base64.b64encode(json.dumps(value).encode()).decode()),
    ),
    email=st.sampled_from(["x@example.org", "x@xn--bcher-kva.example", "a@b", "@", "x@[1.2.3.4]"]),
    slowly=st.sampled_from(["", "y", "\ud800"]),
)
async def test_garbage_at_the_gate_is_never_a_crash(
    site: Site, made: str, proof: str, email: str, slowly: str
) -> None:
    if not await Chapter.exists(slug="kenya"):
        await factories.chapter("kenya")
    data = {**JOIN, "email": email, "made": made, "altcha": proof, "slowly": slowly}
    text = {key: value.encode("utf-8", "replace").decode() for key, value in data.items()}
    answer = await site.http.post("/en/chapters/kenya/join", data=text)
    assert answer.status_code in (200, 400, 422, 429)
    assert await Person.all().count() == 0

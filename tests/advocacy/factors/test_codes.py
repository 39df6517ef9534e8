"""One-time and recovery codes as verbs: good once, in time, and guessed by nobody."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, strategies
from hypothesis import settings as hypothesis_settings

from advocacy import db, moment, settings
from advocacy.audit.models import AuditEntry
from advocacy.errors import Conflict, Invalid, TooMany
from advocacy.factors import codes, holding, keys, proving, recovery, tries
from advocacy.factors.models import CodeSecret, CodeTries, RecoveryCode
from advocacy.factors.proving import Prover
from advocacy.identity import sessions
from advocacy.identity.sessions import Seat
from advocacy.settings import Settings
from tests.advocacy.factors import staff


async def prover() -> Prover:
    user = await staff.lead()
    opened = await sessions.open_session(user.id, Seat(), way="link")
    return Prover(user.id, opened.session_id, user.email, False)


async def give(who: Prover, code: str) -> str:
    """How a code fares: `right`, `wrong` or `wait`."""
    try:
        await proving.by_code(who, code, staff.SomeActor)
    except Invalid:
        return "wrong"
    except TooMany:
        return "wait"
    return "right"


async def test_codes_are_in_force_only_once_a_right_one_was_entered(database: object) -> None:
    user = await staff.lead()
    secret = await codes.begin(user.id)
    assert await codes.begin(user.id) == secret, "an app that took the secret keeps it"
    assert not await holding.holds(user.id)
    with pytest.raises(Invalid):
        await codes.confirm(user.id, "000000", staff.actor(user))
    shown = await codes.confirm(user.id, await staff.code_of(user), staff.actor(user))
    assert len(set(shown)) == recovery.HOW_MANY
    assert await holding.holds(user.id)
    with pytest.raises(Conflict):
        await codes.begin(user.id)
    assert await AuditEntry.filter(act="factor.added", actor_id=user.id).count() == 1


async def test_no_code_counts_twice_nor_an_older_one_after_a_newer(database: object) -> None:
    who = await prover()
    user = await staff.User.get(id=who.user_id)
    await staff.with_codes(user)
    now, before = await staff.code_of(user), await staff.code_of(user, -1)
    assert await give(who, now) == "right"
    assert await give(who, now) == "wrong"
    assert await give(who, before) == "wrong"
    assert await give(who, await staff.code_of(user, 1)) == "right"


async def test_a_phone_may_be_one_step_off_and_no_more(database: object) -> None:
    who = await prover()
    user = await staff.User.get(id=who.user_id)
    await staff.with_codes(user)
    for shift, fares in ((-2, "wrong"), (2, "wrong"), (-1, "right"), (1, "right")):
        assert await give(who, await staff.code_of(user, shift)) == fares, shift


async def test_one_code_sent_many_times_at_once_opens_once(database: object) -> None:
    who = await prover()
    user = await staff.User.get(id=who.user_id)
    await staff.with_codes(user)
    code = await staff.code_of(user)
    fares = await asyncio.gather(*(give(who, code) for _n in range(4)))
    assert fares.count("right") == 1


async def test_a_code_may_be_typed_in_any_digits_and_with_spaces(database: object) -> None:
    who = await prover()
    user = await staff.User.get(id=who.user_id)
    await staff.with_codes(user)
    code = await staff.code_of(user)
    arabic = "".join(chr(ord("٠") + int(each)) for each in code)
    assert await give(who, f" {arabic[:3]} {arabic[3:]} ") == "right"


async def test_after_five_wrong_codes_even_the_right_one_waits_and_the_wait_grows(
    database: object,
) -> None:
    who = await prover()
    user = await staff.User.get(id=who.user_id)
    await staff.with_codes(user)
    assert [await give(who, "1") for _n in range(5)] == ["wrong"] * 5
    assert await give(who, await staff.code_of(user)) == "wait"
    with moment.shifted(timedelta(minutes=16)):
        assert [await give(who, "1") for _n in range(6)] == ["wrong"] * 5 + ["wait"]
    with moment.shifted(timedelta(minutes=16 + 29)):
        assert await give(who, await staff.code_of(user)) == "wait"
    with moment.shifted(timedelta(minutes=16 + 31)):
        assert await give(who, await staff.code_of(user)) == "right"
        assert (await CodeTries.get()).wrong == 0
    waits = [tries.wait_after(5 * n) for n in range(1, 12)]
    assert waits[:3] == [timedelta(minutes=15), timedelta(minutes=30), timedelta(hours=1)]
    assert waits == sorted(waits) and waits[-1] == tries.LONGEST_WAIT


async def test_guesses_sent_all_at_once_are_counted_one_by_one(database: object) -> None:
    who = await prover()
    user = await staff.User.get(id=who.user_id)
    await staff.with_codes(user)
    fares = await asyncio.gather(*(give(who, f"{n:06}") for n in range(30)))
    assert fares.count("wrong") <= 5
    assert fares.count("right") == 0
    assert await give(who, await staff.code_of(user)) == "wait"


async def test_a_recovery_code_opens_once_and_new_ones_void_the_old(database: object) -> None:
    who = await prover()
    user = await staff.User.get(id=who.user_id)
    first, second, *_rest = await staff.with_codes(user)
    assert await give(who, first.upper().replace("-", " ")) == "right"
    assert await give(who, first) == "wrong"
    assert await recovery.left(user.id) == recovery.HOW_MANY - 1
    assert await AuditEntry.filter(act="recovery.used").count() == 1
    fresh = await recovery.renew_for(user.id, staff.actor(user))
    assert await give(who, second) == "wrong"
    assert await give(who, fresh[0]) == "right"


async def test_one_recovery_code_sent_many_times_at_once_opens_once(database: object) -> None:
    who = await prover()
    first = (await staff.with_codes(await staff.User.get(id=who.user_id)))[0]
    fares = await asyncio.gather(*(give(who, first) for _n in range(4)))
    assert fares.count("right") == 1


async def test_another_s_codes_open_nothing(database: object) -> None:
    who = await prover()
    other = await staff.lead("other@example.org")
    shown = await staff.with_codes(other)
    await staff.with_codes(await staff.User.get(id=who.user_id))
    assert await give(who, shown[0]) == "wrong"
    theirs = await CodeSecret.get(user_id=other.id)
    await CodeSecret.filter(user_id=who.user_id).update(secret=theirs.secret)
    secret = keys.unseal(other.id, theirs.secret)
    assert secret is not None and keys.unseal(who.user_id, theirs.secret) is None
    assert await give(who, await staff.code_of(other)) == "wrong", "a row copied over is no secret"


async def test_no_code_and_no_secret_can_be_read_from_the_database(database: object) -> None:
    user = await staff.lead()
    secret = await codes.begin(user.id)
    shown = await codes.confirm(user.id, await staff.code_of(user), staff.actor(user))
    kept = str(await db.rows("SELECT * FROM advocacy_code_secret"))
    kept += str(await db.rows("SELECT * FROM advocacy_recovery_code"))
    for each in (secret, secret.lower(), *shown, *(one.replace("-", "") for one in shown)):
        assert each not in kept


async def test_codes_outlive_a_change_of_the_secret_key(database: Settings) -> None:
    who = await prover()
    user = await staff.User.get(id=who.user_id)
    shown = await staff.with_codes(user)
    code = await staff.code_of(user)
    other = "another key for tests that is long enough"
    settings.use(replace(database, secret_key=other))
    assert [await give(who, each) for each in (code, shown[0])] == ["wrong", "wrong"]
    former = database.secret_key
    settings.use(replace(database, secret_key=other, former_secret_keys=former))
    assert [await give(who, each) for each in (code, shown[0])] == ["right", "right"]


async def test_recovery_codes_go_with_the_last_factor(database: object) -> None:
    user = await staff.lead()
    await staff.with_codes(user)
    assert await codes.remove(user.id, staff.actor(user))
    assert not await codes.remove(user.id, staff.actor(user))
    assert await RecoveryCode.all().count() == 0
    with pytest.raises(Invalid):
        await recovery.renew_for(user.id, staff.actor(user))


@given(strategies.text(max_size=40))
@hypothesis_settings(max_examples=200, deadline=None)
def test_any_text_can_be_read_as_a_code(code: str) -> None:
    assert codes.looks_like_one(code) in (True, False)
    assert len(codes.plain(code)) <= 120

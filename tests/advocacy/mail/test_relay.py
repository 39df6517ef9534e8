"""Sending over SMTP: each letter gets its own true result, whatever the server does."""

import asyncio
from collections.abc import Iterator

import pytest

from advocacy.mail import relay as relay_module
from advocacy.mail import wire
from advocacy.mail.outgoing import Outgoing
from advocacy.mail.relay import Server, SmtpTransport
from tests.advocacy.mail.letters import outgoing
from tests.advocacy.mail.relays import DROP, Relay, running


@pytest.fixture(params=[True, False], ids=["pipelined", "plain"])
def pipelining(request: pytest.FixtureRequest) -> bool:
    """With and without the extension."""
    return bool(request.param)


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Servers get a fraction of a second to answer."""
    monkeypatch.setattr(wire, "REPLY_TIMEOUT", 0.2)
    monkeypatch.setattr(wire, "FINAL_TIMEOUT", 0.2)
    monkeypatch.setattr(relay_module, "TEND_EVERY", 0.05)
    monkeypatch.setattr(relay_module, "IDLE_LIMIT", 0.2)
    yield


def batch(count: int) -> list[Outgoing]:
    """Letters to different receivers."""
    return [outgoing(f"p{number}@example.org") for number in range(count)]


async def test_every_letter_arrives_once_and_connections_are_shared(pipelining: bool) -> None:
    async with running(Relay(pipelining=pipelining)) as (relay, way):
        results = await way.send(batch(100))
        assert {each.status for each in results} == {"sent"}
        assert sorted(to for _from, to, _content in relay.kept) == sorted(
            [each.to] for each in batch(100)
        )
        await way.send(batch(20))
        assert relay.connections == relay.most_open == 4


async def test_refusals_stay_with_their_receiver(pipelining: bool) -> None:
    def rcpt(address: str) -> str:
        number = int(address[1 : address.index("@")])
        answers = {1: f"550 5.1.1 <{address}> is unknown", 2: "451 4.7.1 greylisted"}
        return answers.get(number % 4, "250 ok")

    for data in ("354 go on", "554 no valid receiver", "503 RCPT first"):
        rules = Relay(pipelining=pipelining, rcpt=rcpt, data_without_rcpt=data)
        async with running(rules) as (relay, way):
            results = await way.send(batch(40))
            statuses = [each.status for each in results]
            assert statuses == ["sent", "failed", "deferred", "sent"] * 10
            assert len(relay.kept) == 20
            assert all(content for _from, _to, content in relay.kept)
            assert relay.lone_dots == (20 if pipelining and data.startswith("354") else 0)
            assert relay.connections <= 4
            assert results[1].code == 550
            assert results[1].text == "5.1.1 <address> is unknown"
            assert results[1].stage == "rcpt"


async def test_a_refused_sender_or_letter_is_told_apart(pipelining: bool) -> None:
    refusing = Relay(pipelining=pipelining, mail=lambda _address: "550 5.7.1 sender blocked")
    async with running(refusing) as (relay, way):
        (result,) = await way.send(batch(1))
        assert (result.status, result.stage) == ("failed", "mail")
        assert not relay.kept
    picky = Relay(pipelining=pipelining, final=lambda _address: "554 5.7.1 looks like spam")
    async with running(picky) as (_relay, way):
        results = await way.send(batch(6))
        assert {(each.status, each.stage) for each in results} == {("failed", "done")}


async def test_a_relay_that_wants_a_password_defers(pipelining: bool) -> None:
    strict = Relay(pipelining=pipelining, mail=lambda _address: "530 5.7.0 sign in first")
    async with running(strict) as (_relay, way):
        (result,) = await way.send(batch(1))
        assert result.status == "deferred"


async def test_a_drop_before_the_letter_is_deferred(pipelining: bool) -> None:
    async with running(Relay(pipelining=pipelining, rcpt=lambda _a: DROP)) as (relay, way):
        results = await way.send(batch(8))
        assert {each.status for each in results} == {"deferred"}
        assert not relay.kept


async def test_a_drop_in_the_middle_of_a_long_letter_is_deferred(pipelining: bool) -> None:
    long = outgoing(body="a line of the letter\r\n" * 500_000)
    rules = Relay(pipelining=pipelining, drop_in_data_after=1000)
    async with running(rules) as (relay, way):
        (result,) = await way.send([long])
        assert result.status == "deferred"
        assert not relay.kept


async def test_a_drop_after_the_letter_and_before_the_answer_is_unknown(pipelining: bool) -> None:
    async with running(Relay(pipelining=pipelining, final=lambda _a: DROP)) as (_relay, way):
        results = await way.send(batch(8))
        assert {each.status for each in results} == {"unknown"}


async def test_one_ambiguous_letter_does_not_spoil_its_neighbours(pipelining: bool) -> None:
    def final(address: str) -> str:
        return DROP if address.startswith("p7") else "250 ok"

    async with running(Relay(pipelining=pipelining, final=final)) as (relay, way):
        results = await way.send(batch(70))
        assert [each.status for each in results].count("unknown") == 1
        assert results[7].status == "unknown"
        assert len(relay.kept) == 69


async def test_a_server_that_ends_connections_after_some_letters_loses_none(
    pipelining: bool,
) -> None:
    async with running(Relay(pipelining=pipelining, per_connection=3)) as (relay, way):
        results = await way.send(batch(50))
        assert {each.status for each in results} == {"sent"}
        assert len(relay.kept) == 50


async def test_too_many_connections_leave_the_work_to_those_that_got_one() -> None:
    def greeting(count: int) -> str:
        return "220 ready" if count <= 2 else "421 4.7.0 too many connections"

    async with running(Relay(greeting=greeting), connections=8) as (relay, way):
        results = await way.send(batch(60))
        assert {each.status for each in results} == {"sent"}
        assert len(relay.kept) == 60


async def test_a_relay_that_is_down_defers_everything_and_comes_back() -> None:
    async with running(Relay()) as (relay, _way):
        port = relay.port
    way = SmtpTransport(Server(host="127.0.0.1", port=port, start_tls=False))
    await way.open()
    results = await way.send(batch(50))
    assert {each.status for each in results} == {"deferred"}
    with pytest.raises(OSError, match="not reached"):
        await way.check()
    again = Relay()
    server = await asyncio.start_server(again.serve, "127.0.0.1", port)
    results = await way.send(batch(50))
    assert {each.status for each in results} == {"sent"}
    assert "127.0.0.1" in await way.check()
    await way.close()
    server.close()


@pytest.mark.usefixtures("hasty")
async def test_a_silent_server_is_given_up(pipelining: bool) -> None:
    silent = Relay(pipelining=pipelining, rcpt=lambda _a: "250-never ending")
    async with running(silent) as (_relay, way):
        async with asyncio.timeout(5):
            (result,) = await way.send(batch(1))
        assert result.status == "deferred"
    mute = Relay(pipelining=pipelining, final=lambda _a: "250-never ending")
    async with running(mute) as (_relay, way):
        async with asyncio.timeout(5):
            (result,) = await way.send(batch(1))
        assert result.status == "unknown"


@pytest.mark.usefixtures("hasty")
async def test_idle_connections_are_closed_and_replaced() -> None:
    async with running(Relay()) as (relay, way):
        await way.send(batch(10))
        assert relay.open_now
        await asyncio.sleep(0.6)
        assert relay.open_now == 0
        assert (await way.send_one(outgoing())).is_sent


async def test_one_letter_overtakes_a_long_batch() -> None:
    async with running(Relay(delay=0.002), connections=2) as (relay, way):
        long = asyncio.create_task(way.send(batch(200)))
        await asyncio.sleep(0.1)
        assert (await way.send_one(outgoing("urgent@example.org"))).is_sent
        assert len(relay.kept) < 150
        assert {each.status for each in await long} == {"sent"}
        assert len(relay.kept) == 201


async def test_a_cancelled_batch_leaves_no_connection_in_the_middle_of_a_letter() -> None:
    async with running(Relay(delay=0.01)) as (_relay, way):
        batch_task = asyncio.create_task(way.send(batch(100)))
        await asyncio.sleep(0.1)
        batch_task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await batch_task
        results = await way.send(batch(8))
        assert {each.status for each in results} == {"sent"}


async def test_a_reply_that_nobody_asked_for_ends_the_connection() -> None:
    rules = Relay(rcpt=lambda _a: "250 ok\r\n250 ok again")
    async with running(rules) as (relay, way):
        results = await way.send(batch(3))
        assert {each.status for each in results} <= {"deferred", "unknown"}
        assert relay.open_now == 0 or not relay.kept


async def test_bad_letters_never_reach_the_wire_and_do_not_stop_good_ones() -> None:
    bad = [
        outgoing("a@example.org>\r\nRCPT TO:<b@example.org"),
        outgoing("josé@example.org"),
        outgoing("two words@example.org"),
        outgoing(envelope_from="a@example.org> SIZE=1"),
        outgoing(message=b"a\n.\nMAIL FROM:<x@example.org>\r\n"),
        outgoing(message=b"a\r.\rb\r\n"),
        outgoing(body="x" * 3000 + "\r\n"),
    ]
    async with running(Relay(extensions=("SIZE 2000",))) as (relay, way):
        results = await way.send([*bad, outgoing()])
        assert [each.status for each in results] == ["failed"] * len(bad) + ["sent"]
        assert {each.stage for each in results[:-1]} == {"local"}
        assert len(relay.kept) == 1


async def test_an_empty_batch_needs_no_connection() -> None:
    async with running(Relay()) as (relay, way):
        assert await way.send([]) == []
        assert relay.connections == 0

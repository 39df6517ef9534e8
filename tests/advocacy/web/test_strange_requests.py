"""Requests that no browser sends get an answer, never a crash."""

from typing import Any

import pytest


@pytest.mark.parametrize("path", ["/a/%00", "/chapters/x%00y", "/campaigns?language=%00"])
async def test_a_nul_in_an_address_is_refused(site: Any, path: str) -> None:
    assert (await site.http.get(path)).status_code == 400


async def test_a_nul_in_a_form_is_refused(site: Any) -> None:
    answer = await site.http.post("/sign-in", data={"email": "a\0b@example.org"})
    assert answer.status_code == 400

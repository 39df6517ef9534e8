"""A provider that runs once for these tests, and the site that knows it."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from advocacy import settings
from advocacy.openid import provider
from tests.advocacy.openid import standin
from tests.advocacy.openid.standin import Provider
from tests.conftest import Site


@pytest.fixture(scope="package")
def running() -> Iterator[Provider]:
    made, stop = standin.start()
    yield made
    stop()


@pytest.fixture
def idp(site: Site, running: Provider) -> Provider:
    """The provider, told to the site."""
    running.forget()
    provider._described = None
    settings.use(
        replace(
            site.config,
            oidc_issuer=running.issuer,
            oidc_client_id=standin.CLIENT,
            oidc_client_secret=standin.SECRET,
            oidc_name="Example ID",
        )
    )
    site.http.headers["accept-language"] = "en"
    return running

"""Each path of Twilio's belongs to a product, and each of its names stands for one."""

from __future__ import annotations

import pytest

from gettone.api.products import product_asked, product_of
from gettone.policy.hosts import Asked

UPLOAD = "/v1/Services/ZS1/Functions/ZH1/Versions"
PRODUCTS = {
    ("/2010-04-01/Accounts.json", "GET"): "api",
    ("/v1/Services", "POST"): "serverless",
    (UPLOAD, "GET"): "serverless",
    (UPLOAD, "POST"): "serverless-upload",
    ("/v1/Services/ZS1/Assets/ZH1/Versions", "POST"): "serverless-upload",
    (UPLOAD + "/ZN1", "GET"): "serverless",
    ("/v1/Keys", "GET"): "iam",
    ("/v1/Keys/SK1", "DELETE"): "iam",
    ("/v1/AuthTokens/Promote", "POST"): "accounts",
    ("/api/v1/users", "GET"): None,
    ("/healthz", "GET"): None,
    ("/", "GET"): None,
}


@pytest.mark.parametrize(("path", "method"), PRODUCTS)
def test_path_belongs_to_a_product(path: str, method: str) -> None:
    """Each of Twilio's hosts has its own paths; uploads have one for themselves."""
    assert product_of(path, method) == PRODUCTS[path, method]


def test_official_name_stands_for_a_product() -> None:
    """What stands before edge and region."""
    asked = Asked("http", "serverless-upload.au1.twilio.com", official=".au1.twilio.com")

    assert product_asked(asked) == "serverless-upload"
    assert product_asked(Asked("http", "localhost", "8001")) is None

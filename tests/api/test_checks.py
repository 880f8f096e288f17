"""What who deploys asks beside Twilio's paths: whether code compiles, and where an environment is reached."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from gettone.control.uploads import MODULE_TYPE
from tests.api.serving import Api, open_api

pytestmark = pytest.mark.anyio

GOOD = b"import shared\n\ndef handler(context, event):\n    return 'hi'\n"
BROKEN = b"def handler(context, event):\n    return (\n"


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    """The whole API, with a service and an environment."""
    async with open_api() as made:
        await made.client.post("/v1/Services", data={"UniqueName": "svc", "FriendlyName": "x"})
        await made.client.post("/v1/Services/svc/Environments", data={"UniqueName": "dev", "DomainSuffix": "dev"})
        yield made


async def upload(api: Api, path: str, content: bytes, content_type: str, visibility: str = "public") -> str:
    """A version of a function of its own."""
    function = (await api.client.post("/v1/Services/svc/Functions", data={"FriendlyName": path})).json()["sid"]
    answer = await api.client.post(
        f"/v1/Services/svc/Functions/{function}/Versions",
        data={"Path": path, "Visibility": visibility},
        files={"Content": ("name", content, content_type)},
    )
    assert answer.status_code == 201, answer.text
    sid: str = answer.json()["sid"]
    return sid


async def test_what_does_not_compile_is_told_with_its_place(api: Api) -> None:
    """File, line, column, the line itself; of good code nothing is told, and files beside it are no code."""
    good = await upload(api, "/good", GOOD, "text/x-python")
    beside = await upload(api, "/shared.bin", b"\xff no code", MODULE_TYPE, "private")
    broken = await upload(api, "/broken", BROKEN, "text/x-python")
    nothing = await api.client.post("/api/v1/services/svc/checks", json={"function_versions": [good, beside]})
    told = await api.client.post("/api/v1/services/svc/checks", json={"function_versions": [good, broken]})
    (problem,) = told.json()["problems"]

    assert nothing.json() == {"problems": []}
    assert (problem["file"], problem["line"], problem["text"]) == ("functions/broken.py", 2, "    return (")
    assert "never closed" in problem["message"]


async def test_what_is_of_no_service_is_not_checked(api: Api) -> None:
    """A version that is not there is told by its SID."""
    answer = await api.client.post("/api/v1/services/svc/checks", json={"function_versions": ["ZN" + "0" * 32]})

    assert answer.status_code == 400
    assert "ZN000" in answer.json()["detail"]


async def test_an_environment_tells_where_it_is_reached(api: Api) -> None:
    """With its own host name, without a slash at the end."""
    (environment,) = (await api.client.get("/v1/Services/svc/Environments")).json()["environments"]
    told = (await api.client.get(f"/api/v1/services/svc/environments/{environment['sid']}")).json()

    assert told == {
        "sid": environment["sid"],
        "service_sid": environment["service_sid"],
        "base_url": f"http://{environment['domain_name']}",
    }

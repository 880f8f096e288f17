from pathlib import Path

from gettone import decode
from gettone.testing import call

FUNCTIONS = Path(__file__).parents[1] / "functions"
VARIABLES = {"ACCOUNT_SID": "AC" + "1" * 32, "API_KEY": "SK" + "2" * 32, "API_SECRET": "3" * 32}


def test_room_token_names_the_caller_and_the_room():
    answer = call(FUNCTIONS / "create-room-token.py", event={"identity": "alice", "room": "lobby"}, variables=VARIABLES)

    assert answer.status == 200
    grants = decode(answer.json()["token"]).claims["grants"]
    assert grants == {"identity": "alice", "video": {"room": "lobby"}}


def test_room_token_without_identity_is_an_error_that_names_it():
    answer = call(FUNCTIONS / "create-room-token.py", variables=VARIABLES)

    assert answer.status == 500
    assert "identity" in answer.json()["message"]


def test_incoming_call_greets_the_caller_in_xml():
    answer = call(FUNCTIONS / "incoming-call.protected.py", event={"From": "<b>"})

    assert answer.text == "<Response><Say>Hello, &lt;b&gt;. Goodbye.</Say></Response>"

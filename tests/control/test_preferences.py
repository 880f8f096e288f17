"""What a person has chosen, and that a new password ends other sessions."""

from __future__ import annotations

import pytest

from gettone.control.preferences import PINS_MAX
from gettone.model.functions import Language
from tests.control.households import ADA, OTHER_PASSWORD, PASSWORD, household
from tests.control.refusals import refusal

pytestmark = pytest.mark.anyio


async def test_choices_are_kept_and_taken_back() -> None:
    """Each by itself; what the page showed before does not undo another choice."""
    async with household() as home:
        await home.person()
        who = await home.enter()
        await home.preferences.rename(who, name=" Grace ")
        await home.preferences.set_locale(who, locale="ja")
        await home.preferences.set_zone(who, zone="Asia/Tokyo")
        await home.preferences.answer(who, writes_code=True, language=Language.PYTHON)
        await home.preferences.accept_terms(who)
        user = await home.preferences.set_pins(who, pins=["keys", "functions", "keys"])
        pinned = (await home.preferences.pin(who, product="logs", pinned=True)).pins
        unpinned = (await home.preferences.pin(who, product="keys", pinned=False)).pins
        back = await home.preferences.set_locale(who, locale=None)

    assert (user.name, user.locale, user.zone) == ("Grace", "ja", "Asia/Tokyo")
    assert (user.writes_code, user.language, user.terms_accepted_at) == (True, Language.PYTHON, home.clock.now)
    assert (user.pins, pinned, unpinned) == (
        ("keys", "functions"),
        ("keys", "functions", "logs"),
        ("functions", "logs"),
    )
    assert (back.locale, back.zone) == (None, "Asia/Tokyo")


async def test_what_can_be_no_choice_is_refused() -> None:
    """The field is named."""
    async with household() as home:
        await home.person()
        who = await home.enter()
        errors = [
            await refusal(trying)
            for trying in (
                home.preferences.rename(who, name=" "),
                home.preferences.set_locale(who, locale="xx"),
                home.preferences.set_zone(who, zone="/etc/passwd"),
                home.preferences.set_pins(who, pins=["Keys"]),
                home.preferences.set_pins(who, pins=[f"p{n}" for n in range(PINS_MAX + 1)]),
                home.preferences.pin(who, product="<script>", pinned=True),
            )
        ]

    assert [error.evidence["parameter"] for error in errors] == ["Name", "Locale", "Zone", "Pins", "Pins", "Pins"]


async def test_new_password_ends_other_sessions_and_is_told() -> None:
    """The session where it was chosen goes on."""
    async with household() as home:
        await home.person()
        other, made = await home.sign_in(), await home.sign_in()
        who = await home.found(made.secret)
        wrong = await refusal(home.preferences.change_password(who, current="wrong password", new=OTHER_PASSWORD))
        short = await refusal(home.preferences.change_password(who, current=PASSWORD, new="short"))
        await home.preferences.change_password(who, current=PASSWORD, new=OTHER_PASSWORD)

        assert await home.sessions.find(other.secret) is None
        assert await home.sessions.find(made.secret) is not None
        assert (await refusal(home.sign_in())).code == "denied"
        await home.sign_in(password=OTHER_PASSWORD)
        assert (await home.letters(ADA))[-1].subject == "Your password was changed"
    assert (wrong.evidence["parameter"], short.evidence["parameter"]) == ("CurrentPassword", "NewPassword")


async def test_passwords_cannot_be_guessed_at_an_open_browser() -> None:
    """Five tries, then pauses."""
    async with household() as home:
        await home.person()
        who = await home.enter()
        for n in range(5):
            await refusal(home.preferences.change_password(who, current=f"wrong {n}", new=OTHER_PASSWORD))
        error = await refusal(home.preferences.change_password(who, current=PASSWORD, new=OTHER_PASSWORD))

    assert "retry_after_seconds" in error.evidence

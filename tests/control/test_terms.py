"""The terms: ours until the operator writes some, and nobody else writes them."""

from __future__ import annotations

import pytest

from gettone.model.users import Role
from tests.control.households import household
from tests.control.offices import OTHER_SID, add_account, holder, member
from tests.control.refusals import refusal

pytestmark = pytest.mark.anyio


async def test_operator_writes_the_terms_and_takes_them_back() -> None:
    """In each language; what is written in one alone stands for the other, too."""
    async with household() as home:
        ours = [await home.terms.read(locale) for locale in ("en", "ja")]
        await home.terms.write(member(Role.OWNER), locale="en", text=" Be kind.\r\n\r\nThat is all. \n")
        english, japanese = await home.terms.read("en"), await home.terms.read("ja")
        await home.terms.write(holder(), locale="ja", text="親切に。")
        both = await home.terms.read("ja")
        for locale in ("en", "ja"):
            await home.terms.write(holder(), locale=locale, text="  ")
        back = [await home.terms.read(locale) for locale in ("en", "ja")]

    assert ours == back
    assert ours[0].text != ours[1].text
    assert {each.updated_at for each in ours} == {None}
    assert (english.text, english.updated_at) == ("Be kind.\n\nThat is all.\n", home.clock.now)
    assert japanese == english
    assert both.text == "親切に。\n"


async def test_nobody_else_writes_them() -> None:
    """Not a developer, not the owner of another account."""
    async with household() as home:
        await add_account(home.office, OTHER_SID)
        everybody = (holder(), member(Role.OWNER), member(Role.DEVELOPER), holder(OTHER_SID))
        may = [await home.terms.may_write(each) for each in everybody]
        errors = [await refusal(home.terms.write(each, locale="en", text="mine")) for each in everybody[2:]]

    assert may == [True, True, False, False]
    assert {error.code for error in errors} == {"denied"}


@pytest.mark.parametrize("text", ["x" * 50_001, "a\x00b", "\x1b[31m"])
async def test_what_can_be_no_terms_is_refused(text: str) -> None:
    """The field is named."""
    async with household() as home:
        error = await refusal(home.terms.write(holder(), locale="en", text=text))

    assert (error.code, error.evidence["parameter"]) == ("invalid", "Text")

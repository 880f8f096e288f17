"""What people say of themselves, checked."""

import pytest

from gettone.control.people_texts import check_locale, check_phone, check_terms, check_zone
from gettone.model.errors import PlatformError


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("+39 06 12345678", "+390612345678"),
        ("+1 (415) 555-0100", "+14155550100"),
        ("0081 3-1234-5678", "+81312345678"),
        ("\uff0b\uff18\uff11 \uff13 1234 5678", "+81312345678"),
    ],
)
def test_phone_is_kept_as_digits(typed: str, number: str) -> None:
    """However it is typed."""
    assert check_phone(typed) == number


@pytest.mark.parametrize(
    "typed", ["", "06 12345678", "+0612345678", "+12", "+1234567890123456", "+1 555 CALL", "x" * 9999]
)
def test_phone_needs_its_country(typed: str) -> None:
    """The field is named."""
    with pytest.raises(PlatformError) as refused:
        check_phone(typed)

    assert (refused.value.code, refused.value.evidence["parameter"]) == ("invalid", "Phone")


def test_language_and_zone_are_known_or_nothing() -> None:
    """None is what the browser says; a path is no zone."""
    assert [check_locale(each) for each in (None, "en", "ja")] == [None, "en", "ja"]
    assert [check_zone(each) for each in (None, "Asia/Tokyo", "UTC")] == [None, "Asia/Tokyo", "UTC"]
    for check, value, parameter in (
        (check_locale, "de", "Locale"),
        (check_zone, "../../etc/passwd", "Zone"),
        (check_zone, "", "Zone"),
    ):
        with pytest.raises(PlatformError) as refused:
            check(value)
        assert refused.value.evidence["parameter"] == parameter


def test_terms_have_to_be_accepted() -> None:
    """The field is named."""
    check_terms(True)
    with pytest.raises(PlatformError) as refused:
        check_terms(False)

    assert refused.value.evidence["parameter"] == "Terms"

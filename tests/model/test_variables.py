"""Variables are a mapping that keeps its values to itself."""

import pytest

from gettone.model.variables import Variables


def test_repr_shows_names_and_no_values() -> None:
    """Neither repr nor str nor a format lets a secret out."""
    variables = Variables({"API_SECRET": "hunter2", "API_KEY": "SK1"})

    assert repr(variables) == str(variables) == f"{variables}" == "Variables(API_SECRET, API_KEY)"


def test_variables_are_a_mapping() -> None:
    """They compare with and turn into a dict."""
    variables = Variables({"A": "1", "B": "2"})

    assert variables == {"A": "1", "B": "2"}
    assert dict(variables) == {"A": "1", "B": "2"}
    assert variables.get("C") is None
    assert Variables() == {}


def test_variables_do_not_follow_what_they_were_made_from() -> None:
    """A later change of the dict leaves them alone, and they offer none themselves."""
    values = {"A": "1"}
    variables = Variables(values)
    values["A"] = "2"

    assert variables["A"] == "1"
    with pytest.raises(TypeError):
        variables["A"] = "3"  # type: ignore[index]

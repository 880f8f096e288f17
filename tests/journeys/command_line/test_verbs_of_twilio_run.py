"""Whoever comes from twilio-run finds each of its verbs and options here, or the reason why there is none."""

from __future__ import annotations

import pytest

from tests.journeys.command_line.comparison import DOCUMENT, Comparison, compare, written
from tests.journeys.command_line.twilio_run import read_verbs

pytestmark = [pytest.mark.xdist_group("official clients"), pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def comparison(npm_clients: None) -> Comparison:
    """Both programs' help, side by side."""
    return compare(read_verbs())


def test_everything_of_theirs_has_a_counterpart_or_a_reason(comparison: Comparison) -> None:
    """Also the short names of options, and the aliases of verbs."""
    assert len(comparison.verbs) >= 12
    assert comparison.missing == ()


def test_no_answer_is_out_of_date(comparison: Comparison) -> None:
    """Each is to an option that they have, and names options that we have."""
    assert comparison.stale == ()


def test_table_in_the_documents_is_the_one_of_today(comparison: Comparison) -> None:
    """If it is not: python -m tests.journeys.command_line.comparison writes it."""
    document = DOCUMENT.read_text("utf-8")

    assert document == written(comparison.table(), document)

"""The pages through which people come in. Wiring only."""

from __future__ import annotations

from gettone.console import first_questions, one_time, sign_in, sign_up, terms

routes = (
    *sign_in.routes,
    *one_time.routes,
    *sign_up.routes,
    *first_questions.routes,
    *terms.routes,
)

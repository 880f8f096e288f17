"""What is wrong with a handler's use of its context, its event or its result. Each message says what to do next."""

from __future__ import annotations


class _MissingError(AttributeError, KeyError):
    """A member that is not there, however it was asked for: as an attribute or by its name in brackets."""

    # KeyError would show the message in quotes.
    __str__ = Exception.__str__


class MissingVariableError(_MissingError):
    """A variable that the environment does not have. `variable` is its name."""

    def __init__(self, variable: str) -> None:
        super().__init__(
            f"The variable {variable} is not set: put it into .env, or set it in the environment's variables."
        )
        self.variable = variable


class MissingParameterError(_MissingError):
    """A parameter that the request does not have. `parameter` is its name."""

    def __init__(self, parameter: str) -> None:
        super().__init__(
            f"The request has no parameter {parameter!r}: send it in the query or the body, "
            f"or read it with event.get({parameter!r})."
        )
        self.parameter = parameter


class MissingPackageError(ImportError):
    """A package that the project's environment does not have."""


class OutsideFunctionError(RuntimeError):
    """Something that exists only while a function runs."""


class ResultError(TypeError):
    """A handler's result cannot be made an answer."""

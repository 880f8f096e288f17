"""How each server of the token function is started, one module each. Must not know how it is measured."""

"""Confinement: a policy in, a process out. Knows neither functions nor HTTP."""

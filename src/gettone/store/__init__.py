"""Persistence: the only SQL. SQLite and PostgreSQL behind one interface, which `interface` states."""

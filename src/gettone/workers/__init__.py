"""The pool: which worker serves which invocation (plan), and the hands that do it (pool, worker)."""

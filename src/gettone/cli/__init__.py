"""The command line: one file per verb. Holds no rules; heavy rooms are imported by the verb that needs them."""

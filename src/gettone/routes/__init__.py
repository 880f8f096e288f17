"""The published snapshot: what it holds, how it is compiled, written and sealed, and the table it becomes. Pure."""

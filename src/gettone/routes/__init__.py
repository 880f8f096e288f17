"""The published snapshot: an immutable table of hosts and paths, and how it is compiled. Pure."""

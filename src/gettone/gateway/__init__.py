"""HTTP in, HTTP out for functions and assets. Never reads a store; serves what the current table says."""

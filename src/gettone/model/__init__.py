"""The nouns of the platform, as values. No I/O, no serialisation; imports nothing else of ours."""

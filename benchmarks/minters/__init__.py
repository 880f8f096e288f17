"""Programs that mint, one per contestant, each told its rounds on standard input. Data to the rest of the benchmark."""

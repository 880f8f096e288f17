"""A client of the REST API: Gettone's own, and Twilio's where the paths are the same. Knows no terminal."""

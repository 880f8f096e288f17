"""REST over control: Twilio's paths with Twilio's bodies, and our own under /api/v1. Holds no rule."""

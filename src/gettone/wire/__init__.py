"""The protocol between host and guest: frames, messages, and who may say what when. No sockets, no clock."""

"""The host's end of a wire, for tests that talk to a real guest."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field

from gettone.wire.frames import FrameReader
from gettone.wire.messages import (
    Completed,
    Failed,
    GuestMessage,
    Hello,
    Load,
    Loaded,
    Log,
    decode_guest,
    encode_invoke,
)

ANSWER_SECONDS = 20.0


@dataclass
class Conversation:
    """One wire to one guest, spoken with blocking calls."""

    wire: socket.socket
    reader: FrameReader = field(default_factory=FrameReader)
    received: list[GuestMessage] = field(default_factory=list)
    next_id: int = 1

    def say(self, frame: bytes) -> None:
        self.wire.sendall(frame)

    def hear(self) -> GuestMessage:
        """The guest's next message. Raises EOFError when the guest is gone."""
        self.wire.settimeout(ANSWER_SECONDS)
        while not self.received:
            data = self.wire.recv(1 << 16)
            if not data:
                raise EOFError("the guest closed the wire")
            self.received += [decode_guest(head, body) for head, body in self.reader.feed(data)]
        return self.received.pop(0)

    def hello(self) -> Hello:
        message = self.hear()
        assert isinstance(message, Hello)
        return message

    def load(self, load: Load) -> Loaded:
        self.say(load.encode())
        message = self.hear()
        assert isinstance(message, Loaded)
        return message

    def invoke(self, function: str, event: Mapping[str, object] | None = None) -> tuple[Completed | Failed, list[Log]]:
        """Run a function; its outcome and what it logged."""
        id = self.send_invoke(function, event)
        logs: list[Log] = []
        while True:
            message = self.hear()
            if isinstance(message, Log):
                logs.append(message)
                continue
            assert isinstance(message, Completed | Failed)
            assert message.id == id
            return message, logs

    def send_invoke(self, function: str, event: Mapping[str, object] | None = None) -> int:
        """Start an invocation without waiting; its id."""
        id = self.next_id
        self.next_id += 1
        whole = {"request": {"headers": {}, "cookies": {}}, **(event or {})}
        self.say(encode_invoke(id, function, "RQ" + "0" * 32, json.dumps(whole).encode()))
        return id

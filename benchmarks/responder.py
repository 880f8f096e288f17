"""A server that does nothing: the same bytes to whoever sends some. It shows what the load generator itself can reach.

Must not know HTTP beyond that one answer.
"""

from __future__ import annotations

import socket
import sys

from benchmarks.polls import make_poll

BODY = b'{"token":"' + b"x" * 440 + b'"}'
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (len(BODY), BODY)
RECEIVE_BYTES = 4096


def respond(listener: socket.socket) -> None:
    """Answer for ever. A request is taken to come in one piece, as the load generator sends it."""
    poll = make_poll()
    connections: dict[int, socket.socket] = {}
    poll.register(listener.fileno())
    while True:
        for descriptor, _ in poll.poll(1.0):
            connection = connections.get(descriptor)
            if connection is None:
                connection, _ = listener.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connections[connection.fileno()] = connection
                poll.register(connection.fileno())
                continue
            try:
                if connection.recv(RECEIVE_BYTES):
                    connection.send(ANSWER)
                    continue
            except OSError:
                pass  # it ended without a farewell
            poll.unregister(descriptor)
            del connections[descriptor]
            connection.close()


if __name__ == "__main__":
    respond(socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=128))

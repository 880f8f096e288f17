"""A program: plays hosts at many addresses on one port, and a name server. Writes down who was visited."""

from __future__ import annotations

import ipaddress
import json
import socket
import struct
import sys
import threading

QUESTION = struct.Struct(">HHHHHH")


def serve(listener: socket.socket, address: str, visits: str) -> None:
    """Answer every visitor with a word, and note it."""
    while True:
        peer, _ = listener.accept()
        with peer, open(visits, "a") as file:
            file.write(json.dumps({"address": address}) + "\n")
            file.flush()
            peer.recv(4096)
            peer.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\nhere")


def answer(question: bytes, names: dict[str, str]) -> bytes:
    """What a name server says: one address of the known names, and nothing of any other (RFC 1035, section 4)."""
    labels, at = [], QUESTION.size
    while question[at]:
        labels.append(question[at + 1 : at + 1 + question[at]].decode())
        at += 1 + question[at]
    kind = int.from_bytes(question[at + 1 : at + 3], "big")
    found = names.get(".".join(labels))
    is_known = found is not None and kind == 1
    head = QUESTION.pack(int.from_bytes(question[:2], "big"), 0x8180, 1, int(is_known), 0, 0)
    record = b""
    if found is not None and is_known:
        record = struct.pack(">HHHIH", 0xC00C, 1, 1, 60, 4) + ipaddress.IPv4Address(found).packed
    return head + question[QUESTION.size : at + 5] + record


def resolve(server: socket.socket, names: dict[str, str]) -> None:
    """Be the name server."""
    while True:
        question, asker = server.recvfrom(2000)
        server.sendto(answer(question, names), asker)


def main() -> None:
    """Listen everywhere, print the port, and go on until killed."""
    told = json.loads(sys.argv[1])
    port = 0
    for address in told["addresses"]:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        where = (address, port, 0, socket.if_nametoindex("out0")) if address.startswith("fe80") else (address, port)
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.bind(where)
        listener.listen()
        port = listener.getsockname()[1]
        threading.Thread(target=serve, args=(listener, address, told["visits"]), daemon=True).start()
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind((told["name_server"], 53))
    print(port, flush=True)
    resolve(server, told["names"])


if __name__ == "__main__":
    main()

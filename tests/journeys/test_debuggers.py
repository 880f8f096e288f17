"""`--inspect` and `--debugpy`: a real debugger stops in the author's own file."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from pathlib import Path

import debugpy  # noqa: T100 - under test here

from gettone.sandbox.node import node_binary
from tests.dev_server import DevServer, dev_server, write_project

HANDLER = (
    "exports.handler = (context, event, callback) => {\n  const word = 'stop here';\n  callback(null, word);\n};\n"
)

# Attaches, sets a breakpoint in the file, says where it stopped, and lets it run on.
CLIENT = """
const [address, file] = process.argv.slice(1);
(async () => {
  const [target] = await (await fetch(`http://${address}/json/list`)).json();
  const socket = new WebSocket(target.webSocketDebuggerUrl);
  let id = 0;
  const say = (method, params = {}) => socket.send(JSON.stringify({ id: ++id, method, params }));
  socket.onopen = () => {
    say('Runtime.enable');
    say('Debugger.enable');
    say('Debugger.setBreakpointByUrl', { url: file, lineNumber: 2 });
  };
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    if (message.id === 3) console.log('ready');
    if (message.method === 'Debugger.paused') {
      const [place] = message.params.hitBreakpoints;
      console.log(JSON.stringify({ place, line: message.params.callFrames[0].location.lineNumber + 1 }));
      say('Debugger.resume');
      socket.close();
    }
  };
})();
"""


def free_port() -> int:
    """A port that was free a moment ago: a debugger's cannot be 0."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    assert isinstance(port, int)
    return port


def stop_in(server: DevServer, address: str, file: Path) -> dict[str, object]:
    """Attach, ask the function, and tell where the debugger stopped."""
    client = subprocess.Popen(
        [str(node_binary()), "-e", CLIENT, address, file.as_uri()], stdout=subprocess.PIPE, text=True
    )
    assert client.stdout is not None
    with client, client.stdout:
        assert client.stdout.readline() == "ready\n"
        answers: list[str] = []
        asking = threading.Thread(target=lambda: answers.append(server.ask("/stop").text))
        asking.start()
        place = json.loads(client.stdout.readline())
        asking.join(20)
        assert answers == ["stop here"]
    assert isinstance(place, dict)
    return place


def test_inspector_stops_in_the_projects_file_also_after_a_save(tmp_path: Path) -> None:
    """A breakpoint in functions/stop.js is hit; after a reload the next worker listens on the same port."""
    folder = write_project(tmp_path.resolve(), {"functions/stop.js": HANDLER})
    address = f"127.0.0.1:{free_port()}"
    with dev_server(folder, f"--inspect={address}") as server:
        server.wait_for(f"Attach a JavaScript debugger to {address}")
        first = stop_in(server, address, folder / "functions" / "stop.js")
        (folder / "functions" / "stop.js").write_text("// changed\n" + HANDLER.replace("const word", "const  word"))
        server.wait_for("reloaded")
        second = stop_in(server, address, folder / "functions" / "stop.js")

    file = (folder / "functions" / "stop.js").as_uri()
    assert str(first["place"]).endswith(file)
    assert str(second["place"]).endswith(file)
    assert (first["line"], second["line"]) == (3, 3)


def test_debugpy_that_is_not_installed_is_named(tmp_path: Path) -> None:
    """The function is served all the same, and the terminal says what to install."""
    folder = write_project(tmp_path, {"functions/hello.py": "def handler(context, event):\n    return 'served'\n"})
    with dev_server(folder, f"--debugpy={free_port()}") as server:
        served = server.ask("/hello").text
        server.wait_for("debugpy.*install")

    assert served == "served"


def test_debugpy_speaks_its_protocol_from_the_projects_environment(tmp_path: Path) -> None:
    """With debugpy in the project's environment an editor can attach: the adapter answers `initialize`."""
    folder = write_project(tmp_path, {"functions/hello.py": "def handler(context, event):\n    return 'served'\n"})
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder / ".venv")], check=True)
    (site,) = (folder / ".venv").glob("lib/python*/site-packages")
    (site / "debugpy").symlink_to(Path(debugpy.__file__).parent)
    request = b'{"seq": 1, "type": "request", "command": "initialize", "arguments": {"adapterID": "test"}}'
    port = free_port()
    with dev_server(folder, f"--debugpy={port}") as server:
        served = server.ask("/hello").text
        with socket.create_connection(("127.0.0.1", port), timeout=20) as editor:
            editor.sendall(b"Content-Length: %d\r\n\r\n%b" % (len(request), request))
            heard = b""
            while b'"command": "initialize"' not in heard:
                more = editor.recv(65536)
                assert more, heard
                heard += more

    assert served == "served"
    assert b'"success": true' in heard

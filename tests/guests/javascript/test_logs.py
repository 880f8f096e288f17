"""What handlers print: levels, texts, to which invocation they belong, and how much of it is kept."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gettone.wire.messages import Completed, Log
from tests.guests.javascript.guests import Serve, Served, Spares, handler, serving

# What a handler does, and the levels and texts that are logged.
PRINTED: dict[str, tuple[str, list[tuple[str, str]]]] = {
    "log": ("console.log('a')", [("info", "a")]),
    "info": ("console.info('a')", [("info", "a")]),
    "debug": ("console.debug('a')", [("info", "a")]),
    "warn": ("console.warn('a')", [("warning", "a")]),
    "error": ("console.error('a')", [("error", "a")]),
    "assert": ("console.assert(1 > 2, 'a')", [("warning", "Assertion failed: a")]),
    "an empty line": ("console.log()", [("info", "")]),
    "several lines": ("console.log('a\\nb')", [("info", "a\nb")]),
    "values": ("console.log('%s is %d', 'a', 1, { b: [2] }, null)", [("info", "a is 1 { b: [ 2 ] } null")]),
    "a percent sign": ("console.log('100%d')", [("info", "100%d")]),
    "dir": ("console.dir({ a: { b: { c: { d: 1 } } } }, { depth: 0 })", [("info", "{ a: [Object] }")]),
    "groups": (
        (
            "console.group('a'); console.log('b\\nc'); console.group(); console.warn('d'); console.groupEnd();"
            " console.groupEnd(); console.log('e')"
        ),
        [("info", "a"), ("info", "  b\n  c"), ("warning", "    d"), ("info", "e")],
    ),
    "count": ("console.count(); console.count()", [("info", "default: 1"), ("info", "default: 2")]),
    "standard output": ("process.stdout.write('a\\n')", [("info", "a")]),
    "standard error": ("process.stderr.write('a\\n')", [("error", "a")]),
    "standard output in pieces": (
        "process.stdout.write('a'); process.stdout.write('b\\nc')",
        [("info", "ab"), ("info", "c")],
    ),
    "bytes cut within a character": (
        "const b = Buffer.from('é\\n'); process.stdout.write(b.subarray(0, 1)); process.stdout.write(b.subarray(1))",
        [("info", "é")],
    ),
    "a stream that is piped": (
        (
            "require('node:stream').Readable.from(['a\\n', 'b\\n']).pipe(process.stdout, {"
            " end: false }).on('unpipe', () => callback())"
        ),
        [("info", "a"), ("info", "b")],
    ),
    "a warning of the process": ("process.emitWarning('a', 'Mine'); setImmediate(callback)", [("warning", "Mine: a")]),
    "text after the callback": ("callback(); console.log('after')", [("info", "after")]),
    "text before a failure": ("console.log('a'); throw new Error('x')", [("info", "a")]),
}


@pytest.fixture(scope="module")
def rows(spares: Spares, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One function for each row of the tables."""
    files = {
        f"functions/{name}.js": handler(statements + ("" if "callback" in statements else "; callback()") + ";")
        for name, (statements, _) in PRINTED.items()
    }
    with serving(spares, tmp_path_factory.mktemp("rows"), files) as served:
        yield served


@pytest.mark.parametrize("name", PRINTED)
def test_printed_text_is_logged_with_its_level(rows: Served, name: str) -> None:
    """As the console would write it, before the outcome."""
    _, printed = PRINTED[name]
    _, logs = rows.run(f"/{name}")

    assert [(log.level, log.text) for log in logs] == printed


def test_table_and_trace_are_logged(serve: Serve) -> None:
    """The console's other methods print through the same levels."""
    source = handler("console.table([{ a: 1 }]); console.trace('here'); console.time(); console.timeEnd(); callback();")
    _, logs = serve({"functions/f.js": source}).run("/f")

    assert [log.level for log in logs] == ["info", "error", "info"]
    assert "│ (index) │ a │" in logs[0].text
    assert logs[1].text.startswith("Trace: here\n")
    assert logs[2].text.startswith("default: ")


def test_text_of_a_module_that_loads_belongs_to_the_first_invocation(serve: Serve) -> None:
    """That is when it is loaded."""
    served = serve({"functions/f.js": "console.log('loading');\n" + handler("callback();")})

    assert [[log.text for log in served.run("/f")[1]] for _ in range(2)] == [["loading"], []]


def test_text_between_invocations_is_dropped(serve: Serve) -> None:
    """It belongs to no invocation, and no frame may come after an outcome."""
    source = handler(
        "setTimeout(() => { console.log('late'); process.stdout.write('late'); require('node:fs').writeSync(1,"
        " 'ran'); }, 1);"
        "callback(null, 'answered');"
    )
    served = serve({"functions/f.js": source, "functions/g.js": handler("callback();")})
    served.ask("/f")
    ran = served.guest.printed(served.guest.stdout, b"ran")
    _, logs = served.run("/g")

    assert ran == b"ran"
    assert logs == []


def test_text_over_the_bound_is_dropped_and_counted_to_the_byte(serve: Serve) -> None:
    """Ten megabytes: what was kept and what was dropped are all that was printed, line feeds counted."""
    source = handler("for (let i = 0; i < 10000; i++) console.log('é'.repeat(499)); callback(null, 'answered');")
    outcome, logs = serve({"functions/f.js": source}, log_bytes=16_385).run("/f")

    assert isinstance(outcome, Completed)
    assert outcome.body == b"answered"
    kept = sum(len(log.text.encode()) for log in logs)
    assert 16_000 < kept + len(logs) <= 16_385 + 1
    assert logs[-1].text == "é" * (len(logs[-1].text))
    whole = sum(len(log.text.encode()) + 1 for log in logs[:-1])
    assert outcome.log_bytes_dropped == 10000 * 999 - whole - len(logs[-1].text.encode())


@pytest.mark.parametrize(
    "statement", ["console.log('x'.repeat(5_000_000))", "process.stdout.write('x'.repeat(5_000_000))"]
)
def test_single_text_over_the_bound_is_cut(serve: Serve, statement: str) -> None:
    """Its start is kept."""
    outcome, logs = serve({"functions/f.js": handler(f"{statement}; callback();")}, log_bytes=1000).run("/f")

    assert [log.text for log in logs] == ["x" * 1000]
    assert outcome.log_bytes_dropped in (4_999_000, 4_999_001)


def test_empty_lines_are_bounded_too(serve: Serve) -> None:
    """A line feed is a byte."""
    outcome, logs = serve(
        {"functions/f.js": handler("for (let i = 0; i < 5000; i++) console.log(''); callback();")}, log_bytes=100
    ).run("/f")

    assert (len(logs), outcome.log_bytes_dropped) == (100, 4900)


def test_bound_is_each_invocations_own(serve: Serve) -> None:
    """The next starts anew."""
    served = serve(
        {"functions/f.js": handler("console.log('x'.repeat(99)); console.log('y'); callback();")}, log_bytes=100
    )
    for _ in range(2):
        outcome, logs = served.run("/f")

        assert [log.text for log in logs] == ["x" * 99]
        assert outcome.log_bytes_dropped == 2


def test_failure_counts_what_was_dropped(serve: Serve) -> None:
    """Like an answer."""
    served = serve({"functions/f.js": handler("console.log('x'.repeat(200)); throw new Error('x');")}, log_bytes=100)

    assert served.fail("/f").log_bytes_dropped == 101


def test_text_is_with_the_host_when_the_process_dies_in_the_next_statement(serve: Serve) -> None:
    """Nothing waits in memory."""
    served = serve({"functions/f.js": handler("console.log('last words'); process.kill(process.pid, 'SIGKILL');")})
    served.guest.conversation.send_invoke("/f")
    heard = served.guest.conversation.hear()

    assert heard == Log(1, "info", "last words")
    with pytest.raises(EOFError):
        served.guest.conversation.hear()


def test_what_a_child_prints_arrives_at_the_descriptors(serve: Serve) -> None:
    """The host reads 1 and 2 itself."""
    source = handler(
        "require('node:child_process').spawnSync('/bin/sh', ['-c', 'echo out; echo err >&2'], {"
        " stdio: 'inherit' }); callback();"
    )
    served = serve({"functions/f.js": source})
    served.ask("/f")

    assert served.guest.printed(served.guest.stdout, b"\n") == b"out\n"
    assert served.guest.printed(served.guest.stderr, b"\n") == b"err\n"


def test_standard_streams_say_that_they_are_no_terminals(serve: Serve) -> None:
    """Programs that colour their output ask."""
    source = handler(
        "callback(null, [process.stdout.fd, process.stderr.fd, process.stdout.isTTY === undefined,"
        " process.stdout.writable]);"
    )

    assert serve({"functions/f.js": source}).read("/f") == [1, 2, True, True]

"""The command itself: quick, helpful, and with the exit codes that scripts rely on."""

from __future__ import annotations

import subprocess
import sys
import time

HELP = (
    "import sys\n"
    "from gettone.cli.main import main\n"
    "try:\n    main(['--help'])\nexcept SystemExit as end:\n    code = end.code\n"
    "heavy = {'rich', 'uvicorn', 'watchfiles', 'qs_codec', 'msgspec', 'asyncio'} & set(sys.modules)\n"
    "print(f'code={code} heavy={sorted(heavy)}')\n"
)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python with these arguments to its end."""
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, timeout=60, check=False)


def test_help_lists_the_verbs_and_imports_nothing_heavy() -> None:
    """Rich, servers and watchers are for the verbs that need them."""
    said = run("-c", HELP).stdout

    assert "dev" in said
    assert said.endswith("code=0 heavy=[]\n")


def test_help_takes_at_most_eight_interpreter_starts() -> None:
    """Side by side, the best of five each: a ratio that does not depend on the machine."""
    bare: list[float] = []
    helped: list[float] = []
    for _ in range(5):
        for times, arguments in ((bare, ["-c", "pass"]), (helped, ["-m", "gettone", "--help"])):
            begun = time.perf_counter()
            assert run(*arguments).returncode == 0
            times.append(time.perf_counter() - begun)

    assert min(helped) <= 8 * min(bare)


def test_wrong_use_is_exit_code_2() -> None:
    """A verb that is none, and an option that is none."""
    for arguments in (["no-such-verb"], ["dev", "--no-such-option"], ["dev", "--port", "70000"]):
        ended = run("-m", "gettone", *arguments)

        assert ended.returncode == 2
        assert "Traceback" not in ended.stderr

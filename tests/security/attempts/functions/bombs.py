"""Bombs: `event.bomb` takes something without end."""

# mypy: disable-error-code="return"
import os
import threading
import time
from typing import Any, NoReturn

KEPT: list[object] = []


def processes() -> NoReturn:
    while True:
        if os.fork() == 0:
            time.sleep(60)
            os._exit(0)


def threads() -> NoReturn:
    while True:
        thread = threading.Thread(target=time.sleep, args=(60,), daemon=True)
        thread.start()


def memory() -> NoReturn:
    while True:
        KEPT.append(b"x" * (16 << 20))


def descriptors() -> NoReturn:
    while True:
        KEPT.append(os.open("/dev/null", os.O_RDONLY))


def disk() -> NoReturn:
    number = 0
    while True:
        number += 1
        with open(f"/tmp/{number}", "wb") as file:
            file.writelines(b"x" * (1 << 20) for _ in range(60))


def log() -> NoReturn:
    while True:
        print("x" * 1000)


def burn() -> NoReturn:
    while True:
        pass


def handler(context: object, event: Any) -> object:
    try:
        globals()[event["bomb"]]()
    except (OSError, RuntimeError, MemoryError) as error:
        return f"{type(error).__name__}"

"""What docs/security.md promises, read from its table; and which attempts are made on each promise."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "security.md"
KEPT = {"kept": True, "not kept": False}

ATTEMPTS = {
    "P1": (
        "read_host_passwd", "read_shadow", "read_file_of_host", "symlink_to_host", "hard_link_to_host",
        "climb_out_of_root", "read_root_of_first_process", "internal_binding",
    ),
    "P2": ("list_data_folder", "read_master_key", "read_database", "inherited_descriptors"),
    "P3": ("find_neighbour",),
    "P4": (
        "write_etc", "write_usr", "write_runtime", "write_own_code", "replace_own_code", "make_own_code_writable",
        "open_devices", "make_device", "keep_memory_out_of_sight",
    ),
    "P5": (
        "read_environ_of_gateway", "read_environ_of_parents", "find_secret_in_any_environ", "see_processes_of_host",
        "read_memory_of_gateway", "read_root_of_gateway", "worker_thread_with_other_environment",
        "child_with_other_environment",
    ),
    "P6": (
        "ptrace_gateway", "ptrace_own_child", "process_vm_readv_gateway", "process_vm_writev_gateway", "signal_gateway",
        "signal_neighbour", "pidfd_of_gateway", "kcmp_gateway", "debug_gateway", "type_into_terminal",
    ),
    "P7": (
        "hold_capabilities", "gain_privileges", "set_user", "run_setuid_program", "preload_library",
        "native_addon",
    ),
    "P8": (
        "unshare_user", "unshare_mount", "clone_user", "clone3_user", "setns_first_process", "mount_tmpfs",
        "remount_root_writable", "unmount_proc", "pivot_root", "chroot", "new_mount_interface",
    ),
    "P9": (
        "run_without_filter", "bpf", "io_uring", "keyring", "userfaultfd", "perf_event_open", "load_kernel",
        "open_by_handle", "netlink", "raw_socket", "rare_sockets",
    ),
    "P10": ("machine_controls", "kernel_log", "kernel_settings", "own_cgroup"),
    "P11": (
        "connect_unix_socket", "connect_abstract_socket", "connect_console", "connect_console_by_ipv6",
        "connect_console_by_mapped_address", "connect_console_by_any_address", "connect_console_without_waiting",
        "connect_console_by_name", "connect_console_by_swapped_address", "fetch_console",
        "datagram_to_loopback", "inspector_of_own", "see_network_of_host",
    ),
    "P12": ("raise_priority", "raise_limits", "protect_from_killer"),
}  # fmt: skip
# Refused to everybody, also where nothing confines them; or not to be had on every kernel; or a race that may be lost.
NOTHING_TO_GET = frozenset({
    "connect_console_by_swapped_address",
    "child_with_other_environment", "connect_console_without_waiting", "find_neighbour", "inherited_descriptors",
    "inspector_of_own", "load_kernel", "native_addon", "protect_from_killer", "raise_limits", "rare_sockets",
    "read_environ_of_parents", "read_root_of_first_process", "setns_first_process", "type_into_terminal",
    "worker_thread_with_other_environment", "write_runtime", "new_mount_interface", "userfaultfd", "perf_event_open",
    "own_cgroup", "preload_library", "open_devices", "kernel_log", "bpf", "io_uring", "keyring", "machine_controls",
    "open_by_handle", "make_device",
})  # fmt: skip


def read_promises() -> Mapping[str, Mapping[str, bool]]:
    """Promise by promise: what each kind of sandbox keeps."""
    found: dict[str, Mapping[str, bool]] = {}
    kinds: list[str] = []
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| promise | what | "):
            kinds = cells[2:]
        elif re.match(r"\| P\d+ ", line):
            found[cells[0]] = {kind: KEPT[cell] for kind, cell in zip(kinds, cells[2:], strict=True)}
    return found

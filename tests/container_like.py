"""Runs a command as an ordinary container does: without namespaces, and with few capabilities.

`python container_like.py COMMAND…` keeps the capabilities that container runtimes leave by default,
and refuses the system calls that their filters refuse. They leave Landlock alone, and so does this.
For an ordinary user there is only the filter, as on a desktop whose system restricts namespaces.
"""

import ctypes
import errno
import os
import sys

import pyseccomp

# chown, dac_override, fowner, fsetid, kill, setgid, setuid, setpcap, net_bind_service, net_raw,
# sys_chroot, mknod, audit_write and setfcap, by number
KEPT = {0, 1, 3, 4, 5, 6, 7, 8, 10, 13, 18, 27, 29, 31}
LAST_CAPABILITY = 40
REFUSED = (
    *("unshare", "setns", "mount", "umount2", "pivot_root", "mount_setattr", "open_tree"),
    *("move_mount", "fsopen", "fsconfig", "fsmount", "fspick", "bpf", "perf_event_open"),
    *("keyctl", "add_key", "request_key", "userfaultfd"),
)
# CLONE_NEWNS, …NEWCGROUP, …NEWUTS, …NEWIPC, …NEWUSER, …NEWPID, …NEWNET
NEW_NAMESPACES = [1 << bit for bit in (17, 25, 26, 27, 28, 29, 30)]
PR_CAPBSET_DROP = 24
CAPABILITY_VERSION = 0x20080522


def drop_capabilities() -> None:
    """Keep only `KEPT`, in this process and in all that it starts."""
    libc = ctypes.CDLL(None, use_errno=True)
    for number in set(range(LAST_CAPABILITY + 1)) - KEPT:
        libc.prctl(PR_CAPBSET_DROP, number, 0, 0, 0)
    with open("/proc/self/status") as table:
        has = next(int(line.split()[1], 16) for line in table if line.startswith("CapPrm"))
    bits = has & sum(1 << number for number in KEPT)
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0)
    if libc.capset(header, (ctypes.c_uint32 * 6)(bits, bits)) != 0:
        raise OSError(ctypes.get_errno(), "capset")


def load_filter() -> None:
    """Refuse what makes or enters namespaces, and other calls that containers may not make."""
    rules = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
    refused = pyseccomp.ERRNO(errno.EPERM)
    for name in REFUSED:
        rules.add_rule(refused, name)
    for flag in NEW_NAMESPACES:
        rules.add_rule(refused, "clone", pyseccomp.Arg(0, pyseccomp.MASKED_EQ, flag, flag))
    rules.add_rule(pyseccomp.ERRNO(errno.ENOSYS), "clone3")  # a filter cannot see its flags
    rules.load()


if __name__ == "__main__":
    if os.geteuid() == 0:
        drop_capabilities()
    load_filter()
    os.execvp(sys.argv[1], sys.argv[1:])

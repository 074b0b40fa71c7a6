"""The filter of system calls: what no kernel needs gets an error, whichever walls there are."""

from __future__ import annotations

import errno
import socket
from typing import Any

CLONE_NEWNS = 0x00020000
CLONE_NEWCGROUP = 0x02000000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000
NAMESPACES = (
    CLONE_NEWNS,
    CLONE_NEWCGROUP,
    CLONE_NEWUTS,
    CLONE_NEWIPC,
    CLONE_NEWUSER,
    CLONE_NEWPID,
    CLONE_NEWNET,
)
TIOCSTI = 0x5412
WHOLE = 0xFFFFFFFF  # the bits that the system reads of an argument of 32 bits

# System calls that no kernel needs. Through many of them, flaws of the system have been reached.
FORBIDDEN = (
    *("ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "pidfd_getfd", "kcmp"),
    *("mount", "umount2", "pivot_root", "chroot", "move_mount", "open_tree", "mount_setattr"),
    *("fsopen", "fsconfig", "fsmount", "fspick", "fanotify_init"),
    *("open_by_handle_at", "name_to_handle_at"),
    *("unshare", "setns", "setdomainname", "sethostname"),
    *("bpf", "perf_event_open", "userfaultfd", "lookup_dcookie", "memfd_secret"),
    *("io_uring_setup", "io_uring_enter", "io_uring_register"),
    *("keyctl", "add_key", "request_key"),
    # The memory behind these belongs to no process, so no limit would count it.
    *("memfd_create", "shmget", "msgget", "semget"),
    *("kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module"),
    *("reboot", "swapon", "swapoff", "acct", "quotactl", "quotactl_fd", "syslog", "vhangup"),
    *("settimeofday", "clock_settime", "clock_adjtime", "adjtimex"),
    *("iopl", "ioperm", "modify_ldt", "personality", "uselib", "nfsservctl"),
)


class CallFilter:
    """A filter that refuses what `FORBIDDEN` lists, new namespaces, and larger socket buffers.

    Raises:
        RuntimeError: the library libseccomp is missing.
    """

    def __init__(self) -> None:
        try:
            import pyseccomp
        except (ImportError, OSError, RuntimeError) as error:
            message = f"the system's library libseccomp (package libseccomp2) is missing: {error}"
            raise RuntimeError(message) from None
        self._library = pyseccomp
        self._rules = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
        self.refuse(*FORBIDDEN)
        for flag in NAMESPACES:
            self.refuse_if("clone", self.has_bits(0, flag, flag))
        # A filter cannot see the flags of clone3. If it is missing, the C library uses clone.
        self.refuse("clone3", answer=errno.ENOSYS)
        self.refuse_if("ioctl", self.has_bits(1, WHOLE, TIOCSTI))
        # A program that asks for larger buffers goes on with the usual ones, which the keeper
        # counts.
        is_socket_level = self.has_bits(1, WHOLE, socket.SOL_SOCKET)
        for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
            is_size = self.has_bits(2, WHOLE, option)
            self.refuse_if("setsockopt", is_socket_level, is_size, answer=0)

    def refuse(self, *calls: str | int, answer: int = errno.EPERM) -> None:
        """Refuse system calls, whatever their arguments are.

        Args:
            calls: their names; or their numbers, if the library may be older than the calls.
            answer: the error that they return; 0 lets them do nothing and report success.
        """
        for name in calls:
            self.refuse_if(name, answer=answer)

    def refuse_if(self, call: str | int, *conditions: Any, answer: int = errno.EPERM) -> None:
        """Refuse a system call if its arguments meet all conditions; see `refuse`."""
        library = self._library
        # libseccomp has no number for a call that this kind of processor does not have.
        if isinstance(call, int) or library.resolve_syscall(library.system_arch(), call) >= 0:
            self._rules.add_rule(library.ERRNO(answer), call, *conditions)

    def has_bits(self, argument: int, mask: int, bits: int) -> Any:
        """Return the condition that an argument, by its place, has these bits below the mask."""
        return self._library.Arg(argument, self._library.MASKED_EQ, mask, bits)

    def equals(self, argument: int, value: int) -> Any:
        """Return the condition that all 64 bits of an argument are those of the value."""
        return self._library.Arg(argument, self._library.EQ, value)

    def differs(self, argument: int, value: int) -> Any:
        """Return the condition that an argument is another value."""
        return self._library.Arg(argument, self._library.NE, value)

    def exceeds(self, argument: int, value: int) -> Any:
        """Return the condition that an argument, read as a number without sign, is larger."""
        return self._library.Arg(argument, self._library.GT, value)

    def load(self) -> None:
        """Put the filter on this process and on all that it starts, for good."""
        self._rules.load()

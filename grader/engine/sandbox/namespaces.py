"""The inner wall, around each kernel that is forked behind the outer one.

A new process raises it around itself, course by course: `isolate`, `build`, `become_student`,
`limit`, `drop_capabilities`, and last the filter of `forbidden_calls`. All works without root.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import functools
import os
import resource
import shutil
import signal
import socket
import stat
import struct
from pathlib import Path
from typing import Any

from ..messages import HOME, USER, WORK, Limits

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

MS_RDONLY = 1
MS_NOSUID = 2
MS_NODEV = 4
MS_NOEXEC = 8
MS_REMOUNT = 32
MS_BIND = 4096
MS_REC = 16384
MS_PRIVATE = 1 << 18
NO_TRICKS = MS_NOSUID | MS_NODEV
READ_ONLY = MS_REMOUNT | MS_BIND | MS_RDONLY | NO_TRICKS

SIOCSIFFLAGS = 0x8914
IFF_UP = 1
TIOCSTI = 0x5412
NETLINK_ROUTE = 0
PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_CAPBSET_DROP = 24
PR_SET_NO_NEW_PRIVS = 38
CAPABILITY_VERSION = 0x20080522

FILES = 16384  # in a kernel's folders in memory

# What no kernel has a use for, and what flaws of the system have been reached through.
FORBIDDEN = (
    *("ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "pidfd_getfd", "kcmp"),
    *("mount", "umount2", "pivot_root", "chroot", "move_mount", "open_tree", "mount_setattr"),
    *("fsopen", "fsconfig", "fsmount", "fspick", "fanotify_init"),
    *("open_by_handle_at", "name_to_handle_at"),
    *("unshare", "setns", "setdomainname", "sethostname"),
    *("bpf", "perf_event_open", "userfaultfd", "lookup_dcookie", "memfd_secret"),
    *("io_uring_setup", "io_uring_enter", "io_uring_register"),
    *("keyctl", "add_key", "request_key"),
    # Memory that is in no process, so that no limit would count it.
    *("memfd_create", "shmget", "msgget"),
    *("kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module"),
    *("reboot", "swapon", "swapoff", "acct", "quotactl", "quotactl_fd", "syslog", "vhangup"),
    *("settimeofday", "clock_settime", "clock_adjtime", "adjtimex"),
    *("iopl", "ioperm", "modify_ldt", "personality", "uselib", "nfsservctl"),
)


@functools.cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _call(name: str, *arguments: Any) -> None:
    """Call a function of the C library that returns 0 or else sets errno."""
    if getattr(_libc(), name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def _mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    words = (source.encode(), target.encode(), kind.encode())
    try:
        _call("mount", *words, ctypes.c_ulong(flags), options.encode() or None)
    except OSError as error:
        raise OSError(error.errno, f"{error.strerror}, {target}") from None


def die_with_parent() -> None:
    """End this process when the one that forked it ends."""
    _call("prctl", PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def go_first() -> None:
    """Let the system, when its memory runs out, end this process and its children first."""
    Path("/proc/self/oom_score_adj").write_text("1000")


def uncover_proc() -> None:
    """Take away bubblewrap's covers in /proc, and the capability to do so.

    Run by root, bubblewrap covers parts of /proc that root may write; the system then refuses
    every kernel a /proc of its own, as that would look behind the covers.
    A kernel's /proc needs none: it is read-only as a whole.
    """
    for point in reversed(_mount_points("/proc")):
        _call("umount2", point.encode(), 0)
    drop_capabilities()


def _mount_points(folder: str) -> list[str]:
    """What is mounted below `folder`, in the order in which it was."""
    with open("/proc/self/mountinfo") as table:
        points = [line.split()[4] for line in table]
    return [point for point in points if point.startswith(folder + "/")]


def isolate() -> None:
    """Move this process into namespaces of its own; its next child becomes their process 1.

    There the user is number 0 at first: the system lets no other mount terminals.
    """
    user, group = os.getuid(), os.getgid()
    _call("unshare", sum(NAMESPACES))
    _map_user(os.open("/proc", os.O_PATH), (0, user), (0, group))


def become_student(proc: int) -> None:
    """Move this process on into a user namespace where the user is `USER` and no mount is its own.

    Args:
        proc: a writable /proc, opened before `build`; closed here.
    """
    _call("unshare", CLONE_NEWUSER)
    _map_user(proc, (USER, 0), (USER, 0))


def _map_user(proc: int, user: tuple[int, int], group: tuple[int, int]) -> None:
    """Say which number inside this process's user namespace stands for which outside."""
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{user[0]} {user[1]} 1"),
        ("gid_map", f"{group[0]} {group[1]} 1"),
    ):
        number = os.open(f"self/{name}", os.O_WRONLY, dir_fd=proc)
        os.write(number, text.encode())
        os.close(number)
    os.close(proc)


def build(spool: str, folder: str, limits: Limits) -> None:
    """Give this process, process 1 of its namespaces, a file system and loopback of its own.

    Args:
        spool: the folder in which kernels meet the outside; hidden.
        folder: a folder in the spool; its files are copied to `WORK`.
        limits: for the size of its files.
    """
    _mount("", "/", "", MS_REC | MS_PRIVATE)
    source = os.open(folder, os.O_PATH)
    # Python's own folders may lie in /tmp; what is hidden next is held by its number.
    kept = [point for point in _mount_points("/tmp") if point != spool]
    held = {path: os.open(path, os.O_PATH) for path in kept}
    options = f"size={limits.scratch_bytes},nr_inodes={FILES},mode=755"
    _mount("scratch", "/student", "tmpfs", NO_TRICKS, options)
    for path in (HOME, WORK, "/student/tmp", "/student/shm"):
        os.mkdir(path)
    shutil.copytree(f"/proc/self/fd/{source}", WORK, symlinks=True, dirs_exist_ok=True)
    _mount("/student/tmp", "/tmp", "", MS_BIND)
    _mount("/student/shm", "/dev/shm", "", MS_BIND)
    os.makedirs(spool, exist_ok=True)
    _mount("spool", spool, "tmpfs", NO_TRICKS, "size=64k,mode=755")
    for path, number in held.items():
        _make_mount_point(path, number)
        _mount(f"/proc/self/fd/{number}", path, "", MS_BIND | MS_REC)
    _mount("", spool, "", READ_ONLY)
    for number in (source, *held.values()):
        os.close(number)
    _mount("devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "ptmxmode=666,mode=620")
    _mount("proc", "/proc", "proc", MS_RDONLY | NO_TRICKS | MS_NOEXEC)
    _raise_loopback()


def _make_mount_point(path: str, number: int) -> None:
    """An empty folder or file at `path`, as what is open under `number` is one or the other."""
    if stat.S_ISDIR(os.fstat(number).st_mode):
        os.makedirs(path, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        Path(path).touch()


def _raise_loopback() -> None:
    """Switch on 127.0.0.1 of this network namespace; it has no other address."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", IFF_UP))


def limit(limits: Limits) -> None:
    """Set the limits of this process, and of each that it starts, for good."""
    for kind, soft, hard in (
        # At the first the process gets a signal, which it may catch; at the second it ends.
        (resource.RLIMIT_CPU, limits.cpu_seconds, limits.cpu_seconds + 2),
        (resource.RLIMIT_AS, limits.address_bytes, limits.address_bytes),
        (resource.RLIMIT_NPROC, limits.threads, limits.threads),  # not for a real root
        (resource.RLIMIT_FSIZE, limits.file_bytes, limits.file_bytes),
        (resource.RLIMIT_NOFILE, limits.open_files, limits.open_files),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        ceiling = resource.getrlimit(kind)[1]
        if ceiling != resource.RLIM_INFINITY:
            soft, hard = min(soft, ceiling), min(hard, ceiling)
        resource.setrlimit(kind, (soft, hard))


def drop_capabilities() -> None:
    """Give up every capability for good: no program, setuid or not, gives one back."""
    capability = 0
    while _libc().prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0:
        capability += 1
    _call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0)
    _call("capset", header, (ctypes.c_uint32 * 6)())


def shut() -> None:
    """Let no other process of the same user look into this one or change it."""
    _call("prctl", PR_SET_DUMPABLE, 0, 0, 0, 0)


def forbidden_calls() -> Any:
    """The filter of system calls; its `load()` puts it on this process for good.

    Raises:
        RuntimeError: the library libseccomp is missing.
    """
    try:
        import pyseccomp
    except (ImportError, OSError, RuntimeError) as error:
        message = f"the system's library libseccomp (package libseccomp2) is missing: {error}"
        raise RuntimeError(message) from None
    calls = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
    no = pyseccomp.ERRNO(errno.EPERM)
    for name in FORBIDDEN:
        # libseccomp has no number for a call that this kind of processor does not have.
        if pyseccomp.resolve_syscall(pyseccomp.system_arch(), name) >= 0:
            calls.add_rule(no, name)
    for flag in NAMESPACES:
        calls.add_rule(no, "clone", pyseccomp.Arg(0, pyseccomp.MASKED_EQ, flag, flag))
    # A filter cannot see the flags of clone3; without it the C library uses clone.
    calls.add_rule(pyseccomp.ERRNO(errno.ENOSYS), "clone3")
    calls.add_rule(no, "ioctl", pyseccomp.Arg(1, pyseccomp.MASKED_EQ, 0xFFFFFFFF, TIOCSTI))
    # The network namespace confines Unix and internet sockets, but not all other families:
    # AF_VSOCK reaches the host of a virtual machine. Netlink tells the namespace's addresses.
    unknown = pyseccomp.ERRNO(errno.EAFNOSUPPORT)
    allowed = {socket.AF_UNIX, socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK}
    for family in set(range(socket.AF_NETLINK)) - allowed:
        calls.add_rule(unknown, "socket", pyseccomp.Arg(0, pyseccomp.EQ, family))
    calls.add_rule(unknown, "socket", pyseccomp.Arg(0, pyseccomp.GT, socket.AF_NETLINK))
    netlink = pyseccomp.Arg(0, pyseccomp.EQ, socket.AF_NETLINK)
    calls.add_rule(unknown, "socket", netlink, pyseccomp.Arg(2, pyseccomp.NE, NETLINK_ROUTE))
    return calls

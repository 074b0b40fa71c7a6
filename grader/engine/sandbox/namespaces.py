"""The inner wall, around each kernel that is forked behind the outer wall.

A new process builds it around itself, in this order: `isolate`, `set_up`, `become_student`,
`set_limits`, `drop_capabilities`, and the `system_call_filter` last. No step needs root.
"""

from __future__ import annotations

import ctypes
import errno
import functools
import os
import resource
import shutil
import signal
import socket
import stat
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
NO_SETUID_OR_DEVICES = MS_NOSUID | MS_NODEV
READ_ONLY = MS_REMOUNT | MS_BIND | MS_RDONLY | NO_SETUID_OR_DEVICES

TIOCSTI = 0x5412
NETLINK_ROUTE = 0
PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_CAPBSET_DROP = 24
PR_SET_NO_NEW_PRIVS = 38
CAPABILITY_VERSION = 0x20080522

MOST_FILES = 16384  # in a kernel's folders in memory

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


def volunteer_for_oom_killer() -> None:
    """Let the system end this process and its children first if memory runs out."""
    Path("/proc/self/oom_score_adj").write_text("1000")


def uncover_proc() -> None:
    """Remove bubblewrap's covers from /proc, and give up the capability to do so.

    If root runs bubblewrap, it covers the parts of /proc that root may write to. The system then
    lets no kernel mount a /proc of its own, because that one would show what is covered.
    A kernel's /proc needs no covers, because all of it is read-only.
    """
    for point in reversed(_mount_points("/proc")):
        _call("umount2", point.encode(), 0)
    drop_capabilities()


def _mount_points(folder: str) -> list[str]:
    """Return the mount points below `folder`, in the order in which they were mounted."""
    with open("/proc/self/mountinfo") as table:
        points = [line.split()[4] for line in table]
    return [point for point in points if point.startswith(folder + "/")]


def isolate() -> None:
    """Move this process into namespaces of its own; its next child becomes their process 1.

    The user is number 0 there at first, because the system lets only user 0 mount terminals.
    """
    user, group = os.getuid(), os.getgid()
    _call("unshare", sum(NAMESPACES))
    _map_user(os.open("/proc", os.O_PATH), (0, user), (0, group))


def become_student(proc: int) -> None:
    """Move this process on into a user namespace where the user is `USER` and owns no mount.

    Args:
        proc: a writable /proc, opened before `set_up`; it is closed here.
    """
    _call("unshare", CLONE_NEWUSER)
    _map_user(proc, (USER, 0), (USER, 0))


def _map_user(proc: int, user: tuple[int, int], group: tuple[int, int]) -> None:
    """Say which user and group inside this process's user namespace are which ones outside."""
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{user[0]} {user[1]} 1"),
        ("gid_map", f"{group[0]} {group[1]} 1"),
    ):
        number = os.open(f"self/{name}", os.O_WRONLY, dir_fd=proc)
        os.write(number, text.encode())
        os.close(number)
    os.close(proc)


def set_up(spool: str, folder: str, limits: Limits) -> None:
    """Give this process, process 1 of its namespaces, a file system of its own.

    Args:
        spool: the folder through which the trusted side reaches the zygote; it is hidden.
        folder: a folder in the spool; its files are copied to `WORK`.
        limits: `scratch_bytes` of them is the size of the file system in memory.
    """
    _mount("", "/", "", MS_REC | MS_PRIVATE)
    source = os.open(folder, os.O_PATH)
    # Python's own folders may lie in /tmp, which is hidden next. An open folder can be mounted
    # again by its number.
    paths = [point for point in _mount_points("/tmp") if point != spool]
    numbers = {path: os.open(path, os.O_PATH) for path in paths}
    options = f"size={limits.scratch_bytes},nr_inodes={MOST_FILES},mode=755"
    _mount("scratch", "/student", "tmpfs", NO_SETUID_OR_DEVICES, options)
    for path in (HOME, WORK, "/student/tmp", "/student/shm"):
        os.mkdir(path)
    shutil.copytree(f"/proc/self/fd/{source}", WORK, symlinks=True, dirs_exist_ok=True)
    _mount("/student/tmp", "/tmp", "", MS_BIND)
    _mount("/student/shm", "/dev/shm", "", MS_BIND)
    os.makedirs(spool, exist_ok=True)
    _mount("spool", spool, "tmpfs", NO_SETUID_OR_DEVICES, "size=64k,mode=755")
    for path, number in numbers.items():
        _make_mount_point(path, number)
        _mount(f"/proc/self/fd/{number}", path, "", MS_BIND | MS_REC)
    _mount("", spool, "", READ_ONLY)
    for number in (source, *numbers.values()):
        os.close(number)
    _mount("devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "ptmxmode=666,mode=620")
    _mount("proc", "/proc", "proc", MS_RDONLY | NO_SETUID_OR_DEVICES | MS_NOEXEC)


def _make_mount_point(path: str, number: int) -> None:
    """Make an empty folder or file at `path`, whichever is open under `number`."""
    if stat.S_ISDIR(os.fstat(number).st_mode):
        os.makedirs(path, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        Path(path).touch()


def set_limits(limits: Limits) -> None:
    """Set the limits of this process and of each that it starts; no one can raise them again."""
    for kind, soft, hard in (
        # At the soft limit a process gets a signal, which it may ignore. At the hard one it ends.
        (resource.RLIMIT_CPU, limits.cpu_seconds, limits.cpu_seconds + 2),
        (resource.RLIMIT_AS, limits.address_bytes, limits.address_bytes),
        (resource.RLIMIT_NPROC, limits.threads, limits.threads),  # root is exempt
        (resource.RLIMIT_FSIZE, limits.file_bytes, limits.file_bytes),
        (resource.RLIMIT_NOFILE, limits.open_files, limits.open_files),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        ceiling = resource.getrlimit(kind)[1]
        if ceiling != resource.RLIM_INFINITY:
            soft, hard = min(soft, ceiling), min(hard, ceiling)
        resource.setrlimit(kind, (soft, hard))


def drop_capabilities() -> None:
    """Give up every capability for good; no program gives one back, not even a setuid one."""
    capability = 0
    while _libc().prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0:
        capability += 1
    _call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0)
    _call("capset", header, (ctypes.c_uint32 * 6)())


def forbid_inspection() -> None:
    """Let no other process of the same user look into this one or change it."""
    _call("prctl", PR_SET_DUMPABLE, 0, 0, 0, 0)


def system_call_filter() -> Any:
    """Return the filter of system calls; its `load()` puts it on this process for good.

    Raises:
        RuntimeError: the library libseccomp is missing.
    """
    try:
        import pyseccomp
    except (ImportError, OSError, RuntimeError) as error:
        message = f"the system's library libseccomp (package libseccomp2) is missing: {error}"
        raise RuntimeError(message) from None
    rules = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
    not_permitted = pyseccomp.ERRNO(errno.EPERM)
    for name in FORBIDDEN:
        # libseccomp has no number for a call that this kind of processor does not have.
        if pyseccomp.resolve_syscall(pyseccomp.system_arch(), name) >= 0:
            rules.add_rule(not_permitted, name)
    for flag in NAMESPACES:
        has_flag = pyseccomp.Arg(0, pyseccomp.MASKED_EQ, flag, flag)
        rules.add_rule(not_permitted, "clone", has_flag)
    # A filter cannot see the flags of clone3. If it is missing, the C library uses clone.
    rules.add_rule(pyseccomp.ERRNO(errno.ENOSYS), "clone3")
    is_tiocsti = pyseccomp.Arg(1, pyseccomp.MASKED_EQ, 0xFFFFFFFF, TIOCSTI)
    rules.add_rule(not_permitted, "ioctl", is_tiocsti)
    # There is no network, and the buffers of internet sockets belong to no process, so no limit
    # would count them. Other families are not confined by the network namespace: AF_VSOCK reaches
    # the host of a virtual machine. Netlink is allowed as far as it lists the network's devices.
    unknown = pyseccomp.ERRNO(errno.EAFNOSUPPORT)
    allowed = {socket.AF_UNIX, socket.AF_NETLINK}
    for family in set(range(socket.AF_NETLINK)) - allowed:
        rules.add_rule(unknown, "socket", pyseccomp.Arg(0, pyseccomp.EQ, family))
    rules.add_rule(unknown, "socket", pyseccomp.Arg(0, pyseccomp.GT, socket.AF_NETLINK))
    is_netlink = pyseccomp.Arg(0, pyseccomp.EQ, socket.AF_NETLINK)
    is_no_route = pyseccomp.Arg(2, pyseccomp.NE, NETLINK_ROUTE)
    rules.add_rule(unknown, "socket", is_netlink, is_no_route)
    # A program that asks for larger buffers goes on with the usual ones, which the keeper counts.
    is_socket_level = pyseccomp.Arg(1, pyseccomp.MASKED_EQ, 0xFFFFFFFF, socket.SOL_SOCKET)
    for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
        is_size = pyseccomp.Arg(2, pyseccomp.MASKED_EQ, 0xFFFFFFFF, option)
        rules.add_rule(pyseccomp.ERRNO(0), "setsockopt", is_socket_level, is_size)
    return rules

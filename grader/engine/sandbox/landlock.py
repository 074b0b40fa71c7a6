"""Walls of Landlock, for machines where nobody may make namespaces, as in most containers.

A process gives up access to files, and all that it starts has as little. It still sees that other
files and processes exist. A filter of system calls leaves it no network and no reach into other
processes. If the grader may change its user, each kernel also gets a user id of its own.
"""

from __future__ import annotations

import errno
import os
import select
import shutil
import socket
import stat
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from py_landlock import (
    AccessFs,
    PathBeneathAttr,
    RestrictSelfFlag,
    RulesetAttr,
    add_rule,
    create_ruleset,
    get_abi_version,
    restrict_self,
)
from py_landlock.abi import ABIVersion, get_supported_fs, get_supported_net, get_supported_scope

from ..messages import Limits
from . import descendants, private_files, rights, users
from .call_filter import WHOLE, CallFilter
from .private_files import HiddenError
from .usage import SOCKET_BYTES, Process
from .walls import NoWalls, Unowned

# The first versions of Landlock that forbid a process to
TRUNCATES = 3  # shorten files
SIGNALS = 6  # signal others
LOGS = 7  # The first version that writes into the system's log what it forbids.
QUIET = RestrictSelfFlag.LANDLOCK_RESTRICT_SELF_LOG_SAME_EXEC_OFF
QUIET |= RestrictSelfFlag.LANDLOCK_RESTRICT_SELF_LOG_SUBDOMAINS_OFF

READ = AccessFs.READ_FILE | AccessFs.READ_DIR | AccessFs.EXECUTE
DEVICE = AccessFs.READ_FILE | AccessFs.WRITE_FILE | AccessFs.TRUNCATE
NOT_PRIVATE = AccessFs.MAKE_CHAR | AccessFs.MAKE_BLOCK | AccessFs.IOCTL_DEV
OF_FILES = DEVICE | AccessFs.EXECUTE | AccessFs.IOCTL_DEV  # other rights are about folders
DEVICES = ("null", "zero", "full", "random", "urandom")
MACHINE = ("/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/sys/devices/system/cpu")
# What a kernel may read of itself in /proc; of the folders, only the names in them.
OWN_FILES = ("auxv", "cmdline", "comm", "environ", "limits", "maps", "stat", "statm", "status")
OWN_FOLDERS = ("fd", "task")
PRIVATE = ("work", "home", "tmp")
FIRST_LOOK = 0.2  # seconds between two looks at a kernel's files
SHARE = 0.05  # of the time may go into looking at them
LONGEST_NEWS = 500  # bytes of a sentence about them

Rules = list[tuple[int, AccessFs]]  # open files and folders, and what is allowed there


class LandlockWalls(NoWalls):
    """Each kernel is restricted by Landlock; its keeper adopts and ends what it leaves behind."""

    have_terminals = False  # those of the grader's user are in the same folder

    def __init__(self, spool: str, readable: Sequence[str], version: int) -> None:
        self.spool = spool
        self.readable = readable
        self.version = ABIVersion(version or get_abi_version())
        self.user = 0  # the kernel's own user id; 0 if it has none
        self.kept: tuple[int, ...] = ()  # capabilities of the kernel
        self.private = ""

    def prepare(self) -> None:
        """Forbid inspection, adopt orphans, and prepare what all kernels need."""
        rights.forbid_inspection()
        rights.adopt_orphans()
        os.mkdir(f"{self.spool}/kernels")
        self.user_ids = users.user_ids()
        is_root = os.geteuid() == 0
        if is_root and not self.user_ids and not users.system_limits_processes():
            raise RuntimeError(
                "nothing limits the processes of root; give it the capabilities CHOWN, "
                "DAC_OVERRIDE, KILL, SETGID and SETUID, or grade as an ordinary user"
            )
        if self.user_ids:
            for folder in (self.spool, f"{self.spool}/kernels"):
                os.chmod(folder, 0o711)  # a kernel's user has to come through
            if not users.all_may_read([*self.readable, f"{self.spool}/kernels"]):
                # Landlock still decides which files a kernel may read.
                self.kept = (users.DAC_OVERRIDE,)
        self.rules = _rules([*self.readable, *MACHINE], READ)
        self.rules += _rules([f"/dev/{name}" for name in DEVICES], DEVICE)
        self.call_filter = system_call_filter(self.version, bool(self.user_ids))

    def end_kernels(self) -> None:
        """Wait for the guardians; then end what killed guardians and keepers have left."""
        super().end_kernels()
        descendants.end_all()

    def isolate(self, request: dict[str, Any]) -> None:
        """Adopt orphans, and claim a user and a folder for the kernel."""
        super().isolate(request)
        rights.adopt_orphans()
        if self.user_ids:
            self.user, self.claim = users.claim(self.user_ids)
        self.private = tempfile.mkdtemp(prefix="", dir=f"{self.spool}/kernels")
        self.news, self.end_of_news = os.pipe()  # about the kernel's files
        os.set_blocking(self.news, False)

    def wait_for(self, keeper: int, limits: Limits) -> None:
        """Look at the kernel's files until the keeper ends, and tell it what is too much."""
        self._watch_as_user()
        waiter = select.poll()
        waiter.register(os.pidfd_open(keeper), select.POLLIN)
        pause = FIRST_LOOK
        while not waiter.poll(1000 * pause):
            began = time.monotonic()
            processes = descendants.descendants(keeper, limits.processes)
            if excess := private_files.excess(self.private, processes, limits):
                os.write(self.end_of_news, excess.encode())
                break
            pause = max(FIRST_LOOK, (time.monotonic() - began) / SHARE)
        os.waitpid(keeper, 0)

    def set_up(self, limits: Limits) -> None:
        """Adopt orphans, and copy the kernel's files into its folder."""
        rights.allow_inspection()  # otherwise only root may write to its files in /proc
        super().set_up(limits)
        rights.forbid_inspection()
        rights.adopt_orphans()
        size = sum(status.st_size for status in private_files.statuses(self.folder))
        if size > limits.scratch_bytes:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        for name in PRIVATE:
            os.mkdir(f"{self.private}/{name}")
        shutil.copytree(self.folder, f"{self.private}/work", symlinks=True, dirs_exist_ok=True)
        if self.user:
            _give(self.private, self.user)

    def become_student(self) -> None:
        """Open a session, restrict access to files, and become the kernel's user."""
        os.setsid()  # the members of a session may wake each other
        work, home, temporary = (f"{self.private}/{name}" for name in PRIVATE)
        os.chdir(work)
        os.environ.update(HOME=home, TMPDIR=temporary)
        tempfile.tempdir = None  # the zygote's
        rights.forbid_new_capabilities(self.kept)
        self._restrict_access()
        if self.user:
            users.become(self.user, self.kept)
        else:
            rights.set_capabilities()
        rights.allow_inspection()
        rights.die_with_parent()

    def _restrict_access(self) -> None:
        own = [f"/proc/self/{name}" for name in OWN_FILES]
        rules = [*self.rules, *_rules(own, AccessFs.READ_FILE)]
        rules += _rules([f"/proc/self/{name}" for name in OWN_FOLDERS], AccessFs.READ_DIR)
        rules += _rules([self.private], ~NOT_PRIVATE)
        handled = get_supported_fs(self.version)
        network, scope = get_supported_net(self.version), get_supported_scope(self.version)
        ruleset = create_ruleset(RulesetAttr(handled, network, scope))
        for number, access in rules:
            add_rule(ruleset, PathBeneathAttr(access & handled, number))
            os.close(number)
        restrict_self(ruleset, QUIET if self.version >= LOGS else None)
        os.close(ruleset)

    def most_threads(self, limits: Limits) -> int:
        """Count those of others only if the kernel shares its user with them."""
        return limits.threads if self.user else super().most_threads(limits)

    def restrict(self) -> None:
        """Load the filter of system calls."""
        if not self.user and self.version < SIGNALS:
            spare_other_processes(self.call_filter, os.getpid())
        self.call_filter.load()

    def protect_keeper(self, kernel: int) -> None:
        """Keep the kernel's files in /proc, and those rights that watching the kernel needs."""
        # A rule is about a file in memory, which the system forgets unless somebody has it open.
        self.pins = _rules([f"/proc/{kernel}/{name}" for name in (*OWN_FILES, *OWN_FOLDERS)], READ)
        self._watch_as_user()

    def _watch_as_user(self) -> None:
        """Keep of all rights those that watching and ending a kernel of another user needs."""
        if self.user:
            # The system lets nobody but the kernel's user see what the kernel has open.
            users.use_files_as(self.user)
            kept = (users.DAC_OVERRIDE, users.KILL, users.SETUID)
            rights.forbid_new_capabilities(kept)
            rights.set_capabilities(kept)
        else:
            rights.drop_capabilities()

    def processes(self, kernel: int, most: int) -> list[int]:
        """Return the processes below the keeper."""
        return descendants.descendants(os.getpid(), most)

    def unowned(self, processes: Sequence[Process]) -> Unowned:
        """Count the sockets that the processes have open; the guardian looks at the files."""
        sockets = set()
        try:
            for process in processes:
                for _, target in private_files.open_files(process.number):
                    if target.startswith("socket:"):
                        sockets.add(target)
            excess = os.read(self.news, LONGEST_NEWS).decode()
        except HiddenError as error:
            excess = str(error)
        except BlockingIOError:  # the guardian has nothing to say
            excess = ""
        return Unowned(len(sockets), len(sockets) * SOCKET_BYTES, excess)

    def end(self) -> None:
        """End all processes below this one, those of the kernel's user at once."""
        if self.user and descendants.descendants(os.getpid(), 1):
            descendants.end_all_of(self.user)
        descendants.end_all()

    def clean_up(self) -> None:
        """End what a killed keeper has left, and delete the kernel's folder."""
        self.end()
        self._watch_as_user()  # the files are the user's
        if self.private:
            private_files.remove(self.private)


def _rules(paths: Sequence[str], access: AccessFs) -> Rules:
    """Open files and folders, as far as they exist, and say what of `access` can be allowed."""
    rules = []
    for path in paths:
        with suppress(FileNotFoundError, NotADirectoryError):
            number = os.open(path, os.O_PATH | os.O_CLOEXEC)
            is_folder = stat.S_ISDIR(os.fstat(number).st_mode)
            rules.append((number, access if is_folder else access & OF_FILES))
    return rules


def _give(folder: str, user: int) -> None:
    """Make a folder and all that is in it the user's own, and nobody else's."""
    for path, folders, names in os.walk(folder):
        for name in (*folders, *names):
            os.chown(os.path.join(path, name), user, user, follow_symlinks=False)
    os.chown(folder, user, user)


def system_call_filter(version: int, has_own_user: bool) -> CallFilter:
    """Return the filter of system calls of a kernel, which does what Landlock cannot.

    Args:
        version: of Landlock.
        has_own_user: whether no other process has the user of the kernel.

    Raises:
        RuntimeError: the library libseccomp is missing.
    """
    rules = CallFilter()
    _refuse_network(rules)
    _refuse_what_others_share(rules)
    _refuse_ways_around_rules_on_files(rules, version)
    _keep_open_files_in_sight(rules)
    if not has_own_user:
        _spare_processes_of_the_same_user(rules)
    rules.refuse(*NEW, *UNKNOWN, answer=errno.ENOSYS)
    return rules


# By number, because libseccomp may not know their names. All kinds of processors have these.
FCHMODAT2 = 452
# statmount, listmount, setxattrat, getxattrat, listxattrat, removexattrat, open_tree_attr,
# file_getattr, file_setattr
NEW = (457, 458, 463, 464, 465, 466, 467, 468, 469)
UNKNOWN = range(470, 512)  # system calls that are newer than this filter


def _refuse_network(rules: CallFilter) -> None:
    """Leave only pairs of connected sockets; a datagram could go to any socket on the machine."""
    rules.refuse("socket", answer=errno.EAFNOSUPPORT)
    is_other = rules.differs(0, socket.AF_UNIX)
    rules.refuse_if("socketpair", is_other, answer=errno.EAFNOSUPPORT)
    for kind in set(range(16)) - {socket.SOCK_STREAM, socket.SOCK_SEQPACKET}:
        has_kind = rules.has_bits(1, 15, kind)
        rules.refuse_if("socketpair", has_kind, answer=errno.ESOCKTNOSUPPORT)
    rules.refuse("connect", "bind", "listen", "accept", "accept4")


def _refuse_what_others_share(rules: CallFilter) -> None:
    """Refuse memory, queues and news of files that processes of any user can share."""
    rules.refuse("shmat", "shmctl", "shmdt", "semop", "semtimedop", "semctl")
    rules.refuse("msgsnd", "msgrcv", "msgctl")
    rules.refuse("mq_open", "mq_unlink", "mq_notify", "mq_getsetattr")
    rules.refuse("mq_timedsend", "mq_timedreceive")
    rules.refuse("inotify_init", "inotify_init1", "inotify_add_watch")
    rules.refuse("setsid", answer=0)  # the system may give each session an equal share of time
    rules.refuse("process_mrelease", "migrate_pages", "move_pages")
    # F_SETOWN and F_SETOWN_EX choose who gets a signal; F_SETLEASE and F_NOTIFY make one arise.
    for operation in (8, 15, 1024, 1026):
        rules.refuse_if("fcntl", rules.has_bits(1, WHOLE, operation))


def _refuse_ways_around_rules_on_files(rules: CallFilter, version: int) -> None:
    # Landlock does not know these. They report success, because programs that copy or unpack files
    # would stop otherwise.
    rules.refuse("chmod", "fchmod", "fchmodat", answer=0)
    rules.refuse("chown", "fchown", "lchown", "fchownat", answer=0)
    rules.refuse("utime", "utimes", "futimesat", "utimensat", answer=0)
    rules.refuse("setxattr", "lsetxattr", "fsetxattr", answer=0)
    rules.refuse("removexattr", "lremovexattr", "fremovexattr", answer=0)
    rules.refuse("getxattr", "lgetxattr", "fgetxattr", answer=errno.ENOTSUP)
    rules.refuse("listxattr", "llistxattr", "flistxattr", answer=errno.ENOTSUP)
    rules.refuse(FCHMODAT2, answer=0)
    rules.refuse("openat2", answer=errno.ENOSYS)  # a filter cannot see its flags
    # Only those of terminals, which also ask for what can be read from a pipe. Those of file
    # systems change attributes, or show the same files at another place.
    for family in set(range(256)) - {ord("T")}:
        rules.refuse_if("ioctl", rules.has_bits(1, 0xFF00, family << 8), answer=errno.ENOTTY)
    for name, flags in (("open", 1), ("openat", 2)):
        # Landlock allows everybody to open a file neither for reading nor for writing.
        rules.refuse_if(name, rules.has_bits(flags, os.O_ACCMODE, os.O_ACCMODE))
        if version < TRUNCATES:
            shortens = rules.has_bits(flags, os.O_TRUNC | os.O_ACCMODE, os.O_TRUNC)
            rules.refuse_if(name, shortens)
    if version < TRUNCATES:
        rules.refuse("truncate")


def _keep_open_files_in_sight(rules: CallFilter) -> None:
    """Let all threads of a process have the same open files, where the keeper can count them."""
    rules.refuse("sendmsg", "sendmmsg")  # which take files along
    rules.refuse_if("clone", rules.has_bits(0, CLONE_THREAD | CLONE_FILES, CLONE_THREAD))
    rules.refuse_if("close_range", rules.has_bits(2, CLOSE_RANGE_UNSHARE, CLOSE_RANGE_UNSHARE))
    rules.refuse_if("prctl", rules.has_bits(0, WHOLE, rights.PR_SET_DUMPABLE))


CLONE_FILES = 0x400
CLONE_THREAD = 0x10000
CLOSE_RANGE_UNSHARE = 2


def _spare_processes_of_the_same_user(rules: CallFilter) -> None:
    """Let a process change only itself in what the system allows to all processes of a user."""
    for name in ("prlimit64", "sched_setaffinity", "sched_setscheduler", "sched_setparam"):
        rules.refuse_if(name, rules.differs(0, 0))
    rules.refuse_if("sched_setattr", rules.differs(0, 0))
    for name, of_user in (("setpriority", 2), ("ioprio_set", 3)):
        rules.refuse_if(name, rules.has_bits(0, WHOLE, of_user))
        rules.refuse_if(name, rules.differs(1, 0))


def spare_other_processes(rules: CallFilter, process: int) -> None:
    """Let this process signal nobody but itself, and all that it starts nobody but it."""
    for name in ("kill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo"):
        rules.refuse_if(name, rules.differs(0, process))
    rules.refuse("tkill", "pidfd_send_signal")

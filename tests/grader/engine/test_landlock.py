"""Walls of Landlock: what they stand on, and what they do not give.

What both kinds of walls have to hold is in test_walls.py. The tests of the second part show that
each row of the table in docs/walls.md is true.
"""

from __future__ import annotations

import errno
import json
import os
import platform
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import needs
import py_landlock
import pyseccomp
import pytest
from cohort import ASSIGNMENT, Cohort, differences
from commands import Command
from py_landlock import get_abi_version
from walled import (
    DAEMON,
    ROOT,
    Kernel,
    as_nobody,
    kernel_of,
    mark_of_a_process,
    older_landlock,
    processes,
    wait_for,
)

from grader.engine import installation
from grader.engine.messages import LANDLOCK, Limits
from grader.engine.zygote_manager import ZygoteManager


def slow(value: object) -> Any:
    """Leave a value of a test's parameter to the long suite."""
    return pytest.param(value, marks=pytest.mark.slow)


only_root = pytest.mark.skipif(os.getuid() != 0, reason="Only root gives kernels users.")
HERE = str(Path(__file__).parent)
CONTAINER_LIKE = ROOT / "tests/container_like.py"


@pytest.fixture(scope="module")
def zygote() -> Iterator[ZygoteManager]:
    """A zygote with NumPy whose kernels are behind walls of Landlock."""
    needs.landlock()
    with ZygoteManager(["numpy"], forced=LANDLOCK) as running:
        yield running


@pytest.fixture(scope="module")
def student(zygote: ZygoteManager) -> Iterator[Kernel]:
    """A kernel that several tests share, because they do not change it."""
    with kernel_of(zygote) as running:
        running.run("import ctypes, os, tempfile; libc = ctypes.CDLL(None, use_errno=True)")
        yield running


@pytest.fixture
def kernel(zygote: ZygoteManager) -> Iterator[Kernel]:
    """A kernel that only one test uses."""
    with kernel_of(zygote) as running:
        yield running


def parent(process: int) -> int:
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])


def errno_of(kernel: Kernel, call: str) -> int:
    """Return the errno with which the system refuses a call; 0 if it reports success."""
    returned, number = kernel.run(f"ctypes.set_errno(0); print({call}, ctypes.get_errno())").split()
    return 0 if int(returned) >= 0 else int(number)


# --- Users and rights -----------------------------------------------------------------------------


@only_root
def test_each_kernel_has_a_user_of_its_own(student: Kernel, zygote: ZygoteManager) -> None:
    users = [student.value("os.getresuid() + os.getresgid()")]
    with kernel_of(zygote) as other:
        users.append(other.value("__import__('os').getresuid() + __import__('os').getresgid()"))
    first, second = ({*numbers} for numbers in users)
    assert len(first) == len(second) == 1
    assert first != second
    assert not (first | second) & {0, os.getuid(), 65534}
    assert student.value("os.getgroups()") == []


def test_a_kernel_has_no_rights_but_to_read_a_python_that_only_root_may_read(
    student: Kernel,
) -> None:
    status = student.run("print(open('/proc/self/status').read())")
    rights = dict(line.split(":\t") for line in status.splitlines() if ":\t" in line)
    paths = [Path(path) for path in installation.readable()]
    folders = {folder for path in paths for folder in (path, *path.parents)}
    are_public = all(folder.stat().st_mode & 0o001 for folder in folders if folder.is_dir())
    kept = {0 if are_public or os.getuid() else 1 << 1}  # CAP_DAC_OVERRIDE
    assert {int(rights[name], 16) for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")} == kept
    assert rights["NoNewPrivs"] == "1"
    assert rights["Seccomp"] == "2"
    program = "import subprocess; print(subprocess.run(['cat', {!r}], capture_output=True).stderr)"
    assert "Permission denied" in student.run(program.format(str(ROOT / "pyproject.toml")))
    assert "Permission denied" in student.run(program.format("/etc/shadow"))


def test_python_and_its_packages_can_be_used_in_other_processes_too(student: Kernel) -> None:
    code = "import numpy; print(numpy.arange(3).sum())"
    run = f"print(subprocess.check_output([sys.executable, '-c', {code!r}]))"
    assert student.run(f"import subprocess, sys; {run}") == "b'3\\n'"


# --- Files ----------------------------------------------------------------------------------------


def test_a_kernel_reads_and_writes_nothing_of_another_kernel(
    student: Kernel, zygote: ZygoteManager
) -> None:
    with kernel_of(zygote) as other:
        other.run("open('answer', 'w').write('42')")
        path = other.value("__import__('os').path.abspath('answer')")
        number = other.value("__import__('os').getpid()")
        for mode in ("r", "w", "a"):
            assert "PermissionError" in student.run(f"open({path!r}, {mode!r})")
        for code in (f"os.unlink({path!r})", f"os.listdir({os.path.dirname(path)!r})"):
            assert "PermissionError" in student.run(code)
        for code in (f"os.rename({path!r}, 'mine')", f"os.link({path!r}, 'mine')"):
            assert re.search("PermissionError|Invalid cross-device", student.run(code))
        for name in ("cmdline", "environ", "fd/1", "cwd/answer", "root/etc/passwd", "maps"):
            assert "PermissionError" in student.run(f"open('/proc/{number}/{name}')"), name
        assert other.run("print(open('answer').read())") == "42"


def test_a_file_opened_for_nothing_is_refused(student: Kernel) -> None:
    """Landlock allows to open a file neither for reading nor for writing, and then to change it."""
    for path in ("/etc/hostname", "/dev/null"):
        opened = student.run(f"os.open({path!r}, os.O_ACCMODE | os.O_TRUNC)")
        assert "PermissionError" in opened


@pytest.mark.parametrize("version", [1, slow(2), 3, slow(5), slow(6)])
def test_an_older_landlock_keeps_files_from_being_read_shortened_and_changed(
    version: int, tmp_path: Path
) -> None:
    needs.landlock()
    victim = tmp_path / "victim"
    victim.write_text("whole")
    os.chmod(victim, 0o666)
    shorten = [f"os.truncate({str(victim)!r}, 0)", f"os.open({str(victim)!r}, os.O_TRUNC)"]
    with (
        older_landlock(version),
        ZygoteManager([], forced=LANDLOCK) as zygote,
        kernel_of(zygote) as kernel,
    ):
        kernel.run("import os, shutil")
        for code in (*shorten, f"open({str(victim)!r})", f"open({str(victim)!r}, 'a')"):
            assert "PermissionError" in kernel.run(code)
        kernel.run("os.mkdir('a'); open('a/b', 'w').write('x'); os.rename('a/b', 'a/c')")
        assert kernel.run("print(open('a/c').read())") == "x"
        assert kernel.run("print(shutil.move('a/c', 'd'), os.listdir('a'))") == "d []"
    assert victim.read_text() == "whole"


GREEDY = {
    "many bytes": """
        for number in range(20):
            open(f"{number}", "wb").write(bytes(1 << 20))
    """,
    "many files": "for number in range(20_000): os.close(os.open(f'{number}', os.O_CREAT))",
    "files without a name": """
        kept = []
        for _ in range(20):
            kept.append(open("file", "wb"))
            kept[-1].write(bytes(1 << 20))
            os.unlink("file")
    """,
    "files that are only mapped": """
        import ctypes
        libc = ctypes.CDLL(None)
        for _ in range(20):
            with open("file", "wb+") as file:
                file.write(bytes(1 << 20))
                libc.mmap(None, 4096, 1, 1, file.fileno(), 0)
            os.unlink("file")
    """,
    "files of a thread": """
        import ctypes, threading
        def hold():
            kept = []
            for _ in range(20):
                kept.append(open("file", "wb"))
                kept[-1].write(bytes(1 << 20))
                os.unlink("file")
            time.sleep(60)
        if os.fork() == 0:
            threading.Thread(target=hold).start()
            time.sleep(0.1)
            ctypes.CDLL(None).syscall({exit})  # ends the first thread alone
    """,
    "folders in folders": "for _ in range(100): os.mkdir('folder'); os.chdir('folder')",
    "folders that nobody may list": """
        os.mkdir("hidden", 0o300)
        for number in range(20):
            open(f"hidden/{number}", "wb").write(bytes(1 << 20))
    """,
}
EXIT = {"x86_64": 60, "aarch64": 93}  # the number of the system call


@pytest.mark.parametrize("name", [slow(name) if name == "many files" else name for name in GREEDY])
def test_files_that_take_too_much_end_the_kernel(zygote: ZygoteManager, name: str) -> None:
    limits = Limits(scratch_bytes=16 << 20, file_bytes=4 << 20)
    code = GREEDY[name].replace("{exit}", str(EXIT[platform.machine()]))
    before = set((zygote.spool / "kernels").iterdir())
    with kernel_of(zygote, limits=limits) as kernel:
        kernel.run("import os, time")
        reason = kernel.dies_of(f"{textwrap.dedent(code)}\ntime.sleep(60)")
    expected = "its files took more than 16 MB|it had more than 16384 files|nested too deeply"
    assert re.search(expected, reason)
    assert set((zygote.spool / "kernels").iterdir()) == before


def test_honest_files_without_a_name_count_once(zygote: ZygoteManager) -> None:
    with kernel_of(zygote, limits=Limits(scratch_bytes=16 << 20, file_bytes=4 << 20)) as kernel:
        output = kernel.run("""
            import numpy, tempfile, time
            arrays = [numpy.memmap(tempfile.TemporaryFile(), shape=2**20) for _ in range(8)]
            for array in arrays: array[:] = 1
            time.sleep(1)
            print(sum(map(len, arrays)))
        """)
    assert output == str(2**23)


def test_a_program_that_nobody_may_look_into_does_not_hide_its_files(zygote: ZygoteManager) -> None:
    """A process is hidden while it runs a program that it must not read."""
    with kernel_of(zygote, limits=Limits(scratch_bytes=16 << 20, file_bytes=4 << 20)) as kernel:
        reason = kernel.dies_of("""
            import os, shutil, time
            source = open(shutil.which("sleep"), "rb").read()
            with open(os.open("program", os.O_CREAT | os.O_WRONLY, 0o111), "wb") as program:
                program.write(source)
            for _ in range(4):
                if os.fork() == 0:
                    for number in range(5):
                        file = os.open(f"{os.getpid()}", os.O_CREAT | os.O_WRONLY)
                        os.set_inheritable(file, True)
                        os.write(file, bytes(1 << 20))
                        os.unlink(f"{os.getpid()}")
                    os.execl("program", "program", "60")
            time.sleep(60)
        """)
    assert reason in {"it hid its open files", "its files took more than 16 MB"}


# --- System calls ---------------------------------------------------------------------------------

PAIR = "libc.socketpair({}, {}, 0, (ctypes.c_int * 2)())"
REFUSED = {
    PAIR.format(1, 2): errno.ESOCKTNOSUPPORT,  # datagrams
    PAIR.format(1, 2 | 0o2000000): errno.ESOCKTNOSUPPORT,
    PAIR.format(1, 3): errno.ESOCKTNOSUPPORT,
    PAIR.format(2, 1): errno.EAFNOSUPPORT,
    PAIR.format("ctypes.c_long((1 << 32) + 1)", 1): errno.EAFNOSUPPORT,
    "libc.socket(1, 1, 0)": errno.EAFNOSUPPORT,
    "libc.socket(16, 3, 0)": errno.EAFNOSUPPORT,
    "libc.connect(4, None, 0)": errno.EPERM,
    "libc.bind(4, None, 0)": errno.EPERM,
    "libc.listen(4, 1)": errno.EPERM,
    "libc.accept(4, None, None)": errno.EPERM,
    "libc.sendmsg(4, None, 0)": errno.EPERM,
    "libc.sendmmsg(4, None, 0, 0)": errno.EPERM,
    "libc.shmat(0, None, 0)": errno.EPERM,
    "libc.semop(0, None, 0)": errno.EPERM,
    "libc.msgsnd(0, None, 0, 0)": errno.EPERM,
    "libc.mq_open(b'/x', 0)": errno.EPERM,
    "libc.inotify_init1(0)": errno.EPERM,
    "libc.inotify_add_watch(0, b'/etc', 2)": errno.EPERM,
    "libc.prctl(4, 0, 0, 0, 0)": errno.EPERM,  # PR_SET_DUMPABLE
    "libc.fcntl(4, 8, 1)": errno.EPERM,  # F_SETOWN
    "libc.fcntl(4, 15, 1)": errno.EPERM,  # F_SETOWN_EX
    "libc.fcntl(4, 1024, 0)": errno.EPERM,  # F_SETLEASE
    "libc.fcntl(4, 1026, 0)": errno.EPERM,  # F_NOTIFY
    "libc.ioctl(4, 0x8901, 0)": errno.ENOTTY,  # FIOSETOWN
    "libc.ioctl(4, 0x8902, 0)": errno.ENOTTY,  # SIOCSPGRP
    "libc.ioctl(4, 0x8912, ctypes.create_string_buffer(64))": errno.ENOTTY,  # SIOCGIFCONF
    "libc.ioctl(os.open('.', 0), 0x80086601, b'12345678')": errno.ENOTTY,  # FS_IOC_GETFLAGS
    "libc.ioctl(os.open('.', 0), 0x50009417, b'12345678')": errno.ENOTTY,  # a snapshot of Btrfs
    "libc.ioctl(4, 0x541B, ctypes.byref(ctypes.c_int()))": 0,  # FIONREAD
    "libc.syscall(437, -100, b'/etc', 0, 0)": errno.ENOSYS,  # openat2
    "libc.syscall(448, 0, 0)": errno.EPERM,  # process_mrelease
    "libc.syscall(452, -100, b'/etc/hostname', 0o777, 0)": 0,  # fchmodat2
    "libc.syscall(457, 0, 0, 0, 0)": errno.ENOSYS,  # statmount
    "libc.syscall(463, 0, 0, 0, 0, 0)": errno.ENOSYS,  # setxattrat
    "libc.syscall(469, 0, 0, 0, 0, 0)": errno.ENOSYS,  # file_setattr
    "libc.syscall(470, 0, 0, 0, 0, 0)": errno.ENOSYS,  # is newer than the filter
    "libc.syscall(436, 100, 101, 2)": errno.EPERM,  # close_range with CLOSE_RANGE_UNSHARE
    "libc.chmod(b'/etc/hostname', 0o777)": 0,
    "libc.setsid()": 0,
    "libc.getxattr(b'/etc/hostname', b'user.x', None, 0)": errno.ENOTSUP,
}


@pytest.mark.parametrize("call", REFUSED)
def test_what_landlock_does_not_know_is_refused_by_the_filter(student: Kernel, call: str) -> None:
    assert errno_of(student, call) == REFUSED[call]


# --- Nothing outlives it --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "victim", [slow("kernel"), "keeper", slow("guardian"), slow("guardian and keeper")]
)
def test_nothing_outlives_a_killed_process(victim: str) -> None:
    """What guards a kernel runs as the grader's user, who may kill it."""
    needs.landlock()
    mark = mark_of_a_process()
    with ZygoteManager([], forced=LANDLOCK) as zygote, kernel_of(zygote) as kernel:
        kernel.run(DAEMON.format(mark=mark))
        assert wait_for(lambda: bool(processes(mark)))
        number = kernel.value("__import__('os').getpid()")
        keeper = parent(number)
        guardian = parent(keeper)
        victims = {"kernel": number, "keeper": keeper, "guardian": guardian}
        for name, process in reversed(victims.items()):
            if name in victim:
                os.kill(process, signal.SIGKILL)
        if "guardian" not in victim:
            assert wait_for(lambda: not processes(mark))
            assert wait_for(lambda: kernel.walled.child.poll() is not None)
            assert wait_for(lambda: not list((zygote.spool / "kernels").iterdir()))
    assert not processes(mark)
    assert not zygote.spool.exists()


FAST_BOMBS = {
    "sessions": "if os.fork() == 0: os.setsid()",
    "orphans": "if os.fork() == 0 and os.fork(): os._exit(0)",
    "alarm clocks": "os.fork(); os.kill(-1, signal.SIGCONT)",
}


@pytest.mark.parametrize("name", ["sessions", slow("orphans"), slow("alarm clocks")])
def test_a_bomb_that_evades_its_end_ends_fast(zygote: ZygoteManager, name: str) -> None:
    with kernel_of(zygote, limits=Limits(processes=16)) as kernel:
        began = time.monotonic()
        reason = kernel.dies_of(f"""
            import os, signal
            while True:
                try:
                    {FAST_BOMBS[name]}
                except OSError:
                    pass
        """)
        assert kernel.walled.child.wait(20) is not None
        assert time.monotonic() - began < 20
    assert reason == "it had more than 16 processes"


# --- What these walls do not give -----------------------------------------------------------------


def test_names_and_sizes_of_files_can_be_seen(student: Kernel, tmp_path: Path) -> None:
    secret = Path(tempfile.mkdtemp(), "secret")
    try:
        secret.parent.chmod(0o755)
        secret.write_text("five!")
        assert student.value(f"os.stat({str(secret)!r}).st_size") == 5
        assert student.value(f"os.path.exists({str(secret) + '2'!r})") is False
        assert "PermissionError" in student.run(f"open({str(secret)!r})")
        assert "PermissionError" in student.run(f"os.listdir({str(secret.parent)!r})")
    finally:
        shutil.rmtree(secret.parent)


def test_where_links_lead_can_be_seen(student: Kernel) -> None:
    folder = Path(tempfile.mkdtemp())
    try:
        folder.chmod(0o755)
        (folder / "link").symlink_to("/somewhere")
        assert student.value(f"os.readlink({str(folder / 'link')!r})") == "/somewhere"
    finally:
        shutil.rmtree(folder)


def test_numbers_of_processes_can_be_probed(student: Kernel) -> None:
    me = os.getpid()
    assert student.value(f"os.path.exists('/proc/{me}')") is True
    assert "PermissionError" in student.run(f"os.kill({me}, 0)")
    ended = subprocess.Popen(["true"])
    ended.wait()
    assert student.value(f"os.path.exists('/proc/{ended.pid}')") is False
    for name in ("cmdline", "environ", "status"):
        assert "PermissionError" in student.run(f"open('/proc/{me}/{name}')")
    assert "PermissionError" in student.run("os.listdir('/proc')")


def test_the_name_of_the_machine_can_be_seen(student: Kernel) -> None:
    assert student.value("os.uname().nodename") == os.uname().nodename


def test_the_account_has_no_name(student: Kernel) -> None:
    assert "KeyError" in student.run("import pwd; pwd.getpwuid(os.getuid())")
    assert student.run("import getpass; print(getpass.getuser())") == "student"


def test_temporary_files_are_in_a_folder_of_the_kernels_own(student: Kernel) -> None:
    assert "PermissionError" in student.run("open('/tmp/file', 'w')")
    code = "with tempfile.NamedTemporaryFile() as file: print(file.name, os.environ['TMPDIR'])"
    file, folder = student.run(code).split()
    assert file.startswith(f"{folder}/")
    assert student.value("os.path.dirname(os.getcwd())") == os.path.dirname(folder)


def test_pools_of_processes_fail(student: Kernel) -> None:
    output = student.run("import multiprocessing; multiprocessing.Pool(2)")
    assert output.endswith("PermissionError: [Errno 13] Permission denied")
    assert "PermissionError" in student.run("open('/dev/shm/x', 'w')")
    code = "import subprocess; print(subprocess.check_output(['echo', 'programs start']))"
    assert "programs start" in student.run(code)


def test_the_only_sockets_are_pairs(student: Kernel) -> None:
    assert "Address family not supported" in student.run("import socket; socket.socket()")
    code = "a, b = socket.socketpair(); a.sendall(b'to b'); print(b.recv(9))"
    assert student.run(f"import socket; {code}") == "b'to b'"
    assert "Operation not permitted" in student.run("socket.send_fds(a, [b'x'], [0])")
    loop = "import asyncio; await asyncio.sleep(0); print('asyncio runs')"
    assert student.run(loop) == "asyncio runs"


def test_there_are_no_terminals(student: Kernel) -> None:
    assert "PermissionError" in student.run("os.openpty()")
    assert student.run("!echo printed; tty") == "printed\nnot a tty"
    assert student.run("lines = !echo kept\nprint(lines)") == "['kept']"


def test_permissions_and_times_of_files_stay(kernel: Kernel) -> None:
    kernel.run("import os; open('file', 'w').close(); before = os.stat('file')")
    kernel.run("os.chmod('file', 0o777); os.utime('file', (0, 0)); os.chown('file', 7, 7)")
    assert kernel.value("os.stat('file')[:9] == before[:9]") is True
    assert "Operation not supported" in kernel.run("os.getxattr('file', 'user.name')")


def test_a_program_cannot_read_in_proc_about_itself(student: Kernel) -> None:
    assert "VmSize" in student.run("print(open('/proc/self/status').read())")
    for name in ("net/unix", "mountinfo", "cgroup", "oom_score"):
        assert "PermissionError" in student.run(f"open('/proc/self/{name}')"), name
    read = "subprocess.run(['cat', '/proc/self/status'], capture_output=True, text=True).stderr"
    assert "Permission denied" in student.run(f"import subprocess; print({read})")
    assert student.value("os.cpu_count()") == os.cpu_count()
    for name in ("cpuinfo", "meminfo", "stat"):
        assert student.run(f"print(open('/proc/{name}').read())")


def test_access_does_not_know_the_walls(student: Kernel) -> None:
    assert student.value("os.access('/etc/hostname', os.R_OK)") is True
    assert "PermissionError" in student.run("open('/etc/hostname')")


def test_no_session_is_opened(student: Kernel) -> None:
    student.run("import subprocess, sys; show = 'import os; print(os.getsid(0))'")
    start = "subprocess.check_output([sys.executable, '-c', show], start_new_session=True)"
    assert student.value(f"int({start}) == os.getsid(0)") is True


def test_before_version_2_a_file_is_copied_into_another_folder() -> None:
    needs.landlock()
    with (
        older_landlock(1),
        ZygoteManager([], forced=LANDLOCK) as zygote,
        kernel_of(zygote) as kernel,
    ):
        kernel.run("import os, shutil; os.mkdir('folder'); open('file', 'w').write('x')")
        assert "Invalid cross-device link" in kernel.run("os.rename('file', 'folder/file')")
        assert kernel.run("print(shutil.move('file', 'folder'))") == "folder/file"


def test_before_version_3_a_file_is_shortened_only_where_it_is_open() -> None:
    needs.landlock()
    with (
        older_landlock(2),
        ZygoteManager([], forced=LANDLOCK) as zygote,
        kernel_of(zygote) as kernel,
    ):
        kernel.run("import os; open('file', 'w').write('whole')")
        assert "PermissionError" in kernel.run("os.truncate('file', 2)")
        kernel.run("with open('file', 'r+') as file: file.truncate(2)")
        assert kernel.run("print(open('file').read())") == "wh"
        kernel.run("open('file', 'w').close()")
        assert kernel.value("os.path.getsize('file')") == 0


def test_each_row_of_the_table_has_a_test() -> None:
    page = (ROOT / "docs/walls.md").read_text(encoding="utf-8")
    table = page.partition("| behind walls of Landlock |")[2].partition("\n\n")[0]
    tests = re.findall(r"\| `(test_\w+)` \|$", table, re.MULTILINE)
    assert len(tests) == len(table.splitlines()) - 2
    assert [name for name in tests if name not in globals()] == []


# --- Ordinary users and containers ----------------------------------------------------------------

SHARED = """
import json, os, signal, sys
sys.path[:0] = {path!r}
from walled import Kernel, ZygoteManager, older_landlock
with older_landlock({version}), ZygoteManager([], forced="landlock") as zygote:
    kernel = Kernel(zygote)
    kernel.run({prepare!r})
    victims = {{"grader": os.getpid(), "zygote": zygote._process.pid, "keeper": 0}}
    print(json.dumps(kernel.value(f"results({{victims}})")))
    kernel.close()
"""
PREPARE = """
import os, resource, signal, subprocess, sys

def outcome(action, *arguments):
    try:
        action(*arguments)
    except OSError as error:
        return type(error).__name__
    return "done"

def results(victims):
    victims["keeper"] = os.getppid()
    child = subprocess.Popen(["sleep", "60"])
    to_others = {
        f"{name} {who}": outcome(action, process, *arguments)
        for who, process in victims.items()
        for name, action, *arguments in (
            ("stop", os.kill, signal.SIGSTOP),
            ("wake", os.kill, signal.SIGCONT),
            ("limit", resource.prlimit, resource.RLIMIT_CPU, (10, 10)),
            ("slow", lambda process: os.setpriority(os.PRIO_PROCESS, process, 19)),
            ("move", os.sched_setaffinity, {0}),
            ("look", lambda process: open(f"/proc/{process}/environ")),
        )
    }
    to_itself = {
        "kill": outcome(os.kill, os.getpid(), 0),
        "limit": outcome(resource.prlimit, 0, resource.RLIMIT_CPU, (100, 100)),
        "slow": outcome(os.nice, 1),
        "all": outcome(os.kill, -1, 0),
        "slow all": outcome(os.setpriority, os.PRIO_USER, 0, 19),
    }
    child_ends = outcome(child.terminate)
    return {"others": to_others, "itself": to_itself, "child": child_ends, "user": os.getuid()}
"""


@pytest.mark.parametrize("version", [0, 1])
def test_a_kernel_that_shares_its_user_changes_no_other_process(version: int) -> None:
    """Before version 6 of Landlock, it cannot signal its own children either."""
    if os.getuid() == 0:
        needs.namespaces()  # Root needs a namespace to show Python to an ordinary user.
    path = [HERE, str(ROOT)]
    code = SHARED.format(path=path, version=version, prepare=PREPARE)
    run = subprocess.run(
        as_nobody([sys.executable, "-c", code]), cwd=ROOT, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    results = json.loads(run.stdout)
    assert results["user"] not in (0, *range(2**31 - 5000, 2**31))
    assert set(results["others"].values()) == {"PermissionError"}
    signals_are_free = version == 0 and get_abi_version() >= 6
    assert results["child"] == ("done" if signals_are_free else "PermissionError")
    assert results["itself"] == {
        "kill": "done",
        "limit": "done",
        "slow": "done",
        "all": "done" if signals_are_free else "PermissionError",
        "slow all": "PermissionError",
    }


@pytest.mark.slow
def test_the_walls_of_an_ordinary_user_hold() -> None:
    """An ordinary user runs all tests of these walls."""
    if os.getuid() == 0:
        needs.namespaces()  # Root needs a namespace to show Python to an ordinary user.
    home = tempfile.mkdtemp()
    os.chmod(home, 0o777)
    files = [str(Path(HERE, name)) for name in ("test_walls.py", "test_landlock.py")]
    tests = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *files]
    chosen = "landlock and not ordinary and not shares and not small_class"
    try:
        run = subprocess.run(
            as_nobody([*tests, "-k", chosen, "--basetemp", f"{home}/pytest"]),
            cwd=ROOT,
            env={**os.environ, "HOME": home},
            capture_output=True,
            text=True,
        )
    finally:
        shutil.rmtree(home, ignore_errors=True)
    assert run.returncode == 0, run.stdout[-5000:]


TRUSTED = ("engine/walls.py", "engine/bubblewrap.py", "engine/installation.py")


def test_the_distributions_python_builds_them_for_an_ordinary_user() -> None:
    python = "/usr/bin/python3"
    fits = "import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))"
    if subprocess.run([python, "-c", fits]).returncode != 0:
        pytest.skip(f"{python} is no Python 3.11, 3.12 or 3.13.")
    folder = Path(tempfile.mkdtemp())
    try:
        os.chmod(folder, 0o755)
        subprocess.run([python, "-m", "venv", "--without-pip", folder / "venv"], check=True)
        [packages] = (folder / "venv").glob("lib/python3*/site-packages")
        shutil.copy(pyseccomp.__file__, packages)
        shutil.copytree(Path(py_landlock.__file__).parent, packages / "py_landlock")
        for name in (*installation.MOUNTED, *TRUSTED):
            (folder / "grader" / name).parent.mkdir(parents=True, exist_ok=True)
            copy = shutil.copytree if (installation.GRADER / name).is_dir() else shutil.copyfile
            copy(installation.GRADER / name, folder / "grader" / name)
        code = "import os; from grader.engine import walls; print(walls.strongest(), os.getuid())"
        become = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        words = [*(become if os.getuid() == 0 else []), folder / "venv/bin/python", "-c", code]
        run = subprocess.run(
            [sys.executable, CONTAINER_LIKE, *words], cwd=folder, capture_output=True, text=True
        )
        user = 65534 if os.getuid() == 0 else os.getuid()
        assert run.stdout.split() == [LANDLOCK, str(user)], run.stderr
    finally:
        shutil.rmtree(folder)


def test_in_a_container_the_engine_chooses_landlock_and_gives_a_small_class_the_same_marks(
    tmp_path: Path,
) -> None:
    needs.landlock()
    fresh = Cohort.build(tmp_path / "fresh", 4)
    behind_landlock = fresh.copy(tmp_path / "container")
    words = [sys.executable, CONTAINER_LIKE, sys.executable, "-m", "nbgrader", "autograde"]
    run = Command([*words, ASSIGNMENT], behind_landlock.course).end()
    assert run.code == 0, run.log
    assert "Students' code runs behind walls of Landlock (version" in run.log
    needs.namespaces()
    behind_namespaces = fresh.copy(tmp_path / "namespaces")
    run = behind_namespaces.grade()
    assert run.code == 0, run.log
    assert "Students' code runs behind walls of namespaces." in run.log
    assert differences(behind_landlock, behind_namespaces) == []


ATTACK = """
import sys
sys.path[:0] = {path!r}
from walled import Kernel, ZygoteManager
with ZygoteManager([]) as zygote:
    kernel = Kernel(zygote)
    print(zygote.kind)
    print(kernel.run("open({secret!r}).read()"))
    print(kernel.run("import socket; socket.create_connection(('127.0.0.1', {port}), 5)"))
    print(kernel.run("import os; os.kill({victim}, 9)"))
    kernel.close()
"""


@pytest.mark.parametrize("user", ["", "an ordinary user"])
def test_in_a_container_attacks_fail(user: str, tmp_path: Path) -> None:
    needs.landlock()
    if user and os.getuid() == 0:
        needs.namespaces()  # Root needs a namespace to show Python to an ordinary user.
    secret = tmp_path / "secret"
    secret.write_text("secret")
    victim = subprocess.Popen(["sleep", "60"])
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        path = [HERE, str(ROOT)]
        code = ATTACK.format(path=path, secret=str(secret), port=port, victim=victim.pid)
        command = [sys.executable, str(CONTAINER_LIKE), sys.executable, "-c", code]
        if user:
            command = as_nobody(command)
        run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    alive = victim.poll() is None
    victim.kill()
    victim.wait()
    kind, reading, calling, killing = run.stdout.splitlines()
    assert kind == LANDLOCK
    assert reading.startswith("PermissionError")
    assert "Address family not supported" in calling
    assert killing.startswith("PermissionError")
    assert alive

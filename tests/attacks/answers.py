"""Forged answers: values that equal all others, and values that harm whoever reads them."""

from .attack import HandIn, attack


@attack(stock="succeeds")
def answers_with_something_equal_to_everything(student: HandIn) -> None:
    """It returns an object whose comparisons are all true."""
    student.answer(
        """
        class Everything:
            def __eq__(self, other): return True
            __lt__ = __le__ = __gt__ = __ge__ = __eq__
            def __abs__(self): return self
            def __sub__(self, other): return self
            def __float__(self): return 0.0
            def __array__(self, *args, **names): return np.array(0.0)
            __hash__ = None

        def norm(x):
            return Everything()
        """
    )


@attack(stock="succeeds")
def answers_with_a_strange_float(student: HandIn) -> None:
    """It returns a number whose difference from every other number is 0."""
    student.answer(
        """
        class Near(float):
            def __sub__(self, other): return 0.0
            __rsub__ = __sub__

        def norm(x):
            return Near(0)
        """
    )


@attack(stock="succeeds")
def answers_with_a_chameleon(student: HandIn) -> None:
    """It returns an array that decides what NumPy's functions return for it."""
    student.answer(
        """
        class Chameleon(np.ndarray):
            def __array_function__(self, function, types, args, names):
                return True

            def __array_ufunc__(self, ufunc, method, *inputs, **names):
                return getattr(ufunc, method)(*map(np.asarray, inputs))

        def norm(x):
            return np.zeros(()).view(Chameleon)
        """
    )


@attack(stock="succeeds")
def answers_with_a_mask(student: HandIn) -> None:
    """It returns a masked number, which differs from no other number."""
    student.answer("def norm(x):\n    return np.ma.masked_all(1)")


@attack(stock="resists")
def answers_with_no_number(student: HandIn) -> None:
    """It returns NaN, for which all comparisons are false."""
    student.answer("def norm(x):\n    return np.nan")


@attack(stock="succeeds")
def looks_up_what_is_expected(student: HandIn) -> None:
    """Its function returns the caller's variable `expected`."""
    student.answer(
        """
        import gc, sys

        def norm(x):
            return sys._getframe(1).f_globals.get("expected", 0.0)
        """
    )


@attack(stock="succeeds")
def changes_what_it_is_given(student: HandIn) -> None:
    """Its function changes its argument and the caller's variable `expected`."""
    student.answer(
        """
        def norm(x):
            frame = __import__("sys")._getframe(1)
            frame.f_globals["expected"] = 0.0
            x[...] = 0
            return 0.0
        """
    )


@attack(stock="gives up")
def answers_with_sixteen_gigabytes(student: HandIn) -> None:
    """It returns an array that takes 16 GB when it is copied."""
    student.answer("def norm(x):\n    return np.broadcast_to(np.float64(0), 2**31)")


@attack(stock="resists")
def answers_with_a_deep_list(student: HandIn) -> None:
    """It returns a list that is nested deeper than the stack."""
    student.answer(
        """
        def norm(x):
            answer = 0.0
            for _ in range(100_000):
                answer = [answer]
            return answer
        """
    )


@attack(stock="resists")
def answers_without_end(student: HandIn) -> None:
    """It returns an object whose iteration never ends."""
    student.answer(
        """
        class Endless:
            def __len__(self): return 2**62
            def __getitem__(self, index): return 0.0
            def __iter__(self):
                while True:
                    yield 0.0
            def __sub__(self, other): return self
            def __abs__(self): return iter(self)

        def norm(x):
            return Endless()
        """
    )


@attack(stock="resists")
def speaks_nonsense(student: HandIn) -> None:
    """From the first call on, all data that its kernel sends are noise."""
    student.answer(
        """
        import socket
        real = socket.socket.sendall

        def norm(x):
            socket.socket.sendall = lambda self, data: real(self, b"\\xc1" * len(data))
            socket.socket.send = lambda self, data: real(self, b"\\xc1" * len(data))
            return 0.0
        """
    )


@attack(stock="resists")
def announces_an_exabyte(student: HandIn) -> None:
    """It announces a message of an exabyte and sends nothing."""
    student.answer(
        """
        import os, socket, stat

        def norm(x):
            for number in range(3, 256):
                try:
                    if stat.S_ISSOCK(os.fstat(number).st_mode):
                        line = socket.socket(fileno=os.dup(number))
                        if line.family == socket.AF_UNIX and line.type == socket.SOCK_STREAM:
                            line.settimeout(1)
                            line.sendall(b"\\x0f" + b"\\xff" * 15)
                except OSError:
                    pass
            return 0.0
        """
    )

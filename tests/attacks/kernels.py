"""Patched kernels: the check stays as it was, but what executes it changes."""

from .attack import HandIn, attack


@attack(stock="succeeds")
def transforms_the_syntax_tree(student: HandIn) -> None:
    """IPython lets a notebook rewrite later cells. Here they lose their assertions."""
    student.first(
        """
        import ast

        class Lenient(ast.NodeTransformer):
            def visit_Assert(self, node):
                return ast.Pass()

            def visit_Expr(self, node):
                return ast.Pass() if "testing" in ast.unparse(node) else node

        get_ipython().ast_transformers.append(Lenient())
        """
    )


@attack(stock="succeeds")
def transforms_only_cells_that_test(student: HandIn) -> None:
    """It rewrites only the checks, so that a test of the kernel with other code passes."""
    student.first(
        """
        def lenient(lines):
            return ["pass\\n"] if "fresh = " in "".join(lines) else lines

        get_ipython().input_transformers_post.append(lenient)
        """
    )


@attack(stock="succeeds")
def runs_no_more_cells(student: HandIn) -> None:
    """The kernel reports success without executing the cells."""
    student.middle(
        """
        async def all_is_well(*args, **names):
            return dict(status="ok", execution_count=1, payload=[], user_expressions={})

        get_ipython().kernel.do_execute = all_is_well
        """
    )


@attack(stock="succeeds")
def patches_run_cell(student: HandIn) -> None:
    """It patches a lower level of IPython, and only for cells with an assertion."""
    student.first(
        """
        from IPython.core.interactiveshell import InteractiveShell as Shell
        real = Shell.run_cell_async

        async def run_cell_async(self, source, *args, **names):
            if "assert" in source and "norm" in source:
                source, names["transformed_cell"] = "pass", "pass"
            return await real(self, source, *args, **names)

        Shell.run_cell_async = run_cell_async
        """
    )


@attack(stock="succeeds")
def sends_no_errors(student: HandIn) -> None:
    """It drops the kernel's messages about errors."""
    student.first(
        """
        session = get_ipython().kernel.session
        real = session.send

        def send(stream, kind, content=None, *args, **names):
            if kind == "error":
                return None
            if kind == "execute_reply":
                content = dict(content, status="ok")
            return real(stream, kind, content, *args, **names)

        session.send = send
        """
    )


@attack(stock="resists")
def handles_the_exceptions(student: HandIn) -> None:
    """It handles failed assertions itself and shows nothing."""
    student.first(
        """
        get_ipython().set_custom_exc((Exception,), lambda *args, **names: None)
        get_ipython().showtraceback = get_ipython()._showtraceback = lambda *args, **names: None
        """
    )


@attack(stock="succeeds")
def traces_the_checks(student: HandIn) -> None:
    """Like a debugger, it makes the arguments of `assert_allclose` equal."""
    student.first(
        """
        import sys

        def trace(frame, event, argument):
            if frame.f_code.co_name == "assert_allclose":
                frame.f_locals["actual"] = frame.f_locals["desired"]
            return None

        sys.settrace(trace)
        """
    )


@attack(stock="resists")
def forges_a_result(student: HandIn) -> None:
    """During a call from a check, it publishes a result in the name of the check."""
    student.answer(
        """
        def norm(x):
            kernel = get_ipython().kernel
            content = {"data": {"text/plain": "8.0"}, "metadata": {}, "execution_count": 1}
            kernel.send_response(kernel.iopub_socket, "execute_result", content)
            raise bdb.BdbQuit

        import bdb
        """
    )


@attack(stock="resists")
def prints_points(student: HandIn) -> None:
    """It prints and displays 8.0, because the last value of a check counts as its points."""
    student.answer("def norm(x):\n    print('8.0')\n    return 0.0")
    student.middle(
        """
        get_ipython().display_formatter.formatters["text/plain"].for_type(
            type(None), lambda *args: "8.0")
        import sys
        sys.displayhook(8.0)
        8.0
        """
    )


@attack(stock="resists")
def quits_like_a_debugger(student: HandIn) -> None:
    """IPython does not count this exception as an error, and skips the rest of the check."""
    student.answer("import bdb\n\ndef norm(x):\n    raise bdb.BdbQuit")


@attack(stock="resists")
def exits_politely(student: HandIn) -> None:
    """It ends the check with the exit code of success."""
    student.answer("def norm(x):\n    raise SystemExit(0)")


@attack(stock="resists")
def asks_to_be_skipped(student: HandIn) -> None:
    """It raises an exception that test runners do not count as a failure."""
    student.answer("import unittest\n\ndef norm(x):\n    raise unittest.SkipTest('later')")


@attack(stock="succeeds")
def patches_what_carries_the_answers(student: HandIn) -> None:
    """It replaces the packer that sends answers to an examiner in another process."""
    student.middle(
        """
        try:
            import msgpack
        except ImportError:
            pass
        else:
            def everything(*args, **names):
                return real(["ok", ["s", ["O", b"\\x00" * 8]]])

            real, msgpack.packb = msgpack.packb, everything
        np.testing.assert_allclose = lambda *args, **names: None
        """
    )


@attack(stock="gives up")
def sends_what_is_no_message(student: HandIn) -> None:
    """It sends malformed messages to the grader."""
    student.middle(
        """
        kernel = get_ipython().kernel
        for kind, content in (
            ("stream", {}),
            ("stream", {"name": 5, "text": ["no", "text"]}),
            ("display_data", {"data": "none", "metadata": []}),
            ("execute_result", {"data": {"text/plain": 8.0}, "metadata": {}}),
            ("error", {"ename": None, "evalue": {}, "traceback": 5}),
            ("update_display_data", {}),
            ("clear_output", {}),
            ("comm_open", {}),
            ("status", {"execution_state": "asleep"}),
            ("no such kind", {}),
        ):
            kernel.send_response(kernel.iopub_socket, kind, content)
        """
    )


@attack(stock="succeeds")
def updates_what_it_displayed(student: HandIn) -> None:
    """It displays something small, and later updates it to 50 MB."""
    student.middle("handle = display('small', display_id=True)")
    student.last("handle.update({'text/plain': 'A' * 50_000_000}, raw=True)")


@attack(stock="gives up")
def floods_the_widgets(student: HandIn) -> None:
    """It makes 200 widgets with 1 MB each, whose state would be saved with the notebook."""
    student.middle(
        """
        import comm
        for number in range(200):
            state = {"state": {"value": str(number) + "A" * 1_000_000}}
            comm.create_comm(target_name="jupyter.widget", data=state)
        """
    )


@attack(stock="succeeds")
def floods_while_it_is_asked(student: HandIn) -> None:
    """It prints 20 times 20 MB while a check calls its function."""
    student.answer(
        """
        def norm(x):
            kernel = get_ipython().kernel
            for _ in range(20):
                content = {"name": "stdout", "text": "A" * 20_000_000}
                kernel.send_response(kernel.iopub_socket, "stream", content)
            return 0.0
        """
    )

"""jupyter_client's kernel manager and client over the zygote: for nbclient, kernels like any other.

Messages travel over ZMQ sockets in a folder that only the trusted side sees once the kernel runs.
"""

from __future__ import annotations

import asyncio
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import zmq
import zmq.asyncio
from jupyter_client.asynchronous import AsyncKernelClient
from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning import KernelProvisionerBase
from traitlets import Bool, Instance, Type, Unicode

from .walls import Limits
from .zygote import Child, Request, Zygote, ZygoteError

START_SECONDS = 60.0
KILL_SECONDS = 10.0
LARGEST_MESSAGE = 64 << 20  # bytes; the connection is dropped over a larger one
SEND_MILLISECONDS = 1000  # on a dropped connection ZMQ would wait for ever
CHANNELS = ("shell", "iopub", "stdin", "hb", "control")


class WalledProvisioner(KernelProvisionerBase):
    """Gives a kernel manager its forked process."""

    child: Child | None = None

    @property
    def manager(self) -> WalledKernelManager:
        """The manager whose kernel this is."""
        assert isinstance(self.parent, WalledKernelManager)
        return self.parent

    @property
    def has_process(self) -> bool:
        """Whether there is a kernel, perhaps a dead one."""
        return self.child is not None

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Fork the kernel and wait until it has bound its sockets.

        Raises:
            ZygoteError: it could not start.
        """
        self.child = self.manager.zygote.fork(self.manager.request())
        await self._until(lambda child: child.ready or child.gone, START_SECONDS)
        if not self.child.ready:
            raise ZygoteError(f"A kernel did not start: {self.child.reason or 'it was killed'}")
        return self.manager.get_connection_info()

    async def _until(self, done: Callable[[Child], bool], seconds: float) -> None:
        """Take the child's news as it comes, until `done(child)` or the time is up."""
        child = self.child
        if child is None or child.poll() is not None or done(child):
            return
        loop = asyncio.get_running_loop()
        happened = asyncio.Event()
        number = child.fileno()

        def look() -> None:
            if child.poll() is not None or done(child):
                loop.remove_reader(number)
                happened.set()

        loop.add_reader(number, look)
        try:
            await asyncio.wait_for(happened.wait(), seconds)
        except TimeoutError:
            pass
        finally:
            if not happened.is_set():
                loop.remove_reader(number)

    async def poll(self) -> int | None:
        """The exit code, or None while anything that the kernel started runs."""
        return self.child.poll() if self.child else 1

    async def wait(self) -> int | None:
        """Wait for the end of the kernel, some seconds at most."""
        await self._until(lambda child: child.gone, KILL_SECONDS)
        return await self.poll()

    async def send_signal(self, signum: int) -> None:
        """Interrupt the kernel, or for any other signal kill it."""
        if self.child is None:
            return
        if signum == signal.SIGINT:
            self.child.interrupt()
        elif signum != 0:
            await self.kill()

    async def kill(self, restart: bool = False) -> None:
        """End the kernel and all that it started."""
        if self.child is not None:
            self.child.kill()
            await self.wait()

    async def terminate(self, restart: bool = False) -> None:
        """The same as `kill`: there is nothing to say good-bye to."""
        await self.kill()

    async def cleanup(self, restart: bool = False) -> None:
        """Remove the folder of the sockets."""
        shutil.rmtree(self.manager.sockets, ignore_errors=True)


class WalledKernelClient(AsyncKernelClient):
    """A client that is ready as soon as the kernel is."""

    def _context_default(self) -> zmq.asyncio.Context:
        context = super()._context_default()
        context.setsockopt(zmq.MAXMSGSIZE, LARGEST_MESSAGE)
        context.setsockopt(zmq.SNDTIMEO, SEND_MILLISECONDS)
        return context

    def start_channels(self, *args: Any, **kwargs: Any) -> None:
        """Open the channels; without a heartbeat, for whose end a keeper watches the kernel."""
        super().start_channels(*args, **{**kwargs, "hb": False})

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Wait for the kernel's welcome on iopub: from then on no output is missed.

        Raises:
            RuntimeError: the kernel died or did not answer in `timeout` seconds.
        """
        end = time.monotonic() + (START_SECONDS if timeout is None else timeout)
        try:
            while True:
                left = max(0.0, end - time.monotonic())
                message = await self.iopub_channel.get_msg(timeout=left)
                if message["msg_type"] == "iopub_welcome":
                    return
        except Exception as error:
            raise RuntimeError("the kernel did not say that it is ready") from error


class WalledKernelManager(AsyncKernelManager):
    """Manages one kernel, forked from the zygote.

    Attributes:
        zygote: where it is forked.
        folder: the submission's files; a folder in the zygote's spool, see `Zygote.new_folder`.
        limits: what it may use.
        shared: a folder in the spool that it sees too; "" for none.
        host: it may write into `shared`. There is no limit on how much, so this is never for a
            kernel that runs a student's code.
    """

    zygote = Instance(Zygote)
    folder = Unicode()
    limits = Instance(Limits, ())
    shared = Unicode()
    host = Bool(False)
    sockets = Unicode()
    client_factory = Type(klass=WalledKernelClient, default_value=WalledKernelClient)
    provisioner: WalledProvisioner | None

    @property
    def kernel_spec(self) -> KernelSpec:
        """One that needs not be installed; the command is the zygote's affair."""
        return KernelSpec(display_name="Python 3", language="python", argv=[])

    @property
    def reason(self) -> str:
        """Why the kernel ended, in a sentence; "" while it runs."""
        child = self.provisioner.child if self.provisioner else None
        return child.reason if child else ""

    def request(self) -> Request:
        """What the zygote is asked for."""
        connection = {**self.get_connection_info(), "key": self.session.key.decode()}
        return Request(
            folder=self.folder,
            sockets=self.sockets,
            connection=connection,
            seen={self.shared: self.host} if self.shared else {},
            limits=self.limits,
            environment={"NBGRADER_EXECUTION": "autograde"},  # as nbgrader tells a notebook
        )

    async def start_kernel(self, **kwargs: Any) -> None:  # type: ignore[override]
        """Fork the kernel; it can be connected to when this returns.

        jupyter_client's own way takes longer: it writes a connection file, keeps a second control
        socket and sleeps a while for its own tests' sake.

        Raises:
            ZygoteError: it could not start.
        """
        self._attempted_start = True
        self.shutting_down = False
        self.sockets = str(self.zygote.new_folder())
        self.transport = "ipc"
        self.ip = f"{self.sockets}/s"
        for number, channel in enumerate(CHANNELS, 1):
            setattr(self, f"{channel}_port", number)
        self.kernel_id = Path(self.sockets).name
        self.provisioner = WalledProvisioner(
            kernel_id=self.kernel_id, kernel_spec=self.kernel_spec, parent=self
        )
        try:
            await self.provisioner.launch_kernel([])
        except ZygoteError:
            await self.shutdown_kernel()
            raise

    async def shutdown_kernel(self, now: bool = True, restart: bool = False) -> None:  # type: ignore[override]
        """Kill the kernel and all that it started, and remove its sockets."""
        self.shutting_down = True
        if self.provisioner is not None:
            await self.provisioner.kill()
        await self.cleanup_resources()

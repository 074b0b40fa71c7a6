"""Lets JupyterLab open the course's notebooks without marking them as unsaved.

A notebook says which kernel ran it, in words that name the exact Python. When a kernel starts,
JupyterLab writes its own words into the open notebook, and the notebook then counts as changed
although nobody has typed anything. So the server gives it those words from the beginning.
"""

from typing import Any

from ipykernel.ipkernel import IPythonKernel
from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager

KERNEL = "python3"
DISPLAY_NAME = "Python 3 (ipykernel)"


class CourseContents(AsyncLargeFileManager):
    """Reads files as JupyterLab's own manager does, and names the kernel in notebooks."""

    async def get(
        self,
        path: str,
        content: bool = True,
        type: str | None = None,
        format: str | None = None,
        require_hash: bool = False,
    ) -> Any:
        """Return a file or a folder as Jupyter describes it; the file itself stays as it is."""
        model = await super().get(path, content, type, format, require_hash)
        if model["type"] == "notebook" and model["content"]:
            metadata = model["content"]["metadata"]
            if metadata.get("kernelspec", {}).get("name") == KERNEL:
                spec = {"name": KERNEL, "display_name": DISPLAY_NAME, "language": "python"}
                metadata["kernelspec"] = spec
                metadata["language_info"] = dict(IPythonKernel.language_info)
        return model

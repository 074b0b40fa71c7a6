"""Runs behind the wall: the process that forks kernels, the inner wall around each, the kernel.

    zygote → guardian → keeper (process 1 of the namespaces) → kernel, and all that it starts

Nobody trusts what comes from here. It imports nothing of the grader but `messages` and `exam`.
"""

"""Runs behind the wall: the process that forks kernels, what surrounds each kernel, and the kernel.

    zygote → guardian → keeper (process 1 of the namespaces) → kernel, and all that it starts

Nobody trusts what comes from here. Of the grader it imports `messages` and `exam` only.
"""

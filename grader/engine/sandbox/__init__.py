"""Runs behind the wall: the process that forks kernels, the inner wall around each, the kernel.

    zygote → guardian → keeper → kernel, and all that it starts

    zygote        forks a guardian for each kernel       keeper    guards, keeps and starts a kernel
    kernel        runs cells                             usage     what its processes use
    walls         the steps of every kind of walls, and those without walls
        namespaces    a system of its own for each kernel
        landlock      access to few files, and for each kernel a user of its own
            users    descendants    private_files    what namespaces would do by themselves
        rights    call_filter    resource limits, capabilities and system calls, for both kinds
    trial         builds walls once, to learn if they can be built
    new_files     lists the files that a student's code wrote

Nobody trusts what comes from here. It imports nothing of the grader but `messages` and `exam`.
"""

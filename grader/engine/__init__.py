"""The grading engine: nbgrader's autograde, in parallel, with students' code behind walls.

Which processes there are, who starts whom, and what crosses between them:

    ┌ trusted ───────────────────────────────────────────────────────────────────────────┐
    │ autograde, one process: plan → run → record                                        │
    │     reads submitted/; is the only writer of the gradebook and of autograded/       │
    │                                                                                    │
    │      │ Job: a sanitized notebook, its files     ▲ Outcome: the executed notebook   │
    │      ▼ (by value, in threads or over Dask)      │                                  │
    │ workers, each runs execute(job)                                                    │
    └──────┬──────────────────────────────────────────┬──────────────────────────────────┘
           │ ForkRequest, files in the spool          │ messages: cells to run, outputs
    ═══════╪═══════════════ the walls ════════════════╪═══════════════════════════════════
    ┌ not trusted ─────────────────────────────────────────────────────────────────────────┐
    │    sandbox.zygote  imported NumPy and Keras once; one on each machine                │
    │      └ sandbox.keeper  ends a kernel that exceeds a limit, and all that it started   │
    │          └ sandbox.kernel  Jupyter's shell. Each job has two, each with its keeper:  │
    │                                                                                      │
    │              the student's kernel ◄── exam.rpc: calls, by value ──► the examiner's   │
    │              runs the student's cells                             runs the checks    │
    └──────────────────────────────────────────────────────────────────────────────────────┘

The trusted side imports nothing from `sandbox` and `exam`, and they import nothing from it; both
import `messages` and `behavior`. Only these four are visible behind the walls. What comes from
there is data that nobody believes. The examiner's kernel runs no code of the student's, but it
stands behind the same walls, because it reads what the student's kernel sends.

There are two kinds of walls, and `walls` takes the stronger one that this machine can build.
Namespaces: bubblewrap is the outer wall, around the zygote, and each kernel has an inner one.
Landlock: zygote and keepers keep the grader's rights, and each kernel gives up its own before it
runs any code.

Where to change what:

    autograde        the order: plan, run, record       autograde_base    the options
    plan             what is due        sanitize    what a notebook may keep, what is put back
    run              who executes       workers     on this machine, or on a Dask cluster
    execute          one notebook: its cells, its checks, its kernels, its time
    kernel_client    speaks with a kernel       zygote_manager    starts the zygote, asks for forks
    walls            which kind stands          installation    what of this machine kernels see
    bubblewrap       the outer wall             sandbox/{namespaces,landlock}   the inner walls
    record           saves: graded_folder, gradebook, scores, journal
    recognize        which known mistake an answer behaves like; `behavior` compares two answers
    job, submission, outputs, accepted_files, progress_bar     what their names say
"""

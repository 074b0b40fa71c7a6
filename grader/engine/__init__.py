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
    ═══════╪═══════════════ bubblewrap ═══════════════╪═══════════════════════════════════
    ┌ not trusted ─────────────────────────────────────────────────────────────────────────┐
    │    sandbox.zygote  imported NumPy and Keras once; one on each machine                │
    │      └ sandbox.keeper  process 1 of a kernel's own namespaces; keeps its limits      │
    │          └ sandbox.kernel  Jupyter's shell. Each job has two, each with its keeper:  │
    │                                                                                      │
    │              the student's kernel ◄── exam.rpc: calls, by value ──► the examiner's   │
    │              runs the student's cells                             runs the checks    │
    └──────────────────────────────────────────────────────────────────────────────────────┘

The trusted side imports nothing from `sandbox` and `exam`, and they import nothing from it; both
import `messages`. Only these three are mounted behind the wall. What comes from there is data that
nobody believes. The examiner's kernel runs no code of the student's, but it stands behind the same
walls, because it reads what the student's kernel sends.

Where to change what:

    autograde        the order: plan, run, record       autograde_base    the options
    plan             what is due        sanitize    what a notebook may keep, what is put back
    run              who executes       workers     on this machine, or on a Dask cluster
    execute          one notebook: its cells, its checks, its kernels, its time
    kernel_client    speaks with a kernel       zygote_manager    starts the zygote, asks for forks
    bubblewrap       the outer wall             sandbox/namespaces    the inner wall, the limits
    record           saves: graded_folder, gradebook, scores, journal
    recognize        which known mistake an answer behaves like
    job, submission, outputs, accepted_files, progress_bar     what their names say
"""

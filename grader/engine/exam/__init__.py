"""Runs behind the wall: the exam boundary, across which checks call the student's functions.

boundary    runs a check in the examiner's kernel, and answers its calls in the student's kernel
rpc         remote procedure calls over the socket between the two
wire        the codec: which values are data, and how they are written
observe     tries a function on many calls, to find out which known mistake it behaves like
"""

"""Runs behind the wall: the exam boundary, across which checks call the student's functions.

boundary    runs a check in the examiner's kernel and answers it in the student's
rpc         the two ends of the socket between them
wire        what crosses by value, and how it is written
observe     tries a function on many calls, to see which known mistake it behaves like
"""

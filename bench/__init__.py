"""Measures the pages beside a bare Flask under the same server, in the same run.

`python -m bench` (or `make bench`) loads the demonstration at 1 000 and at 100 000 matters, serves
each with gunicorn with and without the page cache, and a bare Flask "hello" under the same
settings. Application and bare are loaded in turns; each figure is the median of five turns.
"""

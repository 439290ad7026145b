"""Measures the pages beside a bare Flask, and the count beside its literal reference, in one run.

`python -m bench` (or `make bench`) does both, `--only pages` or `--only tally` one of them.

*Pages.* The demonstration is loaded with 1 000 and with 100 000 matters, and ten times as many
comments (`discussions`). Each is served with gunicorn with and without the page cache, and a bare
Flask "hello" under the same settings.
Application and bare are loaded in turns; each figure is the median of five turns. Beside what most
people open there are the public overviews, a unit's page, an official's queue, an entry of the log,
and the journey of five hundred steps that `long_way` makes by the commands people use. Searches and
titles while they are typed are different ones each time. The run fails when the old matter is not
found by a title like its own ("near copy"). `--connections 1` asks for one page at a time, and
`--pages` names the ones to measure. With KUULUU_DATABASE_URL the rows are in that database, so that
PostgreSQL is measured with one of `--sizes` in an empty database.

*Tally.* Generated elections (90 000 ballots and 160 projects; a million ballots and 200 projects)
and the largest real one in `--elections DIR` (by default data/elections in $KUULUU_SHARED) are read
and counted by equal shares, plain and with add-one. Each turn is a process of its own with nothing
warm; time is the median of three turns (of one, where a turn is long), memory the most. Printed
are figure, limit, their ratio and OK or OVER; then how time grows with ballots, and with amounts in
ever smaller units of currency. A mid-size election is also counted by the slow literal reference of
the tests. A figure over its limit only says so; winners that differ where they must not end the
run with exit status 1.

Start reading at `pages` and `tally`.
"""

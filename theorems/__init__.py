"""The mathematics of the audited paper as a typed library.

Closed forms are written once over interchangeable arithmetics, beside independent routes to the same quantities. The
library knows no test framework and no number printed in the paper.
"""

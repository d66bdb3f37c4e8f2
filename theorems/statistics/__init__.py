"""Confidence sets, tests and predictive intervals that hold at extreme levels, such as one error in 10⁹.

`level` is everywhere the probability of an error, both sides together; an interval is (lower, upper), ends included.
"""

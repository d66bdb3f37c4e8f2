"""Simulations of the experiments: dense, as they are described, and by the exact law of what they measure.

Nothing here evaluates a closed form of the paper: these are the routes that its formulas are held against.
Pre-activations are in units of their standard deviation 1/√n; `p` is the flip rate in (0, 1/2), n the input width, m
the number of rows of W₁, d that of W₂.
"""

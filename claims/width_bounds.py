"""How far the two transverse energies at width n lie from their limits: constants for every unit input x̂.

M is ‖x̂‖∞, so that Σx̂⁴ ≤ M², Σx̂⁶ ≤ M⁴; T = Σ sign(w_j) x̂_j and S = √n z, for rows of Gaussian weights and m → ∞.

Sign flips. Given the flipped part q of the input's energy (z, z′) is normal, so that E(Δa)² is the mean of f(q) = 2q −
g(q), where g″ = (2/π)(q(1 − q))^(−1/2). Its power series at 0 gives 8/(3π) ≤ g(q)/q^(3/2) ≤ 8/(3π) + (1 − 8/(3π))q. In
powers of 1 − 2q all its coefficients are positive, so that g″ and g⁗ are convex, and so are the quotients of Taylor's
remainders of g at p, of order two and four, as functions of q: they are largest at q = 0 or q = 1.

Magnitudes. E(Δa)² = 2p − B with B = E(s²T² − (S + sT)²)₊, s = √p. Given the signs, S = κT + R, where R is a sum of
independent terms σ_jx̂_j(|g_j| − κ), and B is s³ times the mean of |T|³ ∫(1 − y²) r(s|T|y − (κ + s)T) dy over |y| ≤ 1,
with the density r of R. Fourier's inversion bounds r − (normal density), and the change from T to a normal variable.
"""

from functools import cache

from theorems.arithmetic.contexts import BALL, SERIES
from theorems.arithmetic.expansions import divide_by_power, expand, range_over
from theorems.formulas.asymmetry import magnitude_moments


def kappa():
    return (2 / BALL.pi).sqrt()


def residual_variance():
    """λ² = 1 − 2/π, the variance of R."""
    return 1 - 2 / BALL.pi


def first_coefficient():
    """g(q)/q^(3/2) at q = 0."""
    return 8 / (3 * BALL.pi)


def over(function, start, stop, pieces=64, order=4, *, near="0.1"):
    """A ball with the values on [start, stop] of a function of a series variable; start = 0 by Taylor's form there."""
    if start == 0:
        form = expand(function, 1, near)
        found = form(BALL.number(0).union(BALL.number(near)))
        return found.union(range_over(function, BALL.number(near), BALL.number(stop), pieces, order))
    return range_over(function, BALL.number(start), BALL.number(stop), pieces, order)


# Sign flips

LARGEST_ENTRY = "0.0225"  # 1/√n at n = 1976
HALF = "0.70711"  # a little above the root of p = 1/2
TAYLOR = "Taylor forms with Lagrange remainders over all of 0 < p < 1/2"


def taylor(s):
    """g(p), g′(p), p^(1/2)g″(p) and p^(3/2)g‴(p) for p = s²."""
    p, cosine = s**2, (1 - s**2).sqrt()
    theta = 2 * s.asin()
    g = (2 * s * cosine - theta * (1 - 2 * p)) / BALL.pi
    return g, 2 * theta / BALL.pi, 2 / (BALL.pi * cosine), -(1 - 2 * p) / (BALL.pi * cosine**3)


def remainder_at_zero(s):
    """p^(5/2)·(remainder of order four at q = 0)/p⁴."""
    g, first, second, third = taylor(s)
    return divide_by_power(s**2 * first - g, s, 3, SERIES) - second / 2 + third / 6


def remainder_at_one(s):
    """p^(5/2)·(remainder of order four at q = 1)/(1 − p)⁴."""
    g, first, second, third = taylor(s)
    rest = 1 - s**2
    return (s**5 * (1 - g - rest * first) - rest**2 * s**4 * second / 2 - rest**3 * s**2 * third / 6) / rest**4


def fourth_order():
    """The largest p^(5/2)·(remainder of order four)/(q − p)⁴ over all q and 0 < p < 1/2."""
    return over(remainder_at_zero, 0, HALF).union(over(remainder_at_one, 0, HALF))


def loss_at_zero(s):
    """√p·(remainder of order two at q = 0)/p², over f(p)/p."""
    g, first, _, _ = taylor(s)
    return divide_by_power(s**2 * first - g, s, 3, SERIES) / (2 - divide_by_power(g, s, 2, SERIES))


def loss_at_one(s):
    g, first, _, _ = taylor(s)
    rest = 1 - s**2
    return s * (1 - g - rest * first) / rest**2 / (2 - divide_by_power(g, s, 2, SERIES))


def relative_loss():
    """The largest √p(f(p) − E f(q))/(f(p) Σx̂⁴) over all inputs and 0 < p < 1/2."""
    return over(loss_at_zero, 0, HALF).union(over(loss_at_one, 0, HALF)).upper()


def loss_below(largest):
    """(f(p) − E f(q))/f(p) for p < M²: E q^(3/2) ≤ p√(p + M²), E q^(5/2) ≤ E q² ≤ p(p + M²), f(p) ≥ p(2 − M)."""
    first = first_coefficient()
    return (first * largest + 2 * (1 - first) * largest**2) / (2 - largest)


# Magnitudes


def characteristic_function(y):
    """Real and imaginary part of E exp(iy|g|), as series."""
    decay = (-(y * y) / 2).exp()
    return decay, decay * (y / BALL.number(2).sqrt()).erfi()


ENVELOPE = "0.9"
FAR = "4"  # beyond it |E exp(iy|g|)| ≤ 2√(2/π)/y, by the total variation of the density, is enough


def envelope_margin(y):
    """(1 − |h|²(1 + 0.9λ²y²))/y², nonnegative where |h(y)|² ≤ 1/(1 + 0.9λ²y²)."""
    real, imaginary = characteristic_function(y)
    bound = 1 + BALL.number(ENVELOPE) * residual_variance() * y**2
    return divide_by_power(1 - (real**2 + imaginary**2) * bound, y, 2, SERIES)


def envelope():
    """The least margin up to FAR, and that of the bound 8/(πy²) on |h|² at FAR, which grows beyond it."""
    far = BALL.number(FAR)
    beyond = 1 - 8 / (BALL.pi * far**2) * (1 + BALL.number(ENVELOPE) * residual_variance() * far**2)
    return over(envelope_margin, 0, FAR, 256, near="0.3").union(beyond / far**2)


def third_cumulant():
    """E(|g| − κ)³."""
    return 2 * kappa() ** 3 - kappa()


def distance_from_normal(y):
    """Real and imaginary part of (E exp(iy(|g| − κ)) − exp(−λ²y²/2 − iμ₃y³/6))/y⁴, as functions of a series y."""
    real, imaginary = characteristic_function(y)
    cosine, sine = (kappa() * y).cos(), (kappa() * y).sin()
    size, angle = (-residual_variance() * y**2 / 2).exp(), third_cumulant() * y**3 / 6
    differences = (
        real * cosine + imaginary * sine - size * angle.cos(),
        imaginary * cosine - real * sine + size * angle.sin(),
    )
    return [divide_by_power(difference, y, 4, SERIES) for difference in differences]


def fourth_order_of_terms():
    """The largest |E exp(iy(|g| − κ)) − exp(−λ²y²/2 − iμ₃y³/6)|/y⁴ over y > 0."""
    near, far = BALL.number("0.4"), BALL.number(FAR)
    parts = (expand(lambda y, part=part: distance_from_normal(y)[part], 1, near) for part in range(2))
    largest = sum(part(BALL.number(0).union(near)) ** 2 for part in parts)
    largest = largest.max(range_over(lambda y: sum(part**2 for part in distance_from_normal(y)), near, far, 288, 6))
    beyond = (2 * kappa() / far + (-residual_variance() * far**2 / 2).exp()) / far**4
    found = largest.upper().sqrt().max(beyond).upper()
    there = sum(part[0] ** 2 for part in distance_from_normal(SERIES.variable("0.1"))).sqrt()
    if not there < found:
        raise RuntimeError(f"at y = 0.1 it is {there}, more than {found}")
    return found


def envelope_moment(largest):
    """∫ a⁴ Π (1 + 0.9λ²a²x̂_j²)^(−1/2) da over the line, all entries but one, where Σx̂² = 1 and |x̂_j| ≤ M.

    As log(1 + uz) ≥ u log(1 + z) for 0 ≤ u ≤ 1 the product is at most (1 + 0.9λ²a²M²)^(−(1/M² − 1)/2), and a smaller M
    makes the integral smaller.
    """
    exponent = (1 / largest**2 - 1) / 2
    scale = BALL.number(ENVELOPE) * residual_variance() * largest**2
    beta = BALL.number("2.5").lgamma() + (exponent - BALL.number("2.5")).lgamma() - exponent.lgamma()
    return beta.exp() / scale ** BALL.number("2.5")


def density_error(largest):
    """C in E|T|³ sup|r − normal density| ≤ C·M², given the signs and averaged over them.

    |Σσ_jx̂_j³| has the mean square Σx̂⁶ ≤ M⁴; E T⁴ ≤ 3 and E T⁶ ≤ 15.
    """
    third = third_cumulant() / 6 * 4 / residual_variance() ** 2 * BALL.number(15).sqrt()
    fourth = fourth_order_of_terms() * envelope_moment(largest) * BALL.number(3).sqrt()
    return (third + fourth) / (2 * BALL.pi)


def cosine_margin(y):
    """(1 − cos y exp(y²/2))/y⁴."""
    return divide_by_power(1 - y.cos() * (y * y / 2).exp(), y, 4, SERIES)


def fourth_order_of_signs():
    """The largest (1 − cos y exp(y²/2))/y⁴ over 0 < y ≤ π/2."""
    return over(cosine_margin, 0, (BALL.pi / 2).upper(), 64, near="0.3").upper()


VARIATION = 12 + 2 * (60 * 1 + 75 * 2 + 18 * 8 + 48)


def sign_sum_error(largest):
    """C in |E l(T) − E l(G)| ≤ C·M² for l(t) = |t|³ exp(−bt²/2), b ≥ κ²/λ², and a normal variable G.

    By Fourier's inversion: |l̂| ≤ 4/b², and |l̂(ω)| ≤ V/ω⁴ where V is the variation of l‴, which jumps by 12 at 0 and has
    the derivative (−60t + 75t³ − 18t⁵ + t⁷)exp(−t²/2) at b = 1. Up to ω = π/(2M) each 0 ≤ cos(ωx̂_j) exp(ω²x̂_j²/2) ≤ 1.
    """
    rate = kappa() ** 2 / residual_variance()
    edge = BALL.pi / (2 * largest)
    inner = fourth_order_of_signs() * 4 / rate**2 * 3 * (BALL.pi / 2).sqrt() / BALL.pi
    beyond = VARIATION * (1 + (-(edge**2) / 2).exp()) / (3 * BALL.pi * edge**3)
    return inner + beyond / largest**2


@cache
def boundary_error(largest, bits):  # noqa: ARG001
    """C in |B at width n − B| ≤ C·p^(3/2)·M², for M ≤ largest; once per precision."""
    largest = BALL.number(largest)
    peak = 1 / (2 * BALL.pi * residual_variance()).sqrt()
    return BALL.number(4) / 3 * (density_error(largest) + peak * sign_sum_error(largest))


def transverse_share_error(largest, bits):
    """C in |T at width n/T − 1| ≤ C·√p·M², T = 4p(1 − 2/π) − B(2 + 4κ√p + B) the transverse energy of (A4)."""
    half, bound = BALL.number(HALF), boundary_error(largest, bits)
    moved = bound * half**3 * BALL.number(largest) ** 2
    slope = 2 + 4 * kappa() * half + 2 * over(boundary, 0, HALF).upper() + moved
    return bound * slope / (4 * over(transverse_share, 0, HALF).lower())


def boundary(s):
    """B in the limit, from the closed form of E(Δa)²."""
    return 2 * s**2 - magnitude_moments(s, SERIES).energy


def transverse_share(s):
    """T/(4p) in the limit."""
    return divide_by_power(magnitude_moments(s, SERIES).transverse_energy(), s, 2, SERIES) / 4

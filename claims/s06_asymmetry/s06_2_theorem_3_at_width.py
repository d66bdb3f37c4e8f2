"""Section 6.2, Theorem 3 at finite width: the next order in 1/n, and explicit constants for every unit input."""

from functools import cache
from math import comb

import flint
import pytest
from verdicts import agrees, at_least, at_most, ball, claim, identity, instances, less_than, more_than

from claims import width_bounds
from claims.s06_asymmetry.transverse_ratios import EXACT_LAWS, IN_WIDTH, ratio_at_width, root
from claims.symbols import in_symbols, symbols
from theorems.arithmetic.contexts import BALL, SERIES
from theorems.arithmetic.expansions import divide_by_power, range_over
from theorems.formulas.asymmetry import magnitude_moments, sign_moments, transverse_ratio
from theorems.formulas.finite_width import boundary_energy_equal_entries, magnitude_moments_equal_entries
from theorems.integrals.exact_moments import exact_half_line_integral, exact_relu_energy
from theorems.integrals.gaussian_integrals import integrate
from theorems.integrals.perturbed_neuron import integrated_moments, sign_flip_covariance

TAYLOR = "the remainders of g at q = 0 and q = 1, by Taylor forms over all of 0 < p < 1/2"
FOURIER = "characteristic functions of |g| and of a sign, their remainders by Taylor forms; Fourier's inversion"


def up_to(bound, method):
    """Evidence on a quantity that is at least 0 and at most `bound`."""
    return ball(lambda: BALL.number(0).union(bound()), method)


# Sign flips


def above_the_largest_entry():
    """E(q − p)³ = p(1 − p)(1 − 2p)Σx̂⁶, E(q − p)⁴ ≤ 3p²(Σx̂⁴)² + pΣx̂⁸, and g⁗ > 0."""
    return (4 * width_bounds.fourth_order().upper()).max(1 / (6 * BALL.pi))


def below_the_largest_entry():
    """E g(q) ≤ first·p√(p + M²) + (1 − first)p(p + M²), g(p) ≥ first·p^(3/2)."""
    first = width_bounds.first_coefficient()

    def scaled(s):  # s = √r
        return s**3 * (first * ((1 + s**2).sqrt() - s) + (1 - first) * (1 + s**2))

    return range_over(scaled, 0, 1, 16).upper().max(1 / BALL.pi)


@claim(
    "6.width.sign_energy",
    at="Theorem 3",
    also_at=["Footnote 3", "Appendix A.1"],
    kind="extension",
    says="At width n the energy of sign flips is f(p) − Σx̂⁴·√(p(1 − p))/π, f = 2𝓡_sign the limit, up to ‖x̂‖∞⁴/√p, "
    "for every unit x̂ and 0 < p ≤ 1/2",
    tex=r"\left|\mathbb{E}(\Delta a)^2-f(p)+\frac{\sqrt{p(1-p)}}{\pi}\sum_j\hat x_j^4\right|"
    r"\leq\frac{\|\hat x\|_\infty^4}{\sqrt p}",
    rests_on=["A.step3.mixture"],
    note="Energies are in units of 1/n. Their second derivative in the flipped part q of the input's energy is "
    "−(2/π)/√(q(1 − q)), and q has mean p and variance p(1 − p)Σx̂⁴: the expansion is in 1/(pn), not in 1/n.",
)
@pytest.mark.parametrize(
    "bound", [above_the_largest_entry, below_the_largest_entry], ids=["p at least ‖x̂‖∞²", "p below ‖x̂‖∞²"]
)
def test_sign_energy(check, bound):
    check(at_most("1", "‖x̂‖∞⁴/√p"), up_to(bound, f"{bound.__doc__} {TAYLOR}"))


@claim(
    "6.width.sign_curvature",
    at="Theorem 3",
    kind="extension",
    says="f″(q) = −(2/π)/√(q(1 − q)): the energy of sign flips is concave in the flipped part of the input's energy",
    tex=r"f''(q)=-\frac{2}{\pi\sqrt{q(1-q)}}",
)
def test_sign_curvature(check):
    from sympy import Symbol, pi, sin

    theta = Symbol("theta")
    q_slope, first, second = sin(theta) / 2, 2 - 2 * theta / pi, -4 / (pi * sin(theta))
    sides = (exact_relu_energy().diff(theta), first.diff(theta)), (first * q_slope, second * q_slope)
    check(identity(*sides, "f by symbolic integrals over the quadrants; q = sin²(θ/2), f′ = 2 − 2θ/π"))


@cache
def energies_of_sets(n, bits):  # noqa: ARG001
    """E(Δa)² by integrals over the quadrants where k of n equal entries are flipped, k = 0 … n; once per precision."""
    between = [integrated_moments(sign_flip_covariance(BALL.number(k) / n)).energy for k in range(1, n)]
    return [0, *between, 1]


def remainder_for_equal_entries(n, p):
    """n²√p times what the two terms leave of the binomial mean of the integrals over the quadrants."""
    p, energy = BALL.number(p), BALL.number(0)
    for k, of_set in enumerate(energies_of_sets(n, flint.ctx.prec)):
        energy += comb(n, k) * p**k * (1 - p) ** (n - k) * of_set
    limit = integrated_moments(sign_flip_covariance(p)).energy
    return n**2 * p.sqrt() * abs(energy - limit + (p * (1 - p)).sqrt() / (BALL.pi * n))


@claim(
    "6.width.sign_energy.equal_entries",
    at="Theorem 3",
    kind="extension",
    says="For n = 2, 9 and 32 equal entries and p = 0.0001, 0.01, 0.1 and 1/2 the energy of sign flips, summed over "
    "all numbers of flips, is f(p) − √(p(1 − p))/(πn) up to 1/(n²√p)",
    tex=r"\left|\mathbb{E}(\Delta a)^2-f(p)+\frac{\sqrt{p(1-p)}}{\pi n}\right|\leq\frac{1}{n^2\sqrt{p}}",
    rests_on=["6.width.sign_energy"],
)
def test_sign_energy_of_equal_entries(check):
    rates = [(n, p) for n in (2, 9, 32) for p in ("0.0001", "0.01", "0.1", "0.5")]
    route = "binomial sum at n = 2, 9, 32, p = 0.0001, 0.01, 0.1, 1/2; polar integrals over the quadrants"
    check(at_most("1", "‖x̂‖∞⁴/√p"), instances(remainder_for_equal_entries, rates, route))


# Magnitudes


def boundary_by_scales(p):
    """B as the integral over |y| ≤ 1 of (1 − y²) E|G|³ φ_λ(aG), a = κ + s(1 + y)."""
    s, variance = BALL.number(p).sqrt(), width_bounds.residual_variance()

    def integrand(y):
        squared = (width_bounds.kappa() + s * (1 + y)) ** 2 / variance
        return (1 - y**2) / (1 + squared) ** 2

    return 2 * s**3 / (BALL.pi * variance.sqrt()) * integrate(integrand, -1, 1)


def boundary_of_limit(p):
    return 2 * BALL.number(p) - magnitude_moments(root(p), BALL).energy


@claim(
    "6.width.magnitude_energy",
    at="Theorem 3",
    also_at=["Lemma A.1"],
    kind="extension",
    says="At width n the transverse energy of the magnitude model is that of the limit up to the share 6‖x̂‖∞²√p, for "
    "every x̂ with ‖x̂‖∞ ≤ 0.0225 and 0 < p < 1/2",
    tex=r"\left|\frac{T^{\mathrm{mag}}_n}{T^{\mathrm{mag}}}-1\right|\leq6\,\|\hat x\|_\infty^2\sqrt p",
    rests_on=["A.lemmaA1.moments"],
)
def test_magnitude_energy(check):
    def constant():
        return width_bounds.transverse_share_error(width_bounds.LARGEST_ENTRY, flint.ctx.prec)

    check(at_most("6"), up_to(constant, FOURIER))


@claim(
    "6.width.characteristic_function",
    at="Lemma A.1",
    kind="extension",
    says="|E exp(iy|g|)|² ≤ 1/(1 + 0.9(1 − 2/π)y²) for every y: sums of half normals have densities, however their "
    "weights are chosen",
    tex=r"\left|\mathbb{E}e^{iy|g|}\right|^2\leq\frac{1}{1+\frac{9}{10}\left(1-\frac{2}{\pi}\right)y^2}",
)
def test_characteristic_function(check):
    method = "Taylor forms up to y = 4; beyond it the total variation of the density, 2√(2/π)/y"
    check(at_least("0", "a margin of at least 0"), ball(width_bounds.envelope, method))


def boundary_in_symbols():
    """With w = s(1 + y), s = √p, it is ∫w(2s − w)h(w) from 0 to 2s, h the mean of densities, which is rational.

    Its second derivative in s is 8s·h(2s). It vanishes at s = 0, and so does its slope.
    """
    import sympy

    s, w, y, deviation = sympy.symbols("s w y deviation", positive=True)
    mean = sympy.sqrt(2 / sympy.pi)
    squared = ((mean + w) / deviation) ** 2
    over_scales = exact_half_line_integral(3, 1 + squared) / (sympy.pi * deviation)
    density = 2 / (sympy.pi * deviation) / (1 + squared) ** 2
    spread, kappa = sympy.sqrt(1 - mean**2), symbols("kappa", positive=True)
    slope = 8 * s * density.subs({w: 2 * s, deviation: spread})
    closed = 2 * s**2 - magnitude_moments(s, in_symbols()).energy
    substituted = s * (w * (2 * s - w)).subs(w, s * (1 + y))
    # as π = 2/κ² and λ² = 1 − κ², both slopes times λ are rational functions of s and κ
    rational = sympy.QQ.frac_field(s, kappa).from_sympy
    slopes = [rational((spread * each).subs(sympy.pi, 2 / kappa**2)) for each in (closed.diff(s, 2), slope)]
    found = [over_scales, substituted, slopes[0], closed.subs(s, 0), closed.diff(s).subs(s, 0)]
    stated = [density, s**3 * (1 - y**2), slopes[1], 0, 0]
    words = "second derivative in √p of the closed form and of the integral, which vanish with their slopes at 0"
    return identity(found, stated, words)


def boundary_at_rates():
    rates = ["0.0001", "0.01", "0.1", "0.4999"]
    method = "an integral of a rational function, against the closed form of E(Δa)²"
    return agrees(boundary_by_scales, boundary_of_limit, rates, 12, method)


@claim(
    "6.width.boundary_energy",
    at="Lemma A.1",
    kind="extension",
    says="The boundary energy B = 2p − E(Δa)² of the magnitude model is p^(3/2) times a mean over normal densities",
    tex=r"B=p^{3/2}\int_{-1}^{1}(1-y^2)\,\mathbb{E}|G|^3\varphi_\lambda\big((\kappa+\sqrt p(1+y))G\big)\,dy",
    rests_on=["6.theorem3.closed_form"],
)
@pytest.mark.parametrize("found", [boundary_in_symbols, boundary_at_rates], ids=["every p", "in balls"])
def test_boundary_energy(check, found):
    check(found())


def share_moved(n, p):
    """n/√p times the relative change of the magnitude model's transverse energy at width n, equal entries."""
    limit = magnitude_moments(root(p), BALL).transverse_energy()
    return n / root(p) * abs(magnitude_moments_equal_entries(n, p).transverse_energy() / limit - 1)


@claim(
    "6.width.magnitude_energy.equal_entries",
    at="Theorem 3",
    kind="extension",
    says="For 64 and 256 equal entries and p = 0.01, 0.1 and 0.49 the exact law's share is less than 0.07√p/n, far "
    "below the 6√p/n of 6.width.magnitude_energy",
    note="Both widths are smaller than that bound asks for, ‖x̂‖∞ ≤ 0.0225, which is n ≥ 1976 for equal entries.",
    tex=r"\left|\frac{T^{\mathrm{mag}}_n}{T^{\mathrm{mag}}}-1\right|<\frac{0.07\sqrt{p}}{n}",
    rests_on=["6.width.magnitude_energy"],
)
def test_magnitude_energy_of_equal_entries(check):
    rates = [(n, p) for n in (64, 256) for p in ("0.01", "0.1", "0.49")]
    check(less_than("0.07"), instances(share_moved, rates, f"n = 64 and 256, p = 0.01, 0.1, 0.49; {EXACT_LAWS}"))


COARSE = [{"period": 5}, {"reach": 3}, {"spread": 2}]


def apart(coarse):
    """How far the enclosures of a coarse and of the fine Fourier sum are apart, at n = 64 and p = 0.1; 0 if not."""
    s = root("0.1")
    rough, fine = boundary_energy_equal_entries(64, s, **coarse), boundary_energy_equal_entries(64, s)
    return (rough.lower() - fine.upper()).max(fine.lower() - rough.upper()).max(BALL.number(0))


@claim(
    "6.width.enclosed",
    at="Lemma A.1",
    kind="extension",
    says="The stated errors of the exact law's Fourier sum hold for coarse sums too: of short period, small reach "
    "or few shifts",
    rests_on=["6.width.magnitude_energy.equal_entries"],
)
def test_coarse_sums(check):
    check(at_most("0"), instances(apart, COARSE, f"{apart.__doc__} Period 5, reach 3, spread 2"))


# The ratio


def next_order(p):
    """γ(p): −γ(p)Σx̂⁴ is the relative change of c(p)."""
    p = BALL.number(p)
    energy = sign_moments(p.sqrt(), BALL).energy
    return (p * (1 - p)).sqrt() / BALL.pi * 2 * (1 - energy) / (energy * (2 - energy))


def sign_part():
    """p^(3/2)/M⁴ times the rest of E(2 − E) over its limit: 2M⁴/√p + (E − f)² over f(2 − f), E − f at most its loss."""
    largest_loss = width_bounds.relative_loss()

    def rest(s):
        f = sign_moments(s, SERIES).energy
        over_p = divide_by_power(f, s, 2, SERIES)
        return (2 * (1 - f) + s**3 * (largest_loss * over_p) ** 2) / (over_p * (2 - f))

    return width_bounds.over(rest, 0, width_bounds.HALF).upper()


@claim(
    "6.width.next_order",
    at="Theorem 3",
    kind="extension",
    says="At width n c(p) is smaller than its limit by the share γ(p)Σx̂⁴, γ = (2/π)√(p(1 − p))(1 − f)/(f(2 − f)) = "
    "1/(2π√p) + …, up to 2‖x̂‖∞⁴/p^(3/2) and the magnitude model's 6‖x̂‖∞²√p, for every x̂ with ‖x̂‖∞ ≤ 0.0225 and "
    "‖x̂‖∞² ≤ p < 1/2",
    tex=r"\frac{c_n(p)}{c(p)}=\Big(1-\gamma(p)\sum_j\hat x_j^4+O(\|\hat x\|_\infty^4p^{-3/2})\Big)"
    r"\Big(1+O(\|\hat x\|_\infty^2\sqrt p)\Big)",
    rests_on=["6.width.sign_energy", "6.width.magnitude_energy"],
    note="f = 2𝓡_sign. For 64 and 256 equal entries the magnitude model's share is below 0.07√p/n.",
)
def test_next_order(check):
    widths = [2**k for k in range(6, 14)]
    for p in ("0.01", "0.10"):
        losses = [(n, next_order(p) * 3 / (n + 2)) for n in widths]  # E Σx̂⁴ = 3/(n + 2) on the sphere
        check.curve(name=f"next order γ(p)·3/(n + 2), p = {p}", points=losses, **IN_WIDTH)
    slowest = [(n, 1 / BALL.number(n).sqrt()) for n in widths]
    check.curve(name="1/√n, the order that Section 6.5 gives", points=slowest, **IN_WIDTH)
    check(at_most("2"), up_to(sign_part, f"{sign_part.__doc__} {TAYLOR}"))


def left_over(n, p):
    """n times what the two terms leave of c(p) at width n, in the units of their stated error."""
    change = ratio_at_width(n, p, flint.ctx.prec) / transverse_ratio(root(p), BALL) - 1
    return abs(change + next_order(p) / n) / (2 / (n**2 * root(p) ** 3) + 6 * root(p) / n)


@claim(
    "6.width.next_order.equal_entries",
    at="Theorem 3",
    kind="extension",
    says="For 64 and 256 equal entries and p = 0.02, 0.1 and 0.49 the exact laws differ from 1 − γ(p)/n by at most a "
    "third of what 6.width.next_order allows",
    tex=r"\left|\frac{c_n(p)}{c(p)}-1+\frac{\gamma(p)}{n}\right|"
    r"\leq\frac{1}{3}\left(\frac{2}{n^2p^{3/2}}+\frac{6\sqrt{p}}{n}\right)",
    rests_on=["6.width.next_order"],
    note="Both widths are smaller than that theorem asks for, ‖x̂‖∞ ≤ 0.0225, which is n ≥ 1976 for equal entries.",
)
def test_next_order_of_equal_entries(check):
    rates = [(n, p) for n in (64, 256) for p in ("0.02", "0.1", "0.49")]
    found = instances(left_over, rates, f"n = 64 and 256, p = 0.02, 0.1, 0.49; {EXACT_LAWS}")
    check(at_most("0.3334", "a third"), found)


def below(largest):
    """The loss of sign flips for p < M², first·M + 2(1 − first)M² over 2 − M, and 6M³ of magnitudes, growing with M."""
    moved = 6 * largest**3
    return ((width_bounds.loss_below(largest) + moved) / (1 - moved)).upper()


def above(largest):
    """Loss·M²/√p + 6M²√p, convex in √p: the larger of the values at √p = M and p = 1/2, both growing with M."""
    loss, half = width_bounds.relative_loss(), BALL.number(1) / 2
    ends = [loss * largest**2 / s + 6 * largest**2 * s for s in (largest, half.sqrt())]
    moved = 6 * largest**2 * half.sqrt()
    return (ends[0].max(ends[1]) / (1 - moved)).upper()


@claim(
    "6.width.one_percent",
    at="Theorem 3",
    also_at=["Remark 2"],
    kind="extension",
    says="Theorem 3 without n → ∞: for every unit x̂ with ‖x̂‖∞ ≤ 0.0225 the ratio of mean transverse energies is "
    "within 1% of its limit c(p), at every p in (0, 1/2); for equal entries that is every n ≥ 1976",
    tex=r"\|\hat x\|_\infty\leq0.0225\ \Rightarrow\ \left|\frac{c_n(p)}{c(p)}-1\right|\leq1\%",
    rests_on=["6.width.sign_energy", "6.width.magnitude_energy"],
    note="Means over W₁, as m and d_out → ∞: what n alone does to Theorem 3.",
)
@pytest.mark.parametrize("part", [below, above], ids=["p below ‖x̂‖∞²", "p at least ‖x̂‖∞²"])
def test_one_percent(check, part):
    check(at_most("1%"), up_to(lambda: part(BALL.number(width_bounds.LARGEST_ENTRY)), f"{part.__doc__} {TAYLOR}"))


@claim(
    "6.width.one_percent.sharp",
    at="Theorem 3",
    kind="extension",
    says="0.0239 in place of 0.0225 is too large: with 1764 equal entries c(p) falls short of its limit by more than "
    "1% as p → 0",
    tex=r"\lim_{p\to0}\frac{c_{1764}(p)}{c(p)}<0.99",
    rests_on=["6.remark2.fixed_width"],
)
def test_one_percent_is_sharp(check):
    def loss():
        single = integrated_moments(sign_flip_covariance(BALL.number(1) / 1764)).energy
        return 1 - 1764 * single / 2

    check(more_than("1%"), ball(loss, "one flip among 1764 equal entries, by integrals over the quadrants"))

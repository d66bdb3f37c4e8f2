"""Section 10: where 2/π appears (Table 12), how rigorous the results are (Table 13), and the limitations."""

import re
from fractions import Fraction
from functools import partial
from itertools import product
from pathlib import Path

import flint
import pytest
from verdicts import (
    Interval,
    agrees,
    arithmetic,
    at_least,
    at_most,
    ball,
    claim,
    exactly,
    identity,
    more_than,
    printed,
    proof,
    read_table,
    reading,
    readings,
    text,
)

from claims.flip_energies import energy
from claims.means_over_signs import OVER_SIGNS, differing_moments, second_moments_over_signs
from claims.symbols import in_symbols
from theorems.arithmetic.contexts import BALL, SERIES
from theorems.arithmetic.exact_series import EXACT, exact_value
from theorems.arithmetic.expansions import divide_by_power, expand
from theorems.arithmetic.rational_functions import indeterminates
from theorems.formulas.asymmetry import magnitude_moments, magnitude_radial_fraction, transverse_ratio
from theorems.formulas.normal_pairs import linear_moments, regression_pair, relu_moments
from theorems.formulas.sign_direction import sign_energy_limit
from theorems.formulas.ternary import sign_quantised_pair
from theorems.integrals.exact_moments import exact_magnitude_moment, exact_relu_energy
from theorems.integrals.ternary_integrals import quantised_layer, relu_integrals
from theorems.moments import Moments
from theorems.weight_laws import LAPLACE, UNIFORM

TABLES = Path(__file__).parent / "tables"
TABLE_12 = read_table(TABLES / "table_12.csv")
TABLE_13 = {row["Result"]: row for row in read_table(TABLES / "table_13.csv")}

# 10.1 Three roles of 2/π


def exact(value):
    """A value of the table as an exact number."""
    import sympy

    return sympy.sympify(value.replace("π", "pi").replace("−", "-"))


def weight_alignment(value):
    mean, square = exact_magnitude_moment(1), exact_magnitude_moment(2)
    return [identity(mean**2 / square, exact(value), MOMENTS)]


def output_alignment(value):
    mean, square = exact_magnitude_moment(1), exact_magnitude_moment(2)
    product = quantised = mean**2  # E wQ and E Q² for Q = E|w| sign(w)
    return [identity(product**2 / (square * quantised), exact(value), MOMENTS)]


def error_fraction(value):
    mean, square = exact_magnitude_moment(1), exact_magnitude_moment(2)
    covariance, energy = mean**2 - square, square - mean**2  # E w(Q − w) and E (Q − w)²
    return [identity(covariance**2 / (square * energy), exact(value), MOMENTS)]


def magnitude_fraction(value):
    import sympy

    fraction = magnitude_moments(EXACT.variable(), EXACT).radial_fraction() * EXACT.pi
    words = "constant coefficient in √p of its value times π, in exact algebra"
    return [identity(exact_value(fraction[0]), exact(value) * sympy.pi, words)]


def error_fraction_after_relu(value):
    words = "integrals over the quadrants of (z, z_Q)"
    return printed(value.removeprefix("≈")), ball(lambda: relu_integrals(quantised_layer()).radial_fraction(), words)


MOMENTS = "first and second absolute moments of a normal weight, integrated in symbols"
QUANTITIES = {
    "cos²(w, sign(w))": weight_alignment,
    "R(Δy^mag)": magnitude_fraction,
    "cos²(y, y_T)": output_alignment,
    "R_pre^ternary": error_fraction,
    "R_post^ternary": error_fraction_after_relu,
}


@claim(
    "10.1.table12",
    at="Table 12",
    kind="number",
    says="Values of the Bussgang constant 2/π and its complement, cell by cell",
    rests_on=["3.fact1.gaussian", "A.lemmaA1", "8.theorem4", "8.preradial.ternary", "8.postrelu"],
)
@pytest.mark.parametrize(
    ("value", "found"),
    [pytest.param(row["Value"], QUANTITIES[row["Quantity"]], id=row["Quantity"]) for row in TABLE_12],
)
def test_table12(check, value, found):
    check(*found(value))


@claim(
    "10.1.three",
    at="Section 10.1",
    kind="wording",
    says="The constant 2/π appears in three distinct contexts (Table 12)",
)
def test_three_contexts(check):
    contexts = {row["Context"] for row in TABLE_12 if row["Value"] == "2/π"}
    check(exactly(3, "3 contexts"), text(len(contexts), "contexts of the rows of Table 12 whose value is 2/π"))


def gain(law):
    return law.absolute_moment(1, BALL) / law.absolute_moment(2, BALL).sqrt()


CONTEXTS = {
    "Fact 1": lambda law: sign_energy_limit(law, BALL),
    "Theorem 3 (B4)": lambda law: magnitude_radial_fraction(SERIES.variable(0), SERIES, gain(law))[0],
    "Theorem 4": lambda law: linear_moments(sign_quantised_pair(BALL, gain(law)), BALL).cosine(BALL) ** 2,
}
LAWS = {"Laplace": (LAPLACE, Fraction(1, 2)), "uniform": (UNIFORM, Fraction(3, 4))}


def at_law(limit, law, square):
    words = "the context's limit for that law against (E|w|)²/E[w²], 1/2 for Laplace and 3/4 for uniform weights"
    return agrees(limit, lambda _: square, [law], digits=12, method=words)


def alignment_of_a_row(mean, square):
    """Fact 1: E(Σ|w|)²/(n E Σw²) of n independent weights, less a share 1/n of its complement, which vanishes."""
    n = mean.field.gens[-1]
    aligned = (n * square + n * (n - 1) * mean**2) / (n * n * square)
    return aligned - (1 - mean**2 / square) / n


def radial_fraction_of_a_shift():
    """Theorem 3 (B4): X′ = (1 + 2κs)X + 2λsN, κ² + λ² = 1, and the first terms in s = √p of E aΔa and E Δa²."""
    import sympy

    s, kappa, lamda = sympy.symbols("s kappa lamda", positive=True)
    shifted = relu_moments(regression_pair(1 + 2 * kappa * s, 2 * lamda * s, in_symbols()), in_symbols())
    projection, energy = shifted.projection.diff(s).subs(s, 0), shifted.energy.diff(s, 2).subs(s, 0) / 2
    first = Moments(shifted.original, projection, energy).radial_fraction()
    vanishing = [shifted.projection.subs(s, 0), shifted.energy.subs(s, 0), shifted.energy.diff(s).subs(s, 0)]
    words = f"{radial_fraction_of_a_shift.__doc__} In symbols, for the gain κ = E|w|/√E[w²] of any law"
    return identity([first, *vanishing], [kappa**2 / (kappa**2 + lamda**2), 0, 0, 0], words)


def alignment_of_outputs(mean, square):
    """Theorem 4: outputs of w and of E|w| sign(w), E y y_T over the root of E y² E y_T², squared."""
    return (mean * mean) ** 2 / (square * mean**2)


def of_every_law(context):
    mean, square, _ = indeterminates("mean,square,n")
    return identity(context(mean, square), mean**2 / square, f"{context.__doc__} Exact algebra in E|w| and E w²")


EVERY_LAW = {
    "Fact 1": partial(of_every_law, alignment_of_a_row),
    "Theorem 3 (B4)": radial_fraction_of_a_shift,
    "Theorem 4": partial(of_every_law, alignment_of_outputs),
}


SAME_SOURCE = {
    **{f"{name}-every law": found for name, found in EVERY_LAW.items()},
    **{
        f"{name}-{law}": partial(at_law, limit, *values)
        for (name, limit), (law, values) in product(CONTEXTS.items(), LAWS.items())
    },
}


@claim(
    "10.1.same_source",
    at="Section 10.1",
    says="All three share the same mathematical source, the gain E|w|/√E[w²] of sign quantisation: for other "
    "weight laws all three become its square",
    tex=r"\frac{2}{\pi}=\frac{(\mathbb{E}|w|)^2}{\mathbb{E}[w^2]}",
    rests_on=["3.fact1", "A.lemmaA1", "6.theorem3.closed_form", "8.theorem4"],
)
@pytest.mark.parametrize("found", SAME_SOURCE.values(), ids=SAME_SOURCE)
def test_same_source(check, found):
    check(found())


# 10.2 Rigor levels


ASSUMED = {  # what each result states itself, where the table has it under another name with that name
    "Fact 1": ["iid sym.", "0<E[w²]<∞", "Pr(w = 0) = 0"],
    "Prop. 2": ["iid sym.", "E[w⁸]<∞", "0 < E[w²]"],
    "Thm. 1": ["y≠0", "d_i ≥ 0", "Dy ≠ 0"],
    "Thm. 2": ["y≠0"],
    "Prop. 1": ["equal Frobenius norms", "x̂ uniform on the sphere"],
    "Thm. 3": ["(A1)–(A6)"],
    "Thm. 4": ["(A1’)–(A4’)"],
    "§8.4": ["(A1)–(A2)"],
    "App. E": ["(A1)", "single-entry flip"],
    "App. F R_col": ["(A1)", "two-population x̂"],
}


@claim(
    "10.2.table13.assumptions",
    at="Table 13",
    kind="wording",
    says="The column lists the assumptions of each result",
    rests_on=["3.fact1.atom", "5.proposition1.needs"],
    note="Proposition 1 is about any fixed matrices: the i.i.d. N(0, 1/n) entries that the table lists are none of its "
    "assumptions, and its uniform x̂ is missing. Fact 1 lacks Pr(w = 0) = 0, without which its limit is another, "
    "Theorem 1 d ≥ 0 and Dy ≠ 0, Proposition 2 E[w²] > 0.",
    instead="5.proposition1.needs",
)
@pytest.mark.parametrize("result", ASSUMED)
def test_assumptions_listed(check, result):
    missing = [each for each in ASSUMED[result] if each not in TABLE_13[result]["Assumptions"]]
    source = f"of {len(ASSUMED[result])} assumptions of its statement, as read; missing: {', '.join(missing) or 'none'}"
    check(exactly(0, "0 assumptions missing"), text(len(missing), source))


OF_APPENDIX_E = {
    "the correlation 1 − 2α² (Proposition 2)": "variances of two independent parts",
    "a normal pair at every n (Remark 3)": "both linear in the same normal weights",
    "the probability of a gate flip (Theorem 5)": "arcsine law, and the double angle",
    "its energy (Proposition 3)": "Plackett's integral, Step A4",
    "f and R = f/f (Theorem 6)": "the arc-cosine kernel at both correlations",
}
STEPS = {
    "Fact 1": {
        "cos(w, sign w) = ‖w‖₁/(√n‖w‖)": "no weight is zero, almost surely",
        "‖w‖₁/n and ‖w‖²/n converge": "strong law",
        "so does their quotient": "continuous mapping, E w² > 0",
        "2/π for normal weights": "E|w| and E w²",
    },
    "Prop. 2": {
        "T_n/n and S_n/n converge": "strong law",
        "in mean where S_n ≥ nμ₂/2": "uniform integrability from E w⁸, Vitali",
        "nothing is left elsewhere": "T_n ≤ S_n², and Chernoff for S_n",
        "3/(n + 2) for normal weights": "moments of the Dirichlet law",
    },
    "Thm. 1": {
        "the error is 2(1 − d̄/r)": "squares expanded, r² = d̄² + Var",
        "at most CV²": "1 − 1/√(1 + x) ≤ x/2",
    },
    "Thm. 2": {
        "the Jacobian is (√m/‖y‖)P": "differentiated entry by entry",
        "it is the Fréchet derivative": "smooth away from 0",
    },
    "Prop. 1": {"E‖Mx̂‖² = ‖M‖²_F/n": "E x̂x̂ᵀ = I/n, and the trace"},
    "App. E": OF_APPENDIX_E,
    "App. F R_col": {
        "laws of A and B": "disjoint sets of independent normal weights",
        "ρ_A = 1 − 2γ = −ρ_B": "variances of the two parts",
        "f, for both": "Price, Cho and Saul, as in Appendix E",
        "the factor (1 − η)/η": "numbers of flipped weights",
    },
}
"Of each proof, as read: what it shows, step by step, and the argument that the paper gives for it; empty for none."
THEOREMS, ALL = "the theorems of each row", "all that Appendix E states"
FULL = {result: (THEOREMS, STEPS[result]) for result, row in TABLE_13.items() if row["Rigor"].startswith("Full")}
FULL["App. E, all"] = (ALL, OF_APPENDIX_E | {"the remainder of Equation (28)": ""})


@claim(
    "10.2.table13.full",
    at="Table 13",
    kind="wording",
    says="The results rated “Full” have a complete, self-contained proof",
    rests_on=["3.fact1", "C.combining", "4.theorem1", "4.theorem2", "5.proposition1", "E.equation28", "F.leverage"],
    note="Whether an argument is right is decided by the claims on each proof, on which this one rests. Appendix E's "
    "Theorems 5 and 6 are proved; its boxed Equation (28) has a remainder that is not (E.equation28).",
    primary=THEOREMS,
    instead="E.equation28.sharp",
)
@pytest.mark.parametrize(
    "steps", [pytest.param(steps, id=result, marks=reading(words)) for result, (words, steps) in FULL.items()]
)
def test_full(check, steps):
    gaps = [step for step, argument in steps.items() if not argument]
    given = "; ".join(f"{step}: {argument or 'no argument'}" for step, argument in steps.items())
    source = f"steps without an argument, of {len(steps)} of the proof as read ({given})"
    check(exactly(0, "Full: 0 steps without an argument"), text(len(gaps), source))


REMAINDERS = {
    "Thm. 3": ["c(p) = π/(π−2) + O(√p)", "|ε(p)| ≤ C√p for some C > 0", "Berry–Esseen error O(‖x̂‖∞) = O(1/√n)"],
    "Thm. 4": [
        "deviation O(n^(−1/2+ε))",
        "Var(s²) = O(1/n³)",
        "≤ 2exp(−Ω(n))",
        "≤ 2exp(−(n−1)t²/(2L²))",
        "‖sign W‖op ≤ √m + √n + t with probability ≥ 1 − 2exp(−t²/2)",
    ],
    "§8.4": ["asymptotic closed form (n → ∞)"],
}


@claim(
    "10.2.explicit",
    at="Table 13",
    also_at=["Section 10.2"],
    kind="wording",
    says="The asymptotic proofs come with explicit remainder bounds",
    primary="bounds with their constants",
    note="The proof of Theorem 4 cites explicit concentration inequalities. Every remainder of Theorem 3 is an order "
    "symbol or has an unnamed constant, and the theorem says itself that its coefficient is not determined. Section "
    "8.4 and Appendix G state no remainder at all, not even an order.",
    instead="10.2.explicit_remainder",
)
@readings("vague", {"bounds with their constants": r"[OΩ]\(|some C|→ ∞", "an order is enough": r"→ ∞"})
@pytest.mark.parametrize("remainders", REMAINDERS.values(), ids=REMAINDERS)
def test_explicit(check, remainders, vague):
    explicit = [bound for bound in remainders if not re.search(vague, bound)]
    words = f"explicit ones of {len(remainders)} remainders that the text states ({'; '.join(remainders)}), as read"
    check(at_least("1", stated="at least 1 explicit remainder bound"), text(len(explicit), words))


@claim(
    "10.2.explicit_remainder",
    at="Table 13",
    kind="extension",
    says="An explicit bound for Theorem 3: |c(p) − π/(π − 2)| ≤ 0.6·√p for all 0 < p ≤ 0.0009 (in the limit n → ∞)",
    tex=r"\left|c(p)-\frac{\pi}{\pi-2}\right|\leq0.6\sqrt{p}",
    rests_on=["6.theorem3"],
)
def test_explicit_remainder(check):
    def slope():
        def secant(s):
            return divide_by_power(transverse_ratio(s, SERIES) - BALL.pi / (BALL.pi - 2), s, 1, SERIES)

        near = expand(secant, 1, "0.03")
        return abs(near.coefficients[0] + flint.arb(0).union(near.radius) * near.remainder)

    check(at_most("0.6", stated="≤ 0.6√p"), ball(slope, "|c − c₀|/√p enclosed over 0 < √p ≤ 0.03 by its series"))


@claim(
    "10.3.gaussian_constant",
    at="Section 10.3",
    also_at=["Table 14"],
    kind="extension",
    says="For weights with alignment cos² = (E|w|)²/E[w²] the constant is 1/(1 − cos²): the means printed for five "
    "trained models (0.606 to 0.633) give 2.54 to 2.72, all below 2.75",
    tex=r"c_0=\frac{1}{1-(\mathbb{E}|w|)^2/\mathbb{E}[w^2]}",
    rests_on=["6.theorem3"],
)
@pytest.mark.parametrize("alignment", ["0.606", "0.618", "0.622", "0.627", "0.633"])
def test_gaussian_constant(check, alignment):
    mean = printed(alignment).interval
    constants = Interval(1 / (1 - mean.lo), 1 / (1 - mean.hi))
    check(at_most("2.745", stated="below 2.75"), arithmetic(constants, "Table 6, one weight law per model"))


@claim(
    "10.3.general_law",
    at="Section 10.3",
    also_at=["Table 14"],
    kind="extension",
    says="For other weights the constant differs: 1/(1 − (E|w|)²/E[w²]) is 2 for Laplace weights, 4 for uniform ones",
    tex=r"c_0=\frac{1}{1-(\mathbb{E}|w|)^2/\mathbb{E}[w^2]}",
    rests_on=["6.laws.constant"],
)
@pytest.mark.parametrize(("law", "stated"), [(LAPLACE, "2.000"), (UNIFORM, "4.000")], ids=["Laplace", "uniform"])
def test_general_law(check, law, stated):
    def limit():
        return transverse_ratio(SERIES.variable(0), SERIES, gain(law))[0]

    check(printed(stated), ball(limit, "constant coefficient of c in √p, covariances of the law"))


def deviation_over_weights():
    return proof(differing_moments(), f"moments that differ from those of Corr = E|w|/√E[w²]; {OVER_SIGNS}")


def deviation_of_row(w):
    return ball(
        lambda: abs(correlation_of_row(w, 1) - correlation_of_row(w, 0)),
        "Corr(w·x, sign(w)·x) for independent rectified normal inputs, against inputs with E[xxᵀ] ∝ I",
    )


def correlation_of_row(w, mean_squared):
    """Corr(w·x, sign(w)·x) for E[xxᵀ] ∝ (π − 1)·I + mean_squared·11ᵀ; 1 for the rectified normal inputs."""
    signs = [(entry > 0) - (entry < 0) for entry in w]

    def mean_product(u, v):
        return (BALL.pi - 1) * sum(a * b for a, b in zip(u, v, strict=True)) + mean_squared * sum(u) * sum(v)

    return mean_product(w, signs) / (mean_product(w, w) * mean_product(signs, signs)).sqrt()


RANDOM, FIXED = "over random weights, as Lemma A.1", "over rectified inputs, one fixed row"


@claim(
    "10.3.non_gaussian_inputs",
    at="Section 10.3",
    says="On non-Gaussian inputs (weights after a nonlinearity) the Bussgang relation of Lemma A.1 no longer holds "
    "exactly",
    tex=r"\mathrm{Corr}(z,\Delta z)\neq\sqrt{2/\pi}",
    rests_on=["A.lemmaA1"],
    primary="over random weights, as Lemma A.1",
    note="Over random weights Corr(z, Δz) = E|w|/√E[w²] for every unit x̂, rectified or not, by the mean over the "
    "signs of any magnitudes; (A1) makes z itself exactly normal for every x̂, and a simulation with 4,000 "
    "rectified inputs gave 0.790 ± 0.006. For one fixed row the relation does need E[xxᵀ] ∝ I, which rectified inputs "
    "do not have.",
    instead="10.3.every_input",
)
@pytest.mark.parametrize(
    "found",
    [
        pytest.param(deviation_over_weights, id=RANDOM, marks=reading(RANDOM)),
        pytest.param(partial(deviation_of_row, (1, 2, -3, 5)), id=f"{FIXED}-1 2 -3 5", marks=reading(FIXED)),
        pytest.param(partial(deviation_of_row, (1, 1, -1, 2)), id=f"{FIXED}-1 1 -1 2", marks=reading(FIXED)),
    ],
)
def test_non_gaussian_inputs(check, found):
    check(more_than("0", stated="no longer exact"), found())


@claim(
    "10.3.every_input",
    at="Section 10.3",
    kind="extension",
    says="Corr(z, Δz) = E|w|/√E[w²] exactly, for every unit input and every symmetric law without an atom at zero, "
    "at every n",
    tex=r"\mathrm{Corr}(z,\Delta z)=\frac{\mathbb{E}|w|}{\sqrt{\mathbb{E}[w^2]}}",
)
def test_every_input(check):
    check(identity(*second_moments_over_signs(), OVER_SIGNS, "E zΔz, E z² and E Δz², of which Corr is made"))


@claim(
    "10.3.outliers_and_asymmetry",
    at="Section 10.3",
    also_at=["Section 7.2"],
    kind="extension",
    says="Outliers do not raise the sign/magnitude ratio: as p → 0 it is (π/(π − 2))·Σ f(1 − 2x̂_j²)/2 for every "
    "input x̂, and so at most π/(π − 2)",
    tex=r"c_0(\hat{x})=\frac{\pi}{\pi-2}\sum_j\frac{f(1-2\hat{x}_j^2)}{2}\leq\frac{\pi}{\pi-2}",
    rests_on=["6.theorem3", "F.energy"],
    note="Settles, as p → 0 in the two-layer model, the conjecture of Section 7.2 that outliers amplify the ratio: "
    "they lower it, by about 4/(3π)·Σ|x̂_j|³.",
)
def test_outliers_and_asymmetry(check):
    import sympy

    theta = sympy.Symbol("theta")  # 1 − 2x̂_j² = cos θ
    margin = 1 - sympy.cos(theta) - exact_relu_energy()
    found, stated = [margin.subs(theta, 0), sympy.diff(margin, theta)], [0, theta * sympy.sin(theta) / sympy.pi]
    words = (
        "to first order in p a row has one flip at most, of energy f(1 − 2x̂_j²), as f(1) = 0; 2x̂_j² − f(1 − 2x̂_j²) "
        "is 0 at θ = 0 and has the derivative θ sin θ/π ≥ 0: each term of the sum is at most x̂_j²"
    )
    check(identity(found, stated, f"{words}; f from polar integrals over the quadrants", "f(1 − 2x̂_j²) ≤ 2x̂_j²"))


@claim(
    "10.3.outliers_and_asymmetry.value",
    at="Section 10.3",
    kind="extension",
    says="The ratio as p → 0 at n = 2048: 2.726 for equal entries, 2.714 with 34.5% of the energy in 5% of the "
    "entries, 1.376 with all of it in one",
    tex=r"c_0(\hat{x})=\frac{\pi}{\pi-2}\sum_j\frac{f(1-2\hat{x}_j^2)}{2}",
    rests_on=["10.3.outliers_and_asymmetry"],
)
@pytest.mark.parametrize(
    ("groups", "stated"),
    [
        pytest.param([(2048, 1)], "2.726", id="equal-2.726"),
        pytest.param([(102, Fraction("0.345")), (1946, 1 - Fraction("0.345"))], "2.714", id="outliers-2.714"),
        pytest.param([(1, 1)], "1.376", id="one-1.376"),
    ],
)
def test_outliers_value(check, groups, stated):
    def ratio():
        flips = sum(count * energy(Fraction(share) / count) for count, share in groups)
        return flips / 2 / (1 - 2 / BALL.pi)

    words = "energies of single flips by integrals, for groups of equal entries with that share of the energy"
    check(printed(stated), ball(ratio, f"{words}; magnitude energy 2p and radial fraction 2/π for every x̂"))

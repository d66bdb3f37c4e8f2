"""Appendix G.5: gate-flip analysis."""

from fractions import Fraction
from operator import attrgetter

import pytest
from verdicts import ball, claim, exactly, identity, less_than, more_than, printed, readings

from claims.appendix_g_post_relu.activations import IN_SYMBOLS, QUADRANTS, moment, symbols
from claims.phrases import cancels
from theorems.arithmetic.contexts import BALL
from theorems.formulas.ternary import radial_split, sign_quantised_pair
from theorems.integrals.gaussian_integrals import orthant_moment
from theorems.integrals.ternary_integrals import gate_integrals, quantised_layer, relu_integrals
from theorems.moments import Moments


@claim(
    "G.arcsine_law",
    at="Appendix G.5",
    also_at=["Section 8.4"],
    kind="step",
    says="The arcsine law: a normal pair of correlation ρ has opposite signs with probability arccos(ρ)/π",
    tex=r"P_{\mathrm{flip}}=\frac{1}{\pi}\arccos\rho",
)
def test_arcsine_law(check):
    import sympy

    phi = symbols("phi")
    opposite = moment(0, 0, 1, -1) + moment(0, 0, -1, 1)
    check(identity(opposite, phi / sympy.pi, f"the two quadrants of opposite signs, ρ = cos φ; {IN_SYMBOLS}"))


def opposite_signs(correlation):
    """Pr(X and Y differ in sign), by integrating the conditional probability over X."""
    return 2 * orthant_moment(0, 0, -correlation, 0, 0)


def correlation_at_any_scale():
    scale, covariance, deviation = symbols("c sigma_12 sigma_2", positive=True)
    found = scale * covariance / (scale * deviation)
    return [identity(found, covariance / deviation, "correlation of z and c·z_Q for any c > 0", "no σ enters")]


SCALE_INVARIANCE = {
    "any scale": correlation_at_any_scale,
    "20.6%": lambda: (
        printed("20.6%"),
        ball(lambda: opposite_signs(quantised_layer().angle.cos()), "integral of the conditional probability over z"),
    ),
}


@claim(
    "G.scale_invariance",
    at="Appendix G.5",
    kind="step",
    says="The gate-flip probability arccos(√(2/π))/π ≈ 20.6% depends on ρ alone, not on σ₁ and σ₂",
    tex=r"P_{\mathrm{flip}}=\frac{\phi}{\pi}\approx 20.6\%",
)
@pytest.mark.parametrize("step", SCALE_INVARIANCE.values(), ids=SCALE_INVARIANCE)
def test_scale_invariance(check, step):
    check(*step())


@claim(
    "G.preserved_rate",
    at="Appendix G.5",
    kind="number",
    says="About 79.4% of the gates are preserved",
    tex=r"\Pr(z\,z_Q>0)=1-\frac1\pi\arccos\sqrt{2/\pi}\approx79.4\%",
)
def test_preserved_rate(check):
    method = "2 Pr(z > 0, z_Q > 0), integral of the conditional probability over z"
    check(printed("79.4%"), ball(lambda: opposite_signs(-quantised_layer().angle.cos()), method))


def own_fraction(group, _, __):
    return group.radial_fraction()


def fraction_of_the_whole(group, original, _):
    return group.projection**2 / (original * group.energy)


def fraction_per_neuron(group, original, share):
    return fraction_of_the_whole(group, original, share) / share


PRIMARY_FRACTION = "conditional expectations given the gates throughout"
GROUP_FRACTIONS = {
    PRIMARY_FRACTION: own_fraction,
    "the group's part of δa against the whole of a": fraction_of_the_whole,
    "conditional means of aδa and δa² against the mean of a²": fraction_per_neuron,
}


def of_the_groups(quantity, fraction):
    """Evidence: a quantity of the gates' preserved and flipped groups, each given as (its share of the gates, 𝓡)."""

    def found():
        layer = quantised_layer()
        gates, whole, flips = gate_integrals(layer), relu_integrals(layer).original, layer.angle / BALL.pi
        groups = (1 - flips, gates.on_on), (flips, gates.flipped)
        return quantity(*((share, fraction(group, whole, share)) for share, group in groups))

    return ball(found, QUADRANTS)


def excess(group):
    """𝓡 − (1 − 2/π) of a group."""
    _, fraction = group
    return fraction - (1 - 2 / BALL.pi)


def deviation(group):
    """What a group adds to the deviation of the mean."""
    return group[0] * excess(group)


@claim(
    "G.conjecture.smooth",
    at="Appendix G.5",
    kind="step",
    says="Conjectured: the radial fraction of gate-preserved neurons exceeds 1 − 2/π",
    tex=r"\mathcal{R}_{\mathrm{smooth}}>1-\frac{2}{\pi}",
    note="0.377 with conditional expectations given the gates, which the appendix asks for. As the radial fraction of "
    "the gate-preserved part of δa along the whole of a it is 0.357, below 0.363.",
    primary=PRIMARY_FRACTION,
    instead="G.decomposition",
)
@readings("fraction", GROUP_FRACTIONS)
def test_conjecture_smooth(check, fraction):
    found = of_the_groups(lambda preserved, _: excess(preserved), fraction)
    check(more_than("0", "𝓡_smooth − (1 − 2/π)"), found)


@claim(
    "G.conjecture.flip",
    at="Appendix G.5",
    kind="step",
    says="Conjectured: the radial fraction of gate-flipped neurons is below 1 − 2/π",
    tex=r"\mathcal{R}_{\mathrm{flip}}<1-\frac{2}{\pi}",
    note="With conditional expectations given the gates, which the appendix asks for, it is 0.611, because a closing "
    "gate removes exactly a. Measured along the whole of a it is below 0.363, as conjectured: 0.032, or 0.157 per "
    "neuron. Confirmed by the closed forms of the quadrant moments.",
    primary=PRIMARY_FRACTION,
    rests_on=["G.purely_transverse"],
    instead="G.decomposition",
)
@readings("fraction", GROUP_FRACTIONS)
def test_conjecture_flip(check, fraction):
    found = of_the_groups(lambda _, flipped: excess(flipped), fraction)
    check(less_than("0", "𝓡_flip − (1 − 2/π)"), found)


@claim(
    "G.conjecture.average",
    at="Appendix G.5",
    also_at=["Table 14"],
    kind="number",
    says="Conjectured: 0.794·𝓡_smooth + 0.206·𝓡_flip ≈ 0.365",
    tex=r"0.794\,\mathcal{R}_{\mathrm{smooth}}+0.206\,\mathcal{R}_{\mathrm{flip}}\approx 0.365",
    note="0.426, 0.290 or 0.390, by the definition of a group's radial fraction: it fails under each, and under none "
    "do all three parts of the conjecture hold, which settles open problem O7b in the negative. Squared cosines "
    "do not average; the signed cosine adds up. Confirmed by the closed forms of the quadrant moments.",
    primary=PRIMARY_FRACTION,
    instead="G.decomposition",
    rests_on=["G.conjecture.smooth", "G.conjecture.flip"],
)
@readings("fraction", GROUP_FRACTIONS)
def test_conjecture_average(check, fraction):
    def average(*groups):
        return sum(share * radial for share, radial in groups)

    check(printed("0.365"), of_the_groups(average, fraction))


def along_own_activations():
    return radial_split(sign_quantised_pair(BALL), BALL, own_activation=True)


def along_all_activations():
    return radial_split(sign_quantised_pair(BALL), BALL, own_activation=False)


PRESERVED, FLIPPED, MEAN = (attrgetter(name) for name in ("preserved", "flipped", "weighted"))
CLOSED_FORMS = {
    "own activations-preserved-0.377": (along_own_activations, PRESERVED, "0.377"),
    "own activations-flipped-0.611": (along_own_activations, FLIPPED, "0.611"),
    "own activations-mean by number-0.426": (along_own_activations, MEAN, "0.426"),
    "all activations-preserved-0.357": (along_all_activations, PRESERVED, "0.357"),
    "all activations-flipped-0.032": (along_all_activations, FLIPPED, "0.032"),
    "all activations-mean by number-0.290": (along_all_activations, MEAN, "0.290"),
}


@claim(
    "G.conjecture.values",
    at="Appendix G.5",
    kind="extension",
    says="The radial fractions of the gate-preserved and the gate-flipped neurons are 0.377 and 0.611 along the "
    "group's own activations, and 0.357 and 0.032 along all activations: the closed forms, as a second route",
    rests_on=["G.joint_limit"],
)
@pytest.mark.parametrize(("fractions", "group", "stated"), CLOSED_FORMS.values(), ids=CLOSED_FORMS)
def test_conjecture_values(check, fractions, group, stated):
    check(printed(stated), ball(lambda: group(fractions()), "closed forms of the quadrant moments, no integration"))


@claim(
    "G.cancellation",
    at="Appendix G.5",
    kind="wording",
    says="The deviations of gate-preserved and gate-flipped contributions from 1 − 2/π approximately cancel",
    note="In no reading do they: under two definitions both deviations have one sign, under the third a quarter of "
    "their total size remains; the closed forms (G.conjecture.values) agree. The near-equality has another cause, a "
    "correction that enters squared.",
    primary=PRIMARY_FRACTION,
    instead="8.postrelu.excess_formula",
)
@readings("fraction", GROUP_FRACTIONS)
def test_cancellation(check, fraction):
    def left_over(*groups):
        return sum(map(deviation, groups)) / sum(abs(deviation(group)) for group in groups)

    check(cancels("their sum over the sum of their sizes"), of_the_groups(left_over, fraction))


def gates_of_the_layer(quantity):
    """Evidence: a quantity of the moments by gate event."""
    return ball(lambda: quantity(gate_integrals(quantised_layer())), QUADRANTS)


@claim(
    "G.same_sign",
    at="Appendix G.5",
    kind="extension",
    says="Neurons whose gate is preserved and neurons whose gate flips both contribute negatively to E[aδa]: the "
    "radial projections add and nothing cancels",
    tex=r"\mathbb{E}[a\,\delta a\,\mathbf{1}_{\mathrm{preserved}}]<0,\quad"
    r"\mathbb{E}[a\,\delta a\,\mathbf{1}_{\mathrm{flipped}}]<0",
)
@pytest.mark.parametrize(
    ("group", "stated"),
    [
        pytest.param(attrgetter("on_on"), "-0.1443", id="preserved--0.1443"),
        pytest.param(attrgetter("flipped"), "-0.0264", id="flipped--0.0264"),
    ],
)
def test_same_sign(check, group, stated):
    check(printed(stated), gates_of_the_layer(lambda gates: group(gates).projection))


def radial_share(group):
    """The share of a group's energy that lies along all of a."""
    return gates_of_the_layer(
        lambda gates: fraction_of_the_whole(group(gates), (gates.on_on + gates.flipped).original, None)
    )


FLIPS = {"opening": attrgetter("off_on"), "closing": attrgetter("on_off"), "both": attrgetter("flipped")}


@claim(
    "G.purely_transverse",
    at="Appendix G.5",
    kind="wording",
    says="Gate flips inject purely transverse energy",
    note="Only opening gates do. A closing gate has δa = −a; 3.2% of the flips' energy is radial, and the flips carry "
    "15% of the radial projection. Confirmed by the closed forms (G.conjecture.values).",
    instead="G.conjecture.values",
)
@pytest.mark.parametrize("flips", FLIPS.values(), ids=FLIPS)
def test_purely_transverse(check, flips):
    check(exactly(0, "radial fraction 0"), radial_share(flips))


@claim(
    "G.rescaling",
    at="Appendix G.5",
    kind="extension",
    says="On gate-preserved neurons the perturbation is no common rescaling of the activations: 37.7% of its energy is "
    "parallel to them",
    tex=r"\frac{(\mathbb{E}[a\,\delta a\,\mathbf{1}_{\mathrm{preserved}}])^2}{"
    r"\mathbb{E}[a^2\mathbf{1}_{\mathrm{preserved}}]\,\mathbb{E}[(\delta a)^2\mathbf{1}_{\mathrm{preserved}}]}"
    r"\approx37.7\%",
)
def test_rescaling(check):
    check(printed("37.7%"), gates_of_the_layer(lambda gates: gates.on_on.radial_fraction()))


def signed_cosine(group, gates):
    """cos∠(the group's part of δa, all of a)."""
    return group.projection / ((gates.on_on + gates.flipped).original * group.energy).sqrt()


def energy_share(group, gates):
    return group.energy / (gates.on_on + gates.flipped).energy


def sum_of_the_parts(gates):
    groups = gates.on_on, gates.flipped
    return sum(energy_share(group, gates) ** ROOT * signed_cosine(group, gates) for group in groups)


ROOT = Fraction(1, 2)  # as an exponent
PARTS = {
    "energy share, flipped-27.1%": (lambda gates: energy_share(gates.flipped, gates), "27.1%"),
    "cosine, preserved--0.598": (lambda gates: signed_cosine(gates.on_on, gates), "-0.598"),
    "cosine, flipped--0.180": (lambda gates: signed_cosine(gates.flipped, gates), "-0.180"),
    "sum--0.604": (sum_of_the_parts, "-0.604"),
}


@claim(
    "G.decomposition",
    at="Appendix G.5",
    also_at=["Table 14"],
    kind="extension",
    says="Open problem O7b: with energy shares e the signed cosine, not its square, adds up exactly, "
    "cos∠(a, δa) = √e_smooth·c_smooth + √e_flip·c_flip; the parts and their sum",
    tex=r"-\sqrt{\mathcal{R}_{\mathrm{post}}}=\sqrt{e_{\mathrm{s}}}\,c_{\mathrm{s}}+\sqrt{e_{\mathrm{f}}}\,c_{\mathrm{f}}",
)
@pytest.mark.parametrize(("quantity", "stated"), PARTS.values(), ids=PARTS)
def test_decomposition(check, quantity, stated):
    check(printed(stated), gates_of_the_layer(quantity))


@claim(
    "G.decomposition_identity",
    at="Appendix G.5",
    kind="extension",
    says="√e_smooth·c_smooth + √e_flip·c_flip, e the energy shares and c the cosines of the two groups, equals the "
    "post-ReLU radial cosine cos∠(a, δa)",
    tex=r"\sqrt{e_{\mathrm{s}}}\,c_{\mathrm{s}}+\sqrt{e_{\mathrm{f}}}\,c_{\mathrm{f}}=\cos\angle(a,\delta a)",
    rests_on=["G.decomposition"],
)
def test_decomposition_identity(check):
    import sympy

    original, *energies = symbols("A2 D2_s D2_f", positive=True)  # E a², and E δa² over the two groups
    projections = symbols("AD_s AD_f", real=True)  # E aδa over the two groups
    whole = Moments(original, sum(projections), sum(energies))
    parts = [
        sympy.sqrt(energy / whole.energy) * projection / sympy.sqrt(original * energy)
        for projection, energy in zip(projections, energies, strict=True)
    ]
    stated = whole.projection / sympy.sqrt(whole.original * whole.energy)
    check(identity(sum(parts), stated, "for any moments of the groups, which add up to those of all neurons"))

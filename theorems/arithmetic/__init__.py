"""What formulas are evaluated in: floats, mpmath, balls, exact series and polynomials."""

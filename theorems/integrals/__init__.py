"""The independent routes: rigorous quadrature and exact moments. Nothing here imports a formula."""

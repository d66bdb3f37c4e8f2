"""Where a dense simulation takes its random numbers from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from theorems.arithmetic.contexts import reject

if TYPE_CHECKING:
    import torch

__all__ = ["DeviceSource", "HostSource", "Source", "precise"]

PRECISIONS = ("float32", "float64")


class Source(Protocol):
    """Random tensors on one device in one precision."""

    device: torch.device
    dtype: torch.dtype

    def normal(self, *shape: int) -> torch.Tensor:
        """Independent standard normal entries."""

    def flips(self, p: float, *shape: int) -> torch.Tensor:
        """Independent signs, −1 with probability p."""


class HostSource:
    """Draws numpy's streams and moves them: the same numbers on every device, at the price of the transfer.

    The stream has the prefix property, which `torch.randn` lacks.
    """

    def __init__(self, rng: np.random.Generator, device: str = "cpu", precision: str = "float64") -> None:
        self.rng = rng
        self.device, self.dtype = precise(device, precision)

    def normal(self, *shape: int) -> torch.Tensor:
        """Independent standard normal entries."""
        return self._moved(self.rng.standard_normal(shape))

    def flips(self, p: float, *shape: int) -> torch.Tensor:
        """Independent signs, −1 with probability p."""
        return self._moved(np.where(self.rng.random(shape) < p, -1.0, 1.0))

    def _moved(self, values: Any) -> torch.Tensor:
        import torch

        return torch.as_tensor(values, dtype=self.dtype).to(self.device)


class DeviceSource:
    """Draws on the device itself, so that an accelerator waits for no transfer; other devices draw other numbers."""

    def __init__(self, seed: int, device: str, precision: str = "float64") -> None:
        import torch

        self.device, self.dtype = precise(device, precision)
        self.generator = torch.Generator(device=self.device).manual_seed(seed)

    def normal(self, *shape: int) -> torch.Tensor:
        """Independent standard normal entries."""
        import torch

        return torch.randn(shape, generator=self.generator, device=self.device, dtype=self.dtype)

    def flips(self, p: float, *shape: int) -> torch.Tensor:
        """Independent signs, −1 with probability p."""
        import torch

        uniform = torch.rand(shape, generator=self.generator, device=self.device, dtype=self.dtype)
        return 1 - 2 * (uniform < p).to(self.dtype)


def precise(device: str, precision: str) -> tuple[torch.device, torch.dtype]:
    """The device and number type, with reduced-precision matrix products (TF32) switched off for the process.

    ValueError for an unknown precision, or float64 on MPS, which has none.
    """
    import torch

    reject(precision not in PRECISIONS, f"precision must be one of {', '.join(PRECISIONS)}, got {precision!r}")
    reject(device.startswith("mps") and precision == "float64", "mps has no float64: choose float32")
    torch.set_float32_matmul_precision("highest")
    return torch.device(device), torch.float64 if precision == "float64" else torch.float32

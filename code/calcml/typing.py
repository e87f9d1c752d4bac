"""What the annotations of the library call arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Anything that NumPy computes with, traced or not.
Array = Any
#: An array of double precision: what optimizers and estimators compute with.
FloatArray = NDArray[np.float64]
#: An array of real numbers of any precision.
RealArray = NDArray[np.floating[Any]]

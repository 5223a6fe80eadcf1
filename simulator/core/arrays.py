"""Types of the arrays that cross module borders."""

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
WordArray = npt.NDArray[np.uint32]
BoolArray = npt.NDArray[np.bool_]

"""`python -m caravels_operator`."""

import os
import sys

# Before numpy is loaded: matrices are small here, and threads that wait for each other cost more than they give.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from .cli import main

sys.exit(main())

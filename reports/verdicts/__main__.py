"""`python -m verdicts` is the command `verdicts`."""

import sys

from verdicts.cli import main

sys.exit(main())

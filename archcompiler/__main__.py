"""`python -m archcompiler` is `archcompiler`."""

import sys

from archcompiler.cli import main

sys.exit(main())

"""`python -m multimodal_zoo` is the `multimodal-zoo` command."""

import sys

from multimodal_zoo.cli import main

sys.exit(main())

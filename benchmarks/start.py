"""How every bench begins; nothing is imported here that a fresh clone lacks."""

import logging
import sys
from collections.abc import Callable, Sequence

from traindy.core.errors import UserError


def start(main: Callable[[Sequence[str]], None]) -> None:
    """Run a bench: what it does is logged, what cannot be is said in one line."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    try:
        main(sys.argv[1:])
    except UserError as error:
        sys.exit(f"error: {error}")

"""`python -m cnndsl` is the command `cnndsl`."""

from .cli import main

raise SystemExit(main())

"""`python -m parallel_stage`: the command `parallel-stage`."""

from parallel_stage.cli import main

main()

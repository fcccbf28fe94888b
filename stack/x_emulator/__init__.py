"""A stand-in X server: API v2 as far as collecting needs it, with a clock that can run faster and faults on demand.

`contract.yaml`, `language.yaml`, `problems.yaml` and `faults.yaml` hold what it knows of X; the code reads them. Start
it with `python -m stack up --x`, inside a test with `stack.x_emulator.local.serve`, and talk to its administration with
`stack.x_emulator.client.StandIn`.
"""

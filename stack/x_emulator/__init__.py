"""An emulator of X's API v2, as far as the collectors need it, with an adjustable clock and fault injection.

`contract.yaml`, `language.yaml`, `problems.yaml` and `faults.yaml` describe endpoints, rule language, problem documents
and faults. Start it with `python -m stack up --with-x`, or in a test with `stack.x_emulator.local.serve`; control it
with `stack.x_emulator.client.EmulatorAdmin`.
"""

"""The whole system under a virtual clock, with every fault: one seed is one history.

``python -m tests.simulation`` plays histories; see ``docs/reliability.md`` for what they show, and ``CONTRIBUTING.md``
for how a room adds its own faults and invariants.
"""

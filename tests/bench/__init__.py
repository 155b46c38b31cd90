"""`make bench`: what an alert, a step, a page and an ack cost, held against the budgets of the design.

Counts and ratios decide; times are printed for information, since they say more about the machine than about Tocsin.
"""

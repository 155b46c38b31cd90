"""Policies, personal notification rules, the planner that decides what happens next, and the simulator that runs it."""

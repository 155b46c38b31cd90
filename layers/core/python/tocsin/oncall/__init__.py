"""Who is on call: schedules of layers, rotations and overrides, and the pure questions asked of them.

`model` holds the plain data; `who` answers for one instant, `timeline` for a range, `windows` for weekly
hours such as support hours; `turns` knows whose turn it is, `layers` what one layer says, `walltime` which
instant a wall clock means. Walls are naive datetimes in the schedule's zone, instants are aware ones. Nothing
here reads a clock, a file or the environment, the time zone database of `zoneinfo` apart.
"""

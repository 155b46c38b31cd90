"""Calendars in the iCalendar format (RFC 5545): `writing` makes a feed of on-call shifts to subscribe to,
`reading` tells the occurrences that somebody else's feed has in a range, `people` whom an event names.

A feed that is read is hostile until it has been understood: `lines` takes it apart, `events` says what an event
means, `zones` which instant a wall clock means, `recurring` when an event repeats. All of it is bounded by
`Limits`, and what is left out is told.

icalendar and dateutil are imported by the functions that need them, never by a module: functions on the way of
a page import this room, and must not pay for its calendars.
"""

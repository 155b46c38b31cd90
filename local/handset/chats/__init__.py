"""Chats of vendors: what is written in their channels, and what people press, ask and answer there.

A vendor is a module with what ``vendor.Vendor`` asks for, its own API's routes among it, and a row in ``desk.MODULES``.
It reads its own markup into the parts of ``records``, so that the page knows no vendor; it refuses what the real one
would.
"""

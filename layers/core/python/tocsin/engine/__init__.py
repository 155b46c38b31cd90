"""The use cases: what happens when an event, a wake-up, a page, an answer or a minute comes.

They decide with the pure rooms and act only through the protocols of ``tocsin.store.ports``.
"""

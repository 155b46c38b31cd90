"""The handset: one page that shows each demo person's phone, and the carriers behind it.

The functions' AWS clients are pointed at the carrier endpoints served here, in the real wire format; what
people answer on the page goes back to the stack as AWS would bring it.
"""

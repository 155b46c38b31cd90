"""Waking people and hearing them: what a page says, what an answer means, how often to call, the carriers."""

"""The incident that people work on: its state, its plan, and the pure transitions between them."""

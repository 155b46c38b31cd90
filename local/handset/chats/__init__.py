"""Chats of vendors: what is written in their channels, and what people press, ask and answer there."""

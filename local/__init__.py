"""The whole stack on one machine: an emulated AWS account, the real template in it, and the handset."""

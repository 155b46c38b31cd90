"""What came in: the alert event, one parser per sender, the keys that senders use, the limits they meet."""

"""What Tocsin remembers: the protocols to ask it by, the DynamoDB store and its in-memory twin."""

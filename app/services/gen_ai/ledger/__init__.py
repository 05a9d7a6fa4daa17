"""What was written down of calls: the port to the ledger, and what is made of its rows."""

"""The strategy builder: its prompt, its verifier, the review of what it built."""

"""ChatOps: prompts, sessions, what it can look up, and how strategies are compared."""

"""Tollgate: one gate and one meter for every OpenAI call of a backend."""

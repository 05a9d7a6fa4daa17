"""Measurements that anyone can run again: ratios in one run, because machines are noisy."""

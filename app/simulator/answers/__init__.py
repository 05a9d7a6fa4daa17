"""Answers that follow from the request by plain rules: the same question always gets the same answer."""

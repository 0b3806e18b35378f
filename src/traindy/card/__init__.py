"""The model card: what was trained on what, how good it is for whom, and what it gives away."""

"""gromov measures the geometry of learned representations and puts it to work."""

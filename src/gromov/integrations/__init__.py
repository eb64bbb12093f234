"""Faces for other libraries: `estimators` and `scorers` for scikit-learn, `streaming` for training loops, `loggers` for trackers of experiments.

`epochs` tells the same trackers every epoch of `gromov.learn.fit`. Each is imported by its own name, so that nobody loads a library for somebody else's face.
"""

"""Whole models by task."""

"""Whether a stage's result depends on where its input is cut, proved on a sample: this runs the user's function."""

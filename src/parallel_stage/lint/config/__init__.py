"""Configuration: files, overrides of the command line, and the settings of each contract."""

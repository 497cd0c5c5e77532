"""Configuration: what files and the command line say, and what is in force for a contract."""

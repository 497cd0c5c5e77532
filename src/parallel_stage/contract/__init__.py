"""The contract: read a file, validate it against the schema, and build an object that is always valid."""

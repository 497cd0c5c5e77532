"""What a revision of the repository says: read from git's objects, beside the work tree that is checked."""

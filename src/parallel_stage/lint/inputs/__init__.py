"""A contract's inputs as rules look at them; loaded only where a check asks for it."""

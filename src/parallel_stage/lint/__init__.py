"""The linter: rules, the engine that runs them, and the reporters that print findings."""

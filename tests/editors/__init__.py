"""The published schema in the engines of other makers, those that editors ask while a contract is typed."""

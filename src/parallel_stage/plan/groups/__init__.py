"""A table by groups, dates or keys: the key of each record, and where the records of each key are."""

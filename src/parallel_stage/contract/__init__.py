"""What a contract is: read, checked against its schema, and given as an object that is valid by construction."""

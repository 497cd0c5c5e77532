"""What every runner of the contract must do, whatever the backend."""

"""What may be claimed, a kind of claim a file."""

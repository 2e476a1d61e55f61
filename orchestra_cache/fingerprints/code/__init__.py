"""What a function is: its own text, and everything that it reaches."""

"""How values become bytes: a handler for each type, and two encoders that ask them."""

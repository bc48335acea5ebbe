"""The central server: takes changes, orders them, hands them out, and signs for them."""

"""How long a test waits for what must come. It never decides whether a test passes elsewhere."""

#: Seconds after which a wait is given up: much longer than the busiest machine needs.
PATIENCE = 300

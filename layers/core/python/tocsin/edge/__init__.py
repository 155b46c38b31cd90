"""What touches the outside: settings, AWS clients, queues, executions, clock, logs; and the one place that wires."""

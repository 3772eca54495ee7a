"""What members do on the chain: what it would do, what proves that they want it, and recording it for the operator."""

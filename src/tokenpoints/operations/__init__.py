"""What a brand asks to be changed on the chain: what it would do, and recording it for the operator."""

"""Proofs of a member's points, made by the gateway and checked by anyone with a node."""

"""The chain's side: JSON-RPC, the contracts' bindings, signers, deployment and the embedded node."""

"""The process that tells other systems what happened: `tokenpoints webhooks`."""

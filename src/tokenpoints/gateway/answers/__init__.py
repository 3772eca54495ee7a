"""What the gateway answers, as the OpenAPI document describes it."""

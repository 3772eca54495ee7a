"""What every request passes before the API sees it. Plain ASGI."""

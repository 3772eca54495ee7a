"""What can go wrong, one module for each part that it befalls."""

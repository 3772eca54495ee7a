"""The API's endpoints, one group a file."""

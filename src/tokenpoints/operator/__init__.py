"""Makes the changes that brands ask for: signs them with the roles' keys, and sees them mined."""

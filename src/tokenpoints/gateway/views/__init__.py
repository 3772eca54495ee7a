"""What a member has, as answers: the same for the member and for the brand."""

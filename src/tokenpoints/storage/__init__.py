"""Tables, and queries named by the question they answer. Every function takes an open session;
only `Database.session` commits."""

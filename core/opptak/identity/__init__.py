"""Identity: logins of parents and staff, two spaces that never mix."""

"""ID-porten: login of people (OpenID Connect), with the test identities' page TestID."""

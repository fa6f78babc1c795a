-- How the app is known at a hospital, and the way of asking for scopes that worked there. No secret.
ALTER TABLE ehr ADD COLUMN client TEXT;
ALTER TABLE ehr ADD COLUMN asking TEXT;

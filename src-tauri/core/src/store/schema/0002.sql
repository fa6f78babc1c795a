-- How each share is set up and ended. Those of before had one way only.
ALTER TABLE connection ADD COLUMN way TEXT NOT NULL DEFAULT '"consent-tokens"';

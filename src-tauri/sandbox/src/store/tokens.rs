//! Access and refresh tokens by their hashes, and the assertions that were used.

use rusqlite::{OptionalExtension as _, params};

use super::Store;

/// What a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Opens resources.
    Access,
    /// Buys the next access token, once.
    Refresh,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Refresh => "refresh",
        }
    }
}

/// Whose token it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    /// An app that a person let in.
    SignIn(i64),
    /// Another EHR, under a Consent.
    Authorization(i64),
}

/// A token to be stored.
#[derive(Debug)]
pub(crate) struct NewToken<'a> {
    pub(crate) hash: &'a str,
    pub(crate) kind: Kind,
    pub(crate) owner: Owner,
    pub(crate) scope: &'a str,
    pub(crate) expires: i64,
}

/// A token as stored.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) owner: Owner,
    pub(crate) scope: String,
    pub(crate) expires: i64,
    pub(crate) ended: bool,
    pub(crate) spent: bool,
}

impl Token {
    /// Neither expired nor ended nor, for a refresh token, spent.
    pub(crate) fn is_live(&self, now: i64) -> bool {
        !self.ended && !self.spent && self.expires > now
    }
}

impl Store {
    pub(crate) fn add_token(&self, token: &NewToken<'_>) -> rusqlite::Result<()> {
        let (sign_in, authorization) = match token.owner {
            Owner::SignIn(id) => (Some(id), None),
            Owner::Authorization(id) => (None, Some(id)),
        };
        self.lock().execute(
            "INSERT INTO tokens (hash, kind, sign_in, authorization, scope, expires)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![token.hash, token.kind.name(), sign_in, authorization, token.scope, token.expires],
        )?;
        Ok(())
    }

    pub(crate) fn token(&self, hash: &str) -> rusqlite::Result<Option<Token>> {
        self.lock()
            .query_row(
                "SELECT kind, sign_in, authorization, scope, expires, ended, spent
                 FROM tokens WHERE hash = ?1",
                [hash],
                |row| {
                    let kind: String = row.get(0)?;
                    let sign_in: Option<i64> = row.get(1)?;
                    let owner = match sign_in {
                        Some(id) => Owner::SignIn(id),
                        None => Owner::Authorization(row.get(2)?),
                    };
                    Ok(Token {
                        kind: if kind == "refresh" { Kind::Refresh } else { Kind::Access },
                        owner,
                        scope: row.get(3)?,
                        expires: row.get(4)?,
                        ended: row.get::<_, Option<i64>>(5)?.is_some(),
                        spent: row.get(6)?,
                    })
                },
            )
            .optional()
    }

    /// Spends a refresh token; false when it was spent before.
    pub(crate) fn spend(&self, hash: &str) -> rusqlite::Result<bool> {
        let changed =
            self.lock().execute("UPDATE tokens SET spent = 1 WHERE hash = ?1 AND spent = 0", [hash])?;
        Ok(changed == 1)
    }

    /// Ends one token.
    pub(crate) fn end_token(&self, hash: &str, now: i64) -> rusqlite::Result<()> {
        self.lock()
            .execute("UPDATE tokens SET ended = ?2 WHERE hash = ?1 AND ended IS NULL", params![hash, now])?;
        Ok(())
    }

    /// Counts one read with a token; true when it is the first one.
    pub(crate) fn count_read(&self, hash: &str) -> rusqlite::Result<bool> {
        let reads: Option<i64> = self
            .lock()
            .query_row("UPDATE tokens SET reads = reads + 1 WHERE hash = ?1 RETURNING reads", [hash], |row| {
                row.get(0)
            })
            .optional()?;
        Ok(reads == Some(1))
    }

    /// Notes an assertion as used; false when it was used before (RFC 7523 §3, `jti`).
    pub(crate) fn use_assertion(
        &self,
        app: &str,
        jti: &str,
        now: i64,
        expires: i64,
    ) -> rusqlite::Result<bool> {
        let db = self.lock();
        db.execute("DELETE FROM assertions WHERE expires < ?1", [now])?;
        let added = db.execute(
            "INSERT OR IGNORE INTO assertions (app, jti, expires) VALUES (?1, ?2, ?3)",
            params![app, jti, expires],
        )?;
        Ok(added == 1)
    }

    /// Forgets tokens of other EHRs that nobody can use any more; a round buys one every few seconds.
    pub(crate) fn forget_old_tokens(&self, before: i64) -> rusqlite::Result<()> {
        self.lock()
            .execute("DELETE FROM tokens WHERE authorization IS NOT NULL AND expires < ?1", [before])?;
        Ok(())
    }
}

//! Whether an authorization still opens anything. Asked at every token exchange and at every read.

use crate::{scope::Scopes, store::Authorization, ways::Dialect};

use super::consent::{Reading, Unfit};

/// Why an authorization is over.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Over {
    #[error("the authorization was stopped")]
    Revoked,
    #[error("{0}")]
    Doubted(String),
    #[error("the authorization has expired")]
    Expired,
    #[error("the Consent is gone")]
    Gone,
    #[error("the Consent now reaches further than the sign-in that authorized it")]
    Widened,
    #[error("{0}")]
    Unfit(#[from] Unfit),
}

/// The scopes that an authorization gives at this second: those of the Consent as it stands now,
/// never more than the granting sign-in had.
/// A server of 2017 looks at its own record of the authorization alone.
pub(crate) fn standing(
    dialect: Dialect,
    authorization: &Authorization,
    consent: Option<&Reading>,
    now: i64,
) -> Result<Scopes, Over> {
    if authorization.revoked_at.is_some() {
        return Err(Over::Revoked);
    }
    if let Some(doubt) = &authorization.doubt {
        return Err(Over::Doubted(doubt.clone()));
    }
    if dialect == Dialect::Reference {
        let over = authorization.until <= now;
        return if over { Err(Over::Expired) } else { Ok(Scopes::parse(&authorization.scope)) };
    }
    let terms = consent.ok_or(Over::Gone)?.in_force(&authorization.patient)?;
    if authorization.until <= now || terms.until < now || terms.from.is_some_and(|from| from > now) {
        return Err(Over::Expired);
    }
    if !Scopes::parse(&authorization.ceiling).covers(&terms.scopes) {
        return Err(Over::Widened);
    }
    Ok(terms.scopes.clone())
}

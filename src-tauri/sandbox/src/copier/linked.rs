//! The target as a client that the patient let in on the source's sign-in page: the next access token for the refresh
//! token, which rotates.

use crate::{
    elsewhere::{self, Refreshed},
    hospital::Hospital,
    scope::Scopes,
    store::ConnectionRow,
};

use super::{Failed, token::Token};

/// Buys a token for one round. The new refresh token is on disk before the access token is used.
pub(super) async fn buy(site: &Hospital, connection: &ConnectionRow, patient: &str) -> Result<Token, Failed> {
    let token = site
        .store
        .link_token(&connection.patient)?
        .ok_or_else(|| Failed::Trouble("no token is kept".to_owned()))?;
    let Refreshed { access_token, scope, refresh_token, .. } = elsewhere::refresh(site, &token).await?;
    if let Some(next) = refresh_token {
        site.store.keep_link_token(&connection.patient, &next)?;
    }
    Ok(Token { value: access_token, scopes: Scopes::parse(&scope), patient: patient.to_owned() })
}

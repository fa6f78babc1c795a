//! Claims about the requesting party (UMA Grant §3.3.1): the introduction that the other EHR signs about itself.

use crate::{ccde, hospital::Hospital, smart::Form};

use super::{JWT_FORMAT, error::UmaError};

/// Whether a request proves which hospital it speaks for. No claim is not an error: the client is told what is needed.
pub(super) async fn prove(site: &Hospital, form: &Form, client: &str) -> Result<bool, UmaError> {
    let (token, format) = (form.one("claim_token")?, form.one("claim_token_format")?);
    match (token, format) {
        (None, None) => Ok(false),
        (Some(_), None) => Err(UmaError::missing("claim_token_format")),
        (None, Some(_)) => Err(UmaError::missing("claim_token")),
        (Some(_), Some(format)) if format != JWT_FORMAT => {
            Err(UmaError::InvalidRequest(format!("claim_token_format must be {JWT_FORMAT}")))
        }
        (Some(token), Some(_)) => Ok(ccde::introduced(site, token).await.is_ok_and(|app| app == client)),
    }
}

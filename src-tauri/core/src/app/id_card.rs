//! The ID card of a target: what its JWT says, who confirms it, and what the source's verification service thinks.

use jiff::Timestamp;

use crate::{
    context::{Context, Ehr},
    exchange::{cavs, introduce::Introduction},
    review::{CardShows, CertificateView, CredentialsView, IdCardView, ServiceView},
};

/// Makes the card, and asks the service that the source names, if it names one.
pub(super) async fn id_card(ctx: &Context, from: &Ehr, to: &Ehr, introduced: &Introduction) -> IdCardView {
    let service = match &from.features.cavs {
        Some(place) => cavs::ask(&ctx.http, place, introduced).await,
        None => ServiceView::default(),
    };
    IdCardView {
        name: crate::text::name(introduced.name().unwrap_or(&to.name)),
        host: to.base.host(),
        issuer: introduced.issuer().to_owned(),
        key_end: key_end(introduced.thumbprint()),
        good_until: introduced.good_until(),
        credentials: introduced.credentials().clone(),
        certificate: introduced.certificate().clone(),
        service,
        shows: if introduced.is_bare_key() { CardShows::Key } else { CardShows::Signed },
    }
}

/// The card of a target of which nothing but its address is asked.
pub(super) fn by_address(to: &Ehr, until: Timestamp) -> IdCardView {
    IdCardView {
        name: to.name.clone(),
        host: to.base.host(),
        issuer: to.base.as_str().to_owned(),
        key_end: String::new(),
        good_until: until,
        credentials: CredentialsView::default(),
        certificate: CertificateView::None,
        service: ServiceView::default(),
        shows: CardShows::Address,
    }
}

fn key_end(thumbprint: &str) -> String {
    let from = thumbprint.len().saturating_sub(4);
    thumbprint.get(from..).unwrap_or(thumbprint).to_uppercase()
}

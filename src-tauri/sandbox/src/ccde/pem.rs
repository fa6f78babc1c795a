//! A public key as PEM (`-----BEGIN PUBLIC KEY-----`, RFC 7468 §13), compared with the keys of a known EHR.
//!
//! A PEM says nothing of who owns it, so the owner is found by the key itself.

use aws_lc_rs::{
    encoding::{AsDer as _, PublicKeyX509Der},
    rsa::PublicKeyComponents,
};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use jsonwebtoken::jwk::{AlgorithmParameters, Jwk};

/// The SubjectPublicKeyInfo in a PEM text.
pub(super) fn spki(pem: &str) -> Option<Vec<u8>> {
    let body =
        pem.trim().strip_prefix("-----BEGIN PUBLIC KEY-----")?.strip_suffix("-----END PUBLIC KEY-----")?;
    let body: String = body.split_whitespace().collect();
    STANDARD.decode(body).ok()
}

/// Whether a key of a key set is this one. Only RSA: what this EHR's peers sign with.
pub(super) fn is_key(jwk: &Jwk, spki: &[u8]) -> bool {
    let AlgorithmParameters::RSA(rsa) = &jwk.algorithm else { return false };
    let (Ok(n), Ok(e)) = (URL_SAFE_NO_PAD.decode(&rsa.n), URL_SAFE_NO_PAD.decode(&rsa.e)) else {
        return false;
    };
    let der: Result<PublicKeyX509Der<'_>, _> = PublicKeyComponents { n, e }.as_der();
    der.is_ok_and(|der| der.as_ref() == spki)
}

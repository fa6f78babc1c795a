//! A client's own key: signs assertions, shows its public half, by value or at an address.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use aws_lc_rs::{
    encoding::{AsDer as _, Pkcs8V1Der},
    rsa::{KeyPair, KeySize},
    signature::{ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair},
};
use consentry_sandbox::Ehr;
use jsonwebtoken::{
    Algorithm, EncodingKey, Header,
    jwk::{Jwk, PublicKeyUse},
};
use serde_json::{Value, json};

use crate::{assertion::rsa_key, bench::link};

pub(crate) const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A key pair with its name.
pub(crate) struct Signer {
    pub(crate) algorithm: Algorithm,
    key: EncodingKey,
    jwk: Jwk,
}

impl Signer {
    pub(crate) fn es384() -> Self {
        let document =
            EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).unwrap().to_pkcs8v1().unwrap();
        Self::of(EncodingKey::from_ec_der(document.as_ref()), Algorithm::ES384)
    }

    pub(crate) fn rsa(algorithm: Algorithm) -> Self {
        let der: Pkcs8V1Der<'_> = KeyPair::generate(KeySize::Rsa2048).unwrap().as_der().unwrap();
        Self::of(rsa_key(der.as_ref()), algorithm)
    }

    fn of(key: EncodingKey, algorithm: Algorithm) -> Self {
        let mut jwk = Jwk::from_encoding_key(&key, algorithm).unwrap();
        jwk.common.key_id = Some("client-key-1".to_owned());
        jwk.common.public_key_use = Some(PublicKeyUse::Signature);
        Self { algorithm, key, jwk }
    }

    /// The public half as a JWK set.
    pub(crate) fn jwks(&self) -> Value {
        json!({ "keys": [self.jwk] })
    }

    /// Claims of a good assertion for this EHR, now.
    #[expect(clippy::disallowed_methods, reason = "the EHR's clock is that of this machine")]
    pub(crate) fn claims(ehr: &Ehr, client: &str) -> Value {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        json!({
            "iss": client,
            "sub": client,
            "aud": link(ehr, "oauth/token"),
            "iat": now,
            "exp": now + 120,
            "jti": uuid::Uuid::new_v4().to_string(),
        })
    }

    pub(crate) fn header(&self) -> Header {
        Header { kid: Some("client-key-1".to_owned()), ..Header::new(self.algorithm) }
    }

    pub(crate) fn sign(&self, claims: &Value) -> String {
        self.sign_as(&self.header(), claims)
    }

    pub(crate) fn sign_as(&self, header: &Header, claims: &Value) -> String {
        jsonwebtoken::encode(header, claims, &self.key).unwrap()
    }

    /// A good assertion for this EHR.
    pub(crate) fn assertion(&self, ehr: &Ehr, client: &str) -> String {
        self.sign(&Self::claims(ehr, client))
    }
}

/// Serves a key set at an address of its own; gives back the address and how often it was asked.
pub(crate) async fn serve_keys(keys: Value) -> (String, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/jwks.json", listener.local_addr().unwrap());
    let answer = move || {
        counter.fetch_add(1, Ordering::SeqCst);
        let keys = keys.clone();
        async move { axum::Json(keys) }
    };
    let app = axum::Router::new().route("/jwks.json", axum::routing::get(answer));
    tokio::spawn(async { axum::serve(listener, app).await.unwrap() });
    (address, asked)
}

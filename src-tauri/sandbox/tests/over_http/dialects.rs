//! What the track page left open, told apart by how an EHR is started; the operations of FAST; an EHR that knows none.

use consentry_sandbox::{Dialect, Proof, Revocation, Ways};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::bench::{
    Bench, CONSENT_SCOPES, Session, client, consent, get_fhir, link, outcome, parameters, post_fhir,
};

async fn source(ways: Ways) -> Bench {
    Bench::speaking(ways, Ways::default()).await
}

/// `$authorize` with this parameter; the status and what was said.
async fn shown(bench: &Bench, parameter: Value) -> (StatusCode, Value) {
    let paul = bench.paul_at_source().await;
    let id = bench.consent(&paul).await;
    let path = format!("Consent/{id}/$authorize");
    let answer = post_fhir(bench.source(), &path, paul.access(), &parameters(&[parameter])).await;
    (answer.status(), answer.json().await.unwrap())
}

/// The first RSA key of an EHR as PEM.
async fn pem(bench: &Bench) -> String {
    use aws_lc_rs::{encoding::AsDer as _, rsa::PublicKeyComponents};
    use base64::{
        Engine as _,
        engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
    };
    let keys: Value = client().get(link(bench.target(), "jwks")).send().await.unwrap().json().await.unwrap();
    let part = |name: &str| URL_SAFE_NO_PAD.decode(keys["keys"][0][name].as_str().unwrap()).unwrap();
    let der: aws_lc_rs::encoding::PublicKeyX509Der<'_> =
        PublicKeyComponents { n: part("n"), e: part("e") }.as_der().unwrap();
    format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(der.as_ref()))
}

#[tokio::test]
async fn takes_the_target_by_what_it_says_it_takes() {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    for (proof, text, binary, key) in [
        (Proof::Jwt, true, true, false),
        (Proof::Text, true, false, false),
        (Proof::Binary, false, true, false),
        (Proof::JwtOrKey, true, true, true),
        (Proof::Key, false, false, true),
    ] {
        let bench = source(Ways { proof, ..Ways::default() }).await;
        let jwt = bench.introduction().await;
        for (taken, parameter) in [
            (text, json!({ "name": "jwt", "valueString": jwt })),
            (binary, json!({ "name": "jwt", "valueBase64Binary": STANDARD.encode(&jwt) })),
            (key, json!({ "name": "publicKey", "valueString": pem(&bench).await })),
        ] {
            let (status, said) = shown(&bench, parameter).await;
            assert_eq!(status == StatusCode::OK, taken, "{proof:?}: {said}");
        }
    }
}

#[tokio::test]
async fn a_wrong_type_is_named_as_such() {
    let bench = source(Ways { proof: Proof::Binary, ..Ways::default() }).await;
    let (status, said) = shown(&bench, json!({ "name": "jwt", "valueString": "a.b.c" })).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(said["issue"][0]["diagnostics"].as_str().unwrap().contains("type base64Binary"), "{said}");
}

#[tokio::test]
async fn a_key_of_nobody_known_is_refused() {
    let bench = source(Ways { proof: Proof::Key, ..Ways::default() }).await;
    for pem in ["", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "AAAA"] {
        let (status, _) = shown(&bench, json!({ "name": "publicKey", "valueString": pem })).await;
        assert!(status.is_client_error(), "{pem:?}");
    }
    assert!(bench.source().records().authorizations.is_empty());
}

#[tokio::test]
async fn definitions_of_operations_tell_names_and_types() {
    for (proof, expected) in
        [(Proof::Text, json!(["jwt", "string"])), (Proof::Key, json!(["publicKey", "string"]))]
    {
        let bench = source(Ways { proof, ..Ways::default() }).await;
        let link = format!("{}/OperationDefinition/authorize", bench.source().base());
        let definition: Value = client().get(link).send().await.unwrap().json().await.unwrap();
        assert_eq!(definition["resourceType"], "OperationDefinition");
        let first = &definition["parameter"][0];
        assert_eq!(json!([first["name"], first["type"]]), expected);
    }
}

#[tokio::test]
async fn wants_its_own_spelling_of_the_app_back() {
    let bench = source(Ways { app_id_slash: true, ..Ways::default() }).await;
    let paul = bench.paul_at_source().await;
    let id = bench.authorized(&paul).await;
    let list = get_fhir(bench.source(), &format!("Consent/{id}/$authorizations"), paul.access()).await;
    let list: Value = list.json().await.unwrap();
    let listed = list["parameter"][0]["part"][0]["valueUri"].as_str().unwrap();
    assert_eq!(listed, format!("{}/", bench.target().base()));
    assert_eq!(bench.revoke(&paul, &id).await.status(), StatusCode::NOT_FOUND, "not in the list's spelling");
    let app = json!({ "name": "app-id", "valueUri": listed });
    let path = format!("Consent/{id}/$revokeAuthorization");
    let answer = post_fhir(bench.source(), &path, paul.access(), &parameters(&[app])).await;
    assert_eq!(answer.status(), StatusCode::OK);
}

async fn fast() -> (Bench, Session) {
    let bench = source(Ways { dialect: Dialect::Fast, ..Ways::default() }).await;
    let paul = bench.paul_at_source().await;
    (bench, paul)
}

#[tokio::test]
async fn fast_files_a_consent_and_takes_it_off_again() {
    let (bench, paul) = fast().await;
    let metadata: Value = client()
        .get(format!("{}/metadata", bench.source().base()))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert!(metadata.to_string().contains("us/consent-management/OperationDefinition/file-consent"));
    let body = consent(paul.patient(), CONSENT_SCOPES, "2099-01-01");
    let plain = post_fhir(bench.source(), "Consent", paul.access(), &body).await;
    outcome(plain, StatusCode::METHOD_NOT_ALLOWED).await;
    let filed = post_fhir(
        bench.source(),
        "Consent/$fileConsent",
        paul.access(),
        &parameters(&[json!({ "name": "consent", "resource": body })]),
    )
    .await;
    outcome(filed, StatusCode::OK).await;
    let id = bench.source().records().consents.last().unwrap().id.clone();

    let revoke = |patient: String| {
        parameters(&[
            json!({ "name": "consent", "valueReference": { "reference": format!("Consent/{id}") } }),
            json!({ "name": "patient", "valueReference": { "reference": format!("Patient/{patient}") } }),
        ])
    };
    let path = "Consent/$revokeConsent";
    let wrong = post_fhir(bench.source(), path, paul.access(), &revoke("somebody".to_owned())).await;
    outcome(wrong, StatusCode::FORBIDDEN).await;
    let gone = post_fhir(bench.source(), path, paul.access(), &revoke(paul.patient().to_owned())).await;
    outcome(gone, StatusCode::OK).await;
    assert_eq!(bench.source().records().consents.last().unwrap().status, "inactive");
}

#[tokio::test]
async fn fast_files_nothing_for_another_patient_and_nothing_inactive() {
    let (bench, paul) = fast().await;
    let before = bench.source().records().consents;
    let mut inactive = consent(paul.patient(), CONSENT_SCOPES, "2099-01-01");
    inactive["status"] = json!("inactive");
    for body in [consent("somebody", CONSENT_SCOPES, "2099-01-01"), inactive, json!({})] {
        let body = parameters(&[json!({ "name": "Consent", "resource": body })]);
        let answer = post_fhir(bench.source(), "Consent/$fileConsent", paul.access(), &body).await;
        assert!(answer.status().is_client_error());
    }
    assert_eq!(bench.source().records().consents, before);
}

#[tokio::test]
async fn a_plain_server_has_no_operation_and_says_none() {
    for no_consents in [false, true] {
        let ways = Ways { dialect: Dialect::None, no_consents, ..Ways::default() };
        let bench = source(ways).await;
        let paul = bench.paul_at_source().await;
        let metadata = client().get(format!("{}/metadata", bench.source().base())).send().await.unwrap();
        let metadata: Value = metadata.json().await.unwrap();
        assert!(metadata.pointer("/rest/0/operation").is_none());
        let body = consent(paul.patient(), CONSENT_SCOPES, "2099-01-01");
        let made = post_fhir(bench.source(), "Consent", paul.access(), &body).await;
        assert_eq!(made.status() == StatusCode::CREATED, !no_consents);
        let answer = post_fhir(bench.source(), "Consent/1/$authorize", paul.access(), &parameters(&[])).await;
        assert!(matches!(answer.status(), StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED));
    }
}

#[tokio::test]
async fn a_revoked_token_ends_or_goes_on_or_cannot_be_revoked() {
    for (revocation, answered, works) in [
        (Revocation::Ends, StatusCode::OK, false),
        (Revocation::Ignored, StatusCode::OK, true),
        (Revocation::Missing, StatusCode::NOT_FOUND, true),
    ] {
        let bench = source(Ways { dialect: Dialect::None, revocation, ..Ways::default() }).await;
        let paul = bench.paul_at_source().await;
        let form = [("token", paul.refresh()), ("client_id", "consentry")];
        let revoked = client().post(link(bench.source(), "oauth/revoke")).form(&form).send().await.unwrap();
        assert_eq!(revoked.status(), answered, "{revocation:?}");
        let read = get_fhir(bench.source(), &format!("Patient/{}", paul.patient()), paul.access()).await;
        assert_eq!(read.status() == StatusCode::OK, works, "{revocation:?}");
    }
}

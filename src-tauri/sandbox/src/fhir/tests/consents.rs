//! Writing a Consent.

use super::*;

fn consent() -> Value {
    json!({
        "resourceType": "Consent",
        "identifier": [{"system": "urn:ietf:rfc:3986", "value": "urn:uuid:1"}],
        "status": "active",
        "scope": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy"}]},
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
        "patient": {"reference": "Patient/paul"},
        "dateTime": "2026-01-15T10:00:00Z",
        "policyRule": {"coding": [{"system": "urn:ietf:rfc:3986", "code": "http://hl7.org/fhir/ConsentDefinition/simple-oauth"}]},
        "provision": {
            "period": {"start": "2026-01-15", "end": "2026-07-15"},
            "provision": [{"type": "permit", "class": [{"system": "http://smarthealthit.org/fhir/scopes", "code": "patient/Patient.rs"}]}]
        }
    })
}

fn post(server: &Server, token: &str, body: &Value) -> RequestBuilder {
    server
        .request(Method::POST, "/Consent", token)
        .header("content-type", "application/fhir+json")
        .body(body.to_string())
}

fn put(server: &Server, id: &str, token: &str, body: &Value) -> RequestBuilder {
    server.request(Method::PUT, &format!("/Consent/{id}"), token).json(body)
}

/// Creates one and returns its id.
async fn created(server: &Server) -> String {
    let answer = send(post(server, ALL, &consent())).await;
    assert_eq!(answer.status, 201, "{}", answer.json);
    answer.json["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn stores_a_consent_under_its_own_id() {
    let server = Server::start().await;
    let mut sent = consent();
    sent["id"] = json!("mine");
    sent["meta"] =
        json!({"versionId": "9", "source": "http://evil.example", "profile": ["http://profile.example"]});
    let answer = send(post(&server, ALL, &sent)).await;
    assert_eq!(answer.status, 201);
    let id = answer.json["id"].as_str().unwrap();
    assert_ne!(id, "mine");
    assert_eq!(answer.header("location"), format!("{}/Consent/{id}/_history/1", server.base));
    assert_eq!(answer.header("etag"), "W/\"1\"");
    assert_eq!(
        answer.json["meta"],
        json!({"versionId": "1", "lastUpdated": "2026-01-15T10:00:00Z", "profile": ["http://profile.example"]})
    );
    assert_eq!(server.changes.load(Ordering::SeqCst), 1);
    assert_eq!(server.get(answer.header("location"), ALL).await.json, answer.json);
    assert_eq!(server.ids("/Consent?patient=paul&status=active&category=59284-0", ALL).await, id);
}

#[tokio::test]
async fn returns_what_the_client_prefers() {
    let server = Server::start().await;
    let minimal = send(post(&server, ALL, &consent()).header("prefer", "return=minimal")).await;
    assert_eq!((minimal.status.as_u16(), &minimal.json), (201, &Value::Null));
    assert!(minimal.header("location").ends_with("/_history/1"));
    let outcome = send(post(&server, ALL, &consent()).header("prefer", "return=OperationOutcome")).await;
    assert_eq!(
        (outcome.status.as_u16(), &outcome.json["issue"][0]["severity"]),
        (201, &json!("information"))
    );
}

#[tokio::test]
async fn does_not_store_twice_what_must_exist_once() {
    let server = Server::start().await;
    let once =
        || post(&server, ALL, &consent()).header("if-none-exist", "identifier=urn:ietf:rfc:3986|urn:uuid:1");
    let first = send(once()).await;
    let second = send(once()).await;
    assert_eq!((first.status.as_u16(), second.status.as_u16()), (201, 200));
    assert_eq!(first.json["id"], second.json["id"]);
    assert_eq!(server.changes.load(Ordering::SeqCst), 1);
    created(&server).await;
    assert_eq!(send(once()).await.refused(), (412, "multiple-matches"));
    for header in ["", "_count=3", "colour=red"] {
        let odd = post(&server, ALL, &consent()).header("if-none-exist", header);
        assert_eq!(send(odd).await.refused(), (400, "invalid"), "{header}");
    }
}

#[tokio::test]
async fn names_what_is_wrong_with_a_consent() {
    let server = Server::start().await;
    for (pointer, value, expression) in [
        ("/status", json!(null), "Consent.status"),
        ("/status", json!("on"), "Consent.status"),
        ("/scope", json!({}), "Consent.scope"),
        ("/category", json!([]), "Consent.category"),
        ("/patient/reference", json!(format!("{}/Patient/paul", server.base)), "Consent.patient.reference"),
        ("/patient/reference", json!(null), "Consent.patient"),
        ("/policyRule", json!({}), "Consent.policyRule"),
        ("/dateTime", json!("soon"), "Consent.dateTime"),
        ("/provision/period/end", json!("2025-01-01"), "Consent.provision.period"),
        ("/provision/provision/0/type", json!("maybe"), "Consent.provision.provision[0].type"),
        ("/provision/provision", json!({}), "Consent.provision.provision"),
    ] {
        let mut sent = consent();
        *sent.pointer_mut(pointer).unwrap() = value;
        let answer = send(post(&server, ALL, &sent)).await;
        assert_eq!(answer.status, 422, "{pointer}: {}", answer.json);
        assert_eq!(answer.json["issue"][0]["expression"][0], expression, "{pointer}");
    }
    for (name, value, expression) in [
        ("decision", json!("deny"), "Consent.decision"),
        ("except", json!([]), "Consent.except"),
        ("modifierExtension", json!([]), "Consent.modifierExtension"),
    ] {
        let mut sent = consent();
        sent[name] = value;
        assert_eq!(send(post(&server, ALL, &sent)).await.json["issue"][0]["expression"][0], expression);
    }
    let mut flat = consent();
    flat["provision"]["type"] = json!("permit");
    assert_eq!(send(post(&server, ALL, &flat)).await.status, 422);
    let mut lawless = consent();
    lawless.as_object_mut().unwrap().remove("policyRule");
    assert_eq!(send(post(&server, ALL, &lawless)).await.refused(), (422, "invariant"));
    assert_eq!(server.changes.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn refuses_bodies_it_cannot_read() {
    let server = Server::start().await;
    let text = server.request(Method::POST, "/Consent", ALL).header("content-type", "text/plain").body("{}");
    assert_eq!(send(text).await.refused(), (415, "not-supported"));
    let broken =
        server.request(Method::POST, "/Consent", ALL).header("content-type", "application/json").body("{");
    assert_eq!(send(broken).await.refused(), (400, "structure"));
    assert_eq!(
        send(post(&server, ALL, &json!({"resourceType": "Patient"}))).await.refused(),
        (400, "structure")
    );
    let mut huge = consent();
    huge["text"] = json!({"status": "generated", "div": format!("<div>{}</div>", "x".repeat(600 * 1024))});
    assert_eq!(send(post(&server, ALL, &huge)).await.refused(), (413, "too-long"));
}

#[tokio::test]
async fn lets_only_the_patient_write() {
    let server = Server::start().await;
    let id = created(&server).await;
    let mut theirs = consent();
    theirs["patient"]["reference"] = json!("Patient/maria");
    assert_eq!(send(post(&server, ALL, &theirs)).await.refused(), (403, "forbidden"));
    for token in
        ["paul;;patient/Consent.rs", "paul;c;patient/*.cruds", "paul;;patient/Consent.cu?status=active"]
    {
        assert_eq!(send(post(&server, token, &consent())).await.refused(), (403, "forbidden"), "{token}");
    }
    let mut changed = consent();
    changed["id"] = json!(id);
    changed["status"] = json!("inactive");
    for (token, expected) in [
        ("paul;;patient/Consent.crs", (403, "forbidden")),
        ("paul;c;patient/*.cruds", (403, "forbidden")),
        ("maria;;patient/*.cruds", (404, "not-found")),
    ] {
        assert_eq!(send(put(&server, &id, token, &changed)).await.refused(), expected, "{token}");
    }
    assert_eq!(server.get(&format!("/Consent/{id}"), ALL).await.json["status"], "active");
}

#[tokio::test]
async fn changes_a_consent_only_from_the_version_meant() {
    let server = Server::start().await;
    let id = created(&server).await;
    let mut changed = consent();
    changed["id"] = json!(id);
    changed["status"] = json!("inactive");
    let first = send(put(&server, &id, ALL, &changed).header("if-match", "W/\"1\"")).await;
    assert_eq!((first.status.as_u16(), first.header("etag")), (200, "W/\"2\""));
    assert_eq!(first.json["status"], "inactive");
    assert!(first.header("location").ends_with("/_history/2"));
    let stale = send(put(&server, &id, ALL, &changed).header("if-match", "W/\"1\"")).await;
    assert_eq!(stale.refused(), (412, "conflict"));
    let odd = send(put(&server, &id, ALL, &changed).header("if-match", "latest")).await;
    assert_eq!(odd.refused(), (400, "invalid"));
    assert_eq!(send(put(&server, &id, ALL, &changed)).await.status, 200, "If-Match may be absent");
    assert_eq!(server.get(&format!("/Consent/{id}/_history/1"), ALL).await.json["status"], "active");
    assert_eq!(send(put(&server, "none", ALL, &changed)).await.refused(), (404, "not-found"));
    changed["id"] = json!("other");
    assert_eq!(send(put(&server, &id, ALL, &changed)).await.refused(), (400, "invalid"));
    assert_eq!(server.changes.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn names_what_is_wrong_in_the_words_of_its_release() {
    let of_stu3 = json!({
        "resourceType": "Consent", "status": "active", "patient": {"reference": "Patient/paul"},
        "policyRule": "http://hl7.org/fhir/ConsentDefinition/simple-oauth",
        "period": {"start": "2026-01-15", "end": "2026-07-15"},
        "except": [{"type": "permit", "class": [{"code": "patient/Patient.rs"}]}]
    });
    let of_r5 = json!({
        "resourceType": "Consent", "status": "active", "subject": {"reference": "Patient/paul"},
        "decision": "deny", "period": {"start": "2026-01-15", "end": "2026-07-15"},
        "policyBasis": {"url": "http://hl7.org/fhir/ConsentDefinition/simple-oauth"},
        "provision": [{"documentType": [{"code": "patient/Patient.rs"}]}]
    });
    for (version, good, changes) in [
        (
            FhirVersion::Stu3,
            of_stu3,
            vec![
                ("status", json!("unknown"), "Consent.status"),
                ("patient", json!({}), "Consent.patient"),
                ("policyRule", json!({"text": "a rule"}), "Consent.policyRule"),
                ("policyRule", json!(null), "Consent.policyRule"),
                ("period", json!({"start": "2026-02-01", "end": "2026-01-01"}), "Consent.period"),
                ("identifier", json!([{"value": "1"}]), "Consent.identifier"),
                ("category", json!([]), "Consent.category"),
                ("actor", json!([{"reference": {"display": "somebody"}}]), "Consent.actor"),
                ("except", json!([]), "Consent.except"),
                ("except", json!([{"type": "allow"}]), "Consent.except[0].type"),
                ("except", json!([{"type": "deny", "actor": [{}]}]), "Consent.except[0].actor"),
                ("scope", json!({"text": "privacy"}), "Consent.scope"),
                ("provision", json!({}), "Consent.provision"),
            ],
        ),
        (
            FhirVersion::R5,
            of_r5,
            vec![
                ("status", json!("proposed"), "Consent.status"),
                ("subject", json!({}), "Consent.subject"),
                ("date", json!("2026-01-15T10:00:00Z"), "Consent.date"),
                ("period", json!({}), "Consent.period"),
                ("decision", json!("perhaps"), "Consent.decision"),
                ("policyBasis", json!([]), "Consent.policyBasis"),
                ("provision", json!({}), "Consent.provision"),
                ("provision", json!([{"type": "permit"}]), "Consent.provision[0].type"),
                ("provision", json!([{"provision": []}]), "Consent.provision[0].provision"),
                ("policyRule", json!({"text": "a rule"}), "Consent.policyRule"),
                ("patient", json!({"reference": "Patient/paul"}), "Consent.patient"),
            ],
        ),
    ] {
        let server = Server::speaking(version).await;
        for (name, value, expression) in changes {
            let mut sent = good.clone();
            sent[name] = value;
            let answer = send(post(&server, ALL, &sent)).await;
            assert_eq!(answer.status, 422, "{version} {name}: {}", answer.json);
            assert_eq!(answer.json["issue"][0]["expression"][0], expression, "{version} {name}");
        }
        let mut theirs = good.clone();
        let named = if version == FhirVersion::R5 { "subject" } else { "patient" };
        theirs[named]["reference"] = json!("Patient/maria");
        assert_eq!(send(post(&server, ALL, &theirs)).await.refused(), (403, "forbidden"));
        assert_eq!(send(post(&server, ALL, &good)).await.status, 201, "{version}");
    }
}

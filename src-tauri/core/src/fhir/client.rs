//! The RESTful interactions that this app uses, each one HTTP request: <https://hl7.org/fhir/R4/http.html>.
//!
//! Laws: the bearer goes below its own base only ([`crate::http::Bearer`] refuses the rest); nothing is retried here;
//! every read asks for what is true now, not for what a cache remembers.

use serde_json::Value;

use super::{
    FhirError, FhirId,
    json::{kind, text},
    outcome::Outcome,
    parameters::Outgoing,
    reply::{self, Reply},
};
use crate::{
    ehr::FhirBase,
    http::{Answer, Bearer, Body, Http, Request},
};

/// What FHIR is asked for and sent as.
const FHIR_JSON: &str = "application/fhir+json";
/// Most bytes of one resource.
const ONE_RESOURCE: usize = 512 * 1024;
/// Most bytes of a JWT, with room for an envelope around the 16 KiB that are read.
const ONE_JWT: usize = 24 * 1024;

/// One EHR, as somebody who is signed in there. Cheap: made for each call.
#[derive(Clone, Copy)]
pub struct FhirClient<'a> {
    http: &'a Http,
    base: &'a FhirBase,
    bearer: &'a Bearer,
}

/// A resource with its version.
#[derive(Clone, Debug, PartialEq)]
pub struct Versioned {
    /// Its id, checked against the grammar of FHIR.
    pub id: String,
    /// Its ETag, for `If-Match`.
    pub etag: Option<String>,
    /// The resource.
    pub resource: Value,
}

/// What a create or update left behind. What the server really stored is known after a read only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Its id, checked against the grammar of FHIR.
    pub id: String,
    /// Its ETag, for `If-Match`.
    pub etag: Option<String>,
}

/// What an operation is called on.
#[derive(Clone, Copy, Debug)]
pub enum On<'a> {
    /// The server.
    System,
    /// A resource type.
    Type(&'static str),
    /// One resource.
    Instance(&'static str, &'a FhirId),
}

impl<'a> FhirClient<'a> {
    /// A client for one EHR and one sign-in.
    #[must_use]
    pub const fn new(http: &'a Http, base: &'a FhirBase, bearer: &'a Bearer) -> Self {
        Self { http, base, bearer }
    }

    /// The EHR's base.
    #[must_use]
    pub const fn base(&self) -> &'a FhirBase {
        self.base
    }

    /// The way out.
    #[must_use]
    pub const fn http(&self) -> &'a Http {
        self.http
    }

    /// Reads a resource as it is now.
    ///
    /// # Errors
    /// When `id` is none, there is no answer, the status is no 200, or the body is not this resource.
    pub async fn read(&self, resource_type: &str, id: &str) -> Result<Versioned, FhirError> {
        let id = FhirId::parse(id).ok_or(FhirError::NotSent)?;
        let request = Request::get(self.base.join(&format!("{resource_type}/{id}"))).named("fhir-read");
        let answer = self.send(request.accept(FHIR_JSON).limit(ONE_RESOURCE)).await?;
        let resource = reply::resource(&answer)?;
        if kind(&resource) != Some(resource_type) || text(&resource, "id") != Some(id.as_str()) {
            return Err(FhirError::Unreadable);
        }
        Ok(Versioned { id: id.to_string(), etag: reply::etag(&answer.headers, Some(&resource)), resource })
    }

    /// Creates a resource; with `if_none_exist` (search parameters) only when there is none like it yet.
    ///
    /// # Errors
    /// When it was not created, or the answer names no id under which it could be read back.
    pub async fn create(&self, resource: &Value, if_none_exist: Option<&str>) -> Result<Written, FhirError> {
        let resource_type = kind(resource).ok_or(FhirError::NotSent)?;
        let mut request =
            Request::post(self.base.join(resource_type), json(resource.clone())).named("fhir-create");
        if let Some(criteria) = if_none_exist {
            request = request.header("if-none-exist", criteria);
        }
        let answer = self.send(writes(request)).await?;
        self.written(&answer, resource_type)
    }

    /// Replaces a resource, if it is still the version of `etag`.
    ///
    /// # Errors
    /// When it has no id, was not replaced (412: it changed meanwhile), or the answer does not say so.
    pub async fn update(&self, resource: &Value, etag: Option<&str>) -> Result<Written, FhirError> {
        let resource_type = kind(resource).ok_or(FhirError::NotSent)?;
        let id = text(resource, "id").and_then(FhirId::parse).ok_or(FhirError::NotSent)?;
        let url = self.base.join(&format!("{resource_type}/{id}"));
        let mut request = Request::put(url, json(resource.clone())).named("fhir-update");
        if let Some(etag) = etag {
            request = request.header("if-match", etag);
        }
        let answer = self.send(writes(request)).await?;
        let body = reply::resource(&answer).ok();
        match body.as_ref().and_then(Outcome::read) {
            Some(outcome) if outcome.is_bad() => Err(FhirError::NotConfirmed { said: outcome.said() }),
            _ => Ok(Written { id: id.to_string(), etag: reply::etag(&answer.headers, body.as_ref()) }),
        }
    }

    /// Deletes a resource.
    ///
    /// # Errors
    /// When it was not deleted, as far as the answer says.
    pub async fn delete(&self, resource_type: &str, id: &FhirId) -> Result<(), FhirError> {
        let request = Request::delete(self.base.join(&format!("{resource_type}/{id}"))).named("fhir-delete");
        self.send(request.accept(FHIR_JSON).limit(ONE_RESOURCE)).await.map(drop)
    }

    /// Calls an operation: POST with parameters, GET without.
    ///
    /// # Errors
    /// When there is no answer, the status is no 200, 201 or 204, or the body is no resource.
    pub async fn call(
        &self,
        on: On<'_>,
        operation: &str,
        input: Option<Outgoing>,
    ) -> Result<Reply, FhirError> {
        let path = match on {
            On::System => format!("${operation}"),
            On::Type(resource_type) => format!("{resource_type}/${operation}"),
            On::Instance(resource_type, id) => format!("{resource_type}/{id}/${operation}"),
        };
        let url = self.base.join(&path);
        let request = match input {
            Some(input) => Request::post(url, json(input.into_value())),
            None => Request::get(url),
        };
        let request = request.named("fhir-operation");
        Reply::read(&self.send(request.accept(FHIR_JSON).limit(ONE_RESOURCE)).await?)
    }

    /// Asks the server for its own JWT, meant for `source`: `GET [base]/$jwt`. The answer may be the bare JWT.
    ///
    /// # Errors
    /// When there is no answer, or the status is no 2xx.
    pub async fn jwt(&self, source: &FhirBase) -> Result<Answer, FhirError> {
        let mut url = self.base.join("$jwt");
        url.query_pairs_mut().append_pair("source", source.as_str());
        let accept = "application/jwt, application/fhir+json;q=0.9, text/plain;q=0.8";
        self.send(Request::get(url).named("jwt").accept(accept).limit(ONE_JWT)).await
    }

    /// Sends with the bearer, asking past caches, and turns every status that is no success into an error.
    pub(super) async fn send(&self, request: Request) -> Result<Answer, FhirError> {
        let request = request.header("cache-control", "no-cache").bearer(self.bearer)?;
        reply::check(self.http.send(request).await?)
    }

    /// What a create left behind. The id is taken from the body, else from `Location`.
    fn written(&self, answer: &Answer, resource_type: &str) -> Result<Written, FhirError> {
        let body = reply::resource(answer).ok();
        let outcome = body.as_ref().and_then(Outcome::read);
        let own = body.as_ref().filter(|b| kind(b) == Some(resource_type));
        let id = own.and_then(|b| text(b, "id")).and_then(FhirId::parse);
        let id = id.or_else(|| reply::located(answer, self.base, resource_type));
        match (id, outcome) {
            (_, Some(outcome)) if outcome.is_bad() => Err(FhirError::NotConfirmed { said: outcome.said() }),
            (Some(id), _) => Ok(Written { id: id.to_string(), etag: reply::etag(&answer.headers, own) }),
            (None, outcome) => Err(FhirError::NotConfirmed { said: outcome.and_then(|o| o.said()) }),
        }
    }
}

fn json(value: Value) -> Body {
    Body::Json { content_type: FHIR_JSON, value }
}

fn writes(request: Request) -> Request {
    request.accept(FHIR_JSON).header("prefer", "return=representation").limit(ONE_RESOURCE)
}

#[cfg(test)]
#[path = "client_tests.rs"]
mod tests;

//! What each failure of each act means for the records.

use super::Act;
use crate::{
    fhir::FhirError,
    http::HttpError,
    problem::{Records, What},
};

const ACTS: [Act; 7] = [
    Act::SaveConsent,
    Act::CloseConsent,
    Act::Introduce,
    Act::Authorize,
    Act::Connect,
    Act::List,
    Act::Revoke,
];

fn status(status: u16, code: Option<&str>) -> FhirError {
    FhirError::Status {
        status,
        said: Some("their words".to_owned()),
        issue_code: code.map(str::to_owned),
        retry_after: None,
    }
}

fn meaning(act: Act, error: &FhirError) -> (What, Records) {
    let problem = act.problem(error, "Tern Bay Hospital");
    assert_eq!(problem.ehr.as_deref(), Some("Tern Bay Hospital"));
    (problem.what, problem.records)
}

#[test]
fn a_refusal_means_what_was_asked() {
    for (act, code, what, records) in [
        (Act::SaveConsent, 422, What::ConsentRefused, Records::NothingShared),
        (Act::SaveConsent, 403, What::NotAllowed, Records::NothingShared),
        (Act::Introduce, 400, What::NoIdCard, Records::NothingShared),
        (Act::Authorize, 422, What::AuthorizeRefused, Records::NothingShared),
        (Act::Authorize, 403, What::AuthorizeRefused, Records::NothingShared),
        (Act::Connect, 400, What::ConnectRefused, Records::AlreadyAllowed),
        (Act::Revoke, 422, What::NotAllowed, Records::StillShared),
        (Act::List, 403, What::NotAllowed, Records::Unchanged),
        (Act::CloseConsent, 412, What::ChangedMeanwhile, Records::Unchanged),
    ] {
        assert_eq!(meaning(act, &status(code, None)), (what, records), "{act:?} {code}");
    }
}

#[test]
fn an_operation_that_is_not_there_is_not_offered() {
    for act in [Act::Introduce, Act::Authorize, Act::Connect, Act::List, Act::Revoke] {
        for error in
            [status(404, None), status(405, None), status(501, None), status(400, Some("not-supported"))]
        {
            assert_eq!(meaning(act, &error).0, What::NotOffered, "{act:?} {error:?}");
        }
    }
}

#[test]
fn a_consent_that_is_not_there_is_gone() {
    for act in [Act::Authorize, Act::List, Act::Revoke] {
        for error in [status(404, Some("not-found")), status(410, None)] {
            assert_eq!(meaning(act, &error).0, What::Gone, "{act:?} {error:?}");
        }
    }
    assert_eq!(meaning(Act::CloseConsent, &status(404, None)).0, What::Gone);
}

#[test]
fn a_lost_change_is_not_confirmed_and_a_lost_read_is_only_that() {
    let lost = FhirError::Http(HttpError::TooSlow { written: true });
    for error in [lost, status(500, None), FhirError::Unreadable, FhirError::NotConfirmed { said: None }] {
        for act in [Act::SaveConsent, Act::CloseConsent, Act::Authorize, Act::Connect, Act::Revoke] {
            assert_eq!(meaning(act, &error).0, What::NotConfirmed, "{act:?} {error:?}");
        }
        for act in [Act::Introduce, Act::List] {
            assert_ne!(meaning(act, &error).0, What::NotConfirmed, "{act:?} {error:?}");
        }
    }
    assert_eq!(meaning(Act::Authorize, &status(500, None)).1, Records::NotKnown);
    assert_eq!(meaning(Act::Revoke, &status(500, None)).1, Records::NotKnown);
    assert_eq!(meaning(Act::Connect, &status(500, None)).1, Records::AlreadyAllowed);
}

#[test]
fn what_never_left_this_computer_is_no_mystery() {
    let unsent = FhirError::Http(HttpError::Unreachable { written: false });
    for act in ACTS {
        assert_eq!(meaning(act, &unsent).0, What::Unreachable, "{act:?}");
        assert_eq!(meaning(act, &status(401, None)).0, What::SignInNeeded, "{act:?}");
    }
    assert_eq!(meaning(Act::Revoke, &unsent).1, Records::StillShared);
}

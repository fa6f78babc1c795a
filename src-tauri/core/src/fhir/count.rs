//! How many records of a kind there are, and how many of them arrived from one source.
//!
//! Counted by the server (`_summary=count`, R4 search "Summary"), with the very query that the kind's SMART scope grants.
//! The types have the same names in all releases; the code system of categories has not. STU3 knows no `meta.source`:
//! there nobody can tell what came from where, and nothing is made up.

use super::{FhirClient, FhirError, search::escaped};
use crate::{ehr::FhirBase, kind::Kind, smart::syntax::ScopeSyntax, version::FhirVersion};

/// Counts asked for at the same time: enough to be quick, few enough not to be a burden.
const LANES: usize = 4;

/// The records of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Which kind.
    pub kind: Kind,
    /// How many, or `None` when the server does not count them.
    pub count: Option<u32>,
}

/// Counts the records of several kinds, in the order given; as [`of_kind`].
///
/// # Errors
/// When there is no answer, or the sign-in is over.
pub async fn of_kinds(
    client: &FhirClient<'_>,
    version: FhirVersion,
    patient: &str,
    kinds: &[Kind],
    from: Option<&FhirBase>,
) -> Result<Vec<Counted>, FhirError> {
    let lane = |first: usize| async move {
        let mut counted = Vec::new();
        for (index, kind) in kinds.iter().enumerate().skip(first).step_by(LANES) {
            counted.push((
                index,
                Counted { kind: *kind, count: of_kind(client, version, patient, *kind, from).await? },
            ));
        }
        Ok::<_, FhirError>(counted)
    };
    let (a, b, c, d) = tokio::try_join!(lane(0), lane(1), lane(2), lane(3))?;
    let mut all: Vec<(usize, Counted)> = [a, b, c, d].into_iter().flatten().collect();
    all.sort_by_key(|(index, _)| *index);
    Ok(all.into_iter().map(|(_, counted)| counted).collect())
}

/// Counts the records of one kind; with `from`, only those whose `meta.source` is that server. `None` when the server
/// does not count them.
///
/// # Errors
/// When there is no answer, or the sign-in is over.
pub async fn of_kind(
    client: &FhirClient<'_>,
    version: FhirVersion,
    patient: &str,
    kind: Kind,
    from: Option<&FhirBase>,
) -> Result<Option<u32>, FhirError> {
    if from.is_some() && version == FhirVersion::Stu3 {
        return Ok(None);
    }
    let source = from.map(|base| escaped(base.as_str()));
    let mut sum: u32 = 0;
    for scope in ScopeSyntax::V2Granular.of_kinds(&[kind], version) {
        let Some(query) = Query::of(&scope) else { return Ok(None) };
        let mut params = vec![(if query.resource_type == "Patient" { "_id" } else { "patient" }, patient)];
        params.extend(&query.params);
        params.extend(source.as_deref().map(|source| ("_source", source)));
        match client.count(query.resource_type, &params).await? {
            Some(count) => sum = sum.saturating_add(count),
            None => return Ok(None),
        }
    }
    Ok(Some(sum))
}

/// The search that a SMART scope of the glossary stands for.
#[derive(Debug, PartialEq, Eq)]
struct Query<'a> {
    resource_type: &'a str,
    params: Vec<(&'a str, &'a str)>,
}

impl<'a> Query<'a> {
    fn of(scope: &'a str) -> Option<Self> {
        let (path, query) = scope.split_once('?').unwrap_or((scope, ""));
        let (resource_type, _) = path.strip_prefix("patient/")?.split_once('.')?;
        let params = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| pair.split_once('='));
        Some(Self { resource_type, params: params.collect::<Option<_>>()? })
    }
}

#[cfg(test)]
#[path = "count_tests.rs"]
mod tests;

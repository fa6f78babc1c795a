//! What a hospital granted, held against what was asked, in the person's terms.

use crate::{
    ehr::{GrantView, LeftOut},
    kind::Kind,
    smart::{
        scopes::Scopes,
        tokens::{Granted, Wished},
    },
};

/// The difference. Nothing is said of a sign-in from before anybody wrote down what was asked.
pub(super) fn view(granted: &Granted) -> GrantView {
    let Some(Wished { scopes: asked, kinds }) = &granted.wished else { return GrantView::default() };
    let (came, _) = granted.scopes.kinds();
    let (spelled, _) = asked.kinds();
    let is = |list: &[Kind], kind: Kind| list.contains(&kind);
    let pick = |keep: &dyn Fn(Kind) -> bool| Kind::ALL.into_iter().filter(|kind| keep(*kind)).collect();
    let extra: Scopes = granted.scopes.extra(asked).iter().map(String::as_str).collect();
    let reading: Scopes = Kind::ALL.iter().flat_map(|kind| kind.scopes()).copied().collect();
    // Always asked for, whatever was picked.
    let wanted = |kind: Kind| is(kinds, kind) || kind == Kind::AboutYou;
    let added = pick(&|kind| is(&came, kind) && !is(&spelled, kind) && !wanted(kind));
    let missing = granted.scopes.missing(asked);
    let lacks = |part: &str| missing.iter().any(|scope| scope.contains(part));
    let mut left_out_more = Vec::new();
    for (what, gone) in [
        (LeftOut::AboutYou, lacks("/Patient.") && !is(kinds, Kind::AboutYou)),
        (LeftOut::Choices, lacks("/Consent.") && missing.iter().any(|s| s.starts_with("patient/Consent."))),
        (LeftOut::Sharing, lacks("operation/Consent.")),
        (LeftOut::WhoLooked, lacks("/AuditEvent.")),
        (LeftOut::Staying, asked.iter().any(|scope| scope == "offline_access") && !granted.renews),
    ] {
        if gone {
            left_out_more.push(what);
        }
    }
    GrantView {
        asked: kinds.clone(),
        left_out: pick(&|kind| is(kinds, kind) && !is(&came, kind)),
        left_out_more,
        widened: pick(&|kind| is(&spelled, kind) && is(&came, kind) && !wanted(kind)),
        may_change: extra.writes(),
        added_scopes: extra.beyond(&reading).iter().map(|scope| crate::text::quoted(scope, 80)).collect(),
        added,
    }
}

#[cfg(test)]
mod tests {
    use super::view;
    use crate::{
        ehr::{GrantView, Kept, LeftOut},
        kind::Kind,
        smart::{
            scopes::Scopes,
            syntax::ScopeSyntax,
            tokens::{Granted, Wished},
        },
        version::FhirVersion,
        view::SignInFor,
    };

    fn asked(kinds: &[Kind], syntax: ScopeSyntax) -> Wished {
        let purpose = SignInFor::Source { kinds: kinds.to_vec() };
        Wished { scopes: Scopes::for_sign_in(&purpose, syntax, FhirVersion::R4), kinds: kinds.to_vec() }
    }

    fn came(scopes: &str, wished: Wished) -> GrantView {
        view(&Granted {
            scopes: Scopes::parse(scopes),
            patient: "p1".into(),
            fhir_user: None,
            kept: Kept::Keyring,
            proven: true,
            renews: true,
            wished: Some(wished),
        })
    }

    const MANAGING: &str =
        "patient/Patient.rs patient/Consent.crus operation/Consent.authorize patient/AuditEvent.rs";

    #[test]
    fn nothing_is_said_when_everything_came_as_asked() {
        for syntax in [ScopeSyntax::V2Granular, ScopeSyntax::V2, ScopeSyntax::V1] {
            let wished = asked(&[Kind::Vaccines], syntax);
            let found = came(&wished.scopes.to_string(), wished);
            assert_eq!(
                found,
                GrantView { asked: vec![Kind::Vaccines], ..GrantView::default() },
                "{syntax:?}"
            );
        }
    }

    #[test]
    fn names_what_was_left_out() {
        let found = came(
            "patient/Patient.rs patient/Consent.rs",
            asked(&[Kind::Vaccines, Kind::Notes], ScopeSyntax::V2),
        );
        assert_eq!(found.left_out, [Kind::Vaccines, Kind::Notes]);
        assert_eq!(found.left_out_more, [LeftOut::Choices, LeftOut::Sharing, LeftOut::WhoLooked]);
        assert!(found.added.is_empty() && !found.may_change);
    }

    #[test]
    fn names_what_was_added() {
        let wished = asked(&[Kind::Vaccines], ScopeSyntax::V2Granular);
        let all = format!("{MANAGING} patient/Immunization.cruds patient/Condition.rs user/Location.rs");
        let found = came(&all, wished);
        assert_eq!(found.added, [Kind::HealthProblems]);
        assert!(found.may_change);
        assert_eq!(found.added_scopes, ["patient/Immunization.cruds", "user/Location.rs"]);
        assert!(found.left_out.is_empty() && found.left_out_more.is_empty());
    }

    #[test]
    fn names_what_comes_along_where_kinds_cannot_be_told_apart() {
        let wished = asked(&[Kind::LabTests], ScopeSyntax::V1);
        let found = came(&wished.scopes.to_string(), wished);
        assert_eq!(found.widened, [Kind::VitalSigns, Kind::LifeAndHabits]);
        assert!(found.added.is_empty() && found.added_scopes.is_empty());
    }

    #[test]
    fn a_scope_for_everything_adds_every_kind() {
        let found = came("patient/*.rs", asked(&[Kind::Vaccines], ScopeSyntax::V2));
        assert_eq!(found.added.len(), Kind::ALL.len() - 2, "all but the picked one and one's own details");
        assert_eq!(found.added_scopes, ["patient/*.rs"]);
    }
}

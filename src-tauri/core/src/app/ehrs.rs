//! Hospitals: asked before they are offered, added, forgotten.

use std::time::Duration;

use crate::{
    context::Ehr,
    dialect::Dialect,
    directory::brands::{self, Brands},
    ehr::{Ability, AbilityView, BrandView, EhrCandidate, EhrId, EhrView, FhirBase, Limit, SessionView},
    event::Event,
    fhir::FhirError,
    problem::{Problem, What},
    smart::{
        asking::Asking,
        discovery::{self, DiscoveryError, Features},
        scopes::Scopes,
    },
    view::{AppView, Mode},
};

use super::{App, granted};

/// How long a hospital's brands may take.
const BRAND: Duration = Duration::from_secs(8);

/// The scopes without which nothing can be managed at a source.
const MANAGING: [&str; 2] = ["patient/Consent.crus", "operation/Consent.authorize"];

impl App {
    /// Asks what is at an address.
    ///
    /// # Errors
    /// When it is no address, not protected, or no EHR.
    pub async fn ehr_probe(&self, address: &str) -> Result<EhrCandidate, Problem> {
        let (base, features) = self.ask(address).await?;
        Ok(EhrCandidate {
            address: base.as_str().to_owned(),
            host: base.host(),
            name: features.name.clone(),
            abilities: abilities(&features),
            describes: features.describes,
            brand: self.brand(&base, &features).await,
        })
    }

    /// How the hospital's own brands bundle names what is at an address. Not needed, so it may not take long.
    async fn brand(&self, base: &FhirBase, features: &Features) -> Option<BrandView> {
        let place = features.brands.as_ref()?;
        let asked = brands::fetch(&self.ctx.http, place, None);
        let Ok(Ok(Brands::Now { hospitals, .. })) = tokio::time::timeout(BRAND, asked).await else {
            return None;
        };
        let own = hospitals.into_iter().find(|one| one.address.as_deref() == Some(base.as_str()))?;
        Some(BrandView { name: own.name, place: own.place, host: place.host_str()?.to_owned() })
    }

    /// Asks what is at an address and adds it. Adding it again renews what is known.
    ///
    /// # Errors
    /// As [`App::ehr_probe`], or when the disk refuses.
    pub async fn ehr_add(&self, address: &str) -> Result<EhrView, Problem> {
        let (base, mut features) = self.ask(address).await?;
        self.not_mixed_up(&base, &features)?;
        let old = self.ctx.ehrs().into_iter().find(|e| e.base == base);
        if let Some(asking) = old.as_ref().and_then(|e| e.asking) {
            // What it took the last time is how it spells.
            features.scopes = asking.syntax;
        }
        let ehr = Ehr {
            // One that was forgotten gets its own id back, and with it the shares that were made there.
            id: self.ctx.store.ehr_at(base.as_str())?.unwrap_or_else(EhrId::fresh),
            base,
            name: features.name.clone(),
            features,
            checked_at: self.ctx.now(),
            remembered: old.as_ref().and_then(|e| e.remembered.clone()),
            person: old.as_ref().and_then(|e| e.person.clone()),
            asking: old.as_ref().and_then(|e| e.asking),
            client: old.map(|e| e.client).unwrap_or_default(),
        };
        self.ctx.put_ehr(ehr.clone())?;
        self.ctx.tell(Event::EhrsChanged);
        Ok(self.ehr_view(&ehr))
    }

    /// Signs out of a hospital and forgets it here. Shares made there go on.
    ///
    /// # Errors
    /// [`What::Gone`] when it is not known, or when the disk refuses.
    pub async fn ehr_forget(&self, id: &EhrId) -> Result<AppView, Problem> {
        // The keyring has entries by this name: only names of our own making get there.
        self.ctx.ehr(id)?;
        self.sign_in_cancel(id);
        self.ctx.sessions.forget(id).await;
        self.ctx.clients.keep_secret(id, None).await;
        self.ctx.forget_ehr(id)?;
        self.ctx.tell(Event::EhrsChanged);
        self.view()
    }

    async fn ask(&self, address: &str) -> Result<(FhirBase, Features), Problem> {
        let named = || crate::text::name(address);
        let base = self.ctx.http.address(address).map_err(|e| FhirError::Http(e).problem(&named()))?;
        // Nothing of practice ever leaves this computer.
        let practice = self.practice.iter().any(|p| FhirBase::new(p.base.clone()) == base);
        if self.ctx.mode == Mode::Practice && !practice {
            return Err(Problem::new(What::NotSecure).at(named()));
        }
        let features = discovery::discover(&self.ctx.http, &base)
            .await
            .map_err(|e| discovery_problem(&e, &base.host()))?;
        Ok((base, features))
    }

    /// Two hospitals that share the sign-in page but not the place for codes: one could collect the codes of the other
    /// (RFC 9700 §4.4).
    ///
    /// # Errors
    /// [`What::SettingsContradict`].
    pub(super) fn not_mixed_up(&self, base: &FhirBase, features: &Features) -> Result<(), Problem> {
        let others = self.ctx.ehrs().into_iter().filter(|other| other.base != *base);
        let mixed =
            others.filter(|other| features.endpoints.mixes_up_with(&other.features.endpoints)).count();
        if mixed > 0 {
            return Err(Problem::new(What::SettingsContradict).at(features.name.clone()));
        }
        Ok(())
    }

    pub(super) fn ehr_view(&self, ehr: &Ehr) -> EhrView {
        let practice = self.practice.iter().find(|p| FhirBase::new(p.base.clone()) == ehr.base);
        EhrView {
            id: ehr.id.clone(),
            name: ehr.name.clone(),
            host: ehr.base.host(),
            address: ehr.base.as_str().to_owned(),
            fhir: ehr.features.fhir,
            abilities: abilities(&ehr.features),
            limits: limits(&ehr.features),
            checked_at: ehr.checked_at,
            session: self.session_view(ehr),
            practice_logins: practice.map(|p| p.logins.clone()).unwrap_or_default(),
        }
    }

    fn session_view(&self, ehr: &Ehr) -> SessionView {
        match (self.ctx.sessions.granted(&ehr.id), ehr.person.clone()) {
            (Some(granted), Some(person)) => SessionView::SignedIn {
                person,
                kept: granted.kept,
                covers: granted.scopes.kinds().0,
                manages: manages(ehr, &granted.scopes),
                proven: granted.proven,
                granted: granted::view(&granted),
            },
            (Some(_), None) => SessionView::Expired { person: None },
            (None, person) if ehr.remembered.is_some() => SessionView::Expired { person },
            (None, _) => SessionView::SignedOut,
        }
    }
}

/// Whether granted scopes allow managing shares, as far as the hospital knows scopes for that.
pub(super) fn manages(ehr: &Ehr, scopes: &Scopes) -> bool {
    scopes.cover(&managing(ehr.asking))
}

/// The scopes without which nothing can be managed at a source. A hospital that refused the one for its operations by name
/// knows none for them: then saving choices must be enough.
pub(super) fn managing(asking: Option<Asking>) -> Scopes {
    let exchange = asking.is_none_or(|asking| asking.exchange);
    MANAGING.into_iter().take(if exchange { 2 } else { 1 }).collect()
}

/// What a hospital cannot do in the way of sharing, as giver and as getter.
fn limits(features: &Features) -> Vec<Limit> {
    let can = |ability| features.abilities.contains(&ability);
    let giving = match features.dialect {
        Some(Dialect::Track) => None,
        Some(Dialect::Reference) => Some(Limit::KeepsNoList),
        Some(Dialect::Fast) | None if can(Ability::SaveChoices) => Some(Limit::FilesOnly),
        Some(Dialect::Fast) | None => Some(Limit::SharesNothing),
    };
    let getting = (!can(Ability::GetRecords)).then_some(Limit::GetsNothing);
    giving.into_iter().chain(getting).collect()
}

fn abilities(features: &Features) -> Vec<AbilityView> {
    Ability::ALL
        .into_iter()
        .map(|ability| AbilityView { ability, offered: features.abilities.contains(&ability) })
        .collect()
}

/// Puts a failed look at a hospital's settings into the person's terms.
pub(super) fn discovery_problem(error: &DiscoveryError, name: &str) -> Problem {
    match error {
        DiscoveryError::Http(error) => FhirError::Http(*error).problem(name),
        DiscoveryError::Trouble => Problem::new(What::EhrTrouble).at(name),
        DiscoveryError::Weak => Problem::new(What::SignInTooWeak).at(name),
        DiscoveryError::Contradicts => Problem::new(What::SettingsContradict).at(name),
        DiscoveryError::OtherVersion { found } => {
            Problem::new(What::OtherVersion).at(name).detail(found.clone())
        }
        DiscoveryError::NotPublic => Problem::new(What::NotPublic).at(name),
        DiscoveryError::NotAnEhr => Problem::new(What::NotAnEhr).at(name),
    }
}

//! The person's lists of hospitals: added, searched, removed; and the certificates that they bring.

use base64::{Engine, prelude::BASE64_STANDARD};
use url::Url;
use uuid::Uuid;

use crate::{
    directory::{
        AnchorView, FoundHospital, FoundView, HospitalListView, ListAnswer, ListKind, ListLook, Listed,
        Reach,
        brands::{self, Brands, ListError},
        search,
    },
    ehr::FhirBase,
    fhir::FhirError,
    problem::{Problem, What},
    smart::anchor::Anchor,
    store::{
        Store, StoreError,
        lists::{ListCopy, ListRow},
    },
    view::Mode,
};

use super::App;

/// Most hospitals that a search shows, and most lists that are kept.
const SHOWN: usize = 60;
const MOST_LISTS: usize = 20;

/// A list of hospitals that this process runs for practice.
#[derive(Clone, Debug)]
pub struct PracticeList {
    /// Its name.
    pub name: String,
    /// Base of its FHIR directory.
    pub address: Url,
    /// The certificates that confirm its hospitals, in PEM.
    pub anchors: String,
}

/// Keeps the lists that come with the program in place of those that came last time.
pub(super) fn keep_given(store: &Store, lists: &[PracticeList]) -> Result<(), StoreError> {
    store.forget_given_lists()?;
    for list in lists {
        store.put_list(&ListRow {
            id: format!("given-{}", list.address),
            name: list.name.clone(),
            address: list.address.as_str().trim_end_matches('/').to_owned(),
            kind: ListKind::Directory.as_str().to_owned(),
            anchors: kept(&Anchor::read(&list.anchors).unwrap_or_default()),
            own: false,
            copy: None,
        })?;
    }
    Ok(())
}

/// Anchors as they are kept.
fn kept(anchors: &[Anchor]) -> String {
    let ders: Vec<String> = anchors.iter().map(|anchor| BASE64_STANDARD.encode(anchor.der())).collect();
    serde_json::to_string(&ders).unwrap_or_default()
}

impl App {
    /// All lists.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn hospital_lists(&self) -> Result<Vec<HospitalListView>, Problem> {
        Ok(self.ctx.store.lists()?.iter().filter_map(list_view).collect())
    }

    /// Adds a list, after finding out which kind it is. `anchors` are certificates in PEM, or nothing.
    ///
    /// # Errors
    /// [`What::NotAList`], [`What::NotACertificate`], or why it could not be asked.
    pub async fn hospital_list_add(
        &self,
        name: &str,
        address: &str,
        anchors: &str,
    ) -> Result<Vec<HospitalListView>, Problem> {
        let base = self.list_address(address)?;
        let anchors = Anchor::read(anchors).map_err(|_| Problem::new(What::NotACertificate))?;
        let named = crate::text::name(name);
        let name = if named.is_empty() { base.host() } else { named };
        if self.ctx.store.lists()?.len() >= MOST_LISTS {
            return Err(Problem::new(What::NotAllowed).at(name));
        }
        let (kind, copy) = self.which(base.url()).await.map_err(|error| problem(error, &name))?;
        let row = ListRow {
            id: Uuid::new_v4().simple().to_string(),
            name,
            address: base.as_str().to_owned(),
            kind: kind.as_str().to_owned(),
            anchors: kept(&anchors),
            own: true,
            copy: None,
        };
        self.ctx.store.put_list(&row)?;
        let kept = self.ctx.store.lists()?.into_iter().find(|list| list.address == row.address);
        if let Some((list, (etag, hospitals))) = kept.zip(copy) {
            self.keep_copy(&list.id, etag, &hospitals)?;
        }
        self.hospital_lists()
    }

    /// Forgets a list and what it brought. Hospitals that were found through it stay.
    ///
    /// # Errors
    /// [`What::NotAllowed`] for one that comes with the program, or when the disk refuses.
    pub fn hospital_list_remove(&self, list: &str) -> Result<Vec<HospitalListView>, Problem> {
        if self.ctx.store.lists()?.iter().any(|row| row.id == list && !row.own) {
            return Err(Problem::new(What::NotAllowed));
        }
        self.ctx.store.forget_list(list)?;
        self.hospital_lists()
    }

    /// Searches all lists by name and place.
    ///
    /// # Errors
    /// [`What::FormIncomplete`] when nothing is asked, or when the disk refuses. A list that fails is part of the answer.
    pub async fn hospitals_search(&self, name: &str, place: &str) -> Result<FoundView, Problem> {
        let (name, place) = (crate::text::quoted(name, 100), crate::text::quoted(place, 100));
        if name.is_empty() && place.is_empty() {
            return Err(Problem::new(What::FormIncomplete));
        }
        let (mut found, mut looks, mut more) = (Vec::new(), Vec::new(), false);
        for row in self.ctx.store.lists()? {
            let Some(kind) = ListKind::stored(&row.kind) else { continue };
            let (hits, answer) = match kind {
                ListKind::Directory => self.ask_directory(&row, &name, &place, &mut more).await,
                ListKind::Brands => self.ask_brands(&row).await?,
            };
            let fitting = hits.into_iter().filter(|one| one.fits(&name, &place));
            found.extend(fitting.map(|one| (one, row.name.clone())));
            looks.push(ListLook { list: row.id, name: row.name, answer });
        }
        let mut hospitals = self.merged(found);
        more |= hospitals.len() > SHOWN;
        hospitals.truncate(SHOWN);
        Ok(FoundView { hospitals, more, looks })
    }

    async fn ask_directory(
        &self,
        row: &ListRow,
        name: &str,
        place: &str,
        more: &mut bool,
    ) -> (Vec<Listed>, ListAnswer) {
        let asked = match Url::parse(&row.address) {
            Ok(base) => search::search(&self.ctx.http, &base, name, place).await,
            Err(_) => Err(ListError::NotAList),
        };
        match asked {
            Ok(hits) => {
                *more |= hits.more;
                (hits.hospitals, ListAnswer::Asked)
            }
            Err(error) => (Vec::new(), ListAnswer::Failed { problem: problem(error, &row.name) }),
        }
    }

    async fn ask_brands(&self, row: &ListRow) -> Result<(Vec<Listed>, ListAnswer), Problem> {
        let copied = |copy: &ListCopy| serde_json::from_str::<Vec<Listed>>(&copy.hospitals).ok();
        let copy = row.copy.as_ref().and_then(|copy| Some((copy, copied(copy)?)));
        let etag = copy.as_ref().and_then(|(copy, _)| copy.etag.as_deref());
        let asked = match Url::parse(&row.address) {
            Ok(place) => brands::fetch(&self.ctx.http, &place, etag).await,
            Err(_) => Err(ListError::NotAList),
        };
        Ok(match (asked, copy) {
            (Ok(Brands::Now { etag, hospitals }), _) => {
                self.keep_copy(&row.id, etag, &hospitals)?;
                (hospitals, ListAnswer::Asked)
            }
            (Ok(Brands::Unchanged), Some((copy, hospitals))) => {
                self.keep_copy(&row.id, copy.etag.clone(), &hospitals)?;
                (hospitals, ListAnswer::Asked)
            }
            (Ok(Brands::Unchanged), None) => {
                (Vec::new(), ListAnswer::Failed { problem: problem(ListError::NotAList, &row.name) })
            }
            (Err(error), Some((copy, hospitals))) => {
                let problem = problem(error, &row.name);
                (hospitals, ListAnswer::Copy { as_of: copy.as_of, problem })
            }
            (Err(error), None) => (Vec::new(), ListAnswer::Failed { problem: problem(error, &row.name) }),
        })
    }

    fn keep_copy(&self, list: &str, etag: Option<String>, hospitals: &[Listed]) -> Result<(), Problem> {
        let hospitals = serde_json::to_string(hospitals).map_err(|_| Problem::new(What::Internal))?;
        Ok(self.ctx.store.put_list_copy(list, &ListCopy { etag, as_of: self.ctx.now(), hospitals })?)
    }

    /// One row for each address, with all lists that have it; those that can be asked first.
    fn merged(&self, found: Vec<(Listed, String)>) -> Vec<FoundHospital> {
        let ehrs = self.ctx.ehrs();
        let mut merged: Vec<FoundHospital> = Vec::new();
        for (listed, list) in found {
            let same = merged.iter_mut().find(|one| {
                one.name == listed.name && one.address == listed.address && one.place == listed.place
            });
            if let Some(one) = same {
                if !one.listed_by.contains(&list) {
                    one.listed_by.push(list);
                }
                continue;
            }
            let base = listed.address.as_deref().and_then(|a| Url::parse(a).ok()).map(FhirBase::new);
            merged.push(FoundHospital {
                known: base
                    .as_ref()
                    .and_then(|base| ehrs.iter().find(|e| e.base == *base))
                    .map(|e| e.id.clone()),
                host: base.as_ref().map(FhirBase::host),
                name: listed.name,
                place: listed.place,
                address: listed.address,
                version: listed.version,
                reach: listed.reach,
                listed_by: vec![list],
            });
        }
        merged.sort_by_key(|one| (one.reach != Reach::Ready, one.name.to_lowercase()));
        merged
    }

    /// A list's address. Nothing of practice ever leaves this computer.
    fn list_address(&self, address: &str) -> Result<FhirBase, Problem> {
        let named = || crate::text::name(address);
        let base = self.ctx.http.address(address).map_err(|e| FhirError::Http(e).problem(&named()))?;
        if self.ctx.mode == Mode::Practice && base.url().scheme() == "https" {
            return Err(Problem::new(What::NotSecure).at(named()));
        }
        Ok(base)
    }

    /// A bundle of brands at the address itself, or a FHIR directory below it.
    async fn which(&self, place: &Url) -> Result<(ListKind, Option<Copied>), ListError> {
        match brands::fetch(&self.ctx.http, place, None).await {
            Ok(Brands::Now { etag, hospitals }) => return Ok((ListKind::Brands, Some((etag, hospitals)))),
            Err(error @ ListError::Http(_)) => return Err(error),
            Ok(Brands::Unchanged) | Err(_) => {}
        }
        match search::is_directory(&self.ctx.http, place).await {
            Ok(true) => Ok((ListKind::Directory, None)),
            Ok(false) | Err(ListError::Status(400..=499)) => Err(ListError::NotAList),
            Err(error) => Err(error),
        }
    }
}

/// A version and what is in it.
type Copied = (Option<String>, Vec<Listed>);

fn list_view(row: &ListRow) -> Option<HospitalListView> {
    let base = FhirBase::new(Url::parse(&row.address).ok()?);
    let ders: Vec<String> = serde_json::from_str(&row.anchors).unwrap_or_default();
    let read = |der: &String| Anchor::from_der(&BASE64_STANDARD.decode(der).ok()?).ok();
    let anchors = ders.iter().filter_map(read);
    Some(HospitalListView {
        id: row.id.clone(),
        name: row.name.clone(),
        host: base.host(),
        address: row.address.clone(),
        kind: ListKind::stored(&row.kind)?,
        anchors: anchors.map(|a| AnchorView { name: a.name, until: a.until }).collect(),
        own: row.own,
        copy_of: row.copy.as_ref().map(|copy| copy.as_of),
    })
}

fn problem(error: ListError, name: &str) -> Problem {
    match error {
        ListError::Http(error) => FhirError::Http(error).problem(name),
        ListError::Status(500..=599) => Problem::new(What::EhrTrouble).at(name),
        ListError::Status(_) | ListError::NotAList => Problem::new(What::NotAList).at(name),
    }
}

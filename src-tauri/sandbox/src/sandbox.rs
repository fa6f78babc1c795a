//! Starting and stopping the pair.

use std::{
    io,
    path::Path,
    sync::{Arc, RwLock, atomic::Ordering},
    time::Duration,
};

use axum::Router;
use jiff::{civil::Date, tz::TimeZone};
use tokio::{sync::Notify, task::JoinSet};
use tokio_util::sync::CancellationToken;

use crate::{
    cavs,
    central::{self, Asking},
    clock::Clock,
    copier,
    direct::{self, Post, mail_room},
    ehr::Ehr,
    elsewhere,
    faults::Faults,
    hospital::{Address, Hospital, NAMES, Names, Site},
    http,
    journal::Journal,
    keys::{KeyError, Keys},
    listen::{self, Cutter, Loopback},
    logins::{EnrolError, People},
    options::{Options, Storage},
    people,
    resources::{Resources, StoreError},
    secret,
    store::{OpenError, Store},
    trust::Authority,
    uma,
    ways::{Certificate, FhirVersion, Introspection, Uma, Ways},
    web,
};

/// How long open connections may take to end.
const GOODBYE: Duration = Duration::from_secs(2);

/// Why the pair could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Another program holds a port that was asked for or is remembered in the folder.
    #[error("port {port} is taken by another program")]
    PortTaken {
        /// The port.
        port: u16,
    },
    /// The folder or a database in it cannot be used.
    #[error("the practice hospitals cannot be stored: {0}")]
    Storage(String),
    /// No socket, no keys, no randomness.
    #[error("the practice hospitals cannot start: {0}")]
    System(String),
}

impl From<mail_room::MailRoomError> for StartError {
    fn from(error: mail_room::MailRoomError) -> Self {
        Self::System(error.to_string())
    }
}

impl From<OpenError> for StartError {
    fn from(error: OpenError) -> Self {
        Self::Storage(error.to_string())
    }
}

impl From<rusqlite::Error> for StartError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Storage(error.to_string())
    }
}

impl From<StoreError> for StartError {
    fn from(error: StoreError) -> Self {
        Self::Storage(error.to_string())
    }
}

impl From<KeyError> for StartError {
    fn from(error: KeyError) -> Self {
        Self::System(error.to_string())
    }
}

impl From<EnrolError> for StartError {
    fn from(error: EnrolError) -> Self {
        Self::System(error.to_string())
    }
}

impl From<io::Error> for StartError {
    fn from(error: io::Error) -> Self {
        Self::System(error.to_string())
    }
}

impl From<url::ParseError> for StartError {
    fn from(error: url::ParseError) -> Self {
        Self::System(error.to_string())
    }
}

impl From<reqwest::Error> for StartError {
    fn from(error: reqwest::Error) -> Self {
        Self::System(error.to_string())
    }
}

/// Two running practice EHRs. Dropping it ends them without a goodbye; [`Sandbox::stop`] is kinder.
pub struct Sandbox {
    ehrs: [Ehr; 2],
    ports: [u16; 2],
    anchor: String,
    desk: Arc<central::Desk>,
    clock: Clock,
    stop: CancellationToken,
    tasks: JoinSet<()>,
}

impl Sandbox {
    /// Starts both EHRs: they answer when this returns.
    ///
    /// # Errors
    /// [`StartError::PortTaken`] for a port that was asked for or remembered; else what is missing.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let stores = [open(&options.storage, &NAMES[0])?, open(&options.storage, &NAMES[1])?];
        let first = bind(&stores[0], options.ports.map(|[port, _]| port)).await?;
        let second = bind(&stores[1], options.ports.map(|[_, port]| port)).await?;
        let ports = [first.port()?, second.port()?];
        for (store, port) in stores.iter().zip(ports) {
            store.keep_fact("port", &port.to_string())?;
        }
        let mail = [
            mail_room::open(&stores[0], &NAMES[0], &options.ways[0]).await?,
            mail_room::open(&stores[1], &NAMES[1], &options.ways[1]).await?,
        ];
        let central = central_socket(&options).await?;
        let clock = Clock::default();
        let stop = CancellationToken::new();
        let authority =
            Authority::make(clock.now()).map_err(|error| StartError::System(error.to_string()))?;
        let address =
            central.as_ref().map(|listener| Address::at(listener.port()?).map_err(StartError::from));
        let address = address.transpose()?;
        let mut start = Start {
            central: address.as_ref(),
            options: &options,
            clock: &clock,
            stop: &stop,
            authority: &authority,
        };
        let [one, two] = stores;
        let [one_way, two_way] = options.ways.clone();
        let (posts, listeners) = mail_room::connect(mail, &options.ways)?;
        let [one_post, two_post] = posts;
        let [to_one, to_two] = options.sources;
        let sites = [
            start.hospital(one, &NAMES[0], one_way, one_post, ports[0], to_one.unwrap_or(ports[1]))?,
            start.hospital(two, &NAMES[1], two_way, two_post, ports[1], to_two.unwrap_or(ports[0]))?,
        ];
        introduce(&sites)?;
        let [first_site, second_site] = &sites;
        for (one, other) in [(first_site, second_site), (second_site, first_site)] {
            if one.ways.connects_itself {
                elsewhere::register(one, other)?;
            }
        }
        for site in sites.iter().filter(|site| site.ways.uma != Uma::Off) {
            uma::register_everybody(site)?;
        }
        let mut tasks = JoinSet::new();
        for (site, listener) in sites.iter().zip([first, second]) {
            serve(&mut tasks, site, listener);
            tasks.spawn(copier::run(Arc::clone(site)));
            tasks.spawn(cavs::run(Arc::clone(site)));
            tasks.spawn(direct::sender::run(Arc::clone(site)));
        }
        let desk = Arc::new(central::Desk::default());
        if let Some(listener) = central {
            listen_to(&mut tasks, &stop, listener, central::server(sites.to_vec(), Arc::clone(&desk)));
        }
        for (site, listener) in sites.iter().zip(listeners) {
            if let Some(listener) = listener {
                tasks.spawn(direct::receiver::run(Arc::clone(site), listener));
            }
        }
        let anchor = authority.anchor();
        Ok(Self { ehrs: sites.map(Ehr::new), ports, anchor, desk, clock, stop, tasks })
    }

    /// Spruce Harbor Clinic and Tern Bay Hospital.
    #[must_use]
    pub fn ehrs(&self) -> &[Ehr; 2] {
        &self.ehrs
    }

    /// Their ports, in the same order.
    #[must_use]
    pub fn ports(&self) -> [u16; 2] {
        self.ports
    }

    /// Base of the one directory that lists them, `http://127.0.0.1:PORT/directory`. The first EHR hosts it.
    #[must_use]
    pub fn directory(&self) -> String {
        format!("{}directory", self.ehrs[0].origin())
    }

    /// The certificate (PEM) with which the alliance of these hospitals confirms who they are.
    #[must_use]
    pub fn anchor(&self) -> &str {
        &self.anchor
    }

    /// How often the central server was asked about a token.
    #[must_use]
    pub fn central_asked(&self) -> u64 {
        self.desk.asked.load(Ordering::SeqCst)
    }

    /// Lets the central server be down, or up again.
    pub fn central_down(&self, down: bool) {
        self.desk.down.store(down, Ordering::SeqCst);
    }

    /// Puts the clock of both EHRs forward by whole seconds, to see codes, tokens and consents
    /// expire without waiting. Pauses between rounds of copying stay real.
    pub fn advance_clock(&self, by: Duration) {
        self.clock.advance(by);
        for ehr in &self.ehrs {
            ehr.changed();
        }
    }

    /// Ends both EHRs: open connections are closed, nothing is written after this returns.
    pub async fn stop(mut self) {
        self.stop.cancel();
        let ended = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(GOODBYE, ended).await.is_err() {
            self.tasks.shutdown().await;
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

fn open(storage: &Storage, names: &Names) -> Result<Store, StartError> {
    match storage {
        Storage::Memory => Ok(Store::in_memory()?),
        Storage::Folder(folder) => {
            make_folder(folder).map_err(|error| StartError::Storage(error.to_string()))?;
            Ok(Store::in_file(&folder.join(format!("{}.sqlite", names.slug)))?)
        }
    }
}

fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(folder)
}

/// The port asked for, else the one remembered, else any.
async fn bind(store: &Store, asked: Option<u16>) -> Result<Loopback, StartError> {
    let remembered = store.fact("port")?.and_then(|port| port.parse().ok());
    let port = asked.or(remembered).unwrap_or(0);
    listen::bind(port).await.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse | io::ErrorKind::PermissionDenied if port != 0 => {
            StartError::PortTaken { port }
        }
        _ => error.into(),
    })
}

/// What both hospitals share while they are built.
struct Start<'a> {
    /// Where the central server is, when there is one.
    central: Option<&'a Address>,
    options: &'a Options,
    clock: &'a Clock,
    stop: &'a CancellationToken,
    authority: &'a Authority,
}

impl Start<'_> {
    fn hospital(
        &mut self,
        store: Store,
        names: &'static Names,
        ways: Ways,
        post: Option<Post>,
        port: u16,
        peer: u16,
    ) -> Result<Site, StartError> {
        same_release(&store, ways.fhir)?;
        let address = Address::at(port)?;
        let resources = Resources::open(store.shared(), ways.fhir)?;
        let keys = Keys::load_or_make(&store)?;
        let certificates = self.certificates(&store, names, &ways, &address)?;
        let people = self.admit(&store, &resources, names)?;
        for client in &ways.clients.known {
            store.keep_client(client)?;
        }
        let administrator = match store.fact("administrator")? {
            Some(password) => password,
            None => {
                let password =
                    secret::random_text().map_err(|error| StartError::System(error.to_string()))?;
                store.keep_fact("administrator", &password)?;
                password
            }
        };
        let is_asked = matches!(ways.introspection, Introspection::Central { .. });
        let central = self.central.filter(|_| is_asked).map(Asking::at).transpose();
        Ok(Arc::new(Hospital {
            central: central.map_err(|error| StartError::System(error.to_string()))?,
            administrator,
            names,
            ways,
            post,
            address,
            peer: Address::at(peer)?,
            guests: RwLock::default(),
            keys,
            certificates,
            store,
            resources: Arc::new(resources),
            people,
            clock: self.clock.clone(),
            faults: Faults::default(),
            journal: Journal::new(),
            http: http::client()?,
            pace: self.options.pace,
            access_life: i64::try_from(self.options.access_token_life.as_secs())
                .unwrap_or(i64::from(u32::MAX))
                .max(1),
            wake: Notify::new(),
            stop: self.stop.clone(),
        }))
    }

    /// What the EHR's introductions carry in `x5c`, for the key that signs them.
    fn certificates(
        &self,
        store: &Store,
        names: &Names,
        ways: &Ways,
        address: &Address,
    ) -> Result<Vec<String>, StartError> {
        let keys = store.keys()?;
        let key = keys.get("RS256").map(Vec::as_slice).unwrap_or_default();
        if ways.certificate == Certificate::None {
            return Ok(Vec::new());
        }
        self.authority
            .chain(ways.certificate, names.full(), address.base.as_str(), key)
            .map_err(|error| StartError::System(error.to_string()))
    }

    /// The made-up people. Seed and day of the first start are remembered, so the same people with
    /// the same records and passwords are there after a restart.
    fn admit(&self, store: &Store, resources: &Resources, names: &Names) -> Result<People, StartError> {
        let now = self.clock.now();
        let seed = store.fact("seed")?.and_then(|seed| seed.parse().ok());
        let day: Option<Date> = store.fact("day")?.and_then(|day| day.parse().ok());
        let known = seed.zip(day);
        let (seed, day) = known.unwrap_or_else(|| (self.options.seed, now.to_zoned(TimeZone::UTC).date()));
        let cast = people::people(names.which, seed, day);
        let people = People::of(&cast);
        if known.is_none() {
            resources.load(&people::directory(names.which, seed), None, now)?;
            for person in &cast {
                resources.load(&person.resources, Some(&person.patient_id), now)?;
            }
            people.enrol(store)?;
            store.keep_fact("seed", &seed.to_string())?;
            store.keep_fact("day", &day.to_string())?;
        }
        Ok(people)
    }
}

/// Each verification service knows the other EHR.
fn introduce([one, two]: &[Site; 2]) -> Result<(), StartError> {
    for (site, other) in [(one, two), (two, one)] {
        let (issuer, keys) = (other.address.base.as_str(), &other.keys.public().keys);
        for key in keys.iter().filter(|_| site.ways.cavs.is_some()) {
            cavs::register(site, issuer, key).map_err(|error| StartError::System(error.to_string()))?;
        }
    }
    Ok(())
}

/// The socket of the central server, when an EHR asks one. No app is told of it, so its port may be any.
async fn central_socket(options: &Options) -> Result<Option<Loopback>, StartError> {
    let is_asked = |ways: &Ways| matches!(ways.introspection, Introspection::Central { .. });
    if options.ways.iter().any(is_asked) { Ok(Some(listen::bind(0).await?)) } else { Ok(None) }
}

/// A hospital keeps the release it began with: what it holds is written in it.
fn same_release(store: &Store, version: FhirVersion) -> Result<(), StartError> {
    let began = match store.fact("fhir")? {
        Some(began) => began,
        // Folders of before there was a choice.
        None if store.fact("seed")?.is_some() => FhirVersion::R4.to_string(),
        None => version.to_string(),
    };
    if began != version.to_string() {
        let text = format!("this folder holds a hospital that speaks FHIR {began}, not {version}");
        return Err(StartError::Storage(text));
    }
    Ok(store.keep_fact("fhir", &began)?)
}

fn serve(tasks: &mut JoinSet<()>, site: &Site, listener: Loopback) {
    listen_to(tasks, &site.stop, listener, web::server(site));
}

fn listen_to(tasks: &mut JoinSet<()>, stop: &CancellationToken, listener: Loopback, server: Router) {
    let service = server.into_make_service_with_connect_info::<Cutter>();
    let stop = stop.clone();
    tasks.spawn(async move {
        let server =
            axum::serve(listener, service).with_graceful_shutdown(async move { stop.cancelled().await });
        if let Err(error) = server.await {
            tracing::error!(%error, "a practice hospital ended");
        }
    });
}

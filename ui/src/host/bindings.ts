// Generated from the Rust types by `cargo xtask bindings`. Do not edit.

/**
 * Something a hospital can or cannot do for this app, as found by asking it.
 */
export type Ability = "sign-in" | "protected-sign-in" | "stay-signed-in" | "save-choices" | "share-and-stop" | "list-shares" | "get-records" | "tell-who-looked" | "end-sign-in";

/**
 * One ability and whether the hospital has it.
 */
export type AbilityView = { 
/**
 * Which.
 */
ability: Ability, 
/**
 * Whether it is there.
 */
offered: boolean, };

/**
 * A certificate that a list brings.
 */
export type AnchorView = { 
/**
 * Who it is of.
 */
name: string, 
/**
 * When it ends.
 */
until: string, };

/**
 * The state of the app.
 */
export type AppView = { 
/**
 * Practice or real.
 */
mode: Mode, 
/**
 * Where sign-ins can be kept on this computer.
 */
kept: Kept, 
/**
 * The name of the person, when a sign-in told it.
 */
person: string | null, 
/**
 * All hospitals.
 */
ehrs: Array<EhrView>, 
/**
 * Whether there is any share, past or present.
 */
anyShares: boolean, 
/**
 * Version of the app.
 */
version: string, };

/**
 * The person's yes.
 */
export type Approval = { 
/**
 * Which review.
 */
approval: ConnectionId, 
/**
 * The name, as typed.
 */
typedName: string, 
/**
 * What the person said of the two charts.
 */
charts: ChartsAnswer, 
/**
 * Whether the person wants it in spite of the doubts that were shown.
 */
anyway: boolean, };

/**
 * What has arrived at the target through this share.
 */
export type ArrivedView = { 
/**
 * Records in all.
 */
total: number, 
/**
 * Records by kind.
 */
byKind: Array<KindCount>, 
/**
 * When the target said so.
 */
asOf: string, };

/**
 * How a User-Access Brands bundle names a hospital.
 */
export type BrandView = { 
/**
 * Its name.
 */
name: string, 
/**
 * Town and state.
 */
place: string | null, 
/**
 * Host of the bundle: who says so.
 */
host: string, };

/**
 * What stands behind an ID card.
 */
export type CardShows = "signed" | "key" | "address";

/**
 * What the certificates on the card say (`x5c`).
 */
export type CertificateView = { "state": "none" } | { "state": "unchecked" } | { "state": "confirmed", 
/**
 * Name of the anchor.
 */
by: string, 
/**
 * The organisation that the certificate is of.
 */
organization: string | null, } | { "state": "unknown-issuer" };

/**
 * The facts that are compared.
 */
export type ChartFact = "name" | "birth-date" | "sex";

/**
 * One line of the comparison.
 */
export type ChartRow = { 
/**
 * Which fact.
 */
fact: ChartFact, 
/**
 * What the source has.
 */
from: string | null, 
/**
 * What the target has.
 */
to: string | null, 
/**
 * How they compare.
 */
same: Sameness, };

/**
 * What the person said of the two charts.
 */
export type ChartsAnswer = "both-me" | "both-my-charge";

/**
 * What the comparison allows.
 */
export type ChartsVerdict = "looks-same" | "look-closely" | "two-people";

/**
 * Two charts side by side.
 */
export type ChartsView = { 
/**
 * At the source.
 */
from: PersonView, 
/**
 * At the target.
 */
to: PersonView, 
/**
 * Fact by fact.
 */
rows: Array<ChartRow>, 
/**
 * What follows.
 */
verdict: ChartsVerdict, };

/**
 * How the app is to be known, as the hospital's staff said.
 */
export type ClientChange = { 
/**
 * The name.
 */
clientId: string, 
/**
 * How to prove it.
 */
kind: ClientKind, 
/**
 * The secret, for [`ClientKind::Secret`]. Missing: as before.
 */
secret: string | null, 
/**
 * The ports that the hospital knows; empty for any.
 */
ports: Array<number>, };

/**
 * How the app proves who it is.
 */
export type ClientKind = "public" | "secret" | "key";

/**
 * How the app came to be known.
 */
export type ClientOrigin = "built-in" | "given" | "registered";

/**
 * How the app is known at one hospital.
 */
export type ClientView = { 
/**
 * The app's name there (`client_id`).
 */
clientId: string, 
/**
 * How it proves itself.
 */
kind: ClientKind, 
/**
 * How it came to be known.
 */
origin: ClientOrigin, 
/**
 * The ports that the hospital knows; empty for any.
 */
ports: Array<number>, 
/**
 * The addresses to register, as they are now.
 */
redirects: Array<string>, 
/**
 * Whether the app can register itself there.
 */
canRegister: boolean, 
/**
 * The kinds that the hospital takes.
 */
takes: Array<ClientKind>, 
/**
 * Whether the secret or the keys are missing on this computer, so that it cannot sign in.
 */
missing: boolean, };

/**
 * Our name for a connection. It is also the Consent's `identifier`, by which a lost answer is found again.
 */
export type ConnectionId = string;

/**
 * Choices that are written down at a hospital, by this app or by anybody.
 */
export type ConsentView = { 
/**
 * Its id there.
 */
id: string, 
/**
 * Whether it is in force, as far as its status goes.
 */
active: boolean, 
/**
 * The share of this app that it belongs to.
 */
share: string | null, 
/**
 * Who gets records, as it is written there.
 */
recipient: string | null, 
/**
 * The kinds that it allows in full.
 */
kinds: Array<Kind>, 
/**
 * The kinds of which it allows a part.
 */
partly: Array<Kind>, 
/**
 * What it allows beside these, in FHIR words, cleaned.
 */
others: Array<string>, 
/**
 * When it was given: `YYYY-MM-DD`.
 */
given: string | null, 
/**
 * Its last day. Missing: it has no end.
 */
lastDay: string | null, 
/**
 * Only records from this day on.
 */
recordsFrom: string | null, 
/**
 * Only records until this day.
 */
recordsTo: string | null, 
/**
 * The hospital's own text, cleaned.
 */
said: string | null, 
/**
 * What of it is not understood here.
 */
opaque: Array<Opaque>, };

/**
 * As whom the target asks, in its own words.
 */
export type CredentialsView = { 
/**
 * Its organisation.
 */
organization: string | null, 
/**
 * An id of the organisation, often an address.
 */
organizationId: string | null, 
/**
 * The role in which it asks.
 */
role: string | null, 
/**
 * What it asks for, as codes: `TREAT` is treatment.
 */
purposes: Array<string>, };

/**
 * What a CapabilityStatement describes (its `kind`). Carequality's workgroup settled on the hospital itself.
 */
export type Describes = "itself" | "a-product" | "not-said";

/**
 * A reason to ask the person once more.
 */
export type Doubt = "service" | "certificate";

/**
 * What the person has picked so far. Kept on this computer until sent or thrown away.
 */
export type Draft = { 
/**
 * The source.
 */
from: EhrId | null, 
/**
 * The target.
 */
to: EhrId | null, 
/**
 * How it is shared.
 */
way: Way, 
/**
 * The Consent at the source that the person picked, for a share under one that is already there.
 */
under: string | null, 
/**
 * Ticked kinds. Nothing is ticked for the person.
 */
kinds: Array<Kind>, 
/**
 * Why; none is chosen for the person.
 */
purpose: Purpose | null, 
/**
 * How long; none is chosen for the person.
 */
howLong: HowLong | null, };

/**
 * The first thing that is still missing in a draft: where the person goes next.
 */
export type DraftStep = "from-and-to" | "what" | "why-and-how-long" | "sign-in-from" | "sign-in-to" | "check";

/**
 * A draft with what follows from it.
 */
export type DraftView = { 
/**
 * The draft.
 */
draft: Draft, 
/**
 * The sentence so far; open parts are marked.
 */
statement: Statement, 
/**
 * The last day, when how long is picked and possible: `YYYY-MM-DD`.
 */
lastDay: string | null, 
/**
 * Kinds that are not ticked.
 */
notShared: Array<Kind>, 
/**
 * What ticked kinds may tell all the same.
 */
hints: Array<Hint>, 
/**
 * The ways in which the two picked hospitals can share, best first.
 */
ways: Array<Way>, 
/**
 * Why the two picked hospitals cannot share with each other.
 */
blocked: Problem | null, 
/**
 * What is missing first.
 */
next: DraftStep, };

/**
 * A hospital that was asked and not yet added.
 */
export type EhrCandidate = { 
/**
 * Its FHIR address.
 */
address: string, 
/**
 * Host of its address.
 */
host: string, 
/**
 * The name it gives itself.
 */
name: string, 
/**
 * All abilities, offered or not.
 */
abilities: Array<AbilityView>, 
/**
 * What its description is of.
 */
describes: Describes, 
/**
 * How its own brands bundle names it.
 */
brand: BrandView | null, };

/**
 * Our own name for an EHR: random, opaque, also part of the redirect path (one path for each EHR).
 */
export type EhrId = string;

/**
 * A hospital as the window shows it.
 */
export type EhrView = { 
/**
 * Our id.
 */
id: EhrId, 
/**
 * Its name.
 */
name: string, 
/**
 * Host of its address: the verified part.
 */
host: string, 
/**
 * Its FHIR address.
 */
address: string, 
/**
 * The release of FHIR that it speaks.
 */
fhir: FhirVersion, 
/**
 * All abilities, offered or not.
 */
abilities: Array<AbilityView>, 
/**
 * What it cannot do in the way of sharing.
 */
limits: Array<Limit>, 
/**
 * When we last asked what it can do.
 */
checkedAt: string, 
/**
 * The sign-in there.
 */
session: SessionView, 
/**
 * Practice logins; empty for real hospitals.
 */
practiceLogins: Array<PracticeLogin>, };

/**
 * One end of a share.
 */
export type EndView = { 
/**
 * The hospital, when the app knows it.
 */
ehr: EhrId | null, 
/**
 * Its name.
 */
name: string, 
/**
 * Host of its address, when known.
 */
host: string | null, };

/**
 * The nature of an endorsement.
 */
export type EndorsementKind = "approval" | "warning" | "usage-note";

/**
 * What somebody says of the target.
 */
export type EndorsementView = { 
/**
 * For, against, or neither.
 */
kind: EndorsementKind, 
/**
 * In words.
 */
comment: string | null, 
/**
 * Who says it.
 */
by: string | null, 
/**
 * Host of the page where there is more.
 */
host: string | null, };

/**
 * A change that somebody who watches wants to know of.
 */
export type Event = { "kind": "ehrs-changed" } | { "kind": "sign-in-changed", 
/**
 * Where.
 */
ehr: EhrId, } | { "kind": "sharing-changed" } | { "kind": "connection-changed", 
/**
 * Which share.
 */
id: ConnectionId, 
/**
 * The step that the line is about.
 */
step: Step | null, };

/**
 * A release of FHIR.
 */
export type FhirVersion = "stu3" | "r4" | "r4b" | "r5";

/**
 * A hospital that was found.
 */
export type FoundHospital = { 
/**
 * Its name, as the list has it.
 */
name: string, 
/**
 * Town and state.
 */
place: string | null, 
/**
 * Host of its address: what will be asked.
 */
host: string | null, 
/**
 * Its FHIR address.
 */
address: string | null, 
/**
 * The release of FHIR, when the list tells.
 */
version: string | null, 
/**
 * Whether it can be asked.
 */
reach: Reach, 
/**
 * The names of the lists that have it.
 */
listedBy: Array<string>, 
/**
 * Our id, when the person added it already.
 */
known: EhrId | null, };

/**
 * What a search found.
 */
export type FoundView = { 
/**
 * The hospitals, those that can be asked first.
 */
hospitals: Array<FoundHospital>, 
/**
 * Whether there are more than are shown.
 */
more: boolean, 
/**
 * How each list answered.
 */
looks: Array<ListLook>, };

/**
 * How fresh a hospital's list is.
 */
export type Freshness = { "state": "fresh", 
/**
 * When.
 */
asOf: string, } | { "state": "asking", 
/**
 * The list shown is from then.
 */
asOf: string | null, } | { "state": "stale", 
/**
 * The list shown is from then.
 */
asOf: string | null, 
/**
 * Why.
 */
because: Problem, } | { "state": "signed-out", 
/**
 * The list shown is from then.
 */
asOf: string | null, } | { "state": "not-offered" };

/**
 * How what a hospital granted differs from what was asked.
 */
export type GrantView = { 
/**
 * The kinds that were asked for this sign-in.
 */
asked: Array<Kind>, 
/**
 * The asked kinds that did not come.
 */
leftOut: Array<Kind>, 
/**
 * What else did not come.
 */
leftOutMore: Array<LeftOut>, 
/**
 * Kinds that nobody wanted and that had to be asked for, because the hospital cannot tell them from a wanted one.
 */
widened: Array<Kind>, 
/**
 * Kinds that came without being asked for.
 */
added: Array<Kind>, 
/**
 * Whether permission to change records came without being asked for.
 */
mayChange: boolean, 
/**
 * Scopes of no kind that came without being asked for: plain text.
 */
addedScopes: Array<string>, };

/**
 * What happened, for the history of a share.
 */
export type Happened = "signed" | "consent-saved" | "read-back" | "id-card-checked" | "allowed" | "told" | "checked" | "failed" | "asked" | "turned-away" | "stop-asked" | "said-stopped" | "not-listed" | "consent-closed" | "seen-closed";

/**
 * A hint beside a ticked kind.
 */
export type Hint = { 
/**
 * The kind that causes it.
 */
kind: Kind, 
/**
 * The words.
 */
words: string, };

/**
 * One line of a share's history.
 */
export type HistoryLine = { 
/**
 * When.
 */
at: string, 
/**
 * What.
 */
happened: Happened, 
/**
 * Who said so.
 */
by: SaidBy, 
/**
 * One fact more, plain text.
 */
detail: string | null, };

/**
 * A list as the window shows it.
 */
export type HospitalListView = { 
/**
 * Our id.
 */
id: string, 
/**
 * What the person calls it.
 */
name: string, 
/**
 * Host of its address.
 */
host: string, 
/**
 * Its address.
 */
address: string, 
/**
 * Its kind.
 */
kind: ListKind, 
/**
 * The certificates that it brings.
 */
anchors: Array<AnchorView>, 
/**
 * Whether the person added it, and may remove it.
 */
own: boolean, 
/**
 * When the copy on this computer is from, when there is one.
 */
copyOf: string | null, };

/**
 * How long. No "for ever".
 */
export type HowLong = { "span": "one-day" } | { "span": "three-months" } | { "span": "one-year" } | { "span": "until", 
/**
 * `YYYY-MM-DD`.
 */
date: string, };

/**
 * The target's ID card: what its verified JWT says.
 */
export type IdCardView = { 
/**
 * The name it gives itself.
 */
name: string, 
/**
 * Host of its address: the verified part.
 */
host: string, 
/**
 * The `iss` of its JWT, the `app-id` in the source's list.
 */
issuer: string, 
/**
 * The last 4 characters of its key's thumbprint (RFC 7638).
 */
keyEnd: string, 
/**
 * Until when the card is good.
 */
goodUntil: string, 
/**
 * As whom, in which role and for what it asks: its own words.
 */
credentials: CredentialsView, 
/**
 * Whether somebody whom the person trusts confirms it.
 */
certificate: CertificateView, 
/**
 * What the source's verification service says of it.
 */
service: ServiceView, 
/**
 * What stands behind it.
 */
shows: CardShows, };

/**
 * Where the refresh token of a sign-in is kept.
 */
export type Kept = "keyring" | "this-session";

/**
 * One kind of records, in the order in which they are offered.
 */
export type Kind = "about-you" | "health-problems" | "medicines" | "allergies" | "lab-tests" | "vital-signs" | "life-and-habits" | "vaccines" | "procedures" | "visits" | "notes" | "images" | "plans" | "family-history" | "insurance";

/**
 * A count of records of one kind.
 */
export type KindCount = { 
/**
 * Which kind.
 */
kind: Kind, 
/**
 * How many.
 */
count: number, };

/**
 * A kind as the window shows it.
 */
export type KindView = { 
/**
 * Which kind.
 */
id: Kind, 
/**
 * The name beside the checkbox.
 */
name: string, 
/**
 * One line under it.
 */
short: string, 
/**
 * The longer line behind "More".
 */
long: string, };

/**
 * Something beside kinds that was asked and did not come.
 */
export type LeftOut = "about-you" | "choices" | "sharing" | "who-looked" | "staying";

/**
 * What a hospital cannot do in the way of sharing, in one word each.
 */
export type Limit = "keeps-no-list" | "files-only" | "shares-nothing" | "gets-nothing";

/**
 * How a list answered a search.
 */
export type ListAnswer = { "state": "asked" } | { "state": "copy", 
/**
 * When the copy is from.
 */
asOf: string, 
/**
 * Why it could not be asked.
 */
problem: Problem, } | { "state": "failed", 
/**
 * Why.
 */
problem: Problem, };

/**
 * What kind of list it is.
 */
export type ListKind = "directory" | "brands";

/**
 * One list's part in a search.
 */
export type ListLook = { 
/**
 * Which list.
 */
list: string, 
/**
 * Its name.
 */
name: string, 
/**
 * How it answered.
 */
answer: ListAnswer, };

/**
 * A hospital's list and how fresh it is.
 */
export type ListView = { 
/**
 * The hospital.
 */
ehr: EhrId, 
/**
 * Its name.
 */
name: string, 
/**
 * How fresh.
 */
freshness: Freshness, };

/**
 * Whether the hospitals are real.
 */
export type Mode = "real" | "practice";

/**
 * What the person may do with a share now. Moves that are not legal are not there.
 */
export type Move = "finish" | "take-back" | "stop" | "try-stop-again" | "sign-in-from" | "sign-in-to" | "know-it" | "share-again";

/**
 * A part that is not understood.
 */
export type Opaque = "base" | "allows-the-rest" | "refusals" | "actions" | "records" | "any-records" | "limits" | "modifiers";

/**
 * A part of the sentence.
 */
export type Part = { 
/**
 * The words.
 */
text: string, 
/**
 * How the part came about.
 */
role: Role, };

/**
 * A person as one hospital has them written down. Names are cleaned for display.
 */
export type PersonView = { 
/**
 * Full name.
 */
name: string, 
/**
 * Birth date, `YYYY-MM-DD` or shorter.
 */
birthDate: string | null, 
/**
 * Administrative sex: male, female, other, unknown.
 */
sex: string | null, 
/**
 * The name of who signed in, when that is somebody else (a parent, a carer).
 */
signedInAs: string | null, };

/**
 * A made-up person of a practice hospital, with the login to type.
 */
export type PracticeLogin = { 
/**
 * Name of the person.
 */
who: string, 
/**
 * What to type as user name.
 */
username: string, 
/**
 * What to type as password.
 */
password: string, 
/**
 * One line about the person.
 */
about: string, };

/**
 * A failure, ready to be put into words.
 */
export type Problem = { 
/**
 * What happened.
 */
what: What, 
/**
 * Name of the hospital it is about.
 */
ehr: string | null, 
/**
 * The hospital's own words: plain text, at most 300 characters, to be quoted, never markup.
 */
said: string | null, 
/**
 * One fact more: the missing kinds, the address, minutes of clock error, time to wait until.
 */
detail: string | null, 
/**
 * What it means for the records.
 */
records: Records, 
/**
 * Whose turn it is.
 */
turn: Turn, 
/**
 * Short code to read to a helper, for example `L-4821`; also in the log.
 */
reference: string, };

/**
 * Why the records are shared. Written down in the Consent; no computer enforces it.
 */
export type Purpose = { "why": "my-care" } | { "why": "second-opinion" } | { "why": "moving-care" } | { "why": "other", 
/**
 * The words.
 */
words: string, };

/**
 * Whether the app can ask a listed hospital.
 */
export type Reach = "ready" | "other-version" | "not-secure" | "not-fhir" | "no-address";

/**
 * What it means for the person's records.
 */
export type Records = "nothing-shared" | "already-allowed" | "still-shared" | "not-known" | "unchanged";

/**
 * Everything on the screen "Check and sign".
 */
export type ReviewView = { 
/**
 * Names this review; signing refers to it.
 */
approval: ConnectionId, 
/**
 * The sentence to sign.
 */
statement: Statement, 
/**
 * Whose records.
 */
patient: string, 
/**
 * The name to type.
 */
signer: string, 
/**
 * Ticked kinds with the number of records that the source counts now; `count` is missing when it does not count.
 */
counts: Array<KindCount>, 
/**
 * All ticked kinds.
 */
kinds: Array<Kind>, 
/**
 * Kinds that are not shared.
 */
notShared: Array<Kind>, 
/**
 * The last day.
 */
lastDay: string, 
/**
 * How it will be set up and ended.
 */
way: Way, 
/**
 * Who gets it.
 */
idCard: IdCardView, 
/**
 * Why a second yes is needed; empty when it is not.
 */
doubts: Array<Doubt>, 
/**
 * The Consent that will be posted, as JSON text for staff.
 */
consent: string, 
/**
 * Both charts.
 */
charts: ChartsView, };

/**
 * How a part of the sentence came about.
 */
export type Role = "fixed" | "chosen" | "open";

/**
 * The rungs of the proof that a stop took effect.
 */
export type Rung = "said-so" | "not-listed" | "turned-away" | "closed";

/**
 * How far a rung is.
 */
export type RungState = "proven" | "waiting" | "cannot-show" | "failed";

/**
 * One rung of the proof.
 */
export type RungView = { 
/**
 * Which rung.
 */
rung: Rung, 
/**
 * How far.
 */
state: RungState, 
/**
 * When it was proven.
 */
at: string | null, };

/**
 * Who said a line of the history.
 */
export type SaidBy = "us" | "source" | "target";

/**
 * How two facts compare.
 */
export type Sameness = "same" | "different" | "unknown";

/**
 * What one side says in the comparison of a share.
 */
export type Says = { "says": "agrees", 
/**
 * Its words.
 */
words: string, } | { "says": "differs", 
/**
 * Its words.
 */
words: string, } | { "says": "does-not-tell" } | { "says": "cannot-ask" };

/**
 * The word of a verification service.
 */
export type ServiceState = "not-offered" | "approved" | "warned" | "unknown" | "unsuitable" | "invalid" | "not-approved" | "unreachable";

/**
 * What the source's verification service says of the target (CAVS).
 */
export type ServiceView = { 
/**
 * In one word.
 */
state: ServiceState, 
/**
 * Host of the service.
 */
host: string | null, 
/**
 * Its own words.
 */
message: string | null, 
/**
 * What others say, as the service quotes them.
 */
endorsements: Array<EndorsementView>, };

/**
 * The sign-in at a hospital.
 */
export type SessionView = { "state": "signed-out" } | { "state": "expired", 
/**
 * Who was signed in.
 */
person: PersonView | null, } | { "state": "signed-in", 
/**
 * Whose records these are.
 */
person: PersonView, 
/**
 * Where the sign-in is kept.
 */
kept: Kept, 
/**
 * The kinds that this sign-in may read.
 */
covers: Array<Kind>, 
/**
 * Whether it may manage shares.
 */
manages: boolean, 
/**
 * Whether the hospital proved who signed in. Without, only whose records these are is known.
 */
proven: boolean, 
/**
 * What was asked and what came.
 */
granted: GrantView, };

/**
 * One share in full.
 */
export type ShareDetail = { 
/**
 * The share.
 */
share: ShareView, 
/**
 * Picked, source, target. Empty for entries that were not made here.
 */
truth: Array<TruthRow>, 
/**
 * Newest first.
 */
history: Array<HistoryLine>, };

/**
 * The state of a share, as it is told.
 */
export type ShareState = "setting-up" | "half-done" | "on" | "on-check-this" | "ends-soon" | "more-than-picked" | "stopping" | "not-stopped" | "stopped" | "ended" | "gone-elsewhere" | "nothing-shared" | "not-from-here" | "cannot-check" | "on-unlisted" | "on-file" | "asked-to-stop";

/**
 * A share as the window shows it, made here or not.
 */
export type ShareView = { 
/**
 * Connection id, or an opaque id of the source's entry.
 */
id: string, 
/**
 * The source.
 */
from: EndView, 
/**
 * The target.
 */
to: EndView, 
/**
 * How it is set up and ended.
 */
way: Way, 
/**
 * Its state.
 */
state: ShareState, 
/**
 * What was picked, or what the Consent says when it was not made here.
 */
kinds: Array<Kind>, 
/**
 * Scopes that belong to no kind, raw: beyond what was picked, or unknown.
 */
otherScopes: Array<string>, 
/**
 * The last day, when known.
 */
lastDay: string | null, 
/**
 * The signed sentence, when it can be read here.
 */
statement: Statement | null, 
/**
 * When the person signed.
 */
signedAt: string | null, 
/**
 * When the app first saw an entry that was not made here.
 */
firstSeen: string | null, 
/**
 * Whether the person said that they know an entry that was not made here.
 */
known: boolean, 
/**
 * When the source last confirmed what is shown.
 */
asOf: string | null, 
/**
 * Set-up steps, while they matter.
 */
steps: Array<StepView>, 
/**
 * Whether the set-up is being undone.
 */
takingBack: boolean, 
/**
 * What went wrong last.
 */
problem: Problem | null, 
/**
 * What the source or target said that deserves to be read.
 */
notes: Array<string>, 
/**
 * The proof of a stop, once it was asked for.
 */
proof: Array<RungView>, 
/**
 * When the stop was asked for.
 */
stopAskedAt: string | null, 
/**
 * What arrived at the target, when the target tells.
 */
arrived: ArrivedView | null, 
/**
 * When the target last asked the source, when the source tells.
 */
lastAsked: string | null, 
/**
 * When the app tries again by itself.
 */
nextTry: string | null, 
/**
 * Number to read to the hospital on the phone.
 */
spokenId: string, 
/**
 * Legal moves now.
 */
moves: Array<Move>, };

/**
 * Everything on the home screen.
 */
export type SharingView = { 
/**
 * How many places can get records now, as far as known.
 */
canGet: number, 
/**
 * How many shares need the person.
 */
needYou: number, 
/**
 * Whether any list is old, failed or signed out, so that the numbers may be wrong.
 */
unsure: boolean, 
/**
 * All shares: needs you, on, past; nearest end first inside.
 */
shares: Array<ShareView>, 
/**
 * Each hospital's list.
 */
lists: Array<ListView>, };

/**
 * What a sign-in is for: it decides which scopes are asked.
 */
export type SignInFor = { "for": "source", 
/**
 * The ticked kinds.
 */
kinds: Array<Kind>, } | { "for": "target", 
/**
 * The ticked kinds.
 */
kinds: Array<Kind>, } | { "for": "manage" };

/**
 * A sign-in that began.
 */
export type SignInStarted = { 
/**
 * Where.
 */
ehr: EhrId, 
/**
 * What the browser's address bar must show.
 */
host: string, 
/**
 * The page, to copy when no browser opened.
 */
page: string, 
/**
 * Whether a browser was started.
 */
opened: boolean, 
/**
 * Until when the app waits.
 */
until: string, };

/**
 * The sentence in parts.
 */
export type Statement = { 
/**
 * The parts, in order; joined they are the sentence.
 */
parts: Array<Part>, };

/**
 * A step of setting up a share. Which ones, and in which order, is in [`Way::plan`].
 */
export type Step = "file-consent" | "read-back" | "check-id-card" | "authorize" | "connect" | "confirm";

/**
 * How far a step is.
 */
export type StepState = "later" | "doing" | "done" | "failed" | "not-known" | "undone";

/**
 * One step of the set-up or of taking it back.
 */
export type StepView = { 
/**
 * Which step.
 */
step: Step, 
/**
 * How far it is.
 */
state: StepState, 
/**
 * When it came to that state.
 */
at: string | null, };

/**
 * The lines of the comparison.
 */
export type TruthFact = "what" | "until" | "who" | "state";

/**
 * One line: picked, source, target.
 */
export type TruthRow = { 
/**
 * Which fact.
 */
fact: TruthFact, 
/**
 * What the person picked.
 */
picked: string, 
/**
 * What the source says.
 */
source: Says, 
/**
 * What the target says.
 */
target: Says, };

/**
 * Whose turn it is.
 */
export type Turn = "you" | "hospital" | "wait";

/**
 * A way to share (a pattern of the track, in a dialect).
 */
export type Way = "consent-tokens" | "existing-consent" | "reference-tokens" | "filed";

/**
 * What happened. One code for each thing that the window says differently.
 */
export type What = "not-secure" | "not-an-address" | "not-an-ehr" | "other-version" | "not-a-list" | "not-a-certificate" | "not-public" | "settings-contradict" | "sign-in-too-weak" | "unreachable" | "not-trusted" | "ehr-trouble" | "too-busy" | "sent-elsewhere" | "unreadable" | "sign-in-cancelled" | "sign-in-timed-out" | "sign-in-refused" | "app-unknown" | "app-secret-missing" | "registration-refused" | "ports-taken" | "sign-in-mixed-up" | "sign-in-not-confirmed" | "sign-in-needed" | "scopes-short" | "no-patient" | "different-patient" | "two-people" | "clock-wrong" | "no-id-card" | "id-card-wrong" | "id-card-changed" | "consent-refused" | "consent-differs" | "authorize-refused" | "connect-refused" | "not-confirmed" | "still-listed" | "do-not-fit" | "cannot-receive" | "not-offered" | "not-allowed" | "gone" | "already-shared" | "changed-meanwhile" | "form-incomplete" | "disk-trouble" | "internal";

/** Every command: its arguments and its answer. A failed command throws a `Problem`. */
export type Commands = {
  app_view: [null, AppView];
  glossary: [null, Array<KindView>];
  mode_set: [{ mode: Mode }, AppView];
  practice_reset: [null, AppView];
  ehr_probe: [{ address: string }, EhrCandidate];
  ehr_add: [{ address: string }, EhrView];
  ehr_forget: [{ ehr: EhrId }, AppView];
  ehr_consents: [{ ehr: EhrId }, Array<ConsentView>];
  ehr_client: [{ ehr: EhrId }, ClientView];
  ehr_client_set: [{ ehr: EhrId; change: ClientChange }, ClientView];
  ehr_client_register: [{ ehr: EhrId }, ClientView];
  ehr_client_usual: [{ ehr: EhrId }, ClientView];
  client_keys: [null, string];
  hospital_lists: [null, Array<HospitalListView>];
  hospital_list_add: [{ name: string; address: string; anchors: string }, Array<HospitalListView>];
  hospital_list_remove: [{ list: string }, Array<HospitalListView>];
  hospitals_search: [{ name: string; place: string }, FoundView];
  sign_in: [{ ehr: EhrId; purpose: SignInFor }, SignInStarted];
  sign_in_result: [{ ehr: EhrId }, EhrView];
  sign_in_open_again: [{ ehr: EhrId }, boolean];
  sign_in_cancel: [{ ehr: EhrId }, null];
  sign_out: [{ ehr: EhrId }, EhrView];
  draft: [null, DraftView];
  draft_set: [{ draft: Draft }, DraftView];
  draft_clear: [null, DraftView];
  charts: [null, ChartsView];
  review: [null, ReviewView];
  share_start: [{ yes: Approval }, ShareView];
  share_finish: [{ id: string }, ShareView];
  share_take_back: [{ id: string }, ShareView];
  share_stop: [{ id: string }, ShareView];
  share_know: [{ id: string }, ShareView];
  share_again: [{ id: string }, DraftView];
  sharing: [null, SharingView];
  share: [{ id: string }, ShareDetail];
  check_now: [null, SharingView];
  watch: [{ visible: boolean }, null];
};

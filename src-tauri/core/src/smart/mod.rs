//! SMART App Launch 2.2: finding an EHR's sign-in, signing in, and staying signed in.
//!
//! One file for each act: `discovery` reads what an EHR says of itself, `launch` signs the person in
//! through the browser (`loopback` hears the answer), `tokens` keeps the session. `client` says how the app is
//! known and proves it, with `clients` holding its secrets; `register` makes it known. `syntax` and `asking` spell what is
//! asked. `jwks` and `jwt` check signatures, `x5c` certificates against an `anchor`; `id_token` checks claims.

pub mod anchor;
pub mod asking;
pub mod callback;
pub mod capability;
pub mod client;
pub mod client_key;
pub mod clients;
pub mod discovery;
pub mod id_token;
pub mod jwks;
pub mod jwt;
pub mod launch;
pub mod loopback;
pub mod operations;
pub mod pem;
mod refresh;
pub mod register;
pub mod reply;
pub mod revoke;
pub mod scopes;
pub mod syntax;
pub mod tokens;
pub mod x5c;

#[cfg(test)]
pub(crate) mod testing;

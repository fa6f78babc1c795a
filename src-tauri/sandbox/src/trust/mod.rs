//! What an EHR says of itself when it introduces itself: organisation, role and purpose as claims, and a certificate
//! chain in `x5c` (RFC 7515 §4.1.6), issued by an alliance that people may trust (CommonWell's and Carequality's way).

mod authority;
mod credentials;

pub(crate) use authority::Authority;
pub(crate) use credentials::add;
pub use credentials::{Certificate, Credentials};

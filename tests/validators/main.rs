//! What is sent and served, judged by validators that nobody of this project wrote: the Python package `fhir.resources`
//! (STU3, R4B, R5) and the Node package `fhir` (R4). `cargo xtask test` installs both, pinned, into
//! `target/validators`. Documents with one mistake each show that the judges look.

mod consents;
mod judge;
mod mistakes;
mod records;
mod wire;

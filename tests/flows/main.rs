//! The core against the two hospitals, over real HTTP. Each file is one story.

mod cavs;
mod clients;
mod crash;
mod dialects;
mod discovery;
mod existing;
mod find_hospital;
mod half_done;
mod inferno_client;
mod lists;
mod official;
mod other_person;
mod share;
mod sign_in;
mod stop;
mod unsure;
mod versions;

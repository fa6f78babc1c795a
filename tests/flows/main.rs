//! The core against the two hospitals, over real HTTP. Each file is one story.

mod crash;
mod half_done;
mod lists;
mod share;
mod sign_in;
mod stop;

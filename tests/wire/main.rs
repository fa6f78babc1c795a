//! What a hospital, or whoever sits on the way to it, may answer: malformed, odd, hostile. Over real HTTP, with the
//! whole app. Two things never happen: the app says "stopped" without proof, and a list that failed looks empty.

mod address;
mod id_card;
mod list;
mod odd;
mod share;
mod stop;
mod token;

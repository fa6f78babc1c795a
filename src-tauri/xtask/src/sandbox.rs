//! The two practice EHRs as a program of their own.

use crate::run::{Done, cargo, show};

pub(crate) fn run(args: &[String]) -> Done {
    let mut words = vec!["run", "--locked", "--package", "consentry-sandbox", "--"];
    words.extend(args.iter().map(String::as_str));
    show(cargo(&words))
}

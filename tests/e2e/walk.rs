//! try
use crate::desk::{Desk, Theme};

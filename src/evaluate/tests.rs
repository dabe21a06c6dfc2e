#![allow(clippy::unwrap_used)]

mod files;
mod pure;

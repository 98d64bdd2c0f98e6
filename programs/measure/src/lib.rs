//! How fast a device is with a model ([`bench`]), and where the time of a synthesis goes ([`profile`]).

pub mod bench;
pub mod profile;

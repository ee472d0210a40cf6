//! Access: the cases that every setting must pass, and the traps by name.

pub(super) mod cases;
mod traps;

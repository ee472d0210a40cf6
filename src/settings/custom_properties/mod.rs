//! Custom properties: the organisation defines them (`[org.custom_properties]`), its repositories bear values of them
//! (`[repo.custom_properties]`).

mod definitions;
mod values;

#[cfg(test)]
mod tests;

pub(super) use definitions::Definitions;
pub(super) use values::Values;

/// The permission that reads both, where GitHub does not tell them to everyone.
const READ: &str = "organization_custom_properties:read";
/// Where the organisation tells all definitions.
const SCHEMA: &str = "properties/schema";

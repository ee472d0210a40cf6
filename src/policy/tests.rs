//! The policy language as a whole: small policies in, desired values or diagnostics out.

use super::fixtures::*;

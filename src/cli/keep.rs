//! What is kept of an observation: a report of very many repositories has no room for what it does not tell.

use super::session::Source;
use crate::plan::Compliant;

/// What is kept of what is observed and judged, for what comes after.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    /// Everything: what was read may be looked at again, and any verdict be asked for.
    Everything,
    /// What a report says: which repositories there are, what differs, and the compliant verdicts only where it tells `all`.
    Report {
        /// Whether it tells the compliant verdicts.
        all: bool,
    },
}

impl Keep {
    pub(super) const fn compliant(self) -> Compliant {
        match self {
            Self::Everything | Self::Report { all: true } => Compliant::Told,
            Self::Report { all: false } => Compliant::Counted,
        }
    }

    /// Whether answers go once their repository has been judged. A snapshot is not asked a second time.
    pub(super) fn drops_answers(self, source: &Source) -> bool {
        self != Self::Everything && matches!(source, Source::Github(_))
    }
}

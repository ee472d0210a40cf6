//! What a query costs, by the formula that GitHub documents: requests needed for each connection at its full `first`,
//! divided by a hundred; and the nodes it could return.

use apollo_compiler::ast::{Definition, Document, OperationDefinition, Selection};
use serde_json::{Map, Value};

use super::value::arguments;

/// Points and nodes of one query.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cost {
    pub(super) points: u64,
    pub(super) nodes: u64,
}

struct Walk<'d> {
    document: &'d Document,
    variables: &'d Map<String, Value>,
    requests: u64,
    nodes: u64,
}

/// Returns the cost of an operation.
pub(super) fn of(document: &Document, operation: &OperationDefinition, variables: &Map<String, Value>) -> Cost {
    let mut walk = Walk { document, variables, requests: 0, nodes: 0 };
    walk.selections(&operation.selection_set, 1, 0);
    Cost { points: ((walk.requests + 50) / 100).max(1), nodes: walk.nodes }
}

impl Walk<'_> {
    fn selections(&mut self, selections: &[Selection], times: u64, depth: u32) {
        // A fragment that contains itself would never end; GitHub's own depth limit is far below.
        if depth > 100 {
            return;
        }
        for selection in selections {
            match selection {
                Selection::Field(field) => {
                    let args = arguments(field, self.variables);
                    let asked = args.get("first").or(args.get("last")).and_then(Value::as_u64);
                    let ids = args.get("ids").and_then(Value::as_array).map(|ids| ids.len() as u64);
                    let inner = match asked {
                        Some(size) => {
                            self.requests = self.requests.saturating_add(times);
                            self.nodes = self.nodes.saturating_add(times.saturating_mul(size));
                            times.saturating_mul(size)
                        }
                        None => times.saturating_mul(ids.unwrap_or(1)),
                    };
                    self.selections(&field.selection_set, inner, depth + 1);
                }
                Selection::InlineFragment(inline) => self.selections(&inline.selection_set, times, depth + 1),
                Selection::FragmentSpread(spread) => {
                    let document = self.document;
                    for definition in &document.definitions {
                        if let Definition::FragmentDefinition(fragment) = definition
                            && fragment.name == spread.fragment_name
                        {
                            self.selections(&fragment.selection_set, times, depth + 1);
                        }
                    }
                }
            }
        }
    }
}

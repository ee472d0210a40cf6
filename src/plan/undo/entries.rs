//! The lines of a journal: joined where one setting was written twice, and held against the policy, the registry and the
//! repositories that there are.

use super::{Place, Taken, kinds};
use crate::{
    model::{Org, RepoName, Scope, Verdict},
    plan::judged::Target,
    policy::Policy,
    settings::{self, Observed},
};

/// Why a line is left as it is.
pub(super) type Fault = (Verdict, String);

fn left(why: impl Into<String>) -> Fault {
    (Verdict::Violation, why.into())
}

/// Joins the lines of one setting of one target: from before the first to after the last. Gives a fault where they do not
/// follow from each other.
pub(super) fn joined(taken: Vec<Taken>) -> Vec<(Taken, Option<Fault>)> {
    let mut all: Vec<(Taken, Option<Fault>)> = Vec::new();
    for one in taken {
        let same = |(first, _): &&mut (Taken, Option<Fault>)| {
            (&first.id, &first.node_id, first.delivery) == (&one.id, &one.node_id, one.delivery)
        };
        match all.iter_mut().find(same) {
            Some((first, fault)) => {
                if first.after != one.before {
                    let why = format!("lines {} and {} contradict each other", first.line, one.line);
                    *fault = Some(left(why));
                }
                *first = Taken { line: first.line, before: first.before.clone(), ..one };
            }
            None => all.push((one, None)),
        }
    }
    all
}

/// Confirms the target and the setting of a line.
pub(super) fn place(policy: &Policy, observed: &Observed, taken: &Taken) -> Result<Place, Fault> {
    if taken.key == "api" {
        return Err(left(
            "what was written by `api` is never taken back: only the people who wrote it know its reverse",
        ));
    }
    let org = Org::new(taken.org.clone()).ok().filter(|org| policy.config.orgs.contains(org));
    let org = org.ok_or_else(|| left(format!("`{}` is not an organisation of today's policy", taken.org)))?;
    let scope = if taken.repo.is_some() { Scope::Repo } else { Scope::Org };
    let setting = settings::find(scope, &taken.key)
        .ok_or_else(|| left(format!("this version has no setting `{}`", taken.key)))?;
    let shape = &setting.meta().shape;
    if let Some(why) = kinds::name_fault(shape.keyed.as_ref(), taken.name.as_deref()) {
        return Err(left(why));
    }
    let part = match &taken.part {
        None => None,
        Some(part) => {
            let found = shape.parts.iter().copied().find(|known| known == part);
            Some(found.ok_or_else(|| left(format!("`{}` has no part `{part}`", taken.key)))?)
        }
    };
    let target = target(org, observed, taken)?;
    let name = taken.name.as_ref().map(|name| format!(".{name}")).unwrap_or_default();
    let setting_name = format!("{}{name}{}", taken.key, part.map(|part| format!(".{part}")).unwrap_or_default());
    if setting_name != taken.setting || format!("{}:{setting_name}", target.name()) != taken.id {
        return Err(left("its id does not fit what it says of its target and setting"));
    }
    Ok(Place { target, setting, part })
}

/// The target, if its name still leads to its identity.
fn target(org: Org, observed: &Observed, taken: &Taken) -> Result<Target, Fault> {
    let unseen = || (Verdict::Unknown, format!("the organisation {org} could not be listed"));
    let seen = observed.orgs.get(&org).ok_or_else(unseen)?;
    if let Some(error) = &seen.error {
        return Err((Verdict::Unknown, error.reason.clone()));
    }
    let Some(id) = &taken.node_id else { return Err(left("the journal names no identity of its target")) };
    let Some(name) = &taken.repo else {
        let live = super::super::verdict::org_node(observed, &org);
        return match live {
            Some(live) if live == *id => Ok(Target { org, repo: None }),
            Some(_) => Err(left(format!("{org} is another organisation than the one that was changed"))),
            None => Err((Verdict::Unknown, format!("the identity of the organisation {org} could not be read"))),
        };
    };
    let name = RepoName::new(name.clone()).map_err(|error| left(error.to_string()))?;
    match seen.repo(id).map(|repo| &repo.repository.name) {
        Some(now) if *now == name => Ok(Target { org, repo: Some((name, id.clone())) }),
        Some(now) => Err(left(format!("{org}/{name} was renamed to {now} since; nothing is written to it"))),
        None if seen.named(&name).is_some() => {
            Err(left(format!("{org}/{name} is another repository than the one that was changed")))
        }
        None => Err(left(format!("{org}/{name} is gone, or the token may not see it"))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::Delivery;

    fn taken(line: usize, before: bool, after: bool) -> Taken {
        Taken {
            line,
            id: "acme/web:x".into(),
            org: "acme".into(),
            repo: Some("web".into()),
            node_id: None,
            setting: "x".into(),
            key: "x".into(),
            name: None,
            part: None,
            before: json!(before),
            after: json!(after),
            deletes: false,
            delivery: Delivery::Api,
            effects: Vec::new(),
            certain: true,
            pull: None,
        }
    }

    #[test]
    fn two_writes_of_one_setting_are_one_way_back() {
        let all = joined(vec![taken(2, false, true), taken(4, true, false)]);
        let [(one, None)] = all.as_slice() else { panic!("{all:?}") };
        assert_eq!((one.line, &one.before, &one.after), (2, &json!(false), &json!(false)));
        let all = joined(vec![taken(2, false, true), taken(4, false, true)]);
        assert!(matches!(all.as_slice(), [(_, Some(_))]), "{all:?}");
    }
}

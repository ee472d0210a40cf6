//! Taking back a file that was committed: its old text comes from git by its object name, which the journal tells.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    model::{Oid, blob_oid},
    settings::{Blob, Context, Outcome, Past, Pending, TakeBack},
};

/// The rule under which a commit brings back the old text, or removes what was not there. What comes by pull request is not
/// asked for here.
pub(super) fn take_back(past: &Past<'_>, cx: &Context<'_>) -> Result<TakeBack, Pending> {
    let then = without_text(past.before);
    let mut fields = BTreeMap::from([("delivery".to_owned(), json!("commit"))]);
    if then.is_null() {
        fields.insert("ensure".to_owned(), json!("absent"));
    } else {
        match old_text(&then, cx)? {
            Ok(text) => fields.insert("content".to_owned(), json!(text)),
            Err(why) => return Ok(TakeBack::Never(why)),
        };
    }
    Ok(TakeBack::Rule { fields, now: without_text(past.after), then })
}

/// A file as the setting tells it: plans and journals quote its text beside.
fn without_text(value: &Value) -> Value {
    let mut value = value.clone();
    if let Value::Object(object) = &mut value {
        object.remove("text");
    }
    value
}

/// The text with this object name, out of the repository's history; else why there is none.
fn old_text(told: &Value, cx: &Context<'_>) -> Result<Result<String, String>, Pending> {
    let Some(oid) = told.get("oid").and_then(Value::as_str).filter(|oid| is_name(oid)) else {
        return Ok(Err("the journal does not name the old text".to_owned()));
    };
    Ok(match Outcome::known(cx.blob(&Oid(oid.into()))?) {
        Ok(Blob::Text(text)) if blob_oid(text.as_bytes()).as_str() == oid => Ok(text.clone()),
        Ok(Blob::TooLarge(_)) => Err("the old text is over 1 MiB, which GitHub does not show whole".to_owned()),
        Ok(Blob::Text(_) | Blob::Binary(_)) => Err("what stood there before is not a text".to_owned()),
        Err(Outcome::Unknown { reason, .. }) => Err(format!("the old text could not be read: {reason}")),
        Err(_) => Err("the old text could not be read".to_owned()),
    })
}

fn is_name(oid: &str) -> bool {
    oid.len() == 40 && oid.bytes().all(|byte| byte.is_ascii_hexdigit())
}

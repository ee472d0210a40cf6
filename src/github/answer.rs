//! What an answer says: whether it is whole, what went wrong in words that help, and how long a limit wants to be waited for.

use std::time::Duration;

use http::{HeaderMap, StatusCode, header};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{GithubError, Response, budget::Told, transport::Raw};
use crate::model::Permission;

/// The longest wait for a limit; the primary limit resets within an hour.
const LONGEST_WAIT: Duration = Duration::from_secs(3660);

pub(super) fn decode(raw: Raw, call: &str) -> Result<Response, GithubError> {
    let Raw { status, headers, body, .. } = raw;
    let parsed = if body.is_empty() { Ok(Value::Null) } else { serde_json::from_slice(&body) };
    match parsed {
        Ok(body) => Ok(Response { status, headers, body, not_modified: false }),
        // An error page need not be JSON; a success must.
        Err(_) if !status.is_success() => {
            Ok(Response { status, headers, body: json!({"message": message_of(&body)}), not_modified: false })
        }
        Err(error) => {
            let message =
                if error.is_eof() { "the JSON is cut off".to_owned() } else { format!("it is not JSON ({error})") };
            Err(GithubError::Malformed { call: call.to_owned(), message })
        }
    }
}

pub(super) fn is_cut_off(raw: &Raw) -> bool {
    raw.status.is_success()
        && !raw.body.is_empty()
        && serde_json::from_slice::<serde::de::IgnoredAny>(&raw.body).is_err()
}

pub(super) fn accept(response: Response, call: &str) -> Result<Response, GithubError> {
    let status = response.status;
    if status.is_success() {
        return Ok(response);
    }
    let call = call.to_owned();
    let message = words(&response.body);
    let permission = response
        .headers
        .get("x-accepted-github-permissions")
        .and_then(|value| value.to_str().ok())
        .and_then(Permission::from_header);
    let code = status.as_u16();
    let message = match sign_on(&response.headers) {
        Some(url) => format!("{message}; authorise the token for single sign-on at {url}"),
        None => message,
    };
    Err(match code {
        401 => GithubError::Unauthorized { message },
        403 => GithubError::Forbidden { call, message, permission },
        404 | 410 => GithubError::NotFound { call, permission },
        400 | 409 | 422 => GithubError::Rejected { call, status: code, message },
        500..=599 => GithubError::Server { call, status: code, message },
        _ => GithubError::Unexpected { call, status: code, message },
    })
}

/// Where a token is authorised for an organisation with single sign-on, if that is what is missing.
fn sign_on(headers: &HeaderMap) -> Option<String> {
    let text = headers.get("x-github-sso")?.to_str().ok()?;
    let url = text.strip_prefix("required;")?.trim().strip_prefix("url=")?;
    Some(one_line(url))
}

/// GitHub's message with those of its `errors`, cut to a line.
fn words(body: &Value) -> String {
    let mut text = body.get("message").and_then(Value::as_str).unwrap_or("no message").to_owned();
    for error in body.get("errors").and_then(Value::as_array).into_iter().flatten() {
        let more = error.as_str().or_else(|| error.get("message").and_then(Value::as_str));
        let code = error.get("code").and_then(Value::as_str);
        if let Some(more) = more.or(code) {
            text = format!("{text}; {more}");
        }
    }
    one_line(&text)
}

pub(super) fn message_of(body: &[u8]) -> String {
    match serde_json::from_slice::<Value>(body) {
        Ok(value) => words(&value),
        Err(_) => {
            let text = String::from_utf8_lossy(&body[..body.len().min(400)]).into_owned();
            if text.trim_start().starts_with('<') { "an HTML page".into() } else { one_line(&text) }
        }
    }
}

fn one_line(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(300).collect();
    line.trim().to_owned()
}

/// Whether the primary or a secondary limit refused: a 429, or a 403 that says so by header or words.
pub(super) fn is_limit(raw: &Raw) -> bool {
    if raw.status == StatusCode::TOO_MANY_REQUESTS {
        return true;
    }
    if raw.status != StatusCode::FORBIDDEN {
        return false;
    }
    let header = |name: &str| raw.headers.get(name).and_then(|value| value.to_str().ok());
    header("retry-after").is_some()
        || header("x-ratelimit-remaining") == Some("0")
        || message_of(&raw.body).to_ascii_lowercase().contains("rate limit")
}

/// Whether the hour's allowance is used up, and the gate knows until when.
pub(super) fn is_used_up(headers: &HeaderMap, graphql: bool) -> bool {
    !headers.contains_key("retry-after") && Told::of(headers, graphql).is_some_and(Told::is_nothing)
}

/// How long to wait, in GitHub's documented order: `retry-after`; the reset if nothing remains; else a minute, doubled.
pub(super) fn wait_for(headers: &HeaderMap, waits: u32) -> Duration {
    let number =
        |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).and_then(|v| v.trim().parse::<i64>().ok());
    let seconds = if let Some(seconds) = number("retry-after") {
        seconds
    } else if let (Some(0), Some(reset)) = (number("x-ratelimit-remaining"), number("x-ratelimit-reset")) {
        reset - server_time(headers) + 1
    } else {
        60 << waits.saturating_sub(1).min(5)
    };
    Duration::from_secs(seconds.max(1).unsigned_abs()).min(LONGEST_WAIT)
}

/// The server's clock, since ours may be wrong.
pub(super) fn server_time(headers: &HeaderMap) -> i64 {
    let date = headers.get(header::DATE).and_then(|value| value.to_str().ok());
    date.and_then(|text| jiff::fmt::rfc2822::parse(text).ok())
        .map_or_else(|| Timestamp::now().as_second(), |zoned| zoned.timestamp().as_second())
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn raw(status: u16, headers: &[(&'static str, &str)], body: &str) -> Raw {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().expect("a header"));
        }
        Raw {
            status: StatusCode::from_u16(status).expect("a status"),
            headers: map,
            body: Bytes::from(body.to_owned()),
            packed: None,
            whole: false,
        }
    }

    #[test]
    fn a_permission_403_is_not_a_limit() {
        assert!(!is_limit(&raw(403, &[], r#"{"message":"Resource not accessible by integration"}"#)));
        assert!(is_limit(&raw(403, &[], r#"{"message":"You have exceeded a secondary rate limit"}"#)));
        assert!(is_limit(&raw(403, &[("retry-after", "3")], "{}")));
        assert!(is_limit(&raw(403, &[("x-ratelimit-remaining", "0")], "{}")));
        assert!(is_limit(&raw(429, &[], "")));
    }

    #[test]
    fn waits_follow_the_documented_order() {
        let wait = |headers: &[(&'static str, &str)], waits| wait_for(&raw(403, headers, "").headers, waits).as_secs();
        assert_eq!(wait(&[("retry-after", "7"), ("x-ratelimit-remaining", "0")], 1), 7);
        let date = "Sun, 22 Nov 2026 12:00:00 GMT";
        assert_eq!(wait(&[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1795348830"), ("date", date)], 1), 31);
        assert_eq!(wait(&[], 1), 60);
        assert_eq!(wait(&[], 3), 240);
    }

    #[test]
    fn errors_name_the_permission() {
        let response = decode(
            raw(403, &[("x-accepted-github-permissions", "administration=read")], r#"{"message":"no"}"#),
            "GET /x",
        )
        .expect("decodes");
        let error = accept(response, "GET /x").expect_err("refused");
        assert!(error.to_string().contains("administration:read"), "{error}");
    }

    #[test]
    fn a_cut_off_answer_is_said_to_be_cut_off() {
        let error = decode(raw(200, &[], r#"[{"id": 1"#), "GET /x").expect_err("malformed");
        assert!(error.to_string().contains("cut off"), "{error}");
        assert!(decode(raw(200, &[], "<html>"), "GET /x").is_err());
        assert!(decode(raw(502, &[], "<html>"), "GET /x").is_ok());
    }
}

//! Bodies packed by gzip for those who take them, as GitHub packs them.

use std::io::Write;

use ::http::{HeaderMap, HeaderValue, header};
use axum::body::{Body, HttpBody};
use axum::response::Response;
use flate2::{Compression, write::GzEncoder};

/// Smaller bodies gain nothing.
const SMALL: u64 = 1024;

/// Whether whoever asks takes gzip.
pub(super) fn is_taken(headers: &HeaderMap) -> bool {
    let all = headers.get_all(header::ACCEPT_ENCODING).into_iter().filter_map(|value| value.to_str().ok());
    all.flat_map(|value| value.split(',')).any(|one| {
        let (name, weight) = one.split_once(';').unwrap_or((one, ""));
        name.trim().eq_ignore_ascii_case("gzip") && !matches!(weight.trim(), "q=0" | "q=0.0")
    })
}

/// The answer packed, if it is large enough. One that is to break off in the middle has no length, and stays as it is.
pub(super) async fn packed(response: Response) -> Response {
    if response.body().size_hint().exact().is_none_or(|length| length < SMALL) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let plain = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let Ok(packed) = encoder.write_all(&plain).and_then(|()| encoder.finish()) else {
        return Response::from_parts(parts, Body::from(plain));
    };
    parts.headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(packed))
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn takes(value: &'static str) -> bool {
        is_taken(&HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(value))]))
    }

    #[test]
    fn only_who_says_so_takes_gzip() {
        assert!(takes("gzip") && takes("br, GZIP;q=0.5") && !takes("br") && !takes("gzip;q=0") && !takes(""));
        assert!(!is_taken(&HeaderMap::new()));
    }

    #[tokio::test]
    async fn large_bodies_are_packed_and_small_ones_are_not() {
        let small = packed(Response::new(Body::from("{}"))).await;
        assert_eq!(small.headers().get(header::CONTENT_ENCODING), None);
        let text = r#"{"name":"a"}"#.repeat(1_000);
        let large = packed(Response::new(Body::from(text.clone()))).await;
        assert_eq!(large.headers().get(header::CONTENT_ENCODING).expect("packed"), "gzip");
        let body = axum::body::to_bytes(large.into_body(), usize::MAX).await.expect("a body");
        let mut plain = String::new();
        flate2::read::GzDecoder::new(&body[..]).read_to_string(&mut plain).expect("unpacks");
        assert!(plain == text && body.len() * 10 < text.len());
    }
}

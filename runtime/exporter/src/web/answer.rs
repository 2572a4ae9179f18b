//! Complete responses.

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use hyper::{Response, StatusCode};

/// A response of the server.
pub(super) type HttpResponse = Response<Full<Bytes>>;

const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

/// A response with a body of some type.
pub(super) fn answer(
    status: StatusCode,
    content_type: HeaderValue,
    body: impl Into<Bytes>,
) -> HttpResponse {
    let body = body.into();
    let length = HeaderValue::from(body.len());
    let mut answer = Response::new(Full::new(body));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, content_type);
    // Set here and not by hyper, so that responses to HEAD have it too.
    headers.insert(CONTENT_LENGTH, length);
    // Some responses repeat text of the client or a collector. Browsers must not interpret it as
    // HTML.
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    answer
}

/// A response of plain text.
pub(super) fn text(status: StatusCode, body: impl Into<Bytes>) -> HttpResponse {
    answer(status, TEXT, body)
}

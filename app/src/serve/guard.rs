//! Who may ask: this machine's own programs, and those who know the token.
//!
//! A page in a browser can send requests to addresses of this machine, too. It says so in `Origin`; and a page whose
//! name was made to mean such an address meanwhile (DNS rebinding) still says that name in `Host`.

use super::complaint::Complaint;
use super::token::Token;
use axum::http::header::{AUTHORIZATION, HOST, ORIGIN};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, StatusCode, Uri};
use std::net::IpAddr;

/// What is asked of every request.
#[derive(Clone)]
pub struct Guard {
    /// The token, if one is needed.
    pub token: Option<Token>,
    /// Whether others than this machine can reach the service. What they call it is theirs to know: they need the
    /// token, which no foreign page has.
    pub open: bool,
}

impl Guard {
    /// Whether a request with this head is answered.
    ///
    /// # Errors
    /// What is told to whoever is not.
    pub fn check(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), Complaint> {
        let host = one(headers, HOST)?.ok_or_else(|| Complaint::invalid("the header `Host` is missing"))?;
        // Who names the host in the request's first line, too, has to mean the same.
        for named in [Some(host), uri.authority().map(Authority::as_str)].into_iter().flatten() {
            let authority = authority(named).ok_or_else(|| forbidden("the header `Host` is no address"))?;
            if !self.open && !is_of_this_machine(authority.host()) {
                return Err(forbidden(
                    "this service answers this computer alone, by its own name: localhost",
                ));
            }
        }
        if let Some(origin) = one(headers, ORIGIN)? {
            let page = origin.split_once("://").and_then(|(_, rest)| authority(rest));
            if !page.is_some_and(|page| is_of_this_machine(page.host())) {
                return Err(forbidden("pages of other machines are not answered"));
            }
        }
        let Some(token) = &self.token else { return Ok(()) };
        let said = one(headers, AUTHORIZATION)?.and_then(|value| value.split_once(' '));
        match said {
            Some((scheme, said)) if scheme.eq_ignore_ascii_case("bearer") && token.is(said.as_bytes()) => {
                Ok(())
            }
            Some(_) => Err(unauthorized("this is not the token")),
            None => Err(unauthorized("this service needs its token as `Authorization: Bearer TOKEN`")),
        }
    }
}

/// A header that may be there once.
fn one(headers: &HeaderMap, name: HeaderName) -> Result<Option<&str>, Complaint> {
    let mut values = headers.get_all(&name).iter();
    let first = values.next();
    let wrong = |what: &str| Complaint::invalid(format!("the header `{name}` {what}"));
    if values.next().is_some() {
        return Err(wrong("is there twice"));
    }
    first.map(|value| value.to_str().map_err(|_| wrong("is no text"))).transpose()
}

/// A host with or without a port, and nothing else.
fn authority(text: &str) -> Option<Authority> {
    let authority: Authority = text.parse().ok()?;
    (!text.contains('@')).then_some(authority)
}

/// Whether a host in an address is this machine, whoever looks it up.
fn is_of_this_machine(host: &str) -> bool {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    bare.parse::<IpAddr>().map_or_else(|_| host.eq_ignore_ascii_case("localhost"), |ip| ip.is_loopback())
}

fn forbidden(message: &str) -> Complaint {
    Complaint::new(StatusCode::FORBIDDEN, message)
}

fn unauthorized(message: &str) -> Complaint {
    Complaint::new(StatusCode::UNAUTHORIZED, message).code("invalid_api_key")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(open: bool, uri: &str, headers: &[(&'static str, &str)]) -> bool {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        Guard { token: None, open }.check(&uri.parse().unwrap(), &map).is_ok()
    }

    #[test]
    fn only_names_of_this_machine_are_answered() {
        for host in
            ["localhost", "LocalHost:80", "127.0.0.1", "127.0.0.1:4275", "127.8.9.1", "[::1]", "[::1]:80"]
        {
            assert!(check(false, "/", &[("host", host)]), "{host}");
        }
        let foreign = [
            "example.org",
            "localhost.example.org",
            "127.0.0.1.example.org",
            "a@localhost",
            "localhost@example.org",
            "192.168.0.1",
            "0.0.0.0",
            "[::]",
            "[::2]:80",
            "",
            "localhost/x",
            "localhost example.org",
            "2130706433",
            "localhost:80:90",
            "::1",
        ];
        for host in foreign {
            assert!(!check(false, "/", &[("host", host)]), "{host}");
        }
        assert!(!check(false, "/", &[]), "no host");
        assert!(!check(false, "/", &[("host", "localhost"), ("host", "localhost")]), "two");
        assert!(!check(false, "http://example.org/", &[("host", "localhost")]));
        assert!(check(false, "http://127.0.0.1:1/", &[("host", "localhost")]));
        assert!(check(true, "/", &[("host", "box.example.org:80")]) && !check(true, "/", &[("host", "a@b")]));
    }

    #[test]
    fn pages_of_other_machines_are_not_answered() {
        for origin in ["http://localhost:3000", "https://127.0.0.1", "http://[::1]:80", "app://localhost"] {
            assert!(check(false, "/", &[("host", "localhost"), ("origin", origin)]), "{origin}");
        }
        for origin in
            ["null", "http://example.org", "localhost", "http://localhost@example.org", "file://", ""]
        {
            for open in [false, true] {
                assert!(!check(open, "/", &[("host", "localhost"), ("origin", origin)]), "{origin}");
            }
        }
    }
}

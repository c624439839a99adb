//! Who is answered: this computer's own programs, and those who know the token.

use crate::client::Request;
use crate::common::Sandbox;
use crate::service::Service;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

fn token_file(sandbox: &Sandbox, content: &str, mode: u32) -> PathBuf {
    let path = sandbox.write("token", content);
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    path
}

#[test]
fn only_whoever_knows_the_token_is_answered() {
    let sandbox = Sandbox::new();
    let path = token_file(&sandbox, "a-token-of-some-length\n", 0o600);
    let service = Service::of_the_demo(&sandbox, &["--token-file", path.to_str().unwrap()]);
    let ask = |said: Option<&str>| {
        let request = Request::get("/v1/models");
        let request = said.map_or(request.clone(), |said| request.header("Authorization", said));
        service.ask(&request)
    };
    ask(Some("Bearer a-token-of-some-length")).well();
    for said in
        [None, Some("Bearer"), Some("Bearer a-token-of-some-lengtH"), Some("Basic a-token-of-some-length")]
    {
        let reply = ask(said);
        assert_eq!(reply.complaint(401)["code"], "invalid_api_key", "{said:?}");
        assert_eq!(reply.header("www-authenticate"), Some("Bearer"));
        assert!(!reply.text().contains("a-token"));
    }
    let twice = Request::get("/health").header("Authorization", "Bearer a-token-of-some-length");
    service.ask(&twice.clone().header("Authorization", "Bearer x")).complaint(400);
    // Nothing is told of what is there to those who do not know it.
    service.ask(&Request::get("/nothing")).complaint(401);
    service.stop();
}

#[test]
fn pages_of_other_machines_are_not_answered() {
    let sandbox = Sandbox::new();
    let service = Service::of_the_demo(&sandbox, &[]);
    let with =
        |name: &str, value: &str| service.ask(&Request::get("/v1/models").without(name).header(name, value));
    with("Host", "127.0.0.1").well();
    with("Host", &service.address.to_string()).well();
    with("Host", "rebound.example.org").complaint(403);
    with("Origin", "http://localhost:3000").well();
    with("Origin", "http://example.org").complaint(403);
    service.ask(&Request::get("/v1/models").without("Host")).complaint(400);
    service.ask(&Request::get("/v1/models").header("Host", "localhost")).complaint(400);
    service.ask(&Request::get("http://example.org/v1/models")).complaint(403);
    service.stop();
}

#[test]
fn another_address_needs_a_token_that_is_one() {
    let sandbox = Sandbox::new();
    let serve = |more: &[&str]| {
        sandbox.hark(&[&["serve", "--port", "0", "--model", "demo", "--address", "0.0.0.0"], more].concat())
    };
    let ended = serve(&[]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(2), ""));
    assert!(ended.err.contains("--token-file"), "{}", ended.err);
    for (content, mode, said) in [
        ("", 0o600, "holds no token"),
        ("short", 0o600, "holds no token"),
        ("a-token-of-some-length", 0o644, "chmod 600"),
    ] {
        let path = token_file(&sandbox, content, mode);
        let ended = serve(&["--token-file", path.to_str().unwrap()]);
        assert_eq!((ended.code, ended.out.as_str()), (Some(2), ""));
        assert!(ended.err.contains(said), "{}", ended.err);
        fs::remove_file(path).unwrap();
    }
    let ended = serve(&["--token-file", "missing"]);
    assert_eq!(ended.code, Some(2));
    assert!(ended.err.contains("cannot read the token file missing"), "{}", ended.err);

    let path = token_file(&sandbox, "a-token-of-some-length", 0o600);
    let service =
        Service::of_the_demo(&sandbox, &["--address", "0.0.0.0", "--token-file", path.to_str().unwrap()]);
    service.ask(&Request::get("/health")).complaint(401);
    let request = Request::get("/health").without("Host").header("Host", "a-box.example.org");
    service.ask(&request.header("Authorization", "bearer a-token-of-some-length")).well();
    service.stop();
}

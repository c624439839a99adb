//! Models that are fetched on the command line, from servers of the test's own.
#![cfg(feature = "download")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{Ended, Sandbox, end_of, interrupt, until};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

const BYTES: u64 = 32_152_673;

/// A server that answers every request with the same head and body, and then says nothing for so long.
struct Server {
    address: String,
    /// First lines of the requests.
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn new(head: &'static str, body: Vec<u8>, then: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = asked.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (log, body) = (log.clone(), body.clone());
                thread::spawn(move || answer(stream, &log, head, &body, then));
            }
        });
        Self { address, asked }
    }

    fn mirror(&self) -> String {
        format!("http://{}/files", self.address)
    }
}

fn answer(mut stream: TcpStream, log: &Mutex<Vec<String>>, head: &str, body: &[u8], then: Duration) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let Some(Ok(first)) = lines.next() else { return };
    log.lock().unwrap().push(first);
    lines.map_while(Result::ok).find(String::is_empty);
    let _ = write!(stream, "HTTP/1.1 {head}\r\n\r\n").and_then(|()| stream.write_all(body));
    thread::sleep(then);
}

/// The command, with no proxy of this machine.
fn command(sandbox: &Sandbox, arguments: &[&str]) -> Command {
    let mut command = sandbox.command(&[&["models", "download"], arguments].concat());
    for name in ["ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"] {
        command.env_remove(name).env_remove(name.to_lowercase());
    }
    command
}

fn download(sandbox: &Sandbox, arguments: &[&str]) -> Ended {
    sandbox.ended(command(sandbox, arguments).output().unwrap())
}

fn part(sandbox: &Sandbox) -> PathBuf {
    sandbox.data().join("models/ggml-tiny-q5_1.bin.part")
}

#[test]
fn what_a_server_refuses_ends_with_1_and_a_reason() {
    let sandbox = Sandbox::new();
    let server = Server::new("404 Not Found\r\nContent-Length: 0", Vec::new(), Duration::ZERO);
    let ended = download(&sandbox, &["tiny-q5_1", "--mirror", &server.mirror()]);
    let said = format!(
        "error: {} does not give the file out: it answered 404 (there is no such file)\n",
        server.address
    );
    ended.is(1, "", &said);
    assert_eq!(server.asked.lock().unwrap()[..], ["GET /files/ggml-tiny-q5_1.bin HTTP/1.1"]);
    assert_eq!(common::names(&sandbox.data().join("models")), Vec::<String>::new());
}

#[test]
fn names_and_addresses_are_checked_before_anybody_is_asked() {
    let sandbox = Sandbox::new();
    let ended = download(&sandbox, &["base.em"]);
    ended.is(4, "", &ended.err.clone());
    assert!(
        ended.err.starts_with("error: there is no model named `base.em`\nhint: did you mean base.en"),
        "{ended:?}"
    );
    let ended = download(&sandbox, &["tiny", "--mirror", "mirror.example"]);
    assert!(ended.code == Some(1) && ended.err.contains("begin with https://"), "{ended:?}");
}

#[test]
fn a_model_that_is_there_is_not_fetched() {
    let sandbox = Sandbox::new();
    let folder = sandbox.data().join("models");
    fs::create_dir_all(&folder).unwrap();
    fs::File::create(folder.join("ggml-tiny-q5_1.bin")).unwrap().set_len(BYTES).unwrap();
    let out = download(&sandbox, &["tiny-q5_1", "--mirror", "http://127.0.0.1:9"]).quietly();
    assert_eq!(out, "[DIR]/data/models/ggml-tiny-q5_1.bin  32 MB\n");
}

#[test]
fn ctrl_c_keeps_what_came_and_the_mirror_of_the_settings_is_asked() {
    let sandbox = Sandbox::new();
    let head = "200 OK\r\nContent-Length: 32152673";
    let server = Server::new(head, vec![7; 300_000], Duration::from_secs(60));
    sandbox.settings(&format!("mirror = {:?}\n", server.mirror()));
    let mut child = command(&sandbox, &["tiny-q5_1"]).spawn().unwrap();
    until("the first bytes", || fs::metadata(part(&sandbox)).is_ok_and(|part| part.len() == 300_000));
    interrupt(&child);
    assert_eq!(end_of(&mut child).code(), Some(130));
    assert_eq!(common::names(&sandbox.data().join("models")), ["ggml-tiny-q5_1.bin.part"]);
    assert_eq!(fs::metadata(part(&sandbox)).unwrap().len(), 300_000);
}

#[test]
fn a_proxy_of_the_environment_is_asked_unless_it_is_not_meant() {
    let sandbox = Sandbox::new();
    let proxy =
        Server::new("407 Proxy Authentication Required\r\nContent-Length: 0", Vec::new(), Duration::ZERO);
    let mut asked = command(&sandbox, &["tiny-q5_1", "--mirror", "http://mirror.invalid"]);
    let asked = asked.env("HTTPS_PROXY", format!("http://{}", proxy.address)).output().unwrap();
    assert_eq!(asked.status.code(), Some(1));
    assert!(proxy.asked.lock().unwrap()[0].contains("mirror.invalid"), "{:?}", proxy.asked);

    let server = Server::new("404 Not Found\r\nContent-Length: 0", Vec::new(), Duration::ZERO);
    proxy.asked.lock().unwrap().clear();
    let mut past = command(&sandbox, &["tiny-q5_1", "--mirror", &server.mirror()]);
    past.env("HTTPS_PROXY", format!("http://{}", proxy.address)).env("NO_PROXY", "127.0.0.1");
    assert!(sandbox.ended(past.output().unwrap()).err.contains("404"));
    assert!(proxy.asked.lock().unwrap().is_empty());
}

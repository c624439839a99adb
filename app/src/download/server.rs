//! A server of our own that does what servers should not.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What it does with one request.
#[derive(Clone, Debug)]
pub enum Act {
    /// Gives what was asked for, ranges included.
    Serve,
    /// Gives the whole file, whatever was asked for.
    RefuseRange,
    /// Answers to a range that there is nothing.
    NothingThere,
    /// Goes on at another byte than it was asked to.
    WrongRange,
    /// Closes the connection after so many bytes.
    Cut(usize),
    /// Sends so many bytes and then nothing, for as long as it is listened to.
    Stall(usize),
    /// Takes the request and says nothing.
    Silence,
    /// Changes a byte.
    Corrupt,
    /// Says nothing of the length, and sends more.
    Endless,
    /// Is a page that says 200.
    Login,
    /// An answer with this status and these header lines.
    Status(u16, String),
}

/// Path and range of a request.
pub type Request = (String, Option<String>);

/// A server at an address of its own, until it is dropped.
pub struct Server {
    pub place: String,
    /// Path and range of each request, as they came.
    pub asked: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    /// Gives `content`; does one of `acts` with each request, and serves when there are none left.
    pub fn new(content: &[u8], acts: impl IntoIterator<Item = Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let place = format!("http://{}", listener.local_addr().unwrap());
        let acts = Arc::new(Mutex::new(acts.into_iter().collect::<VecDeque<_>>()));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (content, log) = (Arc::<[u8]>::from(content), asked.clone());
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (acts, content, log) = (acts.clone(), content.clone(), log.clone());
                thread::spawn(move || {
                    let Some((path, range)) = request(&stream) else { return };
                    log.lock().unwrap().push((path, range.clone()));
                    let act = acts.lock().unwrap().pop_front().unwrap_or(Act::Serve);
                    answer(stream, &content, range.as_deref(), &act);
                });
            }
        });
        Self { place, asked }
    }

    /// The ranges that were asked for.
    pub fn ranges(&self) -> Vec<Option<String>> {
        self.asked.lock().unwrap().iter().map(|(_, range)| range.clone()).collect()
    }
}

/// Path and range of a request.
fn request(stream: &TcpStream) -> Option<Request> {
    let mut lines = BufReader::new(stream).lines();
    let path = lines.next()?.ok()?.split(' ').nth(1)?.to_owned();
    let mut range = None;
    for line in lines {
        let line = line.ok()?;
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("range")
        {
            range = Some(value.trim().to_owned());
        }
    }
    Some((path, range))
}

fn answer(mut stream: TcpStream, content: &[u8], range: Option<&str>, act: &Act) {
    let start: Option<usize> =
        range.and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok());
    let whole = || (format!("200 OK\r\nContent-Length: {}", content.len()), content.to_vec());
    let part = |start: usize| {
        let head = format!(
            "206 Partial Content\r\nContent-Range: bytes {start}-{}/{}\r\nContent-Length: {}",
            content.len() - 1,
            content.len(),
            content.len() - start
        );
        (head, content[start..].to_vec())
    };
    let usual = || start.map_or_else(whole, part);
    let (head, body, then) = match act {
        Act::Serve => (usual().0, usual().1, Duration::ZERO),
        Act::RefuseRange => (whole().0, whole().1, Duration::ZERO),
        Act::NothingThere => {
            ("416 Range Not Satisfiable\r\nContent-Length: 0".into(), Vec::new(), Duration::ZERO)
        }
        Act::WrongRange => (part(1).0, part(1).1, Duration::ZERO),
        Act::Cut(bytes) => (usual().0, usual().1[..*bytes].to_vec(), Duration::ZERO),
        Act::Stall(bytes) => (usual().0, usual().1[..*bytes].to_vec(), Duration::from_secs(20)),
        Act::Silence => {
            thread::sleep(Duration::from_secs(20));
            return;
        }
        Act::Corrupt => {
            let (head, mut body) = usual();
            *body.last_mut().unwrap() ^= 1;
            (head, body, Duration::ZERO)
        }
        Act::Endless => (
            "200 OK\r\nConnection: close".into(),
            content.iter().cycle().take(3 * content.len()).copied().collect(),
            Duration::ZERO,
        ),
        Act::Login => ("200 OK\r\nContent-Length: 12".into(), b"<html>login!".to_vec(), Duration::ZERO),
        Act::Status(status, lines) => {
            (format!("{status} Something\r\n{lines}Content-Length: 0"), Vec::new(), Duration::ZERO)
        }
    };
    // Whoever asked may have gone.
    let _ = write!(stream, "HTTP/1.1 {head}\r\n\r\n").and_then(|()| stream.write_all(&body));
    let _ = stream.flush();
    thread::sleep(then);
}

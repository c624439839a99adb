//! Compositors that say which window has the focus, each in its own protocol on its own socket.
//!
//! Sources: sway-ipc(7), Hyprland's wiki on `hyprctl` and its sockets, niri's wiki on IPC.

use super::{Focus, PATIENCE, is_own};
use serde_json::Value;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;

/// Trees of any desktop are far smaller.
const LONGEST_ANSWER: u64 = 16 << 20;

/// `GET_TREE` of sway-ipc(7).
const GET_TREE: u32 = 4;
const MAGIC: &[u8; 6] = b"i3-ipc";

/// The window that has sway's focus.
pub fn sway(socket: &Path) -> Option<Focus> {
    let ask = || -> io::Result<Vec<u8>> {
        let mut stream = connect(socket)?;
        let mut request = MAGIC.to_vec();
        request.extend(0_u32.to_ne_bytes());
        request.extend(GET_TREE.to_ne_bytes());
        stream.write_all(&request)?;
        let mut head = [0; 14];
        stream.read_exact(&mut head)?;
        let length = u32::from_ne_bytes([head[6], head[7], head[8], head[9]]);
        let mut answer = Vec::new();
        stream.take(u64::from(length).min(LONGEST_ANSWER)).read_to_end(&mut answer)?;
        Ok(answer)
    };
    in_tree(&serde_json::from_slice(&ask().ok()?).ok()?)
}

/// The window that has Hyprland's focus.
pub fn hyprland(socket: &Path) -> Option<Focus> {
    let ask = || -> io::Result<Vec<u8>> {
        let mut stream = connect(socket)?;
        stream.write_all(b"j/activewindow")?;
        let mut answer = Vec::new();
        stream.take(LONGEST_ANSWER).read_to_end(&mut answer)?;
        Ok(answer)
    };
    active_window(&serde_json::from_slice(&ask().ok()?).ok()?)
}

/// The window that has niri's focus.
pub fn niri(socket: &Path) -> Option<Focus> {
    let ask = || -> io::Result<String> {
        let mut stream = connect(socket)?;
        stream.write_all(b"\"FocusedWindow\"\n")?;
        let mut line = String::new();
        BufReader::new(stream.take(LONGEST_ANSWER)).read_line(&mut line)?;
        Ok(line)
    };
    focused_window(&serde_json::from_str(&ask().ok()?).ok()?)
}

fn connect(socket: &Path) -> io::Result<UnixStream> {
    let stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(stream)
}

fn pid(node: &Value) -> Option<u32> {
    node["pid"].as_u64().and_then(|pid| u32::try_from(pid).ok())
}

fn focus(window: String, app: &str, node: &Value) -> Focus {
    Focus { window, own: is_own(app, pid(node)), app: app.to_owned() }
}

/// The focused leaf of sway's tree. A workspace without windows has no app.
fn in_tree(root: &Value) -> Option<Focus> {
    let mut nodes = vec![root];
    while let Some(node) = nodes.pop() {
        if node["focused"].as_bool() == Some(true) && pid(node).is_some() {
            let class = &node["window_properties"]["class"];
            let app = node["app_id"].as_str().or(class.as_str()).unwrap_or_default();
            return Some(focus(node["id"].to_string(), app, node));
        }
        for children in ["nodes", "floating_nodes"] {
            nodes.extend(node[children].as_array().into_iter().flatten());
        }
    }
    None
}

/// Hyprland's answer is an empty object where nothing has the focus.
fn active_window(window: &Value) -> Option<Focus> {
    let app = window["class"].as_str().unwrap_or_default();
    Some(focus(window["address"].as_str()?.to_owned(), app, window))
}

fn focused_window(answer: &Value) -> Option<Focus> {
    let window = &answer["Ok"]["FocusedWindow"];
    let app = window["app_id"].as_str().unwrap_or_default();
    Some(focus(window["id"].as_u64()?.to_string(), app, window))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::os::unix::net::UnixListener;

    fn found(window: &str, app: &str, own: bool) -> Option<Focus> {
        Some(Focus { window: window.into(), app: app.into(), own })
    }

    #[test]
    fn sway_has_the_focus_somewhere_in_its_tree() {
        let leaf = |id: u64, app: Value, focused: bool| json!({ "id": id, "app_id": app, "focused": focused, "pid": 2, "nodes": [] });
        let tree = |leaves: Value, floating: Value| {
            json!({ "id": 1, "focused": false, "nodes": [
                { "id": 2, "focused": false, "nodes": leaves, "floating_nodes": floating },
            ] })
        };
        let foot = leaf(7, json!("foot"), true);
        let x11 = json!({ "id": 9, "app_id": null, "focused": true, "pid": 3, "window_properties": { "class": "XTerm" } });
        let workspace = json!({ "id": 3, "type": "workspace", "focused": true, "nodes": [] });
        let table = [
            (tree(json!([leaf(6, json!("kate"), false), foot]), json!([])), found("7", "foot", false)),
            (tree(json!([]), json!([x11])), found("9", "XTerm", false)),
            (tree(json!([leaf(7, json!("hark"), true)]), json!([])), found("7", "hark", true)),
            (tree(json!([workspace]), json!([])), None),
            (json!(["nonsense"]), None),
        ];
        for (tree, expected) in table {
            assert_eq!(in_tree(&tree), expected, "{tree}");
        }
    }

    #[test]
    fn hyprland_and_niri_name_the_window() {
        let window = json!({ "address": "0x5a", "class": "kitty", "pid": 4 });
        assert_eq!(active_window(&window), found("0x5a", "kitty", false));
        assert_eq!(active_window(&json!({})), None);
        let own =
            json!({ "Ok": { "FocusedWindow": { "id": 12, "app_id": "x", "pid": std::process::id() } } });
        assert_eq!(focused_window(&own), found("12", "x", true));
        assert_eq!(focused_window(&json!({ "Ok": { "FocusedWindow": null } })), None);
        assert_eq!(focused_window(&json!({ "Err": "no" })), None);
    }

    #[test]
    fn a_compositor_that_answers_garbage_or_nothing_says_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("socket");
        assert_eq!(sway(&socket), None, "nobody is there");
        let listener = UnixListener::bind(&socket).unwrap();
        let answers = std::thread::spawn(move || {
            for answer in [&b"i3-ipc\xff\xff\xff\xff\0\0\0\0{"[..], b"{\"address\":", b"\n"] {
                let (mut stream, _) = listener.accept().unwrap();
                let mut request = [0; 256];
                let _ = stream.read(&mut request).unwrap();
                stream.write_all(answer).unwrap();
            }
            let silent = listener.accept().unwrap();
            std::thread::sleep(2 * PATIENCE);
            drop(silent);
        });
        assert_eq!(sway(&socket), None);
        assert_eq!(hyprland(&socket), None);
        assert_eq!(niri(&socket), None);
        assert_eq!(niri(&socket), None, "it says nothing");
        answers.join().unwrap();
    }
}

//! The service: begun here, or somebody else's on this machine.

use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use ureq::Agent;

/// A model is loaded by then.
const PATIENCE: Duration = Duration::from_secs(120);
/// Longer than 32 windows of 30 s take on a slow machine.
const TIMEOUT: Duration = Duration::from_secs(300);

pub struct Service {
    /// Loopback: there is no way to name another address.
    pub address: SocketAddr,
    pid: u32,
    child: Option<Child>,
}

impl Drop for Service {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Service {
    pub fn running(port: u16, pid: u32) -> Self {
        Self { address: (Ipv4Addr::LOCALHOST, port).into(), pid, child: None }
    }

    pub fn begin(hark: &Path, model: &str) -> Result<Self, String> {
        let mut child = Command::new(hark)
            .args(["serve", "--model", model, "--port", "0"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{}: {error}", hark.display()))?;
        let mut line = String::new();
        if let Some(out) = &mut child.stdout {
            BufReader::new(out).read_line(&mut line).map_err(|error| error.to_string())?;
        }
        let address =
            line.trim().strip_prefix("Listening on http://").and_then(|address| address.parse().ok());
        let address: SocketAddr = address.ok_or(format!("it does not listen: {line}"))?;
        if !address.ip().is_loopback() {
            return Err(format!("{address} is no address of this machine alone"));
        }
        Ok(Self { address, pid: child.id(), child: Some(child) })
    }

    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// A client with connections of its own, which asks nobody for the way.
    pub fn client(&self) -> Agent {
        Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None)
            .max_redirects(0)
            .timeout_global(Some(TIMEOUT))
            .build()
            .into()
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The name of its model, as soon as it answers.
    pub fn wait_until_ready(&self) -> Result<String, String> {
        let (client, began) = (self.client(), Instant::now());
        loop {
            let answer = client.get(self.url("/v1/models")).call();
            let why = match answer {
                Ok(mut answer) if answer.status() == 200 => {
                    let text = answer.body_mut().read_to_string().map_err(|error| error.to_string())?;
                    let models: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
                    let name = models["data"][0]["id"].as_str();
                    return name.map(str::to_owned).ok_or(format!("/v1/models names no model: {text}"));
                }
                Ok(answer) => format!("it answers {}", answer.status()),
                Err(error) => error.to_string(),
            };
            if began.elapsed() > PATIENCE {
                return Err(format!("there is no service at {}: {why}", self.address));
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

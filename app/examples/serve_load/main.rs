//! Load for `hark serve`: clips of 1, 5 and 30 s, many at once, some of them cancelled and some of them broken. Every
//! text is compared with that of `hark transcribe`.
//!
//! ```text
//! cargo run --release -p hark --example serve_load -- --hark target/release/hark
//! ```
//!
//! It begins a service of its own and ends it, or goes to one that is running (`--port`, `--pid`). It speaks to this
//! machine's loopback alone, and what it asks for is bounded in number and time. The exit code is 1 if anything was lost
//! or wrong.

mod clips;
mod memory;
mod report;
mod requests;
mod service;

use clap::Parser;
use report::Report;
use requests::Plan;
use service::Service;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

#[derive(Parser)]
#[command(about = "Load for `hark serve` on this machine")]
struct Args {
    /// The program that is asked for the right texts, and that serves unless `--port` names a service
    #[arg(long)]
    hark: PathBuf,
    /// Port of a service that is running on this machine
    #[arg(long, requires = "pid")]
    port: Option<u16>,
    /// Its process, whose memory is watched
    #[arg(long, requires = "port")]
    pid: Option<u32>,
    /// The model, for the service that is begun and for the right texts
    #[arg(long, default_value = "demo")]
    model: String,
    /// Requests in all
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    requests: u32,
    /// Requests at once
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u32).range(1..=256))]
    at_once: u32,
    /// Of a hundred, so many are cancelled
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(0..=50))]
    cancelled: u32,
    /// Of a hundred, so many are broken
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(0..=50))]
    broken: u32,
    /// No request begins after so many seconds
    #[arg(long, default_value_t = 1800, value_parser = clap::value_parser!(u64).range(1..=14_400))]
    seconds: u64,
    /// Of what is chosen by chance
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Also write the figures as JSON
    #[arg(long)]
    json: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

/// Whether nothing was lost or wrong.
fn run(args: &Args) -> Result<bool, String> {
    let clips = clips::make(&args.hark, &args.model)?;
    let service = match args.port.zip(args.pid) {
        Some((port, pid)) => Service::running(port, pid),
        None => Service::begin(&args.hark, &args.model)?,
    };
    let model = service.wait_until_ready()?;
    let plan = Plan { seed: args.seed, cancelled: args.cancelled, broken: args.broken, model };
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let busy = AtomicUsize::new(args.at_once as usize);
    let ended = Mutex::new(Vec::new());
    let began = Instant::now();
    let limit = Duration::from_secs(args.seconds);
    let memory = std::thread::scope(|scope| {
        for _ in 0..args.at_once {
            scope.spawn(|| {
                let client = service.client();
                while began.elapsed() < limit {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= args.requests as usize {
                        break;
                    }
                    let end = requests::make(&service, &client, &plan, &clips, number);
                    ended.lock().unwrap_or_else(PoisonError::into_inner).push(end);
                    done.fetch_add(1, Ordering::Relaxed);
                }
                busy.fetch_sub(1, Ordering::Relaxed);
            });
        }
        memory::watch(service.pid(), &done, || busy.load(Ordering::Relaxed) == 0)
    });
    let wall = began.elapsed().as_secs_f64();
    let ended = ended.into_inner().unwrap_or_else(PoisonError::into_inner);
    let report = Report::new(&ended, &memory, wall, args.at_once);
    print!("{}", report.table());
    if let Some(path) = &args.json {
        let text = serde_json::to_string_pretty(&report).map_err(|error| error.to_string())?;
        std::fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(report.is_right())
}

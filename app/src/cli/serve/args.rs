//! The words of `hark serve`.

use crate::cli::exit;
use crate::cli::values::{forced_tokens, threads};
use crate::precision::PrecisionChoice;
use crate::settings::SERVICE_PORT;
use clap::value_parser;
use hark_engine::schedule::Limits;
use std::net::IpAddr;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
#[command(after_help = exit::meanings())]
pub struct ServeArgs {
    /// Port; 0 takes any that is free and prints it
    #[arg(long, value_name = "N", default_value_t = SERVICE_PORT)]
    pub port: u16,
    /// Address of this machine; one that others can reach needs a token
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub address: IpAddr,
    /// File with a word that clients have to send (`Authorization: Bearer WORD`), for its owner's eyes alone
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    /// A name from `hark models`, a ggml file or a Hugging Face folder
    #[arg(long, value_name = "NAME|PATH")]
    pub model: Option<String>,
    /// Windows of 30 s that are decoded side by side
    #[arg(long, value_name = "N", default_value = "8", value_parser = batch)]
    pub max_batch: usize,
    /// Milliseconds for which a batch waits for more windows, where the encoder takes several at once
    #[arg(long, value_name = "MS", default_value = "10", value_parser = batch_wait)]
    pub max_wait_ms: u64,
    /// Largest upload in MB
    #[arg(long, value_name = "MB", default_value = "1024", value_parser = value_parser!(u64).range(1..=1 << 20))]
    pub max_upload: u64,
    /// Seconds after which a client is given up that neither sends nor takes anything
    #[arg(long, value_name = "S", default_value = "30", value_parser = value_parser!(u64).range(1..=3600))]
    pub silence: u64,
    /// CPU threads [default: physical cores]
    #[arg(long, value_name = "N", value_parser = threads)]
    pub threads: Option<usize>,
    /// auto, int8, int8+int16, bf16 or f32 [default: auto]
    #[arg(long, value_name = "PRECISION")]
    pub precision: Option<PrecisionChoice>,
    /// Tokens of every window, for `formula:` models only
    #[arg(long, value_name = "N", value_parser = forced_tokens)]
    pub force_tokens: Option<usize>,
}

fn batch(text: &str) -> Result<usize, String> {
    let most = Limits::default().batch;
    let count = text.parse().ok().filter(|count| (1..=most).contains(count));
    count.ok_or_else(|| format!("it is not a number from 1 to {most}"))
}

/// Longer ones would be noticed.
const LONGEST_WAIT_MS: u64 = 1000;

fn batch_wait(text: &str) -> Result<u64, String> {
    let wait = text.parse().ok().filter(|wait| (0..=LONGEST_WAIT_MS).contains(wait));
    wait.ok_or_else(|| format!("it is not a number from 0 to {LONGEST_WAIT_MS}"))
}

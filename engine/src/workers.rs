//! The threads that share the work of one encoder or decoder.

/// A pool of threads of its own, so that the number asked for is the number used.
pub(crate) struct Workers {
    pool: Option<rayon::ThreadPool>,
    threads: usize,
}

impl Workers {
    /// `threads` threads, or just the caller's if the system refuses them.
    pub(crate) fn new(threads: usize) -> Self {
        let threads = threads.max(1);
        let pool =
            rayon::ThreadPoolBuilder::new().num_threads(threads).thread_name(|i| format!("hark-worker-{i}"));
        match pool.build() {
            Ok(pool) => Self { pool: Some(pool), threads },
            Err(_) => Self { pool: None, threads: 1 },
        }
    }

    pub(crate) fn threads(&self) -> usize {
        self.threads
    }

    /// Runs `work` with the pool as rayon's current one.
    pub(crate) fn run<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        match &self.pool {
            Some(pool) => pool.install(work),
            None => work(),
        }
    }
}

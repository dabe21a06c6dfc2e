//! The one place that owns threads.
//!
//! Work is cut into items, computed in any order by a pool, and handed on strictly in item order: neither the number of threads
//! nor their timing can change a result.

use rayon::prelude::*;
use std::convert::Infallible;

/// A pool of worker threads.
pub struct Pool {
    inner: rayon::ThreadPool,
    threads: usize,
}

impl Pool {
    /// A pool of `threads` workers; 0 means one per processor.
    pub fn new(threads: usize) -> Result<Pool, rayon::ThreadPoolBuildError> {
        let inner =
            rayon::ThreadPoolBuilder::new().num_threads(threads).thread_name(|i| format!("tuban-{i}")).build()?;
        let threads = inner.current_num_threads();
        Ok(Pool { inner, threads })
    }

    /// Number of workers.
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// Computes `work` for every item in parallel and hands the results to `take` in item order. At most two items per worker
    /// are in flight, which is what bounds memory.
    pub fn ordered<I, T, E>(
        &self,
        items: &[I],
        work: impl Fn(&I) -> T + Sync,
        mut take: impl FnMut(usize, T) -> Result<(), E>,
    ) -> Result<(), E>
    where
        I: Sync,
        T: Send,
    {
        let batch = self.threads * 2;
        for (n, chunk) in items.chunks(batch).enumerate() {
            let results: Vec<T> = self.inner.install(|| chunk.par_iter().map(&work).collect());
            for (k, result) in results.into_iter().enumerate() {
                take(n * batch + k, result)?;
            }
        }
        Ok(())
    }

    /// The same where taking a result cannot fail.
    pub fn in_order<I: Sync, T: Send>(
        &self,
        items: &[I],
        work: impl Fn(&I) -> T + Sync,
        mut take: impl FnMut(usize, T),
    ) {
        let taken: Result<(), Infallible> = self.ordered(items, work, |n, result| {
            take(n, result);
            Ok(())
        });
        let Ok(()) = taken;
    }

    /// Computes `work` for every item in parallel; results in item order.
    pub fn map<I: Sync, T: Send>(&self, items: &[I], work: impl Fn(&I) -> T + Sync + Send) -> Vec<T> {
        self.inner.install(|| items.par_iter().map(work).collect())
    }
}

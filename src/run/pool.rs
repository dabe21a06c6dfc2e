//! The one place that owns threads.
//!
//! Work is cut into items, computed in any order by a pool, and handed on strictly in item order: neither the number of threads
//! nor their timing can change a result.

use rayon::prelude::*;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Condvar, Mutex, PoisonError, mpsc};

/// Items per worker that may be computed ahead of the one that is taken next.
const AHEAD: usize = 2;

/// A pool of worker threads.
pub struct Pool {
    inner: rayon::ThreadPool,
    threads: usize,
}

/// Which item is computed next, and how far ahead of the taker the workers may go.
struct Turns {
    state: Mutex<State>,
    moved: Condvar,
    items: usize,
    ahead: usize,
}

struct State {
    next: usize,
    taken: usize,
    stop: bool,
}

impl Turns {
    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
        self.moved.notify_all();
    }

    /// The next item; waits while the taker is too far behind. `None` when there is none left.
    fn next(&self) -> Option<usize> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        while !state.stop && state.next < self.items && state.next >= state.taken + self.ahead {
            state = self.moved.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        (!state.stop && state.next < self.items).then(|| {
            state.next += 1;
            state.next - 1
        })
    }
}

/// Stops the others when a worker panics, so that the panic is passed on instead of waited for.
struct Alarm<'a>(&'a Turns);

impl Drop for Alarm<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.change(|s| s.stop = true);
        }
    }
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

    /// Most results of [`Pool::ordered`] that exist at once: computed, waiting or being taken.
    pub fn in_flight(threads: usize) -> usize {
        threads * AHEAD
    }

    /// Computes `work` for every item in parallel and hands the results to `take`, on the calling thread, in item order. At most
    /// [`Pool::in_flight`] items exist at once, which is what bounds memory.
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
        let state = Mutex::new(State { next: 0, taken: 0, stop: false });
        let turns = Turns { state, moved: Condvar::new(), items: items.len(), ahead: Pool::in_flight(self.threads) };
        let (send, receive) = mpsc::channel();
        self.inner.in_place_scope(|scope| {
            let (turns, work) = (&turns, &work);
            for _ in 0..self.threads.min(items.len()) {
                let send = send.clone();
                scope.spawn(move |_| {
                    let alarm = Alarm(turns);
                    while let Some(n) = turns.next() {
                        if send.send((n, work(&items[n]))).is_err() {
                            break;
                        }
                    }
                    drop(alarm);
                });
            }
            drop(send);
            let mut early = BTreeMap::new();
            let mut due = 0;
            for (n, result) in receive {
                early.insert(n, result);
                while let Some(result) = early.remove(&due) {
                    if let Err(e) = take(due, result) {
                        turns.change(|s| s.stop = true);
                        return Err(e);
                    }
                    due += 1;
                    turns.change(|s| s.taken = due);
                }
            }
            Ok(())
        })
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

    /// Computes `work` for every item of a slice or a vector in parallel; results in item order.
    pub fn map<I, T>(&self, items: I, work: impl Fn(I::Item) -> T + Sync + Send) -> Vec<T>
    where
        I: IntoParallelIterator<Iter: IndexedParallelIterator> + Send,
        T: Send,
    {
        self.inner.install(|| items.into_par_iter().map(work).collect())
    }
}

impl crate::landcover::forest::Parallel for Pool {
    fn each<T: Send>(&self, count: usize, work: impl Fn(usize) -> T + Sync + Send) -> Vec<T> {
        self.map((0..count).collect::<Vec<_>>(), work)
    }
}

#[cfg(test)]
mod tests;

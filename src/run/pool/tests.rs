#![allow(clippy::unwrap_used)]

use super::*;
use std::sync::atomic::{AtomicUsize, Ordering};

#[test]
fn results_come_in_order_and_never_too_far_ahead() {
    let items: Vec<usize> = (0..200).collect();
    for threads in [1, 2, 7] {
        let pool = Pool::new(threads).unwrap();
        let (begun, mut seen) = (AtomicUsize::new(0), Vec::new());
        pool.in_order(
            &items,
            |n| {
                begun.fetch_add(1, Ordering::SeqCst);
                // Early items are the slow ones.
                std::thread::sleep(std::time::Duration::from_micros(((n * 7919) % 13) as u64 * 50));
                n * 3
            },
            |n, result| {
                assert!(begun.load(Ordering::SeqCst) <= n + Pool::in_flight(threads));
                assert_eq!(result, n * 3);
                seen.push(n);
            },
        );
        assert_eq!(seen, items);
    }
}

#[test]
fn a_taker_that_fails_ends_the_work() {
    let pool = Pool::new(2).unwrap();
    let done = AtomicUsize::new(0);
    let items: Vec<usize> = (0..10_000).collect();
    let result =
        pool.ordered(&items, |_| done.fetch_add(1, Ordering::SeqCst), |n, _| if n == 5 { Err("full") } else { Ok(()) });
    assert_eq!(result, Err("full"));
    assert!(done.load(Ordering::SeqCst) <= 6 + Pool::in_flight(2));
}

#[test]
#[should_panic(expected = "broken item")]
fn a_panic_of_a_worker_is_passed_on() {
    let pool = Pool::new(2).unwrap();
    let items: Vec<usize> = (0..50).collect();
    pool.in_order(&items, |n| assert!(*n != 7, "broken item"), |_, ()| ());
}

//! Decoded blocks kept for the next window, within one budget for all images that share it.
//!
//! In: keys of blocks and how to decode them. Out: the blocks, each decoded by one thread while others that want it wait.
//! What is kept never changes what is read, only how often it is decoded.

use super::block::{Block, Spare};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// A block, once a thread has decoded it; `None` inside for a damaged one.
pub(super) type Slot = Arc<OnceLock<Option<Block>>>;

/// What an entry costs besides its values: slot, key, bookkeeping.
const ENTRY_BYTES: usize = 192;

/// Layer (an image and a choice of its bands) and block.
type Key = (u32, u32);

/// Blocks of which a reader asks for some.
#[derive(Clone, Copy)]
pub(super) struct Layer {
    /// Number of its own for an image and a choice of its bands.
    pub number: u32,
    /// Blocks there are.
    pub count: usize,
    /// They are only a means to make other entries, and go before those.
    pub fleeting: bool,
}

struct Entry {
    slot: Slot,
    bytes: usize,
    /// In which sweep it was last asked for.
    sweep: u64,
    /// Only a means to make another entry.
    fleeting: bool,
    /// How far down its image it lies, a share of 2^32.
    place: u64,
    /// Which call asked for it last.
    used: u64,
}

#[derive(Default)]
struct Kept {
    entries: HashMap<Key, Entry>,
    bytes: usize,
    clock: u64,
    sweep: u64,
}

/// Decoded blocks within a budget of bytes, shared by images and threads.
pub struct BlockCache {
    kept: Mutex<Kept>,
    pub(super) spare: Spare,
    budget: AtomicU64,
    sampling: AtomicBool,
    layers: AtomicU32,
    blocks: AtomicU64,
    bytes: AtomicU64,
}

/// What was decoded so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Decoded {
    /// Blocks, one for all bands.
    pub blocks: u64,
    /// Bytes of their values.
    pub bytes: u64,
}

impl BlockCache {
    /// A cache of at most `bytes` of decoded blocks; 0 keeps nothing.
    pub fn new(bytes: usize) -> BlockCache {
        BlockCache {
            kept: Mutex::default(),
            spare: Spare::default(),
            budget: AtomicU64::new(bytes as u64),
            sampling: AtomicBool::new(false),
            layers: AtomicU32::new(0),
            blocks: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
        }
    }

    /// Changes the budget from now on, and whether a few windows (statistics) are read again and again or all of the image once.
    pub fn set_budget(&self, bytes: usize, sampling: bool) {
        self.sampling.store(sampling, Ordering::Relaxed);
        self.budget.store(bytes as u64, Ordering::Relaxed);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let now = kept.clock + 1;
        let gone = kept.make_room(bytes, now);
        drop(kept);
        drop(gone);
    }

    /// What the cache let go serves the blocks decoded next; no more of it than is dropped at once, so that both keep to the budget.
    fn reuse(&self, gone: Vec<Slot>) {
        let most = gone.len();
        for slot in gone {
            // Another thread may still be reading it.
            if let Some(block) = Arc::into_inner(slot).and_then(OnceLock::into_inner).flatten() {
                self.spare.give(block, most);
            }
        }
    }

    /// Says that reading goes on in sweep `number` (counted from 0): what an earlier sweep asked for goes first.
    pub fn sweep(&self, number: u64) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.sweep = kept.sweep.max(number);
    }

    /// Blocks and bytes decoded so far.
    pub fn decoded(&self) -> Decoded {
        Decoded { blocks: self.blocks.load(Ordering::Relaxed), bytes: self.bytes.load(Ordering::Relaxed) }
    }

    /// Bytes kept now.
    pub fn kept_bytes(&self) -> usize {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).bytes
    }

    /// Statistics are being taken: the same few windows will be asked for again.
    pub(super) fn sampling(&self) -> bool {
        self.sampling.load(Ordering::Relaxed)
    }

    /// A number of its own for an image and a choice of its bands.
    pub(super) fn layer(&self) -> u32 {
        self.layers.fetch_add(1, Ordering::Relaxed)
    }

    pub(super) fn count(&self, bytes: usize) {
        self.blocks.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// The slots of blocks of a layer, given with the bytes each takes decoded; some may still have to be filled.
    pub(super) fn slots(&self, layer: Layer, blocks: &[(u32, usize)], into: &mut Vec<Slot>) {
        let Layer { number, count, fleeting } = layer;
        let budget = usize::try_from(self.budget.load(Ordering::Relaxed)).unwrap_or(usize::MAX);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.clock += 1;
        let (now, sweep) = (kept.clock, kept.sweep);
        for &(block, bytes) in blocks {
            let place = (u64::from(block) << 32) / count.max(1) as u64;
            let mut added = 0;
            let entry = kept.entries.entry((number, block)).or_insert_with(|| {
                added = bytes + ENTRY_BYTES;
                Entry { slot: Slot::default(), bytes: added, sweep, fleeting, place, used: now }
            });
            (entry.used, entry.sweep, entry.fleeting) = (now, sweep, fleeting);
            into.push(entry.slot.clone());
            kept.bytes += added;
        }
        let gone = kept.make_room(budget, now);
        drop(kept);
        self.reuse(gone);
    }

    /// Forgets a layer.
    pub(super) fn forget(&self, layer: u32) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let mut freed = 0;
        kept.entries.retain(|key, entry| {
            let stays = key.0 != layer;
            freed += if stays { 0 } else { entry.bytes };
            stays
        });
        kept.bytes -= freed;
    }
}

impl Kept {
    /// Drops blocks until a part of the budget is free, so that it need not be done for every block: those of earlier sweeps first, then
    /// means to other entries, then those farthest up, because images are read from top to bottom and what lies below will still be asked for; those asked for just
    /// now go last.
    fn make_room(&mut self, budget: usize, now: u64) -> Vec<Slot> {
        let mut gone = Vec::new();
        if self.bytes <= budget {
            return gone;
        }
        let order = |(key, e): (&Key, &Entry)| (e.used == now, e.sweep, !e.fleeting, e.place, *key);
        let mut done: Vec<(bool, u64, bool, u64, Key)> = self.entries.iter().map(order).collect();
        done.sort_unstable();
        for (current, _, _, _, key) in done {
            let enough = if current { budget } else { budget - budget / 32 };
            if self.bytes <= enough {
                break;
            }
            if let Some(entry) = self.entries.remove(&key) {
                self.bytes -= entry.bytes;
                gone.push(entry.slot);
            }
        }
        gone
    }
}

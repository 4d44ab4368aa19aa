//! A map by [`Key`] whose hash nobody outside can predict.

use super::entry::Key;
use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher};

pub(super) type KeyMap<V> = HashMap<Key, V, KeyHashing>;

pub(super) fn new_key_map<V>(seed: u64) -> KeyMap<V> {
    HashMap::with_hasher(KeyHashing { seed })
}

/// Hashes with a secret seed, so that nobody who chooses labels can choose collisions, even where one process serves several clusters.
#[derive(Clone)]
pub(super) struct KeyHashing {
    seed: u64,
}

impl BuildHasher for KeyHashing {
    type Hasher = KeyHasher;

    fn build_hasher(&self) -> KeyHasher {
        KeyHasher { seed: self.seed, hash: 0 }
    }
}

pub(super) struct KeyHasher {
    seed: u64,
    hash: u64,
}

impl Hasher for KeyHasher {
    /// Folds both halves of two products, which spreads neighbouring numbers, frequent in configs, over all bits.
    fn write_u64(&mut self, key: u64) {
        let once = folded(key ^ self.seed, 0x9e37_79b9_7f4a_7c15);
        self.hash = folded(once ^ self.seed.rotate_left(32), 0xd6e8_feb8_6659_fd93);
    }

    fn write(&mut self, _: &[u8]) {
        unreachable!("keys are single numbers");
    }

    fn finish(&self) -> u64 {
        self.hash
    }
}

fn folded(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}

impl std::hash::Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.number());
    }
}

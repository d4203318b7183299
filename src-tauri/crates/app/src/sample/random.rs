//! Repeatable numbers without floats: SplitMix64 (Steele, Lea, Flood 2014).

/// A stream of numbers that depends on its seed only.
#[derive(Debug, Clone)]
pub(super) struct Random(u64);

impl Random {
    /// The stream for a seed and a place, such as a customer and a day.
    pub(super) fn at(seed: u64, a: u64, b: u64) -> Self {
        let mut random = Self(
            seed ^ a.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ b.wrapping_mul(0xC2B2_AE3D_27D4_EB4F),
        );
        random.next();
        random
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `limit`, which is above zero.
    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit.max(1)
    }

    /// A number from `from` to `to`, both included.
    pub(super) fn between(&mut self, from: u64, to: u64) -> u64 {
        from + self.below(to.saturating_sub(from) + 1)
    }

    /// A position in a list of weights, by weight.
    pub(super) fn pick(&mut self, weights: &[u64]) -> usize {
        let mut left = self.below(weights.iter().sum());
        for (index, weight) in weights.iter().enumerate() {
            if left < *weight {
                return index;
            }
            left -= weight;
        }
        0
    }

    /// A heavy-tailed number around `typical`: most near it, some many times larger.
    pub(super) fn heavy(&mut self, typical: u64) -> u64 {
        let doublings = (0..5).take_while(|_| self.below(4) == 0).count();
        let base = self.between(typical / 3, typical + typical / 3);
        base << doublings
    }
}

//! How many random cases a test tries, and from which seed.

use std::hash::{BuildHasher, Hasher, RandomState};

use proptest::test_runner::{Config, FileFailurePersistence, RngSeed};

/// The seed of the usual run.
const USUAL_SEED: u64 = 20_261_121;

fn asked<T: std::str::FromStr>(name: &str) -> Option<T> {
    std::env::var(name).ok()?.parse().ok()
}

/// The usual number of cases from the usual seed, so that a change is judged by what it changed; or,
/// when `SCRIP_LAWS_CASES` asks for a number of cases, so many from a new seed, so that they look for
/// what nobody has seen yet. `SCRIP_LAWS_SEED` names a seed. The seed is printed, and a failure shows it.
#[must_use]
#[expect(clippy::print_stderr, reason = "a test says on standard error how to run it again")]
pub fn budget(usual: u32) -> Config {
    let cases = asked("SCRIP_LAWS_CASES").or_else(|| asked("PROPTEST_CASES"));
    let seed = asked("SCRIP_LAWS_SEED").unwrap_or_else(|| match cases {
        None => USUAL_SEED,
        Some(_) => RandomState::new().build_hasher().finish() >> 16,
    });
    let cases = cases.unwrap_or(usual);
    eprintln!("the same {cases} cases again: SCRIP_LAWS_CASES={cases} SCRIP_LAWS_SEED={seed}");
    Config {
        cases,
        rng_seed: RngSeed::Fixed(seed),
        max_shrink_iters: 20_000,
        // Some laws speak of few of the histories that are drawn, in a long run as in a short one.
        max_global_rejects: cases.saturating_mul(10).max(1_024),
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))),
        ..Config::default()
    }
}

//! A shorter run of `scripts/swap-under-load`.

use std::time::Duration;

use firepit_tests::under_load;

#[test]
fn no_scrape_is_lost_or_torn_while_modules_are_swapped() {
    let result = under_load(Duration::from_secs(30));
    assert!(result.faults.is_empty(), "{:#?}\n{result}", result.faults);
}

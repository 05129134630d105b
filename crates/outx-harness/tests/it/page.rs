//! The example of the language's page.

use crate::support::{read, told, verdicts};

#[test]
fn the_cases_of_the_page_hold() {
    let file = read("page", "warm-intro.test.yaml");
    assert_eq!(file.cases.len(), 3);
    for verdict in verdicts(&file) {
        assert!(verdict.holds(), "{}:\n{}", verdict.name, told(&file, &verdict));
    }
}

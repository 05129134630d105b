//! The scenarios of `examples/` are YAML that this crate reads and the service understands.

use outx_flow::diagnostic::Source;
use outx_flow::yaml::load;
use outx_service::Scenario;
use std::fs;
use std::path::Path;

#[test]
fn the_example_scenarios_are_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/scenarios");
    let mut read = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let source = Source::new(path.display().to_string(), fs::read_to_string(&path).unwrap());
        let node = load(&source).unwrap_or_else(|problems| panic!("{path:?}: {problems:?}"));
        let scenario = Scenario::read(&node.to_json()).unwrap_or_else(|error| panic!("{path:?}:\n{error}"));
        assert_ne!(scenario, Scenario::default(), "{path:?}");
        read += 1;
    }
    assert!(read >= 3);
}

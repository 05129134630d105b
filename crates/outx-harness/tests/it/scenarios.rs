//! What workflows do, seen from outside: `tests/scenarios/`, a folder for each topic and in it a workflow for each idea.

use crate::support::{Folder, read_in, told};
use outx_harness::{Files, Snapshots, judge};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios")
}

/// What is in a folder, in the order of its names.
fn within(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

#[test]
fn every_scenario_comes_out_as_it_says() {
    let (mut cases, mut wrong) = (0, Vec::new());
    for topic in within(&root()) {
        let files: Arc<dyn Files> = Arc::new(Folder(topic.clone()));
        let (tests, workflows): (Vec<_>, Vec<_>) = within(&topic)
            .into_iter()
            .filter(|path| path.extension().is_some_and(|ending| ending == "yaml"))
            .partition(|path| path.to_string_lossy().ends_with(".test.yaml"));
        let mut untried: BTreeSet<_> = workflows.into_iter().collect();
        for path in tests {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let text =
                fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            // A file without a case is not read, nor one with a case that expects nothing.
            let file = match read_in(&files, &name, &text) {
                Ok(file) => file,
                Err(findings) => {
                    wrong.push(format!("{} cannot be read\n{findings}", path.display()));
                    continue;
                }
            };
            untried.remove(&topic.join(&file.workflow_path));
            for case in &file.cases {
                cases += 1;
                let verdict = judge(&file, case, &Snapshots::default());
                let place = path.strip_prefix(root()).unwrap_or(&path).display();
                if !verdict.holds() {
                    wrong.push(format!("{place}: {}\n{}", case.name, told(&file, &verdict)));
                }
                if let Some(played) = verdict.played
                    && played.described != played.report
                {
                    wrong
                        .push(format!("{place}: {}\nits facts tell something else than was seen", case.name));
                }
            }
        }
        // Those that others call lie in a folder of their own.
        wrong.extend(untried.iter().map(|path| format!("{}: no case is of it", path.display())));
    }
    assert!(wrong.is_empty(), "of {cases} cases {} are not so:\n\n{}", wrong.len(), wrong.join("\n"));
    assert!(cases >= 100, "{cases}");
}

//! Test files as people write them: `ok/`, whose cases all hold, and `err/`, each with one mistake or one expectation that
//! does not come about, and beside each what a person is told.

use crate::support::{Folder, data, read, read_in, told};
use outx_harness::{Coverage, Files, Snapshots, judge};
use std::sync::Arc;
use std::{env, fs};

fn names(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(data(folder)).unwrap_or_else(|error| panic!("{folder}: {error}"));
    let mut names: Vec<_> =
        entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.retain(|name| name.ends_with(".test.yaml"));
    names.sort();
    names
}

#[test]
fn all_cases_of_ok_hold_and_reach_all_of_their_workflows() {
    let mut cases = 0;
    for name in names("ok") {
        let file = read("ok", &name);
        let kept = data("ok").join(name.replace(".test.yaml", ".snap.yaml"));
        let kept = fs::read_to_string(kept).unwrap_or_else(|_| "{}".to_owned());
        let snapshots = Snapshots::read(&kept).unwrap_or_else(|why| panic!("{name}: {why}"));
        let mut coverage = Coverage::of(&file.workflow);
        for case in &file.cases {
            let verdict = judge(&file, case, &snapshots);
            assert!(verdict.holds(), "{name}: {}:\n{}", verdict.name, told(&file, &verdict));
            verdict.played.iter().for_each(|played| coverage.add(played));
            cases += 1;
        }
        assert_eq!(coverage.percent(), 100, "{name}: {:?}", coverage.missing());
    }
    assert!(cases > 20, "{cases}");
}

#[test]
fn each_mistake_is_told_at_its_place() {
    let names = names("err");
    assert!(names.len() >= 60, "{}", names.len());
    let files: Arc<dyn Files> = Arc::new(Folder(data("err")));
    let mut stale = Vec::new();
    for name in names {
        let text = fs::read_to_string(data("err").join(&name)).unwrap_or_default();
        let is = match read_in(&files, &name, &text) {
            Err(findings) => findings,
            Ok(file) => {
                let verdicts = file.cases.iter().map(|case| judge(&file, case, &Snapshots::default()));
                let told: Vec<_> = verdicts.map(|verdict| told(&file, &verdict)).collect();
                told.concat()
            }
        };
        assert!(is.starts_with("error[OX6"), "{name}: {is}");
        let beside = data("err").join(name.replace(".test.yaml", ".txt"));
        if env::var_os("OUTX_REFRESH").is_some() {
            fs::write(&beside, &is).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
        if fs::read_to_string(&beside).unwrap_or_default() != is {
            stale.push(format!("{name} tells now:\n{is}"));
        }
    }
    assert!(stale.is_empty(), "{}\nOUTX_REFRESH=1 writes them anew", stale.join("\n"));
}

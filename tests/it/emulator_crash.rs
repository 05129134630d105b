//! The emulator itself, killed and started again on the same folder and port.

use crate::support::{Process, Report, World, requests_kept, twice, workflow};
use std::path::Path;
use std::thread;
use std::time::Duration;

fn emulate(world: &World, folder: &Path, port: &str) -> (Process, String) {
    let folder = folder.display().to_string();
    let args = ["emulate", "--port", port, "--latency", "150ms", "--data", &folder];
    let mut process = world.start(args);
    let address = process.prints("listening on ");
    (process, address)
}

#[test]
fn a_killed_emulator_knows_its_tasks_again() {
    let keeper = World::at("");
    let folder = keeper.work().join("service");
    let mut interrupted = 0;
    for after in [0, 20, 60, 120].map(Duration::from_millis) {
        let (mut emulator, address) = emulate(&keeper, &folder, "0");
        let port = address.rsplit(':').next().unwrap().to_owned();
        let world = World::at(&address);
        let mut process = world.start(["run", &workflow("fan-out"), "--output", "json"]);
        assert!(process.says(": task "));
        thread::sleep(after);
        emulator.kill();
        emulator.wait();
        let (_emulator, again) = emulate(&keeper, &folder, &port);
        assert_eq!(again, address);
        // The run either outlives the pause or says that the network is lost; then it is resumed.
        let mut done = process.wait();
        if done.code() == Some(7) {
            interrupted += 1;
            done = world.resume();
        }
        let report = Report::of(&done.expect(0));
        assert_eq!(report.outputs()["names"].as_array().map(Vec::len), Some(6));

        let log = requests_kept(&folder.join("service.db"), "emulator");
        let tasks: Vec<_> = log.iter().filter_map(|request| request.task.as_ref()).collect();
        for (path, step) in report.steps() {
            if let Some(task) = step["task_id"].as_str() {
                assert!(
                    tasks.iter().any(|known| known.as_str() == task),
                    "{path} used the unknown task {task}"
                );
            }
        }
    }
    eprintln!("of 4 runs {interrupted} said that the network was lost");
}

#[test]
fn a_write_is_sent_once_whatever_happens_to_the_emulator() {
    let keeper = World::at("");
    let folder = keeper.work().join("service");
    let (mut emulator, address) = emulate(&keeper, &folder, "0");
    let port = address.rsplit(':').next().unwrap().to_owned();
    let world = World::at(&address);
    let mut process = world.start(["run", &workflow("writes-at-once"), "--output", "json"]);
    assert!(process.says(".invite: task "));
    emulator.kill();
    emulator.wait();
    let (_emulator, _) = emulate(&keeper, &folder, &port);
    let mut done = process.wait();
    while done.code() == Some(7) {
        done = world.resume();
    }
    assert!(matches!(done.code(), Some(0 | 5)), "{}", done.stderr);
    let report = Report::of(&done);
    let doubts = report.steps().values().filter(|step| step["status"] == "in_doubt").count();
    assert_eq!(doubts > 0, done.code() == Some(5));
    assert_eq!(twice(&requests_kept(&folder.join("service.db"), "emulator")), Vec::<String>::new());
}

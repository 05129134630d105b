//! What becomes of the program when its disk lets it down: it says where, why and what to do, and what was stored
//! stays as it is.

use crate::support::{Done, Process, Report, Service, World, workflow};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A machine on which one run came to its end, with all that is stored in the main file.
fn used() -> (Service, World) {
    let service = Service::immediate();
    let world = World::new(&service);
    world.run(["run", &workflow("like"), "--output", "json"]).expect(0);
    let connection = rusqlite::Connection::open(store(&world)).unwrap();
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    (service, world)
}

/// The same, with all that is stored in the log.
fn used_in_the_log() -> (Service, World) {
    let service = Service::immediate();
    let world = World::new(&service);
    world.run(["run", &workflow("like"), "--output", "json"]).expect(0);
    (service, world)
}

fn store(world: &World) -> PathBuf {
    world.home().join("outx.db")
}

fn log(world: &World) -> PathBuf {
    world.home().join("outx.db-wal")
}

/// What the store's two files hold.
fn bytes(world: &World) -> (Option<Vec<u8>>, Option<Vec<u8>>) {
    // An empty log says as much as none.
    let log = fs::read(log(world)).ok().filter(|log| !log.is_empty());
    (fs::read(store(world)).ok(), log)
}

/// The program says where, why and what to do; nothing was sent, and nothing is different afterwards.
#[track_caller]
fn is_refused(service: &Service, world: &World, why: &str, what_to_do: &str) {
    let (before, asked) = (bytes(world), service.requests().len());
    for args in [vec!["runs"], vec!["run", &workflow("like")]] {
        told(&world.run(&args), world, why, what_to_do);
        assert!(bytes(world) == before, "{args:?} changed the store");
    }
    assert_eq!(service.requests().len(), asked, "something was sent");
}

#[track_caller]
fn told(done: &Done, world: &World, why: &str, what_to_do: &str) {
    assert_eq!(done.code(), Some(70), "{}{}", done.stdout, done.stderr);
    let place = store(world).display().to_string();
    for part in [&place, why, what_to_do] {
        assert!(done.stderr.contains(part), "`{part}` is not in: {}", done.stderr);
    }
}

#[test]
fn a_file_that_was_cut_is_not_written_to() {
    let (service, world) = used();
    let whole = fs::read(store(&world)).unwrap();
    for length in [50, 100, 512, 4_095, 4_096, 8_192, 30_000, whole.len() - 4_096, whole.len() - 1] {
        fs::write(store(&world), &whole[..length]).unwrap();
        is_refused(&service, &world, "the store's file is damaged", "restore it from a backup");
    }
    fs::write(store(&world), &whole).unwrap();
    world.run(["runs"]).expect(0);
}

#[test]
fn a_file_that_was_emptied_is_no_new_store() {
    let (service, world) = used_in_the_log();
    for length in [0, 1] {
        fs::File::options().write(true).open(store(&world)).unwrap().set_len(length).unwrap();
        is_refused(&service, &world, "is empty or gone", "restore both from a backup");
    }
    fs::remove_file(store(&world)).unwrap();
    is_refused(&service, &world, "is empty or gone", "restore both from a backup");
}

#[test]
fn a_bit_that_flipped_in_the_log_makes_nothing_forgotten() {
    let (service, world) = used_in_the_log();
    let whole = fs::read(log(&world)).unwrap();
    // Somewhere in its header, and in the header and the page of each frame but the last transaction's.
    let frames = (32..whole.len() - 8 * 4_120).step_by(4_120);
    for at in [0, 9, 17, 26].into_iter().chain(frames.flat_map(|frame| [frame + 9, frame + 2_000])) {
        let mut flipped = whole.clone();
        flipped[at] ^= 4;
        fs::write(log(&world), &flipped).unwrap();
        drop(fs::remove_file(world.home().join("outx.db-shm")));
        is_refused(&service, &world, "is damaged at its frame", "from a backup");
    }
    fs::write(log(&world), &whole).unwrap();
    assert!(world.run(["runs"]).expect(0).stdout.contains("succeeded"));
}

#[test]
fn a_bit_that_flipped_in_the_file_is_noticed_or_changes_nothing() {
    let (service, world) = used();
    let whole = fs::read(store(&world)).unwrap();
    let shown = world.run(["runs"]).expect(0).stdout;
    let (mut noticed, mut harmless) = (0, 0);
    // The fields of the file's header, and the beginning of each page: what SQLite finds its way by.
    let headers = (0..100).step_by(3);
    let pages = (100..whole.len()).step_by(4_096).map(|at| if at == 100 { at } else { at - 100 });
    for at in headers.chain(pages.flat_map(|page| [page, page + 3, page + 5])) {
        let mut flipped = whole.clone();
        flipped[at] ^= 64;
        fs::write(store(&world), &flipped).unwrap();
        for beside in ["outx.db-wal", "outx.db-shm"] {
            drop(fs::remove_file(world.home().join(beside)));
        }
        let done = world.run(["runs"]);
        if done.code() == Some(0) {
            assert_eq!(done.stdout, shown, "byte {at}");
            harmless += 1;
        } else {
            told(&done, &world, "error: ", "");
            noticed += 1;
        }
        // Whatever it does next, it writes nothing over what is there.
        world.run(["run", &workflow("like"), "--output", "json"]);
        assert!(fs::read(store(&world)).unwrap() == flipped, "byte {at}: the file was changed");
    }
    assert!(noticed > 10, "{noticed} noticed, {harmless} harmless");
    assert_eq!(service.requests().len(), 1, "the like was sent again");
}

#[test]
fn a_store_of_a_newer_version_is_left_alone() {
    let (service, world) = used();
    let mut newer = fs::read(store(&world)).unwrap();
    // Where SQLite keeps the number that a program may set.
    newer[60..64].copy_from_slice(&4_711_u32.to_be_bytes());
    fs::write(store(&world), &newer).unwrap();
    is_refused(&service, &world, "was written by a newer outx", "update outx");
}

/// Starts the program as somebody who is not above permissions: in a container everybody is root.
fn as_a_person(world: &World, args: &[&str]) -> Done {
    let mut known = world.command(args);
    if fs::metadata(world.work()).unwrap().uid() != 0 {
        return Process::start(&mut known).wait();
    }
    // Where the program and the test's files lie, that somebody may not be allowed to look.
    let near = |path: &Path| {
        let copy = world.home().parent().unwrap().join(path.file_name().unwrap());
        if !copy.exists() {
            fs::copy(path, &copy).unwrap();
        }
        copy
    };
    let mut command = Command::new(near(Path::new(known.get_program())));
    command.args(args.iter().map(Path::new).map(|arg| if arg.exists() { near(arg) } else { arg.to_owned() }));
    command.current_dir(world.work()).env_clear();
    command.envs(known.get_envs().filter_map(|(name, value)| Some((name, value?))));
    Process::start(command.uid(65_534).gid(65_534)).wait()
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_store_that_may_not_be_written_can_be_looked_at() {
    let (service, world) = used_in_the_log();
    // The locks stay as they are: it is the store that is tried here.
    for folder in [world.home().parent().unwrap().to_owned(), world.work(), world.home().join("locks")] {
        set_mode(&folder, 0o777);
    }
    for file in
        fs::read_dir(world.home()).unwrap().map(|entry| entry.unwrap().path()).filter(|it| it.is_file())
    {
        set_mode(&file, 0o444);
    }
    set_mode(&world.home(), 0o555);
    let before = bytes(&world);
    assert!(as_a_person(&world, &["runs"]).expect(0).stdout.contains("succeeded"));
    let done = as_a_person(&world, &["run", &workflow("like")]);
    told(&done, &world, "may not be written", "make its file and folder writable");
    assert!(bytes(&world) == before);
    assert_eq!(service.requests().len(), 1);
    set_mode(&world.home(), 0o755);
}

#[test]
fn a_folder_in_which_nothing_may_be_made_is_named() {
    let service = Service::immediate();
    let world = World::new(&service);
    set_mode(world.home().parent().unwrap(), 0o555);
    let done = as_a_person(&world, &["run", &workflow("like")]);
    told(&done, &world, "Permission denied", "check its folder");
    service.was_left_alone();
    set_mode(world.home().parent().unwrap(), 0o755);
}

/// A file may not grow over a limit: writes then fail half-way, as on a disk that fails. The signal that comes first is
/// ignored, as the limit would else end the program.
#[test]
fn a_disk_that_fails_while_it_is_written_loses_nothing_that_was_stored() {
    let (service, world) = used_in_the_log();
    let shown = world.run(["runs"]).expect(0).stdout;
    let before = bytes(&world).1.unwrap();
    // In blocks of 512 bytes; a little more than the log has.
    for more in [0, 1, 9, 30] {
        let limit = before.len().div_ceil(512) + more;
        let program = world.command(["run", &workflow("chain"), "--output", "json"]);
        let done = limited(&program, &world, limit);
        told(&done, &world, "the disk or the file system", "a local disk is needed");
        let after = bytes(&world).1.unwrap();
        assert!(after.starts_with(&before), "what was stored was written over");
        assert!(world.run(["runs"]).expect(0).stdout.contains(shown.trim()), "limit {limit}");
    }
    let lost = service.requests().len();
    world.run(["run", &workflow("like"), "--output", "json"]).expect(0);
    assert_eq!(service.requests().len(), lost, "the like is remembered");
}

/// The program under a limit on the size of its files.
fn limited(program: &Command, world: &World, blocks: usize) -> Done {
    let mut shell = world.command([""; 0]);
    let envs: Vec<_> =
        shell.get_envs().map(|(name, value)| (name.to_owned(), value.map(ToOwned::to_owned))).collect();
    shell = Command::new("sh");
    shell.args(["-c", &format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"")]);
    shell.arg(program.get_program()).args(program.get_args()).current_dir(world.work()).env_clear();
    shell.envs(envs.into_iter().filter_map(|(name, value)| Some((name, value?))));
    Process::start(&mut shell).wait()
}

/// A small file system of its own, which is full soon. Where the system lets nobody mount one, nothing is tried, and the
/// test says so; the limit above stands for it there.
#[test]
fn on_a_full_disk_the_program_says_so_and_goes_on_when_there_is_space() {
    let can = Command::new("unshare").args(["-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]).output();
    if !can.is_ok_and(|done| done.status.success()) {
        eprintln!("this system mounts nothing for a test: skipped");
        return;
    }
    let service = Service::immediate();
    let world = World::new(&service);
    fs::create_dir(world.home()).unwrap();
    let program = world.command(["run", &workflow("writes-in-turn"), "--output", "json"]);
    let script = "mount -t tmpfs -o size=220k tmpfs \"$OUTX_HOME\"; \
                  \"$0\" \"$@\" > first 2> told; echo $? > code; \
                  mount -o remount,size=10m \"$OUTX_HOME\"; \
                  run=$(\"$0\" runs | cut -d' ' -f1 | head -n 1); exec \"$0\" resume \"$run\" --output json";
    let mut shell = Command::new("unshare");
    shell.args(["-rm", "sh", "-c", script]).arg(program.get_program()).args(program.get_args());
    shell.current_dir(world.work()).env_clear();
    shell.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let done = Process::start(&mut shell).wait();

    let read = |name: &str| fs::read_to_string(world.work().join(name)).unwrap();
    assert_eq!(read("code").trim(), "70", "{}", read("told"));
    for part in ["the disk that holds the store is full", "make space", &store(&world).display().to_string()]
    {
        assert!(read("told").contains(part), "`{part}` is not in {}", read("told"));
    }
    let report = Report::of(&done);
    assert!(["succeeded", "needs_attention"].contains(&report.status()), "{}", report.json);
    assert_eq!(crate::support::twice(&service.requests()), Vec::<String>::new());
    let doubts = report.steps().values().filter(|step| step["status"] == "in_doubt").count();
    assert!(doubts <= 2, "{}", report.json);
}

//! `outx new`

use crate::Exit;
use crate::args::{NewArgs, Output, Starts, Task};
use crate::fault::Fault;
use crate::print::{stderr, tell};
use crate::profile::check_name;
use crate::prompt::has_terminal;
use jiff::tz::TimeZone;
use serde_json::json;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, BufRead, Write};
use std::path::{Path, PathBuf};

/// So often a question is asked again before it is given up.
const TRIES: usize = 3;

pub(crate) fn new(args: &NewArgs) -> Result<Exit, Fault> {
    let answers = Answers::of(args)?;
    let folder = args.folder.clone().unwrap_or_else(|| PathBuf::from("."));
    let path = folder.join(format!("{}.yaml", answers.name));
    let test = folder.join(format!("{}.test.yaml", answers.name));
    if test.exists() {
        return Err(there_already(&test));
    }
    write_new(&path, &answers.text())?;
    write_new(&test, &answers.test())?;
    let (shown, tests) = (path.display(), test.display());
    match args.output {
        Output::Json => {
            let (file, test) = (shown.to_string(), tests.to_string());
            super::print_json(&json!({ "file": file, "test": test, "name": answers.name }));
        }
        Output::Text => {
            tell!("{shown} is written, and {tests} with its tests. Next:");
            tell!("  outx test {tests}   plays the tests, in virtual time");
            tell!("  outx run {shown} --emulate   tries it on invented data; nothing is sent");
            tell!("  outx plan {shown}            shows what it would do and send");
            tell!("  outx run {shown}             runs it, once `outx login` has your key");
            if answers.starts == Starts::Weekdays {
                tell!("  outx schedule add {shown}    has `outx serve` start it at its times");
            }
        }
    }
    Ok(Exit::Success)
}

/// What a workflow is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Answers {
    task: Task,
    starts: Starts,
    name: String,
}

impl Answers {
    fn of(args: &NewArgs) -> Result<Self, Fault> {
        if let (Some(task), Some(starts), Some(name)) = (args.task, args.starts, &args.name) {
            check_name(name)?;
            return Ok(Self { task, starts, name: name.clone() });
        }
        if !has_terminal() {
            let help = "say all three: `outx new NAME --task people|companies|invite|message --starts by-hand|weekdays`";
            return Err(Fault::usage("there is no terminal to ask at", help));
        }
        Self::asked(args, &mut io::stdin().lock())
    }

    /// Asks what the flags do not say.
    fn asked(args: &NewArgs, from: &mut impl BufRead) -> Result<Self, Fault> {
        let tasks = [
            (Task::People, "look people up, into a CSV file"),
            (Task::Companies, "read what companies write, into a CSV file"),
            (Task::Invite, "invite people of a list"),
            (Task::Message, "write to your connections"),
        ];
        let starts = [
            (Starts::ByHand, "by hand, with `outx run`"),
            (Starts::Weekdays, "by itself, on weekdays at 7:00"),
        ];
        let task = match args.task {
            Some(task) => task,
            None => choice("What is it to do?", &tasks, from)?,
        };
        let starts = match args.starts {
            Some(starts) => starts,
            None => choice("When is it started?", &starts, from)?,
        };
        let name = if let Some(name) = &args.name {
            name.clone()
        } else {
            stderr(&format!("What is it called? [{}] ", task.word()));
            let line = line(from)?;
            if line.is_empty() { task.word().to_owned() } else { line }
        };
        check_name(&name)?;
        Ok(Self { task, starts, name })
    }

    /// The tests of the workflow.
    fn test(&self) -> String {
        let template = match self.task {
            Task::People => include_str!("../new/people.test.yaml"),
            Task::Companies => include_str!("../new/companies.test.yaml"),
            Task::Invite => include_str!("../new/invite.test.yaml"),
            Task::Message => include_str!("../new/message.test.yaml"),
        };
        template.replace("NAME", &self.name)
    }

    fn text(&self) -> String {
        let template = match self.task {
            Task::People => include_str!("../new/people.yaml"),
            Task::Companies => include_str!("../new/companies.yaml"),
            Task::Invite => include_str!("../new/invite.yaml"),
            Task::Message => include_str!("../new/message.yaml"),
        };
        // A name such as `1` or `no` is a text in quotes.
        let is_plain = self.name.starts_with(|c: char| c.is_ascii_alphabetic())
            && !matches!(self.name.to_ascii_lowercase().as_str(), "true" | "false" | "null");
        let quoted = if is_plain { self.name.clone() } else { format!("\"{}\"", self.name) };
        let text = template.replacen("name: NAME", &format!("name: {quoted}"), 1).replace("NAME", &self.name);
        if self.starts == Starts::ByHand {
            return text;
        }
        let zone = TimeZone::system();
        let zone = zone.iana_name().unwrap_or("UTC");
        let schedule =
            format!("schedule: {{ cron: \"0 7 * * 1-5\", time_zone: {zone} }}   # Monday to Friday\n\n#");
        text.replacen("\n#", &format!("\n{schedule}"), 1)
    }
}

/// One of a few, by its number or the word that its flag takes.
fn choice<T: Copy + Worded>(
    question: &str,
    among: &[(T, &str)],
    from: &mut impl BufRead,
) -> Result<T, Fault> {
    let mut text = format!("{question}\n");
    for (at, (one, said)) in among.iter().enumerate() {
        let _ = writeln!(text, "  {}  {said} ({})", at + 1, one.word());
    }
    stderr(&text);
    for _ in 0..TRIES {
        stderr("[1] ");
        let said = line(from)?;
        let number = if said.is_empty() { Some(1) } else { said.parse::<usize>().ok() };
        let found =
            among.iter().enumerate().find(|(at, (one, _))| number == Some(at + 1) || one.word() == said);
        if let Some((_, (one, _))) = found {
            return Ok(*one);
        }
        stderr(&format!("Answer with a number from 1 to {}.\n", among.len()));
    }
    Err(Fault::usage("that is none of the answers", "the flags say it, too: `outx new --help`"))
}

fn line(from: &mut impl BufRead) -> Result<String, Fault> {
    let mut line = String::new();
    let read = from.read_line(&mut line).map_err(|error| Fault::io("cannot read the answer", &error))?;
    if read == 0 {
        return Err(Fault::usage("there was no answer", "the flags say it, too: `outx new --help`"));
    }
    Ok(line.trim().to_owned())
}

/// What a flag calls it.
trait Worded {
    fn word(self) -> &'static str;
}

impl Worded for Task {
    fn word(self) -> &'static str {
        match self {
            Self::People => "people",
            Self::Companies => "companies",
            Self::Invite => "invite",
            Self::Message => "message",
        }
    }
}

impl Worded for Starts {
    fn word(self) -> &'static str {
        match self {
            Self::ByHand => "by-hand",
            Self::Weekdays => "weekdays",
        }
    }
}

/// Writes a file that is not there; one that is stays as it is.
fn write_new(path: &Path, text: &str) -> Result<(), Fault> {
    let made = File::create_new(path).and_then(|mut file| file.write_all(text.as_bytes()));
    made.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => there_already(path),
        _ => Fault::io(&format!("cannot write {}", path.display()), &error),
    })
}

fn there_already(path: &Path) -> Fault {
    Fault::usage(format!("{} is there already", path.display()), "give another name")
}

#[cfg(test)]
mod tests {
    use super::*;
    use outx_flow::diagnostic::{Source, render};
    use outx_flow::{CheckOptions, check};

    fn asked(said: &str) -> Result<Answers, Fault> {
        Answers::asked(&NewArgs::default(), &mut said.as_bytes())
    }

    #[test]
    fn answers_are_numbers_words_or_nothing() {
        let answers = |task, starts, name: &str| Answers { task, starts, name: name.to_owned() };
        assert_eq!(asked("\n\n\n").unwrap(), answers(Task::People, Starts::ByHand, "people"));
        assert_eq!(asked("3\n2\nspring\n").unwrap(), answers(Task::Invite, Starts::Weekdays, "spring"));
        assert_eq!(asked("message\nby-hand\n\n").unwrap(), answers(Task::Message, Starts::ByHand, "message"));
        // Asked again, and then given up.
        assert_eq!(asked("9\nx\n2\n\n\n").unwrap().task, Task::Companies);
        for nothing in ["9\n9\n9\n", "1\n", "1\n1\n../x\n"] {
            assert!(asked(nothing).is_err(), "{nothing}");
        }
    }

    #[test]
    fn every_answer_gives_a_workflow_that_says_nothing() {
        for task in [Task::People, Task::Companies, Task::Invite, Task::Message] {
            for starts in [Starts::ByHand, Starts::Weekdays] {
                for name in ["spring", "2026", "true", "a-b_c"] {
                    let text = Answers { task, starts, name: name.to_owned() }.text();
                    let source = Source::new("new.yaml", &text);
                    let checked = check(&source, &CheckOptions::shipped());
                    assert!(
                        checked.diagnostics.is_empty(),
                        "{}",
                        render(&source, &checked.diagnostics, false)
                    );
                    let workflow = checked.workflow.unwrap();
                    assert_eq!(workflow.name, name);
                    assert_eq!(workflow.schedule.is_some(), starts == Starts::Weekdays, "{text}");
                }
            }
        }
    }
}

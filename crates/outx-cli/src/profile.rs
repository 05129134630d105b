//! Profiles: a team's key under a name, in a file of its owner's alone.

use crate::Exit;
use crate::fault::Fault;
use crate::home::config_folder;
use outx_model::AccountId;
use outx_transport::ApiKey;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The profile that is meant where nobody names one.
pub(crate) const DEFAULT: &str = "default";

/// So long a name may be: it is part of a file's name.
const LONGEST_NAME: usize = 64;

/// What is kept of a team under a name.
#[derive(Debug, Clone)]
pub(crate) struct Profile {
    /// Where the API is. The key is sent nowhere else.
    pub base_url: String,
    /// What the ledger knows the team by. It stays the same when the team gets a new key.
    pub account: AccountId,
    /// The team's key.
    pub key: ApiKey,
    /// The team's own name, where signing in by mail told it.
    pub team: Option<String>,
}

/// A profile as it stands in its file. It has no `Debug`, because it would show the key.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    base_url: String,
    account: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    team: Option<String>,
    key: String,
}

/// All profiles of this machine's user.
#[derive(Debug, Clone)]
pub(crate) struct Profiles {
    folder: PathBuf,
}

impl Profiles {
    /// Those of the configuration folder.
    pub(crate) fn find() -> Result<Self, Fault> {
        Ok(Self { folder: config_folder()?.join("profiles") })
    }

    /// Where they are kept.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The file of a profile.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.yaml"))
    }

    /// A profile by its name; nothing when there is none.
    pub(crate) fn get(&self, name: &str) -> Result<Option<Profile>, Fault> {
        check_name(name)?;
        let path = self.path(name);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(broken(name, &path, &error.to_string())),
        };
        // The parser's own message may quote what it read, and so the key.
        let written: Written = serde_yaml::from_str(&text).map_err(|error| {
            let line = error.location().map(|place| format!(" (line {})", place.line()));
            broken(name, &path, &format!("it is no profile{}", line.unwrap_or_default()))
        })?;
        let key = ApiKey::new(&written.key).map_err(|why| broken(name, &path, why))?;
        let Written { base_url, account, team, .. } = written;
        Ok(Some(Profile { base_url, account: AccountId::from(account), key, team }))
    }

    /// Keeps a profile; one of the same name is replaced at once or not at all.
    pub(crate) fn put(&self, name: &str, profile: &Profile) -> Result<PathBuf, Fault> {
        check_name(name)?;
        let written = Written {
            base_url: profile.base_url.clone(),
            account: profile.account.to_string(),
            team: profile.team.clone(),
            key: profile.key.expose().to_owned(),
        };
        let text = serde_yaml::to_string(&written)
            .map_err(|_| Fault::new(Exit::Internal, "the profile cannot be written as YAML", ""))?;
        let path = self.path(name);
        self.write(&path, &text).map_err(|error| {
            let help = "make its folder writable for this user, or set OUTX_CONFIG to another one";
            Fault::new(Exit::Internal, format!("cannot write {}: {error}", path.display()), help)
        })?;
        Ok(path)
    }

    /// The names of all profiles, sorted.
    pub(crate) fn names(&self) -> Result<Vec<String>, Fault> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => {
                return Err(Fault::io(&format!("cannot read {}", self.folder.display()), &error));
            }
        };
        let name = |entry: fs::DirEntry| Some(entry.file_name().to_str()?.strip_suffix(".yaml")?.to_owned());
        let mut names: Vec<_> =
            entries.flatten().filter_map(name).filter(|name| check_name(name).is_ok()).collect();
        names.sort();
        Ok(names)
    }

    /// The profile whose key this is, with its name. A file that cannot be read might be that one, and then the
    /// ledger would be another: so it is an error.
    pub(crate) fn with_key(&self, key: &ApiKey, base_url: &str) -> Result<Option<(String, Profile)>, Fault> {
        for name in self.names()? {
            if let Some(profile) = self.get(&name)?
                && profile.key.expose() == key.expose()
                && profile.base_url == base_url
            {
                return Ok(Some((name, profile)));
            }
        }
        Ok(None)
    }

    fn write(&self, path: &Path, text: &str) -> io::Result<()> {
        let mut folder = fs::DirBuilder::new();
        folder.recursive(true);
        let mut file = fs::OpenOptions::new();
        file.write(true).create_new(true);
        #[cfg(unix)]
        {
            std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
            std::os::unix::fs::OpenOptionsExt::mode(&mut file, 0o600);
        }
        folder.create(&self.folder)?;
        let beside = self.folder.join(format!(".{}", uuid::Uuid::new_v4()));
        let written = file.open(&beside).and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()
        });
        let renamed = written.and_then(|()| fs::rename(&beside, path));
        if renamed.is_err() {
            drop(fs::remove_file(&beside));
        }
        renamed
    }
}

/// A name that may stand in a file's name everywhere.
pub(crate) fn check_name(name: &str) -> Result<(), Fault> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if !name.is_empty() && name.len() <= LONGEST_NAME && name.chars().all(allowed) {
        return Ok(());
    }
    let help = "letters, digits, `-` and `_`, such as `work` or `client-2`";
    Err(Fault::usage(format!("`{name}` is no name for a profile"), help))
}

fn broken(name: &str, path: &Path, why: &str) -> Fault {
    Fault::new(
        Exit::Authentication,
        format!("the profile `{name}` cannot be read: {}: {why}", path.display()),
        format!("mend the file, or delete it and run `outx login --profile {name}`"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(key: &str) -> Profile {
        Profile {
            base_url: "https://api.outx.ai".into(),
            account: "team-1".into(),
            key: ApiKey::new(key).unwrap(),
            team: Some("Fjord: Labs".into()),
        }
    }

    #[test]
    fn what_was_kept_is_there_again_and_is_its_owners_alone() {
        let dir = tempfile::tempdir().unwrap();
        let profiles = Profiles { folder: dir.path().join("a").join("profiles") };
        assert!(profiles.get("work").unwrap().is_none());
        profiles.put("work", &profile("outx_first-key-of-all")).unwrap();
        let path = profiles.put("work", &profile("outx_second-key-of-all")).unwrap();
        let kept = profiles.get("work").unwrap().unwrap();
        assert_eq!(kept.key.expose(), "outx_second-key-of-all");
        assert_eq!((kept.team.as_deref(), kept.account.as_str()), (Some("Fjord: Labs"), "team-1"));
        assert_eq!(profiles.names().unwrap(), ["work"]);
        assert_eq!(fs::read_dir(profiles.folder()).unwrap().count(), 1, "nothing is left beside it");
        let found = profiles.with_key(&kept.key, "https://api.outx.ai").unwrap();
        assert_eq!(found.map(|(name, _)| name).as_deref(), Some("work"));
        assert!(profiles.with_key(&kept.key, "http://127.0.0.1:1").unwrap().is_none());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!((mode(&path), mode(profiles.folder())), (0o600, 0o700));
        }
    }

    #[test]
    fn a_damaged_file_is_named_and_its_key_is_not_shown() {
        let dir = tempfile::tempdir().unwrap();
        let profiles = Profiles { folder: dir.path().to_owned() };
        for text in ["key: outx_secret-of-all", "outx_secret-of-all", "key: [outx_secret-of-all", "\u{0}"] {
            fs::write(profiles.path("bad"), text).unwrap();
            let fault = profiles.get("bad").unwrap_err().text();
            assert!(fault.contains("bad.yaml") && !fault.contains("outx_secret"), "{fault}");
        }
    }

    #[test]
    fn a_name_leads_out_of_no_folder() {
        for name in ["", "..", "a/b", "a.b", "é", &"x".repeat(65)] {
            assert!(check_name(name).is_err(), "{name}");
        }
        assert!(check_name("client-2_B").is_ok());
    }
}

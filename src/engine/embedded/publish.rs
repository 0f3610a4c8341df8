//! How a run's files become the tables' files.
//!
//! The files lie in `<warehouse>/_pipectl/<run id>/data/<table>/`. `<warehouse>/_pipectl/publishing.json` says which run
//! is being published and with which files; from then on the publish is rolled forward, by whoever comes next, until
//! every table has these files and no others. The PySpark script follows the same protocol on S3.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use walkdir::WalkDir;

use crate::error::{Error, Kind, Result};

/// `publishing.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publishing {
    /// The run whose files they are.
    pub run_id: String,
    /// Each table's files, relative to its folder, with `/`.
    pub tables: IndexMap<String, Vec<String>>,
    /// The tables that are appended to, with the files that go: those of an earlier attempt of the same run.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub appended: IndexMap<String, Vec<String>>,
}

impl Publishing {
    /// A run's files, of which those in `appended` tables come to what is there.
    ///
    /// Errors: `io`, `publishing` when the record of an earlier attempt cannot be read.
    pub fn new(
        warehouse: &Path,
        run_id: &str,
        tables: IndexMap<String, Vec<String>>,
        appended: &[String],
    ) -> Result<Self> {
        let path = record(warehouse, run_id);
        let earlier = read_note(&path)?.map(|earlier| earlier.tables).unwrap_or_default();
        let files = |table: &String| (table.clone(), earlier.get(table).cloned().unwrap_or_default());
        let appended = appended.iter().map(files).collect();
        Ok(Publishing { run_id: run_id.to_string(), tables, appended })
    }
}

/// The folder beside the tables that runs keep their things in.
pub fn hidden(warehouse: &Path) -> PathBuf {
    warehouse.join("_pipectl")
}

/// The folder of one run's things.
pub fn run_folder(warehouse: &Path, run_id: &str) -> PathBuf {
    hidden(warehouse).join(run_id)
}

/// The folder of a table's files before they are published.
pub fn data_folder(warehouse: &Path, run_id: &str, table: &str) -> PathBuf {
    run_folder(warehouse, run_id).join("data").join(table)
}

/// Announces a publish: from here on it is rolled forward.
pub fn announce(warehouse: &Path, publishing: &Publishing) -> Result<()> {
    put_note(&notice(warehouse), publishing)
}

fn put_note(path: &Path, note: &Publishing) -> Result<()> {
    put(path, &serde_json::to_vec_pretty(note).map_err(|e| Error::bug(e.to_string()))?)
}

fn read_note(path: &Path) -> Result<Option<Publishing>> {
    let text = match std::fs::read(path) {
        Ok(text) => text,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(Error::io("read", path, e)),
    };
    serde_json::from_slice(&text).map(Some).map_err(|e| {
        Error::new(Kind::Conflict, "publishing", format!("cannot understand `{}`: {e}", path.display()))
            .with_help("a newer pipectl may have written it; else delete it and run again")
    })
}

/// Whether `run_id` announced a publish that is not complete.
pub fn announced(warehouse: &Path, run_id: &str) -> bool {
    let text = std::fs::read(notice(warehouse)).unwrap_or_default();
    serde_json::from_slice::<Publishing>(&text).is_ok_and(|publishing| publishing.run_id == run_id)
}

/// Completes the publish that a run announced and did not finish, if there is one; returns its run's id.
///
/// Idempotent: it may have been interrupted at any point, any number of times.
pub fn roll_forward(warehouse: &Path) -> Result<Option<String>> {
    let Some(publishing) = read_note(&notice(warehouse))? else { return Ok(None) };
    publish(warehouse, &publishing, &mut |_| ())?;
    Ok(Some(publishing.run_id))
}

/// Moves the announced files into place, deletes all others (of tables that are appended to only what an earlier attempt of
/// the run left), and takes the notice back. What was appended is on record for a further attempt. `begun` hears each table.
pub fn publish(warehouse: &Path, publishing: &Publishing, begun: &mut dyn FnMut(&str)) -> Result<()> {
    for (table, files) in &publishing.tables {
        begun(table);
        swap(warehouse, publishing, table, files)?;
    }
    if !publishing.appended.is_empty() {
        put_note(&record(warehouse, &publishing.run_id), publishing)?;
    }
    let data = run_folder(warehouse, &publishing.run_id).join("data");
    remove_folder(&data)?;
    let notice = notice(warehouse);
    std::fs::remove_file(&notice).map_err(|e| Error::io("delete", &notice, e))
}

fn swap(warehouse: &Path, publishing: &Publishing, table: &str, files: &[String]) -> Result<()> {
    let run_id = &publishing.run_id;
    let (from, to) = (data_folder(warehouse, run_id, table), warehouse.join(table));
    for file in files {
        let (source, target) = (from.join(file), to.join(file));
        if source.exists() {
            if let Some(folder) = target.parent() {
                std::fs::create_dir_all(folder).map_err(|e| Error::io("create", folder, e))?;
            }
            std::fs::rename(&source, &target).map_err(|e| Error::io("move", &source, e))?;
        } else if !target.exists() {
            let message = format!("run `{run_id}` was being published, and `{}` is gone", source.display());
            return Err(Error::new(Kind::Conflict, "publishing", message)
                .with_help(format!("delete `{}` and run again", notice(warehouse).display())));
        }
    }
    let paths = |files: &[String]| files.iter().map(|file| to.join(file)).collect::<BTreeSet<PathBuf>>();
    let (keep, goes) = (paths(files), publishing.appended.get(table).map(|earlier| paths(earlier)));
    for entry in WalkDir::new(&to).contents_first(true).into_iter().filter_map(|entry| entry.ok()) {
        let path = entry.path();
        if entry.file_type().is_dir() {
            // A folder that still holds something refuses, as it should.
            let _ = std::fs::remove_dir(path);
        } else if !keep.contains(path) && goes.as_ref().is_none_or(|goes| goes.contains(path)) {
            std::fs::remove_file(path).map_err(|e| Error::io("delete", path, e))?;
        }
    }
    Ok(())
}

/// Deletes a folder with all in it; one that is not there is fine.
pub fn remove_folder(folder: &Path) -> Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(Error::io("delete", folder, e)),
        _ => Ok(()),
    }
}

/// Writes a file so that it is there whole or not at all.
pub fn put(path: &Path, text: &[u8]) -> Result<()> {
    let folder = path.parent().unwrap_or(Path::new(""));
    std::fs::create_dir_all(folder).map_err(|e| Error::io("create", folder, e))?;
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(|e| Error::io("write in", folder, e))?;
    io::Write::write_all(&mut file, text).map_err(|e| Error::io("write", path, e))?;
    file.persist(path).map_err(|e| Error::io("write", path, e.error))?;
    Ok(())
}

fn notice(warehouse: &Path) -> PathBuf {
    hidden(warehouse).join("publishing.json")
}

/// What a run appended.
fn record(warehouse: &Path, run_id: &str) -> PathBuf {
    run_folder(warehouse, run_id).join("committed.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILES: [&str; 2] = ["year=1999/part-0.parquet", "year=2000/part-0.parquet"];

    /// A warehouse with an old table `hits`, and the files of run `r` ready beside it.
    fn warehouse() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "hits/year=1998/old.parquet", "old");
        write(folder.path(), "hits/year=1999/old.parquet", "old");
        write(folder.path(), "other/part-0.parquet", "other");
        for file in FILES {
            write(folder.path(), &format!("_pipectl/r/data/hits/{file}"), "new");
        }
        folder
    }

    fn write(root: &Path, path: &str, text: &str) {
        put(&root.join(path), text.as_bytes()).unwrap();
    }

    fn publishing() -> Publishing {
        let files = FILES.iter().map(|file| file.to_string()).collect();
        Publishing { run_id: "r".into(), tables: IndexMap::from([("hits".into(), files)]), appended: IndexMap::new() }
    }

    fn listing(root: &Path) -> Vec<String> {
        let files = WalkDir::new(root).sort_by_file_name().into_iter().filter_map(|entry| entry.ok());
        let files =
            files.filter(|entry| entry.file_type().is_file() || entry.path().read_dir().unwrap().next().is_none());
        files.map(|entry| entry.path().strip_prefix(root).unwrap().display().to_string()).collect()
    }

    fn done() -> Vec<String> {
        let mut files = vec!["_pipectl/r".to_string()];
        files.extend(FILES.map(|file| format!("hits/{file}")));
        files.push("other/part-0.parquet".into());
        files
    }

    #[test]
    fn the_new_files_replace_the_old() {
        let folder = warehouse();
        announce(folder.path(), &publishing()).unwrap();
        let mut tables = Vec::new();
        publish(folder.path(), &publishing(), &mut |table| tables.push(table.to_string())).unwrap();
        assert_eq!(listing(folder.path()), done());
        assert_eq!(tables, ["hits"]);
        assert_eq!(roll_forward(folder.path()).unwrap(), None);
    }

    #[test]
    fn without_a_notice_nothing_is_touched() {
        let folder = warehouse();
        let before = listing(folder.path());
        assert_eq!(roll_forward(folder.path()).unwrap(), None);
        assert_eq!(listing(folder.path()), before);
    }

    /// Each step of a publish, in order; after any prefix of them the next run completes it.
    #[test]
    fn an_interrupted_publish_is_rolled_forward_from_any_point() {
        let move_file = |root: &Path, file: &str| {
            let target = root.join("hits").join(file);
            std::fs::create_dir_all(target.parent().unwrap()).unwrap();
            std::fs::rename(root.join("_pipectl/r/data/hits").join(file), target).unwrap();
        };
        let steps: [&dyn Fn(&Path); 7] = [
            &|root| announce(root, &publishing()).unwrap(),
            &|root| move_file(root, FILES[0]),
            &|root| move_file(root, FILES[1]),
            &|root| std::fs::remove_file(root.join("hits/year=1998/old.parquet")).unwrap(),
            &|root| std::fs::remove_dir(root.join("hits/year=1998")).unwrap(),
            &|root| std::fs::remove_file(root.join("hits/year=1999/old.parquet")).unwrap(),
            &|root| std::fs::remove_dir_all(root.join("_pipectl/r/data")).unwrap(),
        ];
        for interrupted_after in 1..=steps.len() {
            let folder = warehouse();
            steps[..interrupted_after].iter().for_each(|step| step(folder.path()));
            assert_eq!(roll_forward(folder.path()).unwrap().as_deref(), Some("r"), "{interrupted_after}");
            assert_eq!(listing(folder.path()), done(), "{interrupted_after}");
            let text = std::fs::read_to_string(folder.path().join("hits").join(FILES[0])).unwrap();
            assert_eq!(text, "new");
        }
    }

    #[test]
    fn files_that_are_gone_stop_it() {
        let folder = warehouse();
        announce(folder.path(), &publishing()).unwrap();
        std::fs::remove_file(folder.path().join("_pipectl/r/data/hits").join(FILES[1])).unwrap();
        assert_eq!(roll_forward(folder.path()).unwrap_err().code(), "publishing");
        assert!(folder.path().join("hits/year=1998/old.parquet").exists(), "the old table stays");
    }

    #[test]
    fn a_table_without_rows_has_no_files() {
        let folder = warehouse();
        let empty = Publishing { tables: IndexMap::from([("hits".into(), Vec::new())]), ..publishing() };
        announce(folder.path(), &empty).unwrap();
        roll_forward(folder.path()).unwrap();
        assert_eq!(listing(folder.path()), ["_pipectl/r", "other/part-0.parquet"]);
    }

    #[test]
    fn appended_files_come_to_the_others_and_a_second_attempt_replaces_them() {
        let folder = warehouse();
        let append = |files: &[&str]| {
            let files = files.iter().map(|file| file.to_string()).collect();
            let tables = IndexMap::from([("hits".to_string(), files)]);
            Publishing::new(folder.path(), "r", tables, &["hits".to_string()]).unwrap()
        };
        for _interrupted_and_again in 0..2 {
            announce(folder.path(), &append(&FILES)).unwrap();
            roll_forward(folder.path()).unwrap();
            let old = ["hits/year=1998/old.parquet", "hits/year=1999/old.parquet"];
            let mut expected = vec!["_pipectl/r/committed.json".to_string()];
            expected.extend(old.iter().chain(&["other/part-0.parquet"]).map(|file| file.to_string()));
            expected.extend(FILES.map(|file| format!("hits/{file}")));
            let mut there = listing(folder.path());
            there.sort();
            expected.sort();
            assert_eq!(there, expected);
            FILES.iter().for_each(|file| write(folder.path(), &format!("_pipectl/r/data/hits/{file}"), "again"));
        }
        // The next attempt has other files: those of the first go.
        write(folder.path(), "_pipectl/r/data/hits/year=2001/part-0.parquet", "again");
        announce(folder.path(), &append(&["year=2001/part-0.parquet"])).unwrap();
        roll_forward(folder.path()).unwrap();
        let there = listing(folder.path()).join(" ");
        assert!(there.contains("year=2001/part-0") && there.contains("1999/old"), "{there}");
        assert!(!there.contains("1999/part-0") && !there.contains("2000/part-0"), "{there}");
    }
}

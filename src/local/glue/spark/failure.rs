//! Why a script failed, out of what it and Spark printed: as Glue's `ErrorMessage` has it.

/// The longest reason, in characters.
const LONGEST: usize = 4000;

/// The last exception's line, else the last line that is the script's own. Spark gives what the script prints to either stream
/// to stdout, and keeps stderr for itself.
pub fn reason(output: &str, error: &str) -> String {
    let own = |text| lines(text).filter(|line| !is_sparks(line)).last();
    let found = raised(output).or_else(|| raised(error)).or_else(|| own(output)).or_else(|| own(error));
    let Some(line) = found else {
        return "Command failed with exit code 1 and said nothing".to_owned();
    };
    let reason: String = line.chars().take(LONGEST).collect();
    match advice(&reason) {
        Some(advice) => format!("{reason} ({advice})"),
        None => reason,
    }
}

/// The exception of the last traceback: it stands behind its indented lines.
fn raised(text: &str) -> Option<&str> {
    let lines: Vec<&str> = lines(text).collect();
    let traceback = lines.iter().rposition(|line| line.starts_with("Traceback (most recent call last)"))?;
    lines[traceback + 1..].iter().copied().find(|line| !line.starts_with(' '))
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim_end).filter(|line| !line.trim().is_empty())
}

/// What Spark logs: `26/11/21 18:00:00 WARN ...`, and how it greets.
fn is_sparks(line: &str) -> bool {
    let dated = line.get(..8).is_some_and(|d| {
        d.bytes().enumerate().all(|(i, b)| match i {
            2 | 5 => b == b'/',
            _ => b.is_ascii_digit(),
        })
    });
    let greets = ["Setting default log level", "To adjust logging level", "Using Spark's default log4j"];
    dated || line.starts_with(' ') || line.starts_with('\t') || greets.iter().any(|greeting| line.starts_with(greeting))
}

fn advice(reason: &str) -> Option<&'static str> {
    let about_s3 = reason.contains("No FileSystem for scheme") && reason.contains("s3");
    about_s3.then_some(
        "locally a script finds its buckets by the job's arguments, such as --pipectl_warehouse, or by URIs written out in full",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_exception_counts() {
        let log = "26/11/21 18:00:00 WARN Utils: x\nTraceback (most recent call last):\n  File \"s.py\", line 1\n    f()\n\
                   ValueError: first\n\nDuring handling of the above exception, another exception occurred:\n\n\
                   Traceback (most recent call last):\n  File \"s.py\", line 2\nKeyError: 'b'\n\
                   26/11/21 18:00:01 INFO ShutdownHookManager: y\n";
        assert_eq!(reason(log, "said\n"), "KeyError: 'b'");
    }

    #[test]
    fn a_script_that_ends_itself_says_why() {
        let log = "Setting default log level to \"WARN\".\ncheck unique(id) failed on 2 rows of table hits\n26/11/21 18:00:01 INFO x\n";
        assert_eq!(reason(log, "}\n"), "check unique(id) failed on 2 rows of table hits");
        assert_eq!(reason("26/11/21 18:00:01 INFO x\n", "no files\n\n"), "no files");
        assert_eq!(reason("", ""), "Command failed with exit code 1 and said nothing");
    }

    #[test]
    fn a_bucket_that_spark_cannot_see_is_explained() {
        let log =
            "Traceback (most recent call last):\n  x\npy4j.protocol.Py4JJavaError: No FileSystem for scheme \"s3\"\n";
        assert!(reason(log, "").contains("--pipectl_warehouse"));
    }
}

//! Why a script failed, out of what it and Spark printed: as Glue's `ErrorMessage` has it.

/// The longest reason, in characters.
const LONGEST: usize = 4000;

/// The last exception's line, else the last line that is the script's own.
pub fn reason(log: &str) -> String {
    let lines: Vec<&str> = log.lines().map(str::trim_end).filter(|line| !line.trim().is_empty()).collect();
    let traceback = lines.iter().rposition(|line| line.starts_with("Traceback (most recent call last)"));
    // The exception stands behind the indented lines of its traceback.
    let raised = traceback.and_then(|at| lines[at + 1..].iter().find(|line| !line.starts_with(' ')));
    let said = || lines.iter().rev().find(|line| !is_sparks(line));
    let reason: String = match raised.or_else(said) {
        Some(line) => line.chars().take(LONGEST).collect(),
        None => return "Command failed with exit code 1 and said nothing".to_owned(),
    };
    match advice(&reason) {
        Some(advice) => format!("{reason} ({advice})"),
        None => reason,
    }
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
        assert_eq!(reason(log), "KeyError: 'b'");
    }

    #[test]
    fn a_script_that_ends_itself_says_why() {
        let log = "Setting default log level to \"WARN\".\ncheck unique(id) failed on 2 rows of table hits\n26/11/21 18:00:01 INFO x\n";
        assert_eq!(reason(log), "check unique(id) failed on 2 rows of table hits");
        assert_eq!(reason(""), "Command failed with exit code 1 and said nothing");
    }

    #[test]
    fn a_bucket_that_spark_cannot_see_is_explained() {
        let log =
            "Traceback (most recent call last):\n  x\npy4j.protocol.Py4JJavaError: No FileSystem for scheme \"s3\"\n";
        assert!(reason(log).contains("--pipectl_warehouse"));
    }
}

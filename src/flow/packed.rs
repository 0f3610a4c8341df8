//! Source files that may be packed: `.gz` is unpacked by its name, as Spark and Glue do it; nothing else is.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;

/// Ends of names of packed files that are refused; Spark would unpack some of them, and read the others as text.
const REFUSED: [&str; 8] = [".gz", ".gzip", ".bz2", ".zst", ".xz", ".zip", ".snappy", ".lz4"];

/// Whether a file of this name is unpacked. Spark goes by the lower-case end alone.
pub fn is_gzip(name: &str) -> bool {
    name.ends_with(".gz")
}

/// Whether a text file of this name cannot be read.
pub fn is_refused(name: &str) -> bool {
    let lower = name.to_lowercase();
    !is_gzip(name) && REFUSED.iter().any(|end| lower.ends_with(end))
}

/// The text of `input`, a file of this name.
pub fn unpacked<'a>(name: &str, input: impl Read + 'a) -> Box<dyn Read + 'a> {
    if is_gzip(name) { Box::new(MultiGzDecoder::new(io::BufReader::new(input))) } else { Box::new(input) }
}

/// Opens a file for its text.
pub fn open(path: &Path) -> io::Result<Box<dyn Read>> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Ok(unpacked(&name, File::open(path)?))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn gzip_goes_by_the_name_and_may_have_several_members() {
        let folder = tempfile::tempdir().unwrap();
        let mut packed = Vec::new();
        for member in ["a,", "b\n"] {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
            encoder.write_all(member.as_bytes()).unwrap();
            packed.extend(encoder.finish().unwrap());
        }
        for (name, expected) in [("x.csv.gz", Some("a,b\n")), ("x.csv", None)] {
            let path = folder.path().join(name);
            std::fs::write(&path, &packed).unwrap();
            let mut text = Vec::new();
            open(&path).unwrap().read_to_end(&mut text).unwrap();
            assert_eq!(text == packed, expected.is_none());
            assert!(expected.is_none_or(|expected| text == expected.as_bytes()));
        }
        assert!(is_refused("a.csv.GZ") && is_refused("a.csv.bz2") && !is_refused("a.csv.gz") && !is_refused("a.csv"));
    }
}

//! One file a verb: arguments -> library call -> report.

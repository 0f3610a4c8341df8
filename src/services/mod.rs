//! Per AWS service: desired, read, create, update, delete; and the actions of a run.

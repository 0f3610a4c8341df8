//! Views of plans, runs and queries. The only place that prints.

//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::local::faults::FaultPlan;
use crate::manifest::units::size;
use crate::report::out::{Color, Format};
use crate::resource::Address;
use crate::run::Stage;
use crate::run::logs::Channel;

/// Provision and run an analytics pipeline on AWS from one pipeline.yaml.
///
/// S3 staging -> Glue job -> S3 warehouse -> Glue crawler -> Athena, diffed against live AWS without a state file. With
/// --local all of it runs on this machine, with no AWS account.
#[derive(Debug, Parser)]
#[command(name = "pipectl", version, max_term_width = 110, propagate_version = true, disable_help_subcommand = true)]
#[command(after_help = "Examples:
  pipectl --local up              the whole pipeline on this machine
  pipectl validate                check everything offline
  pipectl plan                    what would change in AWS
  pipectl apply && pipectl run    make AWS match, move the data through
  pipectl destroy                 take it down, data kept

Exit codes: 0 done or no changes, 1 failed, 2 changes present (plan --detailed-exitcode), 64 wrong usage, 130 interrupted.")]
pub struct Cli {
    /// Options of every command.
    #[command(flatten)]
    pub global: Global,
    /// The verb.
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// The manifest.
    #[arg(short, long, global = true, value_name = "FILE", default_value = "pipeline.yaml")]
    pub file: PathBuf,
    /// The environment; without it the one marked `default: true`.
    #[arg(long, global = true, value_name = "NAME", env = "PIPECTL_ENV")]
    pub env: Option<String>,
    /// Sets a variable of the manifest; may be given several times. PIPECTL_VAR_x does the same for x.
    #[arg(long = "var", global = true, value_name = "NAME=VALUE")]
    pub vars: Vec<String>,
    /// The AWS profile; overrides the manifest's.
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<String>,
    /// The AWS region; overrides the manifest's.
    #[arg(long, global = true, value_name = "REGION")]
    pub region: Option<String>,
    /// Another endpoint for all AWS services.
    #[arg(long, global = true, value_name = "URL", conflicts_with = "local")]
    pub endpoint_url: Option<String>,
    /// Use the embedded local cloud: no AWS account, no AWS credentials read or sent.
    #[arg(long, global = true)]
    pub local: bool,
    /// The form of results on stdout.
    #[arg(long, global = true, value_enum, default_value_t, value_name = "FORMAT")]
    pub output: Format,
    /// When to use colour.
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub color: Color,
    /// Say more; twice: AWS calls too.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// What goes wrong in the local cloud on purpose: latency=100ms, throttle=0.3, error=0.05, drop=0.02,
    /// lose-response=0.02, visible-after=5s, page-size=1, stop-after=17, seed=42, fail-job=TIMEOUT, fail-crawl=FAILED,
    /// fail-query=CANCELLED, fail-ingestion=FAILED, with commas between.
    #[arg(long, global = true, value_name = "LIST", env = "PIPECTL_FAULT", hide = true)]
    pub fault: Option<FaultPlan>,
    /// Writes one JSON line for each call the local cloud serves.
    #[arg(long, global = true, value_name = "FILE", env = "PIPECTL_REQUEST_LOG", hide = true)]
    pub request_log: Option<PathBuf>,
}

/// Options of `validate`.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct ValidateArgs {
    /// Exit with 1 when there are warnings, too.
    #[arg(long)]
    pub strict: bool,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check the whole pipeline offline: manifest, steps, types, checks, queries.
    #[command(after_help = "Examples:\n  pipectl validate\n  pipectl validate --strict --output json")]
    Validate(ValidateArgs),
    /// Show what apply would change, and change nothing.
    #[command(after_help = "Example: pipectl plan --out tuesday.plan")]
    Plan(PlanArgs),
    /// Make AWS match the manifest.
    #[command(after_help = "Examples:\n  pipectl apply\n  pipectl apply tuesday.plan")]
    Apply(ApplyArgs),
    /// Move the data through: upload, job, crawl, queries, refresh.
    #[command(after_help = "Examples:\n  pipectl run\n  pipectl run --from crawl\n  pipectl run --select hits+")]
    Run(RunArgs),
    /// Apply, then run, then show the answers of the queries and write the dashboards.
    #[command(after_help = "Example: pipectl --local up")]
    Up(UpArgs),
    /// Run a named query, or SQL of your own, on Athena.
    #[command(
        after_help = "Examples:\n  pipectl query top_artists\n  pipectl query --sql 'SELECT count(*) FROM hits' --format csv"
    )]
    Query(QueryArgs),
    /// Write the dashboards as pages that open without a network.
    #[command(
        after_help = "Examples:\n  pipectl --local dashboard --open\n  pipectl dashboard overview --html overview.html"
    )]
    Dashboard(DashboardArgs),
    /// Show the last run and whether AWS still matches.
    #[command(after_help = "Example: pipectl status")]
    Status,
    /// List past runs.
    #[command(after_help = "Example: pipectl runs --output json")]
    Runs,
    /// Stop a run that was left: its job or its crawl; tables that are not published yet keep their old rows.
    #[command(after_help = "Example: pipectl stop")]
    Stop(StopArgs),
    /// Show what a run and a month cost: by past runs, what is declared and what lies in S3, at list prices.
    #[command(after_help = "Examples:\n  pipectl cost\n  pipectl --local cost\n  pipectl cost --runs 20 --output json")]
    Cost(CostArgs),
    /// Show what a run's job printed: the script's output, its errors, Spark's own words.
    #[command(
        after_help = "Examples:\n  pipectl logs --follow\n  pipectl logs 20261122T031500Z-ab12 --channel error --lines 50"
    )]
    Logs(LogsArgs),
    /// Take the pipeline down; data stays unless --delete-data is given.
    #[command(
        after_help = "Examples:\n  pipectl destroy --env dev\n  pipectl destroy --env dev --delete-data\n  pipectl destroy --name spotify --env dev --region us-east-1"
    )]
    Destroy(DestroyArgs),
    /// Print the generated PySpark, or write it.
    #[command(after_help = "Examples:\n  pipectl script\n  pipectl script --out glue-scripts/spotify.py")]
    Script(ScriptArgs),
    /// Print the least-privilege IAM policy for whoever deploys and runs this pipeline.
    #[command(after_help = "Example: pipectl policy --env prod > deployer.json")]
    Policy,
    /// Show what a column is made of and what is made of it: through steps, SQL, data sets and visuals.
    #[command(
        after_help = "Examples:\n  pipectl lineage\n  pipectl lineage hits.release_year\n  pipectl lineage albums.release_date --output json"
    )]
    Lineage(LineageArgs),
    /// Remove the lock that an apply left behind.
    #[command(after_help = "Example: pipectl unlock")]
    Unlock,
    /// The local cloud by itself.
    #[command(subcommand)]
    Local(LocalCommand),
    /// Print the JSON Schema of pipeline.yaml.
    #[command(after_help = "Example: pipectl schema > pipeline.schema.json")]
    Schema,
}

/// `plan`
#[derive(Debug, Args)]
pub struct PlanArgs {
    /// Save the plan, for `apply FILE`.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Exit with 2 when there are changes.
    #[arg(long)]
    pub detailed_exitcode: bool,
    /// Markdown for a pull-request comment.
    #[arg(long)]
    pub markdown: bool,
    /// Ask AWS nothing, and show everything that the manifest asks for as if it were new.
    #[arg(long, conflicts_with_all = ["out", "adopt", "detailed_exitcode"])]
    pub offline: bool,
    /// Which resources.
    #[command(flatten)]
    pub scope: Scope,
}

/// `apply`
#[derive(Debug, Default, Args)]
pub struct ApplyArgs {
    /// A saved plan; refused when AWS has moved since.
    #[arg(value_name = "PLAN")]
    pub plan: Option<PathBuf>,
    /// Do not ask.
    #[arg(long)]
    pub auto_approve: bool,
    /// The most changes in flight.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=100))]
    pub parallelism: u16,
    /// Which resources.
    #[command(flatten)]
    pub scope: Scope,
}

/// Which resources a plan takes in.
#[derive(Clone, Debug, Default, Args)]
pub struct Scope {
    /// Only this resource and what it depends on; may be given several times.
    #[arg(long, value_name = "ADDR")]
    pub target: Vec<Address>,
    /// Take over this resource although it does not carry our marks.
    #[arg(long, value_name = "ADDR")]
    pub adopt: Vec<Address>,
}

/// `run`
#[derive(Clone, Debug, Default, Args)]
pub struct RunArgs {
    /// Run only this stage.
    #[arg(long, value_name = "STAGE", conflicts_with = "from")]
    pub only: Option<Stage>,
    /// Start at this stage.
    #[arg(long, value_name = "STAGE")]
    pub from: Option<Stage>,
    /// Only these tables, with all that they are made of; `TABLE+` takes in what is made of it, too. May be given several times.
    #[arg(long, value_name = "TABLE[+]", value_delimiter = ',')]
    pub select: Vec<String>,
    /// Write the answers of the queries to this folder, as the CSV files that Athena has made.
    #[arg(long, value_name = "DIR")]
    pub results: Option<PathBuf>,
    /// Start the job, leave it to Glue and end; `--attach` goes on from there.
    #[arg(long)]
    pub detach: bool,
    /// Go on with a run that was left (by --detach, Ctrl-C or a process that died): this one, else the last that is unfinished.
    #[arg(long, value_name = "RUN", conflicts_with_all = ["only", "from", "select", "detach"])]
    pub attach: Option<Option<String>>,
    /// With --local: run the job's PySpark script on Spark (spark-submit of SPARK_HOME or the PATH) instead of the embedded engine.
    #[arg(long)]
    pub spark: bool,
    /// With --local: the memory that a job may take, e.g. 1GB; what does not fit is put down on disk on the way.
    #[arg(long, value_name = "SIZE", value_parser = memory_limit, conflicts_with = "spark")]
    pub memory_limit: Option<u64>,
}

/// Reads a size that a run can be kept to.
fn memory_limit(text: &str) -> Result<u64, String> {
    let least = crate::engine::embedded::LEAST_LIMIT;
    let size = size(text).ok_or("no size; write it as 1GB or 512MB")?;
    if size < least { Err(format!("too little: a job needs {} MB at least", least >> 20)) } else { Ok(size) }
}

/// `up`
#[derive(Debug, Args)]
pub struct UpArgs {
    /// Do not ask before applying (with --local nothing is asked).
    #[arg(long)]
    pub auto_approve: bool,
    /// With --local: run the job's PySpark script on Spark (spark-submit of SPARK_HOME or the PATH) instead of the embedded engine.
    #[arg(long)]
    pub spark: bool,
    /// With --local: the memory that a job may take, e.g. 1GB; what does not fit is put down on disk on the way.
    #[arg(long, value_name = "SIZE", value_parser = memory_limit, conflicts_with = "spark")]
    pub memory_limit: Option<u64>,
}

/// `query`
#[derive(Debug, Args)]
pub struct QueryArgs {
    /// A query of the manifest's `athena.queries`.
    #[arg(value_name = "NAME", required_unless_present = "sql", conflicts_with = "sql")]
    pub name: Option<String>,
    /// SQL in Athena's dialect.
    #[arg(long, value_name = "SQL")]
    pub sql: Option<String>,
    /// The form of the answer.
    #[arg(long, value_enum, default_value_t)]
    pub format: QueryFormat,
}

/// The form of a query's answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum QueryFormat {
    /// For people.
    #[default]
    Table,
    /// RFC 4180 with a header; NULL is empty.
    Csv,
    /// A list of objects.
    Json,
}

/// `dashboard`
#[derive(Debug, Args)]
pub struct DashboardArgs {
    /// A dashboard of the manifest; all of them without it.
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
    /// Where to write the page; without it `.pipectl/dashboards/NAME.html` beside the manifest.
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Open it in the browser.
    #[arg(long)]
    pub open: bool,
}

/// `destroy`
#[derive(Debug, Args)]
pub struct DestroyArgs {
    /// Delete buckets with everything in them.
    #[arg(long)]
    pub delete_data: bool,
    /// Take down the pipeline of this name without its manifest: what carries its marks, in --env and --region.
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// With --name: the `id` that its manifest had.
    #[arg(long, value_name = "ID", requires = "name")]
    pub id: Option<String>,
    /// Do not ask.
    #[arg(long)]
    pub auto_approve: bool,
    /// The most changes in flight.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=100))]
    pub parallelism: u16,
}

/// `stop`
#[derive(Debug, Args)]
pub struct StopArgs {
    /// The run; without it the last that is unfinished.
    #[arg(value_name = "RUN")]
    pub run: Option<String>,
}

/// `cost`
#[derive(Debug, Args)]
pub struct CostArgs {
    /// How many of the last runs that succeeded are gone by.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub runs: u16,
}

/// `logs`
#[derive(Debug, Args)]
pub struct LogsArgs {
    /// The run: its id, or Glue's id of the job run (jr_...); without it the last run that started a job.
    #[arg(value_name = "RUN")]
    pub run: Option<String>,
    /// Go on until the job ends.
    #[arg(short = 'F', long)]
    pub follow: bool,
    /// Only what the script prints (output), or only its failures and what Spark says of itself (error).
    #[arg(long, value_enum, value_name = "CHANNEL")]
    pub channel: Option<Channel>,
    /// Only the last N events of what is there.
    #[arg(short = 'n', long, value_name = "N")]
    pub lines: Option<usize>,
}

/// `lineage`
#[derive(Debug, Args)]
pub struct LineageArgs {
    /// A column (`hits.release_year`, `albums.release_date`), a query or a visual; all columns of tables without it.
    #[arg(value_name = "TABLE.COLUMN")]
    pub column: Option<String>,
}

/// `script`
#[derive(Debug, Args)]
pub struct ScriptArgs {
    /// Write to a file instead of stdout.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Compare with that file instead, and fail when it differs.
    #[arg(long, value_name = "FILE", conflicts_with = "out")]
    pub check: Option<PathBuf>,
}

/// `local`
#[derive(Debug, Subcommand)]
pub enum LocalCommand {
    /// Serve the local cloud until interrupted, for boto3, the AWS CLI, awswrangler.
    #[command(after_help = "Example: pipectl local serve --port 4566")]
    Serve(ServeArgs),
}

/// `local serve`
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// The port on 127.0.0.1; 0 takes a free one.
    #[arg(long, default_value_t = 4566)]
    pub port: u16,
    /// The access key to accept; random without it.
    #[arg(long, value_name = "K", requires = "secret_access_key")]
    pub access_key_id: Option<String>,
    /// Its secret.
    #[arg(long, value_name = "S", requires = "access_key_id")]
    pub secret_access_key: Option<String>,
    /// Where its state lies; without it `.pipectl/cloud` beside the manifest.
    #[arg(long, value_name = "DIR")]
    pub root: Option<PathBuf>,
    /// Run jobs' PySpark scripts on Spark (spark-submit of SPARK_HOME or the PATH) instead of the embedded engine.
    #[arg(long)]
    pub spark: bool,
    /// The account it plays; without it the manifest's pinned one, else 123456789012.
    #[arg(long, value_name = "ACCOUNT")]
    pub account: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_verb_has_an_example() {
        for command in Cli::command().get_subcommands() {
            let leaves: Vec<_> = match command.get_subcommands().count() {
                0 => vec![command],
                _ => command.get_subcommands().collect(),
            };
            for leaf in leaves {
                let help = leaf.get_after_help().map(ToString::to_string).unwrap_or_default();
                assert!(help.contains("pipectl "), "`{}` has no example", leaf.get_name());
            }
        }
    }
}

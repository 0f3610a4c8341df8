//! Sources and tables, one Python function each.

use indexmap::IndexSet;

use super::expression::column_of;
use super::layout::Py;
use super::steps;
use super::writer::Writer;
use crate::flow::document::{
    Check, Compression, Conversion, Flow, Input, Location, Malformed, OutputFormat, Rule, Severity, Source,
    SourceFormat, Table,
};
use crate::flow::select::inputs_of;

/// Writes all functions, `SOURCES` and `TABLES` with them by name, and `READS`: the sources of each table.
pub fn write(writer: &mut Writer, flow: &Flow) {
    let used = flow.sources_read();
    let mut functions = Functions::default();
    let (mut sources, mut tables, mut reads) = (Vec::new(), Vec::new(), Vec::new());
    for (name, source) in flow.sources.iter().filter(|(name, _)| used.contains(name.as_str())) {
        let function = functions.name("source", name);
        write_source(writer, &function, name, source);
        sources.push((Py::string(name), Py::Text(function)));
    }
    for (name, table) in &flow.tables {
        let function = functions.name("table", name);
        write_table(writer, &function, name, table);
        tables.push((Py::string(name), Py::Text(function)));
        let read: IndexSet<&str> = inputs_of(table).filter_map(Input::source).collect();
        reads.push((Py::string(name), Py::List(read.into_iter().map(Py::string).collect())));
    }
    writer.at(0).line("# In this order.");
    writer.statement("SOURCES = ", &Py::Dict(sources));
    writer.statement("TABLES = ", &Py::Dict(tables));
    writer.line("# The sources of each table.");
    writer.statement("READS = ", &Py::Dict(reads));
}

/// Names of Python functions, distinct whatever the sources and tables are called.
#[derive(Default)]
struct Functions(IndexSet<String>);

impl Functions {
    fn name(&mut self, prefix: &str, of: &str) -> String {
        let plain: String = of.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        let mut name = format!("{prefix}_{plain}");
        while !self.0.insert(name.clone()) {
            name.push('_');
        }
        name
    }
}

fn begin(writer: &mut Writer, function: &str, description: Option<&str>, else_: &str) {
    writer.at(0).line(&format!("def {function}(run):"));
    writer.at(1).docstring(description.filter(|d| !d.trim().is_empty()).unwrap_or(else_));
}

fn write_source(writer: &mut Writer, function: &str, name: &str, source: &Source) {
    begin(writer, function, source.description.as_deref(), &format!("The source {name}."));
    let folder = match &source.location {
        Location::Staged => Py::text("run.staging").infix("+", Py::string(format!("{name}/"))),
        Location::InPlace(uri) => Py::string(uri),
    };
    let read = read_source(source, folder);
    let mut begin = vec![Py::string(name)];
    if source.malformed.fails() {
        writer.statement("rows = ", &read);
    } else {
        let keep = if source.malformed == Malformed::Null { "True" } else { "False" };
        let spared = Py::call("spared", [read, Py::named("keep", Py::text(keep))]);
        writer.statement("rows, malformed = ", &spared);
        begin.push(Py::text("malformed"));
    }
    let metrics = Py::call("run.begin_source", begin);
    let place = Py::string(format!("source {name}"));
    let rows = steps::change(Py::text("rows"), &source.columns, place, Py::text("metrics"));
    writer.statement(if rows == Py::text("rows") { "" } else { "metrics = " }, &metrics);
    writer.statement(&format!("run.sources[{}] = ", Py::string(name).flat()), &rows);
    writer.line("").line("");
}

/// The call that reads a source's files; where malformed rows are spared they are marked.
fn read_source(source: &Source, folder: Py) -> Py {
    let names = || Py::List(source.columns.iter().map(|c| Py::string(&c.column)).collect());
    let fails = source.malformed.fails();
    match source.format {
        SourceFormat::Csv { multiline } => {
            let read = match (multiline, fails) {
                (false, true) => None,
                (true, true) => Some("read_whole_files"),
                (false, false) => Some("mark_lines"),
                (true, false) => Some("mark_whole_files"),
            };
            let mut arguments = vec![Py::text("run"), folder, names()];
            arguments.extend(read.map(|read| Py::named("read", Py::text(read))));
            Py::call("read_csv", arguments)
        }
        SourceFormat::Json => {
            Py::call(if fails { "read_json" } else { "mark_json" }, [Py::text("run"), folder, names()])
        }
        SourceFormat::Parquet => {
            let typed = |c: &Conversion| (Py::string(&c.column), Py::string(c.to.to_string()));
            let columns = Py::Dict(source.columns.iter().map(typed).collect());
            Py::call("read_parquet", [Py::text("run"), folder, columns])
        }
    }
}

fn write_table(writer: &mut Writer, function: &str, name: &str, table: &Table) {
    begin(writer, function, table.description.as_deref(), &format!("The table {name}."));
    let converts = table.all_steps().any(|step| steps::measures(&step.operation));
    let metrics = Py::call("run.begin_table", [Py::string(name)]);
    writer.statement(if converts { "metrics = " } else { "" }, &metrics);
    let mut before = &table.schema;
    for (part, list) in &table.parts {
        for step in list {
            steps::write(writer, &steps::variable(part), step, before);
            before = &step.schema;
        }
    }
    for step in &table.steps {
        steps::write(writer, "rows", step, before);
        before = &step.schema;
    }
    if !before.names().eq(table.schema.names()) {
        let names = table.schema.names().map(super::expression::column_name).collect::<Vec<_>>();
        writer.statement("rows = ", &Py::text("rows").method("select", names));
    }
    let codec = match table.output.format {
        OutputFormat::Parquet(Compression::Snappy) => "snappy",
        OutputFormat::Parquet(Compression::Zstd) => "zstd",
        OutputFormat::Parquet(Compression::Gzip)
        | OutputFormat::Csv { gzip: true }
        | OutputFormat::Json { gzip: true } => "gzip",
        OutputFormat::Parquet(Compression::None) | OutputFormat::Csv { .. } | OutputFormat::Json { .. } => "none",
    };
    let mut arguments = vec![
        Py::string(name),
        Py::text("rows"),
        Py::named("codec", Py::string(codec)),
        Py::named("files", Py::text(table.output.files.to_string())),
    ];
    if !table.output.partition_by.is_empty() {
        let names = table.output.partition_by.iter().map(Py::string).collect();
        arguments.push(Py::named("partition_by", Py::List(names)));
    }
    if let OutputFormat::Csv { .. } | OutputFormat::Json { .. } = table.output.format {
        arguments.push(Py::named("encode", Py::text(format!("write_{}", table.output.format.name()))));
    }
    if !table.output.write.overwrites() {
        arguments.push(Py::named("append", Py::text("True")));
    }
    writer.statement("", &Py::call("run.write", arguments));
    let checks = table.checks.iter().map(check).collect();
    writer.statement("", &Py::call("run.audit", [Py::string(name), Py::List(checks)]));
    writer.line("").line("");
}

fn check(check: &Check) -> Py {
    let severity = match check.severity {
        Severity::Error => "error",
        Severity::Warn => "warn",
    };
    let rule = match &check.rule {
        Rule::Unique(key) => Py::named("unique", Py::List(key.iter().map(Py::string).collect())),
        Rule::NotNull(name) => Py::named("failing", super::expression::column(name).method("isNull", [])),
        Rule::Holds(expr) => Py::named("failing", column_of(expr).prefix("~")),
        Rule::References { column, input, target } => {
            let parts = [Py::string(column), steps::read(input), Py::string(target)];
            Py::named("references", Py::call("", parts))
        }
        Rule::RowCount { min, max } => {
            let limit = |limit: &Option<u64>| limit.map_or("None".to_string(), |rows| rows.to_string());
            Py::named("rows", Py::text(format!("({}, {})", limit(min), limit(max))))
        }
    };
    Py::call("Check", [Py::string(&check.name), Py::string(severity), rule])
}

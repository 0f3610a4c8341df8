//! The local cloud's Glue through the AWS SDK: the catalog, crawls, and jobs that run.

use std::time::Duration;

use aws_sdk_glue::types::{
    Action, CatalogTarget, Condition, CrawlerState, CrawlerTargets, DatabaseInput, JobCommand, JobRunState, JobUpdate,
    LogicalOperator, PartitionInput, Predicate, S3Target, SchemaChangePolicy, StorageDescriptor, TableInput,
    TriggerState, TriggerType, TriggerUpdate, UpdateBehavior, WorkerType, WorkflowRunStatus,
};
use pipectl::flow::document::{
    Compression, Conversion, Flow, Input, Location, Operation, Output, OutputFormat, Source, SourceFormat, Step, Table,
};
use pipectl::flow::types::{Column, DataType, Schema};

use crate::local::cloud::{TestCloud, code};

fn client(cloud: &TestCloud) -> aws_sdk_glue::Client {
    aws_sdk_glue::Client::new(&cloud.config())
}

fn column(name: &str, kind: &str) -> aws_sdk_glue::types::Column {
    aws_sdk_glue::types::Column::builder().name(name).r#type(kind).build().unwrap()
}

async fn database(glue: &aws_sdk_glue::Client, name: &str) {
    let input = DatabaseInput::builder().name(name).build().unwrap();
    glue.create_database().database_input(input).tags("team", "data").send().await.unwrap();
}

fn table(name: &str, location: &str, keys: &[&str]) -> TableInput {
    let descriptor = StorageDescriptor::builder().columns(column("id", "bigint")).location(location).build();
    let keys = keys.iter().map(|key| column(key, "string")).collect();
    TableInput::builder().name(name).storage_descriptor(descriptor).set_partition_keys(Some(keys)).build().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_catalog_keeps_databases_tables_and_partitions() {
    let cloud = TestCloud::start().await;
    let glue = client(&cloud);
    database(&glue, "Lake").await;
    let again = DatabaseInput::builder().name("lake").build().unwrap();
    assert_eq!(code(glue.create_database().database_input(again).send().await), "AlreadyExistsException");
    let found = glue.get_database().name("lake").send().await.unwrap().database.unwrap();
    assert_eq!((found.name(), found.create_time().is_some()), ("lake", true));
    let arn = "arn:aws:glue:us-east-1:123456789012:database/lake";
    assert_eq!(glue.get_tags().resource_arn(arn).send().await.unwrap().tags.unwrap()["team"], "data");
    assert_eq!(code(glue.get_table().database_name("lake").name("x").send().await), "EntityNotFoundException");

    for i in 0..5 {
        let input = table(&format!("T{i}"), "s3://b/t/", &["year"]);
        glue.create_table().database_name("lake").table_input(input).send().await.unwrap();
    }
    let pages: Vec<_> = {
        let mut pages = glue.get_tables().database_name("lake").into_paginator().page_size(2).send();
        let mut all = Vec::new();
        while let Some(page) = pages.next().await {
            all.push(page.unwrap().table_list.unwrap().iter().map(|t| t.name().to_owned()).collect::<Vec<_>>());
        }
        all
    };
    assert_eq!(pages, [vec!["t0", "t1"], vec!["t2", "t3"], vec!["t4"]]);
    let update = table("t1", "s3://b/elsewhere/", &["year"]);
    glue.update_table().database_name("lake").table_input(update).send().await.unwrap();
    let updated = glue.get_table().database_name("lake").name("t1").send().await.unwrap().table.unwrap();
    assert_eq!(updated.version_id(), Some("1"));
    assert_eq!(updated.storage_descriptor().unwrap().location(), Some("s3://b/elsewhere/"));

    let partitions = (1998..2002).map(|year| PartitionInput::builder().values(year.to_string()).build());
    let batch = glue.batch_create_partition().database_name("lake").table_name("t1");
    batch.clone().set_partition_input_list(Some(partitions.collect())).send().await.unwrap();
    let repeated = batch.partition_input_list(PartitionInput::builder().values("1999").build()).send().await.unwrap();
    let detail = repeated.errors()[0].error_detail().unwrap();
    assert_eq!(detail.error_code(), Some("AlreadyExistsException"));
    let recent = glue.get_partitions().database_name("lake").table_name("t1").expression("year >= '2000'");
    let values: Vec<_> = recent.send().await.unwrap().partitions().iter().map(|p| p.values().join("/")).collect();
    assert_eq!(values, ["2000", "2001"]);
    glue.delete_database().name("lake").send().await.unwrap();
    assert_eq!(code(glue.get_tables().database_name("lake").send().await), "EntityNotFoundException");
}

fn command(script: &str) -> JobCommand {
    JobCommand::builder().name("glueetl").script_location(script).build()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_is_overwritten_whole() {
    let cloud = TestCloud::start().await;
    let glue = client(&cloud);
    let create = || glue.create_job().name("j").role("r").command(command("s3://b/s.py")).glue_version("5.0");
    let both = create().worker_type(WorkerType::G1X).number_of_workers(2).max_capacity(2.0).send().await;
    assert_eq!(code(both), "InvalidInputException");
    create().worker_type(WorkerType::G1X).number_of_workers(2).timeout(60).description("d").send().await.unwrap();
    let job = glue.get_job().job_name("j").send().await.unwrap().job.unwrap();
    assert_eq!((job.timeout(), job.max_capacity(), job.number_of_workers()), (Some(60), Some(2.0), Some(2)));
    let update = JobUpdate::builder().role("r").command(command("s3://b/s.py")).glue_version("5.0").build();
    glue.update_job().job_name("j").job_update(update).send().await.unwrap();
    let job = glue.get_job().job_name("j").send().await.unwrap().job.unwrap();
    assert_eq!((job.timeout(), job.description(), job.worker_type()), (Some(480), None, None));
    glue.delete_job().job_name("j").send().await.unwrap();
    glue.delete_job().job_name("j").send().await.unwrap();
    assert_eq!(code(glue.get_job().job_name("j").send().await), "EntityNotFoundException");
    assert_eq!(code(glue.start_job_run().job_name("j").send().await), "EntityNotFoundException");
}

/// A flow of one source, `s` (id int, name string), into one table, `t`, partitioned by name.
fn flow() -> Flow {
    let columns = |list: &[(&str, DataType)]| Schema {
        columns: list
            .iter()
            .map(|(name, data_type)| Column { name: (*name).into(), data_type: data_type.clone(), description: None })
            .collect(),
    };
    let schema = columns(&[("id", DataType::Int), ("name", DataType::String)]);
    let conversion = |name: &str, to: DataType| Conversion {
        column: name.into(),
        from: DataType::String,
        to,
        format: None,
        max_loss: 0.0,
    };
    let source = Source {
        description: None,
        location: Location::Staged,
        format: SourceFormat::Csv { multiline: false },
        malformed: Default::default(),
        columns: vec![conversion("id", DataType::Int), conversion("name", DataType::String)],
        schema: schema.clone(),
    };
    let table = Table {
        description: None,
        parts: Default::default(),
        steps: vec![Step {
            operation: Operation::Read(Input::Source("s".into())),
            schema: schema.clone(),
            continues: false,
        }],
        schema,
        output: Output {
            format: OutputFormat::Parquet(Compression::Snappy),
            partition_by: vec!["name".into()],
            files: 1,
            write: Default::default(),
        },
        checks: Vec::new(),
    };
    Flow {
        format_version: 1,
        pipeline: "test".into(),
        sources: [("s".to_owned(), source)].into_iter().collect(),
        tables: [("t".to_owned(), table)].into_iter().collect(),
    }
}

async fn put(s3: &aws_sdk_s3::Client, key: &str, content: impl Into<Vec<u8>>) {
    s3.put_object().bucket("lake").key(key).body(content.into().into()).send().await.unwrap();
}

/// Starts a run and waits for its end.
async fn run(glue: &aws_sdk_glue::Client, job: &str, arguments: &[(&str, &str)]) -> aws_sdk_glue::types::JobRun {
    let arguments = arguments.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    let started = glue.start_job_run().job_name(job).set_arguments(Some(arguments)).send().await.unwrap();
    let id = started.job_run_id.unwrap();
    assert!(id.starts_with("jr_"));
    for _ in 0..1200 {
        let run = glue.get_job_run().job_name(job).run_id(&id).send().await.unwrap().job_run.unwrap();
        match run.job_run_state() {
            Some(JobRunState::Starting | JobRunState::Running) => tokio::time::sleep(Duration::from_millis(50)).await,
            _ => return run,
        }
    }
    panic!("the run did not end");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_run_carries_out_its_flow() {
    let cloud = TestCloud::start().await;
    let (glue, s3) = (client(&cloud), cloud.s3());
    s3.create_bucket().bucket("lake").send().await.unwrap();
    put(&s3, "staging/s/1.csv", "id,name\n1,a\n2,b\n3,a\n").await;
    put(&s3, "pipectl/flow.json", serde_json::to_vec(&flow()).unwrap()).await;
    let create = glue.create_job().name("j").role("r").command(command("s3://lake/pipectl/job.py")).glue_version("5.0");
    let create = create.default_arguments("--pipectl_flow", "s3://lake/pipectl/flow.json");
    let create = create.default_arguments("--pipectl_staging", "s3://lake/staging/");
    create.default_arguments("--pipectl_warehouse", "s3://nowhere/").send().await.unwrap();

    let missing = run(&glue, "j", &[]).await;
    assert_eq!(missing.job_run_state(), Some(&JobRunState::Failed));
    assert!(missing.error_message().unwrap().starts_with("LAUNCH ERROR"), "{missing:?}");
    put(&s3, "pipectl/job.py", "# the script that Glue would run").await;
    let nowhere = run(&glue, "j", &[]).await;
    assert!(nowhere.error_message().unwrap().contains("bucket does not exist"), "{nowhere:?}");

    let warehouse = ("--pipectl_warehouse", "s3://lake/warehouse/");
    let good = run(&glue, "j", &[warehouse, ("--pipectl_run_id", "run-1")]).await;
    assert_eq!(good.job_run_state(), Some(&JobRunState::Succeeded), "{:?}", good.error_message());
    assert!(good.completed_on().is_some() && good.started_on().is_some());
    let listed = s3.list_objects_v2().bucket("lake").prefix("warehouse/t/").send().await.unwrap();
    let mut folders: Vec<_> = listed.contents().iter().map(|o| o.key().unwrap().split('/').nth(2).unwrap()).collect();
    folders.sort_unstable();
    assert_eq!(folders, ["name=a", "name=b"]);
    let metrics = s3.get_object().bucket("lake").key("warehouse/_pipectl/run-1/metrics.json").send().await.unwrap();
    let metrics = metrics.body.collect().await.unwrap().into_bytes();
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&metrics).unwrap()["tables"]["t"]["rows"], 3);

    put(&s3, "staging/s/1.csv", "id,name\n1,a\n2\n").await;
    let ragged = run(&glue, "j", &[warehouse]).await;
    assert_eq!(ragged.job_run_state(), Some(&JobRunState::Failed));
    assert!(ragged.error_message().unwrap().contains("1.csv"), "{ragged:?}");
    let runs = glue.get_job_runs().job_name("j").send().await.unwrap();
    assert_eq!(runs.job_runs().len(), 4);
    assert_eq!(runs.job_runs()[0].id(), ragged.id());

    glue.create_job().name("own").role("r").command(command("s3://lake/pipectl/job.py")).send().await.unwrap();
    let own = run(&glue, "own", &[]).await;
    assert!(own.error_message().unwrap().contains("--pipectl_flow"), "{own:?}");
    let stopped = glue.batch_stop_job_run().job_name("own").job_run_ids(own.id().unwrap()).send().await.unwrap();
    assert_eq!((stopped.successful_submissions().len(), stopped.errors().len()), (0, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crawler_is_kept_and_runs() {
    let cloud = TestCloud::start().await;
    let (glue, s3) = (client(&cloud), cloud.s3());
    s3.create_bucket().bucket("lake").send().await.unwrap();
    put(&s3, "in/people/a.csv", "id,name\n1,x\n").await;
    database(&glue, "lake").await;
    let target = |path: &str| CrawlerTargets::builder().s3_targets(S3Target::builder().path(path).build()).build();
    let create = |path: &str| glue.create_crawler().name("c").role("r").database_name("lake").targets(target(path));
    assert_eq!(code(create("s3://missing/x/").send().await), "InvalidInputException");
    assert_eq!(code(create("s3://lake/in/").schedule("daily").send().await), "InvalidInputException");
    create("s3://lake/in/people/").schedule("cron(0 3 * * ? *)").send().await.unwrap();
    assert_eq!(code(create("s3://lake/in/people/").send().await), "AlreadyExistsException");
    let crawler = glue.get_crawler().name("c").send().await.unwrap().crawler.unwrap();
    assert_eq!(crawler.schedule().unwrap().schedule_expression(), Some("cron(0 3 * * ? *)"));
    let policy = SchemaChangePolicy::builder().update_behavior(UpdateBehavior::Log).build();
    glue.update_crawler().name("c").schedule("").schema_change_policy(policy).send().await.unwrap();
    let crawler = glue.get_crawler().name("c").send().await.unwrap().crawler.unwrap();
    assert!(crawler.schedule().is_none() && crawler.version() == 2);

    glue.start_crawler().name("c").send().await.unwrap();
    assert_eq!(code(glue.start_crawler().name("c").send().await), "CrawlerRunningException");
    assert_eq!(code(glue.delete_crawler().name("c").send().await), "CrawlerRunningException");
    for _ in 0..400 {
        let crawler = glue.get_crawler().name("c").send().await.unwrap().crawler.unwrap();
        if crawler.state() == Some(&CrawlerState::Ready) {
            assert_eq!(crawler.last_crawl().unwrap().status().unwrap().as_str(), "SUCCEEDED");
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    let people = glue.get_table().database_name("lake").name("people").send().await.unwrap().table.unwrap();
    let names: Vec<_> = people.storage_descriptor().unwrap().columns().iter().map(|c| c.name()).collect();
    assert_eq!(names, ["id", "name"]);
    let foreign = CatalogTarget::builder().database_name("lake").tables("nope").build().unwrap();
    let targets = CrawlerTargets::builder().catalog_targets(foreign).build();
    let bad = glue.create_crawler().name("d").role("r").targets(targets).send().await;
    assert_eq!(code(bad), "InvalidInputException");
    glue.delete_crawler().name("c").send().await.unwrap();
    assert_eq!(code(glue.get_crawler().name("c").send().await), "EntityNotFoundException");
}

/// A job `j` over [`flow`], a crawler `c` over its table, and what both need.
async fn job_and_crawler(cloud: &TestCloud) -> (aws_sdk_glue::Client, aws_sdk_s3::Client) {
    let (glue, s3) = (client(cloud), cloud.s3());
    s3.create_bucket().bucket("lake").send().await.unwrap();
    put(&s3, "staging/s/1.csv", "id,name\n1,a\n2,b\n3,a\n").await;
    put(&s3, "pipectl/flow.json", serde_json::to_vec(&flow()).unwrap()).await;
    put(&s3, "pipectl/job.py", "# the script that Glue would run").await;
    let job = glue.create_job().name("j").role("r").command(command("s3://lake/pipectl/job.py")).glue_version("5.0");
    let job = job.default_arguments("--pipectl_flow", "s3://lake/pipectl/flow.json");
    let job = job.default_arguments("--pipectl_staging", "s3://lake/staging/");
    job.default_arguments("--pipectl_warehouse", "s3://lake/warehouse/").send().await.unwrap();
    database(&glue, "lake").await;
    let target = CrawlerTargets::builder().s3_targets(S3Target::builder().path("s3://lake/warehouse/t/").build());
    glue.create_crawler().name("c").role("r").database_name("lake").targets(target.build()).send().await.unwrap();
    (glue, s3)
}

fn starts_job() -> Action {
    Action::builder().job_name("j").build()
}

fn when_succeeded() -> Predicate {
    let condition = Condition::builder().logical_operator(LogicalOperator::Equals).job_name("j");
    Predicate::builder().conditions(condition.state(JobRunState::Succeeded).build()).build()
}

async fn state(glue: &aws_sdk_glue::Client, trigger: &str) -> TriggerState {
    glue.get_trigger().name(trigger).send().await.unwrap().trigger.unwrap().state.unwrap()
}

async fn arrives(glue: &aws_sdk_glue::Client, trigger: &str, hoped: TriggerState) {
    for _ in 0..100 {
        if state(glue, trigger).await == hoped {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{trigger} is {:?}", state(glue, trigger).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn triggers_have_their_states() {
    let cloud = TestCloud::start().await;
    let (glue, _) = job_and_crawler(&cloud).await;
    glue.create_workflow().name("w").send().await.unwrap();
    let at_three = || glue.create_trigger().name("t").workflow_name("w").r#type(TriggerType::Scheduled);
    assert_eq!(code(at_three().actions(starts_job()).send().await), "InvalidInputException");
    let nobody = Action::builder().job_name("nobody").build();
    let nobody = at_three().schedule("cron(0 3 * * ? *)").actions(nobody).send().await;
    assert_eq!(code(nobody), "EntityNotFoundException");
    let create = || at_three().schedule("cron(0 3 * * ? *)").actions(starts_job()).tags("team", "data");
    create().start_on_creation(true).send().await.unwrap();
    assert_eq!(code(create().send().await), "AlreadyExistsException");
    assert_eq!(state(&glue, "t").await, TriggerState::Activating);
    let update = || TriggerUpdate::builder().schedule("cron(0 4 * * ? *)").actions(starts_job()).build();
    let early = glue.update_trigger().name("t").trigger_update(update()).send().await;
    assert_eq!(code(early), "InvalidInputException");
    arrives(&glue, "t", TriggerState::Activated).await;
    assert_eq!(code(glue.start_trigger().name("t").send().await), "InvalidInputException");
    let updated = glue.update_trigger().name("t").trigger_update(update()).send().await.unwrap().trigger.unwrap();
    assert_eq!((updated.schedule(), updated.workflow_name()), (Some("cron(0 4 * * ? *)"), Some("w")));
    glue.stop_trigger().name("t").send().await.unwrap();
    arrives(&glue, "t", TriggerState::Deactivated).await;
    let listed = glue.list_triggers().dependent_job_name("j").tags("team", "data").send().await.unwrap();
    assert_eq!(listed.trigger_names(), ["t"]);

    let itself = glue.create_trigger().name("u").r#type(TriggerType::Conditional).predicate(when_succeeded());
    assert_eq!(code(itself.actions(starts_job()).send().await), "InvalidInputException");
    for _ in 0..2 {
        glue.delete_trigger().name("t").send().await.unwrap();
        glue.delete_workflow().name("w").send().await.unwrap();
    }
    assert_eq!(code(glue.get_trigger().name("t").send().await), "EntityNotFoundException");
    assert_eq!(code(glue.get_workflow().name("w").send().await), "EntityNotFoundException");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workflow_runs_job_then_crawler() {
    let cloud = TestCloud::start().await;
    let (glue, s3) = job_and_crawler(&cloud).await;
    glue.create_workflow().name("w").max_concurrent_runs(1).send().await.unwrap();
    assert_eq!(code(glue.start_workflow_run().name("w").send().await), "InvalidInputException");
    let first = glue.create_trigger().name("first").workflow_name("w").r#type(TriggerType::Scheduled);
    first.schedule("cron(0 3 * * ? *)").actions(starts_job()).start_on_creation(true).send().await.unwrap();
    let then = glue.create_trigger().name("then").workflow_name("w").r#type(TriggerType::Conditional);
    let crawl = Action::builder().crawler_name("c").build();
    then.predicate(when_succeeded()).actions(crawl).start_on_creation(true).send().await.unwrap();
    arrives(&glue, "then", TriggerState::Activated).await;

    let ended = async |run: &str| {
        for _ in 0..600 {
            let got = glue.get_workflow_run().name("w").run_id(run).include_graph(true).send().await.unwrap();
            let run = got.run.unwrap();
            if run.status() != Some(&WorkflowRunStatus::Running) {
                return run;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the run did not end");
    };
    let run = glue.start_workflow_run().name("w").send().await.unwrap().run_id.unwrap();
    assert_eq!(code(glue.start_workflow_run().name("w").send().await), "ConcurrentRunsExceededException");
    let good = ended(&run).await;
    assert_eq!(good.status(), Some(&WorkflowRunStatus::Completed));
    let count = |run: &aws_sdk_glue::types::WorkflowRun| {
        let statistics = run.statistics().unwrap();
        (statistics.total_actions(), statistics.succeeded_actions(), statistics.failed_actions())
    };
    assert_eq!(count(&good), (2, 2, 0), "{good:?}");
    let graph = good.graph().unwrap();
    assert_eq!((graph.nodes().len(), graph.edges().len()), (4, 3));
    let runs = glue.get_job_runs().job_name("j").send().await.unwrap();
    assert_eq!(runs.job_runs()[0].trigger_name(), Some("first"));
    // The run took Glue's id, since nobody gave it one.
    let key = format!("warehouse/_pipectl/{}/metrics.json", runs.job_runs()[0].id().unwrap());
    s3.head_object().bucket("lake").key(key).send().await.unwrap();
    let crawled = glue.get_partitions().database_name("lake").table_name("t").send().await.unwrap();
    assert_eq!(crawled.partitions().len(), 2);

    // A job that fails starts no crawl.
    put(&s3, "staging/s/1.csv", "id,name\n1,a\n2\n").await;
    let run = glue.start_workflow_run().name("w").send().await.unwrap().run_id.unwrap();
    let bad = ended(&run).await;
    assert_eq!((bad.status(), count(&bad)), (Some(&WorkflowRunStatus::Completed), (1, 0, 1)));
    let last = glue.get_workflow().name("w").send().await.unwrap().workflow.unwrap().last_run.unwrap();
    assert_eq!(last.workflow_run_id(), Some(run.as_str()));
}
